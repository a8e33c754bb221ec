/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/text/json_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/text.h"
#include "exflow/ipfix/encoder.h"

#define NTP_TO_UNIX UINT64_C(2208988800)

#define SHAPE_FIELDS 96
#define KEY_SIZE 64

/*
 * The fields of a record, each with the text before it.  All rows of a protocol
 * have the same keys, also where one side sent nothing.
 */
struct shape {
	size_t count;
	struct {
		const struct field *field;
		size_t length;
		char key[KEY_SIZE]; /* ,"name": */
	} items[SHAPE_FIELDS];
};

struct json_rows {
	struct shape shapes[IPFIX_BASES];
	struct record_options record;
};

static char *
put_time(char *at, int64_t ns, unsigned digits)
{
	*at++ = '"';
	at = text_time(at, (timestamp){ ns }, digits);
	*at++ = '"';
	return at;
}

/* Every exchange has a start and an end, so 0 is 1970-01-01 here. */
static char *
put_milliseconds(char *at, uint64_t value)
{
	return put_time(at, (int64_t)value * NS_PER_MS, 3);
}

static char *
put_ntp(char *at, uint64_t value)
{
	/* Right until 2106: from 2036 on in NTP's era 1 (RFC 5905, 6). */
	int64_t seconds = (uint32_t)((value >> 32) - NTP_TO_UNIX);
	int64_t us = (int64_t)(((value & UINT32_MAX) * 1000000) >> 32);

	return put_time(at, seconds * NS_PER_SECOND + us * NS_PER_US, 6);
}

/* Of a side that sent nothing: its times do not exist, its counts are 0. */
static bool
is_silent(const struct field *field, const struct exchange *exchange)
{
	return ((field->conditions & FIELD_IF_CLIENT) != 0 &&
	           exchange->side[CLIENT].packets == 0) ||
	       ((field->conditions & FIELD_IF_SERVER) != 0 &&
	           exchange->side[SERVER].packets == 0);
}

static bool
is_end(const struct field *field)
{
	return field == &record_fields[FIELD_NUMBER_exchangeEnd];
}

static char *
put_address(
    char *at, const struct field *field, const struct exchange *exchange)
{
	*at++ = '"';
	at = text_address(at, field_address(field, exchange),
	    field->type == FIELD_IPV4 ? 4 : 6);
	*at++ = '"';
	return at;
}

static char *
put_end(char *at, const struct exchange *exchange)
{
	*at++ = '"';
	at = text_string(
	    at, exchange->end == 0 ? "live" : exchange_end_name(exchange->end));
	*at++ = '"';
	return at;
}

static char *
put_value(char *at, const struct field *field, const struct exchange *exchange)
{
	switch (field->type) {
	case FIELD_IPV4:
	case FIELD_IPV6:
		return put_address(at, field, exchange);
	case FIELD_MILLISECONDS:
		return put_milliseconds(at, field->value(exchange));
	case FIELD_MICROSECONDS:
		return is_silent(field, exchange)
		           ? text_string(at, "null")
		           : put_ntp(at, field->value(exchange));
	default:
		if (is_end(field))
			return put_end(at, exchange);
		return text_unsigned(at, field->value(exchange));
	}
}

static void
make_shape(struct json_rows *rows, unsigned number)
{
	struct shape *shape = &rows->shapes[number];
	struct record_kind kind = ipfix_shape_kind(number);
	unsigned conditions = record_conditions(&rows->record, &kind);

	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];
		size_t n = shape->count;

		if (!field_present(field, conditions) || n == SHAPE_FIELDS)
			continue;
		shape->items[n].field = field;
		shape->items[n].length = (size_t)snprintf(shape->items[n].key,
		    KEY_SIZE, "%c\"%s\":", n == 0 ? '{' : ',', field->name);
		shape->count++;
	}
}

struct json_rows *
json_rows_new(const struct record_options *options)
{
	struct json_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		return NULL;
	/* The keys do not depend on what collectors are sent. */
	rows->record = *options;
	rows->record.flags_own = true;
	rows->record.flags_iana = false;
	rows->record.biflow = true;
	for (unsigned i = 0; i < IPFIX_BASES; i++)
		make_shape(rows, i);
	return rows;
}

void
json_rows_free(struct json_rows **rows)
{
	free(*rows);
	*rows = NULL;
}

char *
json_row(
    const struct json_rows *rows, const struct exchange *exchange, char *at)
{
	const struct shape *shape =
	    &rows->shapes[ipfix_base(exchange->ip_version, exchange->protocol)];

	for (size_t i = 0; i < shape->count; i++) {
		size_t length = shape->items[i].length;

		memcpy(at, shape->items[i].key, length);
		at = put_value(at + length, shape->items[i].field, exchange);
	}
	*at++ = '}';
	return at;
}
