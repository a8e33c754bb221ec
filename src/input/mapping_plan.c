/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plan of a template is a list of moves: from a field to a place.  Two
 * elements may have the same place (octetDeltaCount, octetTotalCount): the one
 * that comes first in the table of places is moved.
 */
#include "mapping_internal.h"

#include <string.h>

#include "exflow/record/record.h"

#define PLANS_MAX 4096 /* beyond that all of them are made anew */

static bool
is_element(const struct mapping *mapping, const struct reader_field *field,
    uint32_t pen, uint16_t id)
{
	return field->id == id &&
	       field->pen == (pen == PEN_OWN ? mapping->own_pen : pen);
}

unsigned
plan_field(const struct mapping *mapping, const struct reader_record *record,
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

/* What initiator and responder sent, of which nobody asks the payload. */
static bool
is_idle(const struct plan *plan, const struct place *place, unsigned parts)
{
	if (place->action != PLACE_GATHER || place->part != PART_COUNTS)
		return false;
	return place->offset < offsetof(struct gathered, initiated_packets)
	           ? plan->counts && (parts & PART_PAYLOAD) == 0
	           : plan->packets;
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
	plan->initiated |=
	    place->action == PLACE_GATHER && place->part == PART_COUNTS;
	plan->flag_counts |=
	    place->part == PART_FLAGS && place->action == PLACE_NUMBER_64;
	plan->counts |=
	    place->part == PART_COUNTS && place->action == PLACE_NUMBER_64 &&
	    place->offset == offsetof(struct exchange, side[CLIENT].ip_octets);
	plan->packets |=
	    place->part == PART_COUNTS && place->action == PLACE_NUMBER_64 &&
	    place->offset == offsetof(struct exchange, side[CLIENT].packets);
}

/* It is changed where times are put together, or added to. */
static bool
is_changed(const struct place *place)
{
	return place->action >= PLACE_GATHER && place->part == PART_TIMES;
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

/* Where the field is in a record without variable ones. */
static uint32_t
place_of(const struct reader_record *record, unsigned field)
{
	return record->fixed ? (uint32_t)(record->fields[field].octets -
	                                  record->fields[0].octets)
	                     : 0;
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
		.at = place_of(record, field),
		.to = (uint32_t)offset_of(place),
		.place = place };
}

static struct plan *
plan_new(const struct mapping *mapping, const struct reader_record *record)
{
	struct plan *plan =
	    g_malloc0(sizeof(*plan) + place_count * sizeof(plan->moves[0]));
	unsigned parts = mapping->parts;

	/* Figures of TCP are no others'. */
	if (parts & PART_QUALITY)
		parts |= PART_KEY;
	/* First and last need to know which sides sent something. */
	if (parts & (PART_TIMES | PART_FLAGS | PART_PAYLOAD))
		parts |= PART_COUNTS;
	for (size_t i = 0; i < place_count; i++) {
		const struct place *place = &places[i];
		unsigned at =
		    plan_field(mapping, record, place->pen, place->id);

		if (at == 0 || !fits(place, &record->fields[at - 1]))
			continue;
		plan->flow |= place->action == PLACE_ADDRESS;
		if ((place->part & parts) == 0 || is_taken(plan, place) ||
		    is_idle(plan, place, parts))
			continue;
		note(plan, place);
		plan->gather |= is_changed(place);
		plan->unsure |= record->fields[at - 1].variable &&
		                place->action < PLACE_FIGURE_8;
		plan->moves[plan->count++] = move_of(place, record, at - 1);
	}
	for (size_t i = 0; i < mapping->foreign_count; i++)
		plan->foreign[i] = plan_field(mapping, record,
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
		    (!field->variable && field->length != move->length) ||
		    move->at != place_of(record, move->field))
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

const struct plan *
plan_find(struct mapping *mapping, const struct reader_record *record)
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

void
plan_forget_all(struct mapping *mapping)
{
	forget_recent(mapping);
	g_hash_table_remove_all(mapping->plans);
}
