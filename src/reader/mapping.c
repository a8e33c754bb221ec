/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plan of a template is a list of moves: from a field to a place.  Two
 * elements may have the same place (octetDeltaCount, octetTotalCount): the one
 * that comes first in the table of places is moved.  Times and flags are
 * gathered and put together at the end, as every exporter has its own.
 */
#include "mapping.h"

#include <glib.h>
#include <string.h>

#include "exflow/record/record.h"

#include "mapped_names.h"
#include "places.h"
#include "value.h"

#define PLANS_MAX 4096 /* beyond that all of them are made anew */
#define RECENT 16      /* plans that are found without a search */

/*
 * Most moves are of whole numbers to a place of the same width, which is known
 * from the lengths of a template's fields.
 */
enum move_kind {
	MOVE_8,
	MOVE_16,
	MOVE_32,
	MOVE_64,
	MOVE_ADDRESS_4,
	MOVE_OTHER /* by its action */
};

struct move {
	uint8_t kind;
	bool variable;
	uint16_t length; /* of the field; where it is not variable */
	uint32_t field;
	size_t to; /* in struct mapping, of all but MOVE_OTHER */
	const struct place *place;
};

struct plan {
	bool flow;   /* it has addresses */
	bool gather; /* some of its moves go to struct gathered */
	bool unsure; /* some may not be done: of fields of variable lengths */
	bool quality, names, counts, packets, flag_counts;
	unsigned foreign[MAPPING_FOREIGN_MAX]; /* field + 1; 0: none */
	size_t count;
	struct move moves[];
};

struct foreign {
	uint32_t pen;
	uint16_t id;
	enum attribute_kind kind;
	uint64_t unit;
};

struct mapping {
	struct reader *reader;
	uint32_t own_pen;
	unsigned parts;
	struct foreign foreign[MAPPING_FOREIGN_MAX];
	size_t foreign_count;
	GHashTable *plans; /* layout → struct plan */
	GHashTable *boots; /* domain → systemInitTimeMilliseconds */
	struct {
		uint64_t serial; /* of a template; 0: none */
		const struct plan *plan;
	} recent[RECENT];
	const struct plan *plan;
	const struct plan *filled; /* by which the exchange was filled in */
	const struct reader_record *record;
	struct gathered gathered;
	struct exchange exchange;
	struct exchange_quality figures;
	struct mapped_names names;
	struct subject subject;
};

/* --- foreign elements */

static bool
foreign_value(void *context, unsigned number, struct attribute_value *value)
{
	const struct mapping *mapping = context;
	const struct foreign *foreign = &mapping->foreign[number];
	unsigned at = mapping->plan->foreign[number];
	const struct reader_field *field;
	timestamp time;

	if (at == 0)
		return false;
	field = &mapping->record->fields[at - 1];
	value->octets = field->octets;
	value->length = field->length;
	if (foreign->kind == ATTRIBUTE_TIME) {
		if (!value_time(field, &time))
			return false;
		value->number = time.ns;
		return true;
	}
	if (foreign->kind >= ATTRIBUTE_ADDRESS)
		return true;
	return value_unsigned(field, &value->number);
}

static bool
kind_of(uint8_t type, struct attribute *attribute)
{
	switch (type) {
	case READER_UNSIGNED8:
	case READER_UNSIGNED16:
	case READER_UNSIGNED32:
	case READER_UNSIGNED64:
	case READER_BOOLEAN:
		attribute->kind = ATTRIBUTE_COUNT;
		return true;
	case READER_SECONDS:
	case READER_MILLISECONDS:
	case READER_MICROSECONDS:
	case READER_NANOSECONDS:
		attribute->kind = ATTRIBUTE_TIME;
		return true;
	case READER_IPV4:
	case READER_IPV6:
		attribute->kind = ATTRIBUTE_ADDRESS;
		return true;
	case READER_MAC:
		attribute->kind = ATTRIBUTE_MAC;
		return true;
	case READER_STRING:
		attribute->kind = ATTRIBUTE_TEXT;
		return true;
	default:
		return false;
	}
}

static bool
find_foreign(void *context, const char *name, struct attribute *attribute)
{
	struct mapping *mapping = context;
	struct foreign *foreign = &mapping->foreign[mapping->foreign_count];
	struct reader_field field = { .pen = 0 };

	if (mapping->foreign_count == MAPPING_FOREIGN_MAX ||
	    !reader_find_element(mapping->reader, name, &field) ||
	    !kind_of(field.type, attribute))
		return false;
	*foreign = (struct foreign){
		.pen = field.pen, .id = field.id, .kind = attribute->kind
	};
	attribute->foreign = (unsigned)mapping->foreign_count++;
	return true;
}

struct attribute_resolver
mapping_resolver(struct mapping *mapping)
{
	return (struct attribute_resolver){ find_foreign, mapping };
}

/* --- planning */

static bool
is_element(const struct mapping *mapping, const struct reader_field *field,
    uint32_t pen, uint16_t id)
{
	return field->id == id &&
	       field->pen == (pen == PEN_OWN ? mapping->own_pen : pen);
}

/* The first field of an element; its number + 1; 0: none. */
static unsigned
find_field(const struct mapping *mapping, const struct reader_record *record,
    uint32_t pen, uint16_t id)
{
	for (size_t i = 0; i < record->field_count; i++)
		if (is_element(mapping, &record->fields[i], pen, id))
			return (unsigned)i + 1;
	return 0;
}

/* Another element has been moved there. */
static bool
is_taken(const struct plan *plan, const struct place *place)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct place *other = plan->moves[i].place;

		if (other->action == place->action &&
		    other->offset == place->offset &&
		    other->side == place->side &&
		    place->action != PLACE_ADDRESS)
			return true;
	}
	return false;
}

static bool
fits(const struct place *place, const struct reader_field *field)
{
	switch (place->action) {
	case PLACE_ADDRESS:
		return field->length == 4 || field->length == 16;
	case PLACE_MAC:
		return field->length == MAC_OCTETS;
	case PLACE_NAMES_TEXT:
		return true;
	default:
		return field->length >= 1 && field->length <= 8;
	}
}

static void
note(struct plan *plan, const struct place *place)
{
	plan->quality |= place->part == PART_QUALITY;
	plan->names |= place->part == PART_NAMES;
	plan->flag_counts |=
	    place->part == PART_FLAGS && place->action == PLACE_NUMBER_64;
	plan->counts |=
	    place->part == PART_COUNTS && place->action == PLACE_NUMBER_64 &&
	    place->offset == offsetof(struct exchange, side[CLIENT].ip_octets);
	plan->packets |=
	    place->part == PART_COUNTS && place->action == PLACE_NUMBER_64 &&
	    place->offset == offsetof(struct exchange, side[CLIENT].packets);
}

static bool
is_gathered(const struct place *place)
{
	return place->action >= PLACE_GATHER;
}

/* Where a place is in struct mapping, of those that are plain numbers. */
static size_t
offset_of(const struct place *place)
{
	if (place->action == PLACE_ADDRESS)
		return offsetof(struct mapping, exchange.address) +
		       place->side * sizeof(((struct exchange *)0)->address[0]);
	if (place->action == PLACE_GATHER)
		return offsetof(struct mapping, gathered) + place->offset;
	if (place->action >= PLACE_NAMES_8)
		return offsetof(struct mapping, names.room) + place->offset;
	if (place->action >= PLACE_FIGURE_8)
		return offsetof(struct mapping, figures) + place->offset;
	return offsetof(struct mapping, exchange) + place->offset;
}

/* Octets of the number at a place; 0: it is none, or not a plain one. */
static unsigned
width_of(const struct place *place)
{
	if (place->action == PLACE_GATHER)
		return 8;
	if (place->action >= PLACE_NUMBER_8 && place->action <= PLACE_NUMBER_64)
		return 1u << (place->action - PLACE_NUMBER_8);
	if (place->action >= PLACE_FIGURE_8 && place->action <= PLACE_FIGURE_64)
		return 1u << (place->action - PLACE_FIGURE_8);
	if (place->action >= PLACE_NAMES_8 && place->action <= PLACE_NAMES_32)
		return 1u << (place->action - PLACE_NAMES_8);
	return 0;
}

static enum move_kind
kind_of_move(const struct place *place, const struct reader_field *field)
{
	if (field->variable)
		return MOVE_OTHER;
	if (place->action == PLACE_ADDRESS && field->length == 4)
		return MOVE_ADDRESS_4;
	if (width_of(place) != field->length)
		return MOVE_OTHER;
	switch (field->length) {
	case 1:
		return MOVE_8;
	case 2:
		return MOVE_16;
	case 4:
		return MOVE_32;
	case 8:
		return MOVE_64;
	default:
		return MOVE_OTHER;
	}
}

static struct move
move_of(const struct place *place, const struct reader_record *record,
    unsigned field)
{
	const struct reader_field *from = &record->fields[field];

	return (struct move){ .kind = (uint8_t)kind_of_move(place, from),
		.variable = from->variable,
		.length = (uint16_t)from->length,
		.field = field,
		.to = offset_of(place),
		.place = place };
}

static struct plan *
plan_new(const struct mapping *mapping, const struct reader_record *record)
{
	struct plan *plan =
	    g_malloc0(sizeof(*plan) + place_count * sizeof(plan->moves[0]));
	unsigned parts = mapping->parts | PART_KEY;

	/* First and last need to know which sides sent something. */
	if (parts & (PART_TIMES | PART_FLAGS | PART_PAYLOAD))
		parts |= PART_COUNTS;
	for (size_t i = 0; i < place_count; i++) {
		const struct place *place = &places[i];
		unsigned at =
		    find_field(mapping, record, place->pen, place->id);

		if (at == 0 || !fits(place, &record->fields[at - 1]))
			continue;
		plan->flow |= place->action == PLACE_ADDRESS;
		if ((place->part & parts) == 0 || is_taken(plan, place))
			continue;
		note(plan, place);
		plan->gather |= is_gathered(place);
		plan->unsure |= record->fields[at - 1].variable &&
		                place->action < PLACE_FIGURE_8;
		plan->moves[plan->count++] = move_of(place, record, at - 1);
	}
	for (size_t i = 0; i < mapping->foreign_count; i++)
		plan->foreign[i] = find_field(mapping, record,
		    mapping->foreign[i].pen, mapping->foreign[i].id);
	plan->flow &= !record->options;
	return plan;
}

/* Templates with the same elements may have other lengths of them. */
static bool
suits(const struct plan *plan, const struct reader_record *record)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct move *move = &plan->moves[i];
		const struct reader_field *field = &record->fields[move->field];

		if (move->variable != field->variable ||
		    (!field->variable && field->length != move->length))
			return false;
	}
	return true;
}

static void
forget_recent(struct mapping *mapping)
{
	memset(mapping->recent, 0, sizeof(mapping->recent));
	mapping->filled = NULL;
}

static const struct plan *
search_plan(struct mapping *mapping, const struct reader_record *record)
{
	struct plan *plan =
	    g_hash_table_lookup(mapping->plans, &record->layout);

	if (plan != NULL && suits(plan, record))
		return plan;
	forget_recent(mapping); /* one of them may go */
	if (g_hash_table_size(mapping->plans) >= PLANS_MAX)
		g_hash_table_remove_all(mapping->plans);
	plan = plan_new(mapping, record);
	g_hash_table_replace(mapping->plans,
	    g_memdup2(&record->layout, sizeof(record->layout)), plan);
	return plan;
}

static inline const struct plan *
find_plan(struct mapping *mapping, const struct reader_record *record)
{
	size_t at = record->serial % RECENT;

	if (mapping->recent[at].serial != record->serial ||
	    mapping->recent[at].plan == NULL) {
		const struct plan *plan = search_plan(mapping, record);

		mapping->recent[at].serial = record->serial;
		mapping->recent[at].plan = plan;
	}
	return mapping->recent[at].plan;
}

/* --- moving */

static inline uint64_t
number_of(const struct reader_field *field)
{
	uint64_t value = 0;
	uint32_t word;

	/* Nearly all of them have one of these. */
	if (field->length == 8) {
		memcpy(&value, field->octets, 8);
		return GUINT64_FROM_BE(value);
	}
	if (field->length == 4) {
		memcpy(&word, field->octets, 4);
		return GUINT32_FROM_BE(word);
	}
	for (size_t i = 0; i < field->length && i < 8; i++)
		value = value << 8 | field->octets[i];
	return value;
}

static void
put(void *at, unsigned octets, uint64_t value)
{
	uint8_t value8 = (uint8_t)value;
	uint16_t value16 = (uint16_t)value;
	uint32_t value32 = (uint32_t)value;

	switch (octets) {
	case 1:
		memcpy(at, &value8, 1);
		return;
	case 2:
		memcpy(at, &value16, 2);
		return;
	case 4:
		memcpy(at, &value32, 4);
		return;
	default:
		memcpy(at, &value, 8);
	}
}

static void
move_address(struct mapping *mapping, const struct place *place,
    const struct reader_field *field)
{
	size_t length = field->length == 4 ? 4 : 16;

	if (field->length != length)
		return;
	memcpy(mapping->exchange.address[place->side], field->octets, length);
	mapping->exchange.ip_version = length == 4 ? 4 : 6;
}

static uint64_t
time_of(const struct reader_field *field)
{
	timestamp time;

	return value_time(field, &time) ? time.ns : 0;
}

/* All ones: not known. */
static uint64_t
figure_time(const struct reader_field *field)
{
	return number_of(field) == UINT64_MAX ? 0 : time_of(field);
}

static void
move_gathered(struct gathered *gathered, const struct place *place,
    const struct reader_field *field)
{
	uint64_t *to = (uint64_t *)(void *)((char *)gathered + place->offset);

	switch (place->action) {
	case PLACE_GATHER:
		*to = number_of(field);
		return;
	case PLACE_GATHER_TIME:
		*to = time_of(field);
		return;
	case PLACE_GATHER_MS:
		*to = number_of(field) * (uint64_t)NS_PER_MS;
		return;
	case PLACE_GATHER_US:
		*to = number_of(field) * (uint64_t)NS_PER_US;
		return;
	default:
		if (gathered->has_delta)
			return;
		gathered->has_delta = true;
		gathered->delta =
		    number_of(field) *
		    (uint64_t)(place->action == PLACE_DELTA_MS ? NS_PER_MS
		                                               : NS_PER_US);
	}
}

static void
move_other(struct mapping *mapping, const struct place *place,
    const struct reader_field *field)
{
	char *exchange = (char *)&mapping->exchange + place->offset;
	char *figures = (char *)&mapping->figures + place->offset;

	switch (place->action) {
	case PLACE_ADDRESS:
		move_address(mapping, place, field);
		return;
	case PLACE_MAC:
		if (field->length != MAC_OCTETS)
			return;
		memcpy(mapping->exchange.side[place->side].mac, field->octets,
		    MAC_OCTETS);
		mapping->exchange.macs |= (uint8_t)(1u << place->side);
		return;
	case PLACE_NUMBER_8:
	case PLACE_NUMBER_16:
	case PLACE_NUMBER_32:
	case PLACE_NUMBER_64:
		put(exchange, 1u << (place->action - PLACE_NUMBER_8),
		    number_of(field));
		return;
	case PLACE_FIGURE_8:
	case PLACE_FIGURE_16:
	case PLACE_FIGURE_32:
	case PLACE_FIGURE_64:
		put(figures, 1u << (place->action - PLACE_FIGURE_8),
		    number_of(field));
		return;
	case PLACE_NAMES_8:
	case PLACE_NAMES_16:
	case PLACE_NAMES_32:
		put(mapping->names.room + place->offset,
		    1u << (place->action - PLACE_NAMES_8), number_of(field));
		return;
	case PLACE_NAMES_TEXT:
		mapping->names.texts[place->offset] = field;
		return;
	case PLACE_FIGURE_TIME:
		put(figures, 8, figure_time(field));
		return;
	default:
		move_gathered(&mapping->gathered, place, field);
	}
}

static inline void
move_plain(struct mapping *mapping, const struct move *move,
    const struct reader_field *field)
{
	char *to = (char *)mapping + move->to;
	uint16_t value16;
	uint32_t value32;
	uint64_t value64;

	switch (move->kind) {
	case MOVE_8:
		memcpy(to, field->octets, 1);
		return;
	case MOVE_16:
		memcpy(&value16, field->octets, 2);
		value16 = GUINT16_FROM_BE(value16);
		memcpy(to, &value16, 2);
		return;
	case MOVE_32:
		memcpy(&value32, field->octets, 4);
		value32 = GUINT32_FROM_BE(value32);
		memcpy(to, &value32, 4);
		return;
	case MOVE_64:
		memcpy(&value64, field->octets, 8);
		value64 = GUINT64_FROM_BE(value64);
		memcpy(to, &value64, 8);
		return;
	case MOVE_ADDRESS_4:
		memcpy(to, field->octets, 4);
		mapping->exchange.ip_version = 4;
		return;
	default:
		move_other(mapping, move->place, field);
	}
}

/*
 * Every move overwrites what that of the record before has left, if it had the
 * same plan; else nothing is left of it.
 */
static void
begin(struct mapping *mapping, const struct plan *plan)
{
	if (plan != mapping->filled || plan->unsure) {
		memset(&mapping->exchange, 0, sizeof(mapping->exchange));
		memset(&mapping->gathered, 0, sizeof(mapping->gathered));
		mapping->exchange.icmp_type_code = ICMP_TYPE_CODE_UNKNOWN;
		mapping->filled = plan;
	} else if (plan->gather)
		memset(&mapping->gathered, 0, sizeof(mapping->gathered));
	if (plan->quality)
		quality_figures_init(&mapping->figures);
	if (plan->names)
		mapped_names_begin(&mapping->names);
}

/* --- putting together */

/* Since the exporter started: an options record may have said when. */
static uint64_t
booted(const struct mapping *mapping)
{
	const uint64_t *ms = g_hash_table_lookup(
	    mapping->boots, GUINT_TO_POINTER(mapping->record->domain));

	return ms == NULL ? 0 : *ms * (uint64_t)NS_PER_MS;
}

static void
finish_times(struct mapping *mapping)
{
	struct gathered *g = &mapping->gathered;
	struct exchange_side *side = mapping->exchange.side;

	if (g->whole[0] == 0 && g->uptime[0] != 0) {
		uint64_t boot = booted(mapping);

		g->whole[0] = boot + g->uptime[0];
		g->whole[1] = boot + g->uptime[1];
	}
	if (g->whole[1] == 0 && g->whole[0] != 0)
		g->whole[1] = g->whole[0] + g->duration;
	if (g->start[CLIENT] == 0) {
		g->start[CLIENT] = g->whole[0];
		g->end[CLIENT] = g->whole[1];
	}
	if (g->end[CLIENT] == 0)
		g->end[CLIENT] = g->start[CLIENT] + g->duration;
	if (g->start[SERVER] == 0 && side[SERVER].packets > 0) {
		uint64_t start =
		    g->whole[0] != 0 ? g->whole[0] : g->start[CLIENT];

		g->start[SERVER] = start + g->delta;
		g->end[SERVER] =
		    g->whole[1] != 0 ? g->whole[1] : g->end[CLIENT];
	}
	for (int i = CLIENT; i <= SERVER; i++) {
		side[i].first.ns = g->start[i];
		side[i].last.ns = g->end[i];
	}
}

static void
finish_flags(struct mapping *mapping)
{
	for (int side = CLIENT; side <= SERVER; side++)
		for (int bit = 0; bit < TCP_FLAG_COUNT; bit++) {
			uint64_t set = mapping->gathered.flags[side] >> bit & 1;

			if (!mapping->plan->flag_counts)
				mapping->exchange.side[side].flag_packets[bit] =
				    set;
		}
}

/*
 * Payload where the record has octets, too, as IANA defines these two; else the
 * only octets that there are.
 */
static void
finish_counts(struct mapping *mapping)
{
	const struct gathered *g = &mapping->gathered;

	for (int i = CLIENT; i <= SERVER; i++) {
		struct exchange_side *side = &mapping->exchange.side[i];

		if (mapping->plan->counts)
			side->payload_octets = g->initiated[i];
		else
			side->ip_octets = g->initiated[i];
		if (!mapping->plan->packets)
			side->packets = g->initiated_packets[i];
	}
}

/* The class that no element has: what of the sum is in no other one. */
static void
finish_quality(struct mapping *mapping)
{
	for (int i = CLIENT; i <= SERVER; i++) {
		uint64_t *segments = mapping->figures.side[i].segments;
		uint64_t sum = segments[LOSS_SPURIOUS] + segments[LOSS_FAST] +
		               segments[LOSS_TIMEOUT];

		if (mapping->gathered.retransmitted[i] > sum)
			segments[LOSS_OTHER] =
			    mapping->gathered.retransmitted[i] - sum;
	}
	mapping->exchange.quality = &mapping->figures;
}

/* systemInitTimeMilliseconds, of an options record. */
static void
learn_boot(struct mapping *mapping, const struct reader_record *record)
{
	unsigned at = find_field(mapping, record, 0, 160);
	uint64_t ms;

	if (at == 0 || !value_unsigned(&record->fields[at - 1], &ms))
		return;
	g_hash_table_insert(mapping->boots, GUINT_TO_POINTER(record->domain),
	    g_memdup2(&ms, sizeof(ms)));
}

bool
mapping_take(struct mapping *mapping, const struct reader_record *record)
{
	const struct plan *plan;

	mapping->record = record;
	if (record->options) {
		learn_boot(mapping, record);
		return false;
	}
	plan = mapping->plan = find_plan(mapping, record);
	if (!plan->flow)
		return false;
	begin(mapping, plan);
	for (size_t i = 0; i < plan->count; i++)
		move_plain(mapping, &plan->moves[i],
		    &record->fields[plan->moves[i].field]);
	finish_counts(mapping);
	if (mapping->parts & PART_TIMES)
		finish_times(mapping);
	if (mapping->parts & PART_FLAGS)
		finish_flags(mapping);
	if (plan->quality)
		finish_quality(mapping);
	if (plan->names)
		mapping->exchange.names = mapped_names_end(&mapping->names);
	return true;
}

const struct subject *
mapping_subject(const struct mapping *mapping)
{
	return &mapping->subject;
}

/* --- life */

struct mapping *
mapping_new(struct reader *reader, uint32_t own_pen)
{
	struct mapping *mapping = g_new0(struct mapping, 1);

	mapping->reader = reader;
	mapping->own_pen = own_pen;
	mapping->plans =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	mapping->boots = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	mapping->subject =
	    (struct subject){ &mapping->exchange, foreign_value, mapping };
	return mapping;
}

void
mapping_free(struct mapping **pointer)
{
	struct mapping *mapping = *pointer;

	*pointer = NULL;
	if (mapping == NULL)
		return;
	g_hash_table_destroy(mapping->plans);
	g_hash_table_destroy(mapping->boots);
	g_free(mapping);
}

void
mapping_use(struct mapping *mapping, unsigned parts)
{
	mapping->parts |= parts;
	forget_recent(mapping);
	g_hash_table_remove_all(mapping->plans);
}
