/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "line_message.h"

#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/ipfix/wire.h"

#include "fills.h"

/* Set ids: no record of exchanges has one of these. */
#define FIRST_TEMPLATE 0x8000
#define ELEMENT_KEY 32001  /* octetArray: length, then 16 octets */
#define ELEMENT_LINE 32002 /* octetArray */
#define KEY_OCTETS 17

/*
 * Lengths of lines: steps of 64 up to 4096, where most lines are, then of 1024.
 */
#define SHORT_STEP 64
#define SHORT_MAX 4096
#define LONG_STEP 1024
#define SHORT_LENGTHS (SHORT_MAX / SHORT_STEP)
#define LENGTHS (SHORT_LENGTHS + (JSON_ROW_SIZE - SHORT_MAX) / LONG_STEP)

static uint32_t
length_of(uint32_t number)
{
	return number < SHORT_LENGTHS
	           ? (number + 1) * SHORT_STEP
	           : SHORT_MAX + (number - SHORT_LENGTHS + 1) * LONG_STEP;
}

/* The first of the lengths that so many octets fit in. */
static uint32_t
number_for(size_t octets)
{
	if (octets <= SHORT_MAX)
		return octets == 0 ? 0 : (uint32_t)(octets - 1) / SHORT_STEP;
	return SHORT_LENGTHS + (uint32_t)(octets - SHORT_MAX - 1) / LONG_STEP;
}

/* --- templates */

static uint8_t *
put_field(uint8_t *at, uint16_t element, uint32_t length, uint32_t pen)
{
	at = put16(at, element | ENTERPRISE_BIT);
	at = put16(at, (uint16_t)length);
	return put32(at, pen);
}

struct preamble *
line_preamble_new(uint32_t domain, uint32_t pen)
{
	uint8_t
	    octets[MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS + LENGTHS * 20];
	uint8_t *at = octets + MESSAGE_HEADER_OCTETS;
	struct message message = { .octets = octets,
		.length = sizeof(octets),
		.kind = MESSAGE_TEMPLATES };

	fill_header(octets, sizeof(octets), domain);
	at = put16(at, TEMPLATE_SET);
	at = put16(at, sizeof(octets) - MESSAGE_HEADER_OCTETS);
	for (uint32_t i = 0; i < LENGTHS; i++) {
		at = put16(at, (uint16_t)(FIRST_TEMPLATE + i));
		at = put16(at, 2);
		at = put_field(at, ELEMENT_KEY, KEY_OCTETS, pen);
		at = put_field(at, ELEMENT_LINE, length_of(i), pen);
	}
	return preamble_new(&message, 1, NULL, 0);
}

/* --- writing */

char *
line_message_begin(uint8_t *at, const struct key *key)
{
	at = put8(at + SET_HEADER_OCTETS, key->length);
	memcpy(at, key->octets, sizeof(key->octets));
	return (char *)at + sizeof(key->octets);
}

uint32_t
line_message_end(uint8_t *at, const char *end)
{
	uint8_t *text = at + SET_HEADER_OCTETS + KEY_OCTETS;
	size_t octets = (size_t)((const uint8_t *)end - text);
	uint32_t number = number_for(octets);
	uint32_t length = SET_HEADER_OCTETS + KEY_OCTETS + length_of(number);

	memset(text + octets, ' ', length_of(number) - octets);
	at = put16(at, (uint16_t)(FIRST_TEMPLATE + number));
	put16(at, (uint16_t)length);
	return length;
}

/* --- reading */

/* The octets of the line in the set at this place; 0: it has none. */
static uint32_t
line_room(const uint8_t *octets, uint32_t length, uint32_t at)
{
	uint32_t number, set;

	if (at > length || length - at < SET_HEADER_OCTETS + KEY_OCTETS)
		return 0;
	number = get16(octets + at) - FIRST_TEMPLATE;
	set = get16(octets + at + 2);
	if (number >= LENGTHS || set > length - at ||
	    set != SET_HEADER_OCTETS + KEY_OCTETS + length_of(number))
		return 0;
	return length_of(number);
}

bool
line_message_is(const uint8_t *octets, uint32_t length)
{
	return line_room(octets, length, MESSAGE_HEADER_OCTETS) > 0;
}

bool
line_message_next(
    const uint8_t *octets, uint32_t length, uint32_t *at, struct line *line)
{
	uint32_t room = line_room(octets, length, *at);
	const uint8_t *set = octets + *at;

	if (room == 0)
		return false;
	*at += SET_HEADER_OCTETS + KEY_OCTETS + room;
	line->key.length = set[SET_HEADER_OCTETS];
	memcpy(line->key.octets, set + SET_HEADER_OCTETS + 1,
	    sizeof(line->key.octets));
	if (line->key.length != 4 && line->key.length != 8 &&
	    line->key.length != 16)
		line->key.length = 0; /* none, or the spool was damaged */
	line->text = (const char *)set + SET_HEADER_OCTETS + KEY_OCTETS;
	for (; room > 0 && line->text[room - 1] == ' ';)
		room--;
	line->length = room;
	return true;
}
