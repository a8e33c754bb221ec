/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values go from the fields of a record to their places.  Times and flags are
 * gathered, and put together later.
 */
#include "mapping_internal.h"

#include <string.h>

#include "exflow/input/element.h"

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

	return element_time(field, &time) ? time.ns : 0;
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
		mapping->names.texts[place->offset].octets = field->octets;
		mapping->names.texts[place->offset].length = field->length;
		return;
	case PLACE_FIGURE_TIME:
		put(figures, 8, figure_time(field));
		return;
	default:
		move_gathered(&mapping->gathered, place, field);
	}
}

static void
move_other_at(struct mapping *mapping, const struct place *place,
    const struct reader_field *field, const uint8_t *octets)
{
	struct reader_field at = *field;

	at.octets = octets;
	move_other(mapping, place, &at);
}

/* The field is that of the record, whose octets may be elsewhere. */
static inline void
move_plain(struct mapping *mapping, const struct move *move,
    const struct reader_field *field, const uint8_t *octets)
{
	char *to = (char *)mapping + move->to;
	uint16_t value16;
	uint32_t value32;
	uint64_t value64;

	switch (move->kind) {
	case MOVE_8:
		memcpy(to, octets, 1);
		return;
	case MOVE_16:
		memcpy(&value16, octets, 2);
		value16 = GUINT16_FROM_BE(value16);
		memcpy(to, &value16, 2);
		return;
	case MOVE_32:
		memcpy(&value32, octets, 4);
		value32 = GUINT32_FROM_BE(value32);
		memcpy(to, &value32, 4);
		return;
	case MOVE_64:
		memcpy(&value64, octets, 8);
		value64 = GUINT64_FROM_BE(value64);
		memcpy(to, &value64, 8);
		return;
	case MOVE_ADDRESS_4:
		memcpy(to, octets, 4);
		mapping->exchange.ip_version = 4;
		return;
	default:
		move_other_at(mapping, move->place, field, octets);
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

void
moves_do(struct mapping *mapping, const struct plan *plan,
    const struct reader_record *record)
{
	begin(mapping, plan);
	for (size_t i = 0; i < plan->count; i++) {
		const struct move *move = &plan->moves[i];
		const struct reader_field *field = &record->fields[move->field];

		move_plain(mapping, move, field, field->octets);
	}
}

void
moves_do_at(struct mapping *mapping, const struct plan *plan,
    const struct reader_record *record, const uint8_t *octets)
{
	begin(mapping, plan);
	for (size_t i = 0; i < plan->count; i++) {
		const struct move *move = &plan->moves[i];

		move_plain(mapping, move, &record->fields[move->field],
		    octets + move->at);
	}
}
