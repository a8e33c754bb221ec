/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts are found in the order of the template, and each gets what the room
 * leaves to it, when those behind it have at least the octet of their length:
 *
 *	│ fixed fields │1│ name │1│ name │0│0│ … │3 │ payload │3 │ payload │
 *	               └──────────────── room ─────────────────────────────┘
 *
 * The client's payload, which has the hello, leaves to the server's what that
 * needs, up to half of the rest.
 */
#include "record_texts.h"

#include <string.h>

#include <glib.h>

#define SHORT_MAX 254 /* a longer text has a length of three octets */

static uint32_t
octets_on_wire(size_t length)
{
	return (uint32_t)length + (length > SHORT_MAX ? 3 : 1);
}

/* The longest text that takes so many octets with its length. */
static size_t
most_in(uint32_t octets)
{
	if (octets <= SHORT_MAX + 1)
		return octets - 1;
	return octets - 3 > SHORT_MAX ? octets - 3 : SHORT_MAX;
}

/* --- UTF-8 */

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Eight octets at a time: has none of them its top bit, and is none zero? */
static bool
is_ascii(const char *octets, size_t length)
{
	for (; length >= sizeof(uint64_t); length -= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, octets, sizeof(word));
		if (((word | (word - EACH(1))) & EACH(0x80)) != 0)
			return false;
		octets += sizeof(word);
	}
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)octets[i] - 1u >= 0x7f)
			return false;
	return true;
}

/* A copy in which what is no UTF-8, and each zero, is a '?'. */
static const char *
make_string(struct record_texts *texts, const char *octets, size_t length)
{
	char *made = texts->made + texts->made_octets;
	const char *end;
	size_t at = 0;

	if (length > sizeof(texts->made) - texts->made_octets)
		return NULL;
	memcpy(made, octets, length);
	while (at < length &&
	       !g_utf8_validate(made + at, (gssize)(length - at), &end)) {
		at = (size_t)(end - made);
		made[at++] = '?';
	}
	texts->made_octets += length;
	return made;
}

/* A character that is cut has none of its octets. */
static size_t
cut_string(const char *octets, size_t length)
{
	while (length > 0 && ((unsigned char)octets[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* --- a record's texts */

static void
find_text(struct record_texts *texts, unsigned i, const struct field *field,
    const struct exchange *exchange, uint32_t room)
{
	size_t length, most = most_in(room);
	const char *octets = field->text(exchange, &length);
	bool string = field->type == FIELD_STRING;

	if (string && !is_ascii(octets, length))
		octets = make_string(texts, octets, length);
	if (octets == NULL)
		length = 0;
	if (length > most) {
		length = string ? cut_string(octets, most) : most;
		texts->cut = true;
	}
	texts->text[i].octets = octets;
	texts->text[i].length = length;
	texts->octets += octets_on_wire(length);
}

/* What the texts behind this one are left. */
static uint32_t
reserve(const struct field *const *fields, unsigned behind,
    const struct exchange *exchange, uint32_t left)
{
	uint32_t half = left / 2, wanted;
	size_t length;

	if (behind != 1 || fields[0]->type == FIELD_STRING)
		return behind;
	fields[1]->text(exchange, &length);
	wanted = octets_on_wire(length);
	return wanted < half ? wanted : half;
}

void
record_texts_find(struct record_texts *texts,
    const struct record_template *template, const struct exchange *exchange,
    uint32_t room)
{
	unsigned first = template->field_count - template->text_count;

	texts->octets = 0;
	texts->cut = false;
	texts->made_octets = 0;
	for (unsigned i = 0; i < template->text_count; i++) {
		const struct field *const *field = &template->field[first + i];
		uint32_t left = room - texts->octets;
		unsigned behind = template->text_count - i - 1;

		find_text(texts, i, *field, exchange,
		    left - reserve(field, behind, exchange, left));
	}
}
