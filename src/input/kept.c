/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kept record is its values, one behind the other, and a shape, which it
 * shares with others of the same template.
 *
 * Which elements have a reverse one is in the reader's information model: those
 * of IANA have it under RFC 5103's enterprise number, those of others in a bit
 * of their own number.  What follows is the same for both directions, or told
 * by the client's record: addresses and ports, which are each other's, what
 * identifies the flow, and names.
 */
#include "kept.h"

#include <glib.h>
#include <string.h>

#include "exflow/record/record.h"

#include "places.h"

#define RECENT 16

#define IE_BIFLOW_DIRECTION 239

struct shape {
	unsigned users;
	uint64_t serial;
	size_t count;
	struct element {
		uint32_t pen;
		uint16_t id;
		bool variable;
		bool list; /* of records: left out, see keeper_keep */
	} elements[];
};

struct kept {
	struct shape *shape;
	uint32_t domain, export_time;
	size_t octets;     /* of values */
	uint16_t *lengths; /* behind the values */
	uint8_t values[];
};

struct keeper {
	struct reader *reader;
	struct shape *recent[RECENT];
	struct reader_record record;
	GArray *fields; /* struct reader_field, of record */
	GArray *other;  /* of the server's record */
	uint8_t direction;
};

struct keeper *
keeper_new(struct reader *reader)
{
	struct keeper *keeper = g_new0(struct keeper, 1);

	keeper->reader = reader;
	keeper->fields = g_array_new(FALSE, FALSE, sizeof(struct reader_field));
	keeper->other = g_array_new(FALSE, FALSE, sizeof(struct reader_field));
	return keeper;
}

static void
shape_leave(struct shape *shape)
{
	if (shape != NULL && --shape->users == 0)
		g_free(shape);
}

void
keeper_free(struct keeper **pointer)
{
	struct keeper *keeper = *pointer;

	*pointer = NULL;
	if (keeper == NULL)
		return;
	for (size_t i = 0; i < RECENT; i++)
		shape_leave(keeper->recent[i]);
	g_array_unref(keeper->fields);
	g_array_unref(keeper->other);
	g_free(keeper);
}

/* --- keeping */

/* Its templates may be others, or gone, when the record is written. */
static bool
is_list(const struct reader_field *field)
{
	return field->type == READER_TEMPLATE_LIST ||
	       field->type == READER_TEMPLATE_MULTI_LIST;
}

/* What a record keeps of a field. */
static size_t
length_of(const struct reader_field *field)
{
	return is_list(field) ? 0 : field->length;
}

static struct shape *
shape_new(const struct reader_record *record)
{
	struct shape *shape = g_malloc0(
	    sizeof(*shape) + record->field_count * sizeof(shape->elements[0]));

	shape->users = 1;
	shape->serial = record->serial;
	shape->count = record->field_count;
	for (size_t i = 0; i < shape->count; i++)
		shape->elements[i] = (struct element){ record->fields[i].pen,
			record->fields[i].id, record->fields[i].variable,
			is_list(&record->fields[i]) };
	return shape;
}

static struct shape *
find_shape(struct keeper *keeper, const struct reader_record *record)
{
	struct shape **recent = &keeper->recent[record->serial % RECENT];

	if (*recent == NULL || (*recent)->serial != record->serial) {
		shape_leave(*recent);
		*recent = shape_new(record);
	}
	return *recent;
}

struct kept *
keeper_keep(struct keeper *keeper, const struct reader_record *record)
{
	size_t octets = 0, count = record->field_count;
	struct kept *kept;
	uint8_t *at;

	for (size_t i = 0; i < count; i++)
		octets += length_of(&record->fields[i]);
	octets = (octets + 1) & ~(size_t)1;
	kept = g_malloc(sizeof(*kept) + octets + count * sizeof(uint16_t));
	kept->shape = find_shape(keeper, record);
	kept->shape->users++;
	kept->domain = record->domain;
	kept->export_time = record->export_time;
	kept->octets = octets;
	kept->lengths = (uint16_t *)(void *)(kept->values + octets);
	at = kept->values;
	for (size_t i = 0; i < count; i++) {
		const struct reader_field *field = &record->fields[i];

		kept->lengths[i] = (uint16_t)length_of(field);
		if (kept->lengths[i] > 0)
			memcpy(at, field->octets, kept->lengths[i]);
		at += kept->lengths[i];
	}
	return kept;
}

void
kept_free(struct kept *kept)
{
	if (kept == NULL)
		return;
	shape_leave(kept->shape);
	g_free(kept);
}

size_t
kept_octets(const struct kept *kept)
{
	return sizeof(*kept) + kept->octets +
	       kept->shape->count * sizeof(uint16_t);
}

static void
spread(const struct kept *kept, GArray *fields)
{
	const uint8_t *at = kept->values;

	g_array_set_size(fields, 0);
	for (size_t i = 0; i < kept->shape->count; i++) {
		const struct element *element = &kept->shape->elements[i];
		struct reader_field field = { .pen = element->pen,
			.id = element->id,
			.variable = element->variable,
			.octets = at,
			.length = kept->lengths[i] };

		if (!element->list)
			g_array_append_val(fields, field);
		at += field.length;
	}
}

/* --- joining */

static struct reader_field *
find(GArray *fields, uint32_t pen, uint16_t id)
{
	for (guint i = 0; i < fields->len; i++) {
		struct reader_field *field =
		    &g_array_index(fields, struct reader_field, i);

		if (field->pen == pen && field->id == id)
			return field;
	}
	return NULL;
}

/* Addresses, ports and the like, and what is of the whole exchange. */
static bool
is_common(uint32_t pen, uint16_t id)
{
	static const uint16_t common[] = { 4, 7, 8, 11, 12, 27, 28, 56, 58, 59,
		60, 80, 136, 145, 148, 149, 180, 181, 182, 183, 210, 239, 243,
		245, 254, 256 };

	for (size_t i = 0; pen == 0 && i < sizeof(common) / sizeof(common[0]);
	     i++)
		if (common[i] == id)
			return true;
	for (size_t i = 0; i < place_count; i++)
		if (places[i].part == PART_NAMES && places[i].pen == pen &&
		    places[i].id == id && id != 18)
			return true;
	return false;
}

/* What the reverse of an element is; false: it has none. */
static bool
reverse(const struct keeper *keeper, struct reader_field *field)
{
	struct reader_field reversed = { .pen = field->pen, .id = field->id };
	char name[READER_NAME_SIZE];

	/* initiatorOctets, initiatorPackets: they have names of their own. */
	if (field->pen == 0 && (field->id == 231 || field->id == 298)) {
		field->id++;
		return true;
	}
	if (field->pen == PEN_REVERSE || is_common(field->pen, field->id))
		return false;
	if (field->pen == 0)
		reversed.pen = PEN_REVERSE;
	else if ((field->id & REVERSE_BIT) != 0)
		return false;
	else
		reversed.id |= REVERSE_BIT;
	reader_name_field(keeper->reader, &reversed, name);
	if (!reversed.known)
		return false;
	field->pen = reversed.pen;
	field->id = reversed.id;
	return true;
}

static void
put_reverse(GArray *fields, const struct reader_field *field)
{
	struct reader_field *there = find(fields, field->pen, field->id);

	if (there == NULL)
		g_array_append_val(fields, *field);
	else {
		there->octets = field->octets;
		there->length = field->length;
		there->variable |= field->variable;
	}
}

/*
 * Where a direction has times of its own, those that RFC 5103 leaves to the
 * first one are of the whole exchange, as in exflow's records.
 */
static void
widen(struct keeper *keeper)
{
	static const uint16_t starts[] = { 150, 152 }, ends[] = { 151, 153 };

	if (find(keeper->fields, 0, 154) == NULL &&
	    find(keeper->fields, 0, 156) == NULL)
		return;
	for (int i = 0; i < 4; i++) {
		uint16_t id = i < 2 ? starts[i] : ends[i - 2];
		struct reader_field *to = find(keeper->fields, 0, id);
		const struct reader_field *from = find(keeper->other, 0, id);
		int order;

		if (to == NULL || from == NULL || to->length != from->length)
			continue;
		order = memcmp(from->octets, to->octets, to->length);
		if (i < 2 ? order < 0 : order > 0)
			to->octets = from->octets;
	}
}

static void
set_direction(struct keeper *keeper, const struct exchange *exchange)
{
	struct reader_field *field =
	    find(keeper->fields, 0, IE_BIFLOW_DIRECTION);

	keeper->direction = exchange->direction;
	if (field != NULL && field->length == 1)
		field->octets = &keeper->direction;
}

static void
add_server(struct keeper *keeper)
{
	bool whole = find(keeper->fields, 0, 154) != NULL ||
	             find(keeper->fields, 0, 156) != NULL;

	for (guint i = 0; i < keeper->other->len; i++) {
		struct reader_field field =
		    g_array_index(keeper->other, struct reader_field, i);

		if (whole && field.pen == 0 && field.id >= 150 &&
		    field.id <= 153)
			continue;
		if (reverse(keeper, &field))
			put_reverse(keeper->fields, &field);
	}
	widen(keeper);
}

const struct reader_record *
keeper_join(struct keeper *keeper, const struct kept *client,
    const struct kept *server, const struct exchange *exchange)
{
	spread(client, keeper->fields);
	keeper->record = (struct reader_record){ .domain = client->domain,
		.export_time = client->export_time };
	if (server != NULL) {
		spread(server, keeper->other);
		add_server(keeper);
		set_direction(keeper, exchange);
		keeper->record.export_time =
		    MAX(client->export_time, server->export_time);
	}
	keeper->record.fields =
	    (const struct reader_field *)(const void *)keeper->fields->data;
	keeper->record.field_count = keeper->fields->len;
	return &keeper->record;
}
