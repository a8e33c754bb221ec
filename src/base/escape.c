/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/base/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

static bool
is_control(gunichar c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

static bool
is_direction_mark(gunichar c)
{
	return c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Octets of the character at text; 0 if it is not UTF-8. */
static size_t
decode(const char *text, size_t n, gunichar *c)
{
	*c = (unsigned char)*text;
	if (*c < 0x80)
		return 1;
	*c = g_utf8_get_char_validated(text, (gssize)(n < 4 ? n : 4));
	if (*c == (gunichar)-1 || *c == (gunichar)-2)
		return 0;
	return (size_t)g_unichar_to_utf8(*c, NULL);
}

static void
put_octets(char *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 4 * i, 5, "\\x%02x", (unsigned char)text[i]);
}

size_t
escape_character(
    const char *text, size_t n, enum escape_style style, char out[ESCAPE_SIZE])
{
	gunichar c;
	size_t length = decode(text, n, &c);
	bool whole = length > 0;

	if (!whole) {
		length = 1;
		c = (unsigned char)*text;
	}
	if (!whole || is_control(c) || is_direction_mark(c)) {
		if (style == ESCAPE_JSON)
			snprintf(out, ESCAPE_SIZE, "\\u%04x", (unsigned)c);
		else
			put_octets(out, text, length);
	} else if (style == ESCAPE_JSON && (c == '"' || c == '\\'))
		snprintf(out, ESCAPE_SIZE, "\\%c", (int)c);
	else {
		memcpy(out, text, length);
		out[length] = '\0';
	}
	return length;
}

void
escape_line(char *out, size_t size, const char *text)
{
	size_t left = strlen(text), used = 0;
	char character[ESCAPE_SIZE];

	while (left > 0) {
		size_t length =
		    escape_character(text, left, ESCAPE_TEXT, character);
		size_t octets = strlen(character);

		if (used + octets >= size)
			break;
		memcpy(out + used, character, octets);
		used += octets;
		text += length;
		left -= length;
	}
	out[used] = '\0';
}

void
escape_replace(char *text)
{
	size_t left = strlen(text);
	char character[ESCAPE_SIZE], *to = text;
	const char *from = text;

	while (left > 0) {
		size_t length =
		    escape_character(from, left, ESCAPE_TEXT, character);
		bool kept = memcmp(character, from, length) == 0;

		if (kept)
			memmove(to, from, length);
		else
			*to = '?';
		to += kept ? length : 1;
		from += length;
		left -= length;
	}
	*to = '\0';
}
