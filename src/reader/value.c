/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scalar values as text, one function for each data type (RFC 7011, 6.1).
 *
 * The sender chose the octets.  A length that does not suit the type is no
 * value: it is refused, and the caller shows the octets as hex.  Strings are
 * escaped (escape.h), so that none of them can steer a terminal or make a text
 * look like another one.
 */
#include "value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exflow/base/escape.h"
#include "exflow/base/text.h"

#define IE_PADDING 210

bool
value_is_padding(const struct reader_field *field)
{
	return field->pen == 0 && field->id == IE_PADDING;
}

static void
append_quoted(GString *out, const char *text, size_t n, enum value_style style)
{
	if (style == VALUE_JSON)
		g_string_append_c(out, '"');
	g_string_append_len(out, text, (gssize)n);
	if (style == VALUE_JSON)
		g_string_append_c(out, '"');
}

void
value_append_hex(
    GString *out, const struct reader_field *field, enum value_style style)
{
	static const char digits[] = "0123456789abcdef";

	g_string_append(out, style == VALUE_JSON ? "\"0x" : "0x");
	for (size_t i = 0; i < field->length; i++) {
		g_string_append_c(out, digits[field->octets[i] >> 4]);
		g_string_append_c(out, digits[field->octets[i] & 15]);
	}
	if (style == VALUE_JSON)
		g_string_append_c(out, '"');
}

/*
 * A string that is not UTF-8 is taken for Latin-1, so that no octet is lost:
 * octet by octet, none of its letters is UTF-8.
 */
static void
append_escaped(
    GString *out, const char *text, size_t n, enum escape_style style)
{
	bool utf8 = g_utf8_validate(text, (gssize)n, NULL);
	char character[ESCAPE_SIZE];
	size_t i = 0;

	while (i < n) {
		i += escape_character(
		    text + i, utf8 ? n - i : 1, style, character);
		g_string_append(out, character);
	}
}

static bool
append_string(
    GString *out, const struct reader_field *field, enum value_style style)
{
	size_t n = field->length;

	while (n > 0 && field->octets[n - 1] == '\0')
		n--; /* strings of fixed length are padded */
	if (style == VALUE_JSON)
		g_string_append_c(out, '"');
	append_escaped(out, (const char *)field->octets, n,
	    style == VALUE_JSON ? ESCAPE_JSON : ESCAPE_TEXT);
	if (style == VALUE_JSON)
		g_string_append_c(out, '"');
	return true;
}

static bool
append_unsigned(GString *out, const struct reader_field *field)
{
	char text[TEXT_UNSIGNED_SIZE];
	uint64_t value;

	if (!element_unsigned(field, &value))
		return false;
	g_string_append_len(out, text, text_unsigned(text, value) - text);
	return true;
}

static bool
append_signed(GString *out, const struct reader_field *field)
{
	uint64_t value;
	unsigned shift = (unsigned)(64 - 8 * field->length);

	if (!element_unsigned(field, &value))
		return false;
	g_string_append_printf(
	    out, "%" PRId64, (int64_t)(value << shift) >> shift);
	return true;
}

static bool
append_float(
    GString *out, const struct reader_field *field, enum value_style style)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];
	uint64_t bits;
	uint32_t bits32;
	float single;
	double value;

	if ((field->length != 4 && field->length != 8) ||
	    !element_unsigned(field, &bits))
		return false;
	bits32 = (uint32_t)bits;
	memcpy(&value, &bits, sizeof(value));
	memcpy(&single, &bits32, sizeof(single));
	if (field->length == 4)
		value = single;
	if (!isfinite(value) && style == VALUE_JSON) {
		g_string_append(out, "null");
		return true;
	}
	g_string_append(out, g_ascii_dtostr(text, sizeof(text), value));
	return true;
}

static bool
append_boolean(GString *out, const struct reader_field *field)
{
	if (field->length != 1 || field->octets[0] < 1 || field->octets[0] > 2)
		return false;
	g_string_append(out, field->octets[0] == 1 ? "true" : "false");
	return true;
}

static bool
append_mac(
    GString *out, const struct reader_field *field, enum value_style style)
{
	char text[24];
	const uint8_t *o = field->octets;

	if (field->length != 6)
		return false;
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", o[0],
	    o[1], o[2], o[3], o[4], o[5]);
	append_quoted(out, text, strlen(text), style);
	return true;
}

static bool
append_address(
    GString *out, const struct reader_field *field, enum value_style style)
{
	char text[TEXT_ADDRESS_SIZE];
	bool ipv4 = field->type == READER_IPV4;
	char *end;

	if (field->length != (ipv4 ? 4 : 16))
		return false;
	end = text_address(text, field->octets, ipv4 ? 4 : 6);
	append_quoted(out, text, (size_t)(end - text), style);
	return true;
}

static bool
append_time(
    GString *out, const struct reader_field *field, enum value_style style)
{
	char text[TEXT_TIME_SIZE];
	timestamp time;
	uint64_t value;
	unsigned digits = 3u * (unsigned)(field->type - READER_SECONDS);

	if (element_time(field, &time)) {
		append_quoted(out, text,
		    (size_t)(text_time(text, time, digits) - text), style);
		return true;
	}
	if (!element_unsigned(field, &value) || value != 0)
		return false;
	g_string_append(out, style == VALUE_JSON ? "null" : "-");
	return true;
}

bool
value_append_scalar(
    GString *out, const struct reader_field *field, enum value_style style)
{
	switch (field->type) {
	case READER_UNSIGNED8:
	case READER_UNSIGNED16:
	case READER_UNSIGNED32:
	case READER_UNSIGNED64:
		return append_unsigned(out, field);
	case READER_SIGNED8:
	case READER_SIGNED16:
	case READER_SIGNED32:
	case READER_SIGNED64:
		return append_signed(out, field);
	case READER_FLOAT32:
	case READER_FLOAT64:
		return append_float(out, field, style);
	case READER_BOOLEAN:
		return append_boolean(out, field);
	case READER_MAC:
		return append_mac(out, field, style);
	case READER_STRING:
		return append_string(out, field, style);
	case READER_SECONDS:
	case READER_MILLISECONDS:
	case READER_MICROSECONDS:
	case READER_NANOSECONDS:
		return append_time(out, field, style);
	case READER_IPV4:
	case READER_IPV6:
		return append_address(out, field, style);
	default:
		return false;
	}
}
