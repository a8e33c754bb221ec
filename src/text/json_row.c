/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/text/json_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/escape.h"
#include "exflow/base/text.h"
#include "exflow/ipfix/encoder.h"

#include "columns.h"

#define NTP_TO_UNIX UINT64_C(2208988800)

#define SHAPE_FIELDS RECORD_FIELDS
#define KEY_SIZE 64

/*
 * The fields of a record, each with the text before it.  All rows of a protocol
 * have the same keys, also where one side sent nothing; but a figure of
 * quality, or of names, that is not known is left out.
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
put_time(char *at, uint64_t ns, unsigned digits)
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
	return put_time(at, value * NS_PER_MS, 3);
}

/*
 * NTP's seconds wrap every 136 years, first in 2036 (RFC 5905, 6): the value is
 * that of the 136 years around the exchange.
 */
static char *
put_ntp(char *at, uint64_t value, const struct exchange *exchange)
{
	uint64_t near = exchange_first(exchange).ns / NS_PER_SECOND;
	uint32_t ntp = (uint32_t)(near + NTP_TO_UNIX);
	int32_t ahead = (int32_t)((uint32_t)(value >> 32) - ntp);
	uint64_t us = ((value & UINT32_MAX) * 1000000) >> 32;

	return put_time(at,
	    (near + (uint64_t)(int64_t)ahead) * NS_PER_SECOND + us * NS_PER_US,
	    6);
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

/* Raw IP has no hardware addresses, a Linux cooked frame one of them. */
static char *
put_mac(char *at, const struct field *field, const struct exchange *exchange)
{
	bool client = (field->conditions & FIELD_IF_CLIENT_MAC) != 0;

	if ((exchange->macs >> (client ? CLIENT : SERVER) & 1) == 0)
		return text_string(at, "null");
	*at++ = '"';
	at = text_mac(at, field_address(field, exchange));
	*at++ = '"';
	return at;
}

static char *
put_bins(char *at, const uint32_t bins[QUALITY_SIZE_BINS])
{
	*at++ = '[';
	for (int i = 0; i < QUALITY_SIZE_BINS; i++) {
		at = text_unsigned(at, bins[i]);
		*at++ = i + 1 < QUALITY_SIZE_BINS ? ',' : ']';
	}
	return at;
}

/* Octets from strangers: escaped (RFC 8259, 7), and more than it asks for. */
static char *
put_name(char *at, const char *octets, size_t length)
{
	char escaped[ESCAPE_SIZE];

	*at++ = '"';
	for (size_t i = 0; i < length;) {
		unsigned char c = (unsigned char)octets[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			*at++ = octets[i++];
			continue;
		}
		i += escape_character(
		    octets + i, length - i, ESCAPE_JSON, escaped);
		at = text_string(at, escaped);
	}
	*at++ = '"';
	return at;
}

static char *
put_hex(char *at, const char *octets, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	at = text_string(at, "\"0x");
	for (size_t i = 0; i < length; i++) {
		*at++ = digits[(unsigned char)octets[i] >> 4];
		*at++ = digits[octets[i] & 15];
	}
	*at++ = '"';
	return at;
}

static char *
put_text(char *at, const struct field *field, const struct exchange *exchange)
{
	size_t length;
	const char *octets = field->text(exchange, &length);

	return field->type == FIELD_STRING ? put_name(at, octets, length)
	                                   : put_hex(at, octets, length);
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

/* A call for each field would cost 4 % of a row. */
static inline __attribute__((always_inline)) char *
put_value(char *at, const struct field *field, const struct exchange *exchange)
{
	switch (field->type) {
	case FIELD_IPV4:
	case FIELD_IPV6:
		return put_address(at, field, exchange);
	case FIELD_MAC:
		return put_mac(at, field, exchange);
	case FIELD_MILLISECONDS:
		return put_milliseconds(at, field->value(exchange));
	case FIELD_MICROSECONDS:
		return is_silent(field, exchange)
		           ? text_string(at, "null")
		           : put_ntp(at, field->value(exchange), exchange);
	case FIELD_COUNTS:
		if (field->text != NULL)
			return put_text(at, field, exchange);
		return put_bins(at, field->bins(exchange));
	case FIELD_STRING:
		return put_text(at, field, exchange);
	default:
		if (is_end(field))
			return put_end(at, exchange);
		return text_unsigned(at, field->value(exchange));
	}
}

static bool
is_unknown_name(const struct field *field, const struct exchange *exchange)
{
	size_t length;

	if (exchange->names == NULL)
		return true;
	if (field->text == NULL)
		return field_unknown(field, field->value(exchange));
	field->text(exchange, &length);
	return length == 0;
}

/* A figure of quality or a name that this exchange does not have. */
static inline bool
is_unknown(const struct field *field, const struct exchange *exchange)
{
	if ((field->conditions & FIELD_GROUPS) == 0)
		return false;
	if ((field->conditions & FIELD_IF_NAMES) != 0)
		return is_unknown_name(field, exchange);
	return exchange->quality == NULL || is_silent(field, exchange) ||
	       (field->value != NULL &&
	           field_unknown(field, field->value(exchange)));
}

char *
json_value(char *at, const struct field *field, const struct exchange *exchange)
{
	return is_unknown(field, exchange) ? text_string(at, "null")
	                                   : put_value(at, field, exchange);
}

static void
add_item(struct shape *shape, const struct field *field, unsigned conditions)
{
	size_t n = shape->count;

	if (!field_present(field, conditions) || n == SHAPE_FIELDS)
		return;
	shape->items[n].field = field;
	shape->items[n].length = (size_t)snprintf(
	    shape->items[n].key, KEY_SIZE, ",\"%s\":", field->name);
	shape->count++;
}

/* The server's start is a time, too: so long after the client's. */
static bool
is_in_milliseconds(const struct field *field)
{
	return field->type == FIELD_MILLISECONDS ||
	       (field->pen == PEN_CERT && field->units == UNITS_MILLISECONDS);
}

static bool
is_in_microseconds(const struct field *field)
{
	return (field->type == FIELD_MICROSECONDS && field->pen != PEN_OWN) ||
	       (field->pen == PEN_CERT && field->units == UNITS_MICROSECONDS);
}

/* IANA's names of what own elements say: they differ from these in case only. */
static bool
is_said_already(const struct field *field)
{
	return field == &record_fields[FIELD_NUMBER_minimumTTL] ||
	       field == &record_fields[FIELD_NUMBER_maximumTTL];
}

static bool
is_wanted(const struct field *field, enum text_times times)
{
	if (is_said_already(field))
		return false;
	if (times == TEXT_TIMES_MICROSECONDS)
		return !is_in_milliseconds(field);
	return times == TEXT_TIMES_BOTH || !is_in_microseconds(field);
}

static void
make_shape(struct json_rows *rows, unsigned number,
    const struct text_columns *columns, enum text_times times)
{
	struct shape *shape = &rows->shapes[number];
	struct record_kind kind = ipfix_shape_kind(number);
	unsigned conditions;

	kind.macs = 1 << CLIENT | 1 << SERVER;
	kind.quality = rows->record.quality;
	kind.names = rows->record.names;
	conditions = record_conditions(&rows->record, &kind);
	for (size_t i = 0; i < columns->count; i++)
		add_item(shape, columns->fields[i], conditions);
	for (size_t i = 0; i < record_field_count && columns->count == 0; i++)
		if (is_wanted(&record_fields[i], times))
			add_item(shape, &record_fields[i], conditions);
}

static bool
has_interface(const struct text_columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		if (strcmp(columns->fields[i]->name, "ingressInterface") == 0)
			return true;
	return false;
}

struct json_rows *
json_rows_new(
    const struct record_options *options, const struct text_options *text)
{
	struct json_rows *rows = calloc(1, sizeof(*rows));
	struct text_columns columns;

	if (rows == NULL)
		return NULL;
	text_columns_find(&columns, text != NULL ? text->columns : NULL);
	/* The keys do not depend on what collectors are sent. */
	rows->record = *options;
	rows->record.flags_own = true;
	rows->record.flags_iana = false;
	rows->record.biflow = true;
	rows->record.profiles = 0;
	if (columns.count > 0)
		text_columns_record(&rows->record);
	if (columns.count > 0 && !has_interface(&columns))
		rows->record.interface_names = NULL;
	for (unsigned i = 0; i < IPFIX_BASES; i++)
		make_shape(rows, i, &columns,
		    text != NULL ? text->times : TEXT_TIMES_BOTH);
	return rows;
}

void
json_rows_free(struct json_rows **rows)
{
	free(*rows);
	*rows = NULL;
}

/*
 * Where the first packet came in.  A capture file's interface has a number
 * if the file describes it; live, the table of fields has it already.
 */
static char *
put_interface(
    const struct json_rows *rows, const struct exchange *exchange, char *at)
{
	const char *name = interface_names_find(
	    rows->record.interface_names, exchange->interface);

	if (name == NULL)
		return at;
	if (!rows->record.interface) {
		at = text_string(at, ",\"ingressInterface\":");
		at = text_unsigned(at, exchange->interface);
	}
	if (*name == '\0')
		return at;
	at = text_string(at, ",\"interfaceName\":");
	return put_name(at, name, strlen(name));
}

char *
json_row(
    const struct json_rows *rows, const struct exchange *exchange, char *at)
{
	const struct shape *shape =
	    &rows->shapes[ipfix_base(exchange->ip_version, exchange->protocol)];
	char *begin = at;

	for (size_t i = 0; i < shape->count; i++) {
		size_t length = shape->items[i].length;

		if (__builtin_expect(
		        is_unknown(shape->items[i].field, exchange), 0))
			continue;
		memcpy(at, shape->items[i].key, length);
		at = put_value(at + length, shape->items[i].field, exchange);
	}
	if (rows->record.interface_names != NULL)
		at = put_interface(rows, exchange, at);
	if (at == begin) /* it has no chosen column */
		at++;
	*begin = '{'; /* instead of the first comma */
	*at++ = '}';
	return at;
}
