/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that hold values: records and the lists of RFC 6313.
 *
 *	record                 {"name":value,…}    name=value …
 *	basicList              [value,…]           of one element
 *	subTemplateList        [record,…]          of one template
 *	subTemplateMultiList   [record,…]          each part with its template
 *
 * Lists may hold lists, READER_LIST_DEPTH deep.  They are read through a cursor
 * with a sticky error: a read beyond the end fails, and so do all reads after
 * it, so that it is enough to ask once at the end.  A list whose lengths do not
 * fit is given up as a whole and shown as hex.  The semantic octet of a list is
 * not shown.
 */
#include "value.h"

#include <string.h>

#include "exflow/ipfix/wire.h"

static void append_nested(GString *out, const struct reader *reader,
    const struct reader_field *field, enum value_style style, unsigned depth);

/* --- the cursor */

struct cursor {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static const uint8_t *
take(struct cursor *cursor, size_t n)
{
	const uint8_t *at = cursor->at;

	if (cursor->failed || n > cursor->left) {
		cursor->failed = true;
		return NULL;
	}
	cursor->at += n;
	cursor->left -= n;
	return at;
}

static uint32_t
take_number(struct cursor *cursor, size_t n)
{
	const uint8_t *octets = take(cursor, n);
	uint32_t value = 0;

	for (size_t i = 0; octets != NULL && i < n; i++)
		value = value << 8 | octets[i];
	return value;
}

static size_t
take_length(struct cursor *cursor)
{
	uint32_t length = take_number(cursor, 1);

	return length == 255 ? take_number(cursor, 2) : length;
}

/* --- records and lists */

static void
append_fields(GString *out, const struct reader *reader,
    const struct reader_field *fields, size_t count, enum value_style style,
    unsigned depth)
{
	bool json = style == VALUE_JSON;
	bool first = true;

	if (json)
		g_string_append_c(out, '{');
	for (size_t i = 0; i < count; i++) {
		unsigned before = fields[i].repetition;

		if (value_is_padding(&fields[i]))
			continue;
		if (!first)
			g_string_append_c(out, json ? ',' : ' ');
		first = false;
		if (json)
			g_string_append_c(out, '"');
		g_string_append(out, fields[i].name);
		if (before > 0)
			g_string_append_printf(out, "#%u", before + 1);
		g_string_append(out, json ? "\":" : "=");
		append_nested(out, reader, &fields[i], style, depth);
	}
	if (json)
		g_string_append_c(out, '}');
}

static void
separate(GString *out, gsize start)
{
	if (out->len > start)
		g_string_append_c(out, ',');
}

static bool
append_basic(GString *out, const struct reader *reader, struct cursor *cursor,
    enum value_style style, unsigned depth)
{
	char name[READER_NAME_SIZE];
	struct reader_field item = { .pen = 0 };
	uint32_t id, length;
	gsize start = out->len;

	take(cursor, 1);
	id = take_number(cursor, 2);
	length = take_number(cursor, 2);
	if (id & ENTERPRISE_BIT)
		item.pen = take_number(cursor, 4);
	item.id = (uint16_t)(id & ~ENTERPRISE_BIT);
	if (cursor->failed || length == 0)
		return false;
	reader_name_field(reader, &item, name);
	while (cursor->left > 0) {
		item.length =
		    length == VARIABLE_LENGTH ? take_length(cursor) : length;
		item.octets = take(cursor, item.length);
		if (cursor->failed)
			return false;
		separate(out, start);
		append_nested(out, reader, &item, style, depth + 1);
	}
	return true;
}

/* Records of one template, to the end of the cursor. */
static bool
append_records(GString *out, const struct reader *reader, struct cursor *cursor,
    uint16_t template_id, enum value_style style, unsigned depth, gsize start)
{
	struct reader_field *fields =
	    g_new(struct reader_field, READER_FIELDS_MAX);
	bool good = true;

	while (good && cursor->left > 0) {
		size_t count = READER_FIELDS_MAX;
		size_t used = reader_split(reader, template_id, cursor->at,
		    cursor->left, fields, &count);

		good = used > 0;
		if (!good)
			break;
		take(cursor, used);
		separate(out, start);
		if (style == VALUE_TEXT)
			g_string_append_c(out, '{');
		append_fields(out, reader, fields, count, style, depth + 1);
		if (style == VALUE_TEXT)
			g_string_append_c(out, '}');
	}
	g_free(fields);
	return good;
}

static bool
append_template_list(GString *out, const struct reader *reader,
    struct cursor *cursor, enum value_style style, unsigned depth)
{
	gsize start = out->len;
	uint32_t id;

	take(cursor, 1);
	id = take_number(cursor, 2);
	return !cursor->failed && append_records(out, reader, cursor,
	                              (uint16_t)id, style, depth, start);
}

static bool
append_multi_list(GString *out, const struct reader *reader,
    struct cursor *cursor, enum value_style style, unsigned depth)
{
	gsize start = out->len;

	take(cursor, 1);
	while (!cursor->failed && cursor->left > 0) {
		uint32_t id = take_number(cursor, 2);
		uint32_t length = take_number(cursor, 2);
		struct cursor part = { .left = length - 4 };

		if (cursor->failed || length < 4)
			return false;
		part.at = take(cursor, part.left);
		if (cursor->failed || !append_records(out, reader, &part,
		                          (uint16_t)id, style, depth, start))
			return false;
	}
	return !cursor->failed;
}

static bool
append_list(GString *out, const struct reader *reader,
    const struct reader_field *field, enum value_style style, unsigned depth)
{
	struct cursor cursor = { field->octets, field->length, false };
	gsize mark = out->len;
	bool good;

	if (depth >= READER_LIST_DEPTH)
		return false;
	g_string_append_c(out, '[');
	if (field->length == 0)
		good = true; /* some exporters write an empty list so */
	else if (field->type == READER_BASIC_LIST)
		good = append_basic(out, reader, &cursor, style, depth);
	else if (field->type == READER_TEMPLATE_LIST)
		good = append_template_list(out, reader, &cursor, style, depth);
	else
		good = append_multi_list(out, reader, &cursor, style, depth);
	if (!good) {
		g_string_truncate(out, mark);
		return false;
	}
	g_string_append_c(out, ']');
	return true;
}

/* --- any value, any record */

static void
append_nested(GString *out, const struct reader *reader,
    const struct reader_field *field, enum value_style style, unsigned depth)
{
	bool list = field->type >= READER_BASIC_LIST &&
	            field->type <= READER_TEMPLATE_MULTI_LIST;

	if (list ? append_list(out, reader, field, style, depth)
	         : value_append_scalar(out, field, style))
		return;
	value_append_hex(out, field, style);
}

void
value_append(GString *out, const struct reader *reader,
    const struct reader_field *field, enum value_style style)
{
	append_nested(out, reader, field, style, 0);
}

void
value_append_record(GString *out, const struct reader *reader,
    const struct reader_field *fields, size_t count, enum value_style style)
{
	append_fields(out, reader, fields, count, style, 0);
}
