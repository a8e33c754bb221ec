/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json:FILE, json:-: one JSON object a line (RFC 8259, JSON Lines), its keys
 * the element names of the record table.
 */
#include "kinds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/text.h"
#include "textfile.h"

#define NTP_TO_UNIX INT64_C(2208988800)
#define EXCHANGE_END_ID 10

#define SHAPES 4 /* IPv4, IPv6 × TCP, UDP */
#define SHAPE_FIELDS 96
#define KEY_SIZE 64

/* The fields of one shape of record, each with what stands before it. */
struct shape {
	size_t count;
	struct {
		const struct field *field;
		size_t length;
		char key[KEY_SIZE]; /* ,"name": */
	} items[SHAPE_FIELDS];
};

struct json {
	struct destination destination;
	struct shape shapes[SHAPES];
	char *path;
	struct text_file file;
	struct record_options record;
	uint64_t rows; /* in the file that has not its name yet */
};

/* A time that is 0 is the time of a side that sent nothing. */
static char *
put_time(char *at, int64_t ns, unsigned digits)
{
	*at++ = '"';
	at = text_time(at, (timestamp){ ns }, digits);
	*at++ = '"';
	return at;
}

static char *
put_milliseconds(char *at, uint64_t value)
{
	return value == 0 ? text_string(at, "null")
	                  : put_time(at, (int64_t)value * NS_PER_MS, 3);
}

static char *
put_ntp(char *at, uint64_t value)
{
	int64_t seconds = (int64_t)(value >> 32) - NTP_TO_UNIX;
	int64_t us = (int64_t)(((value & UINT32_MAX) * 1000000) >> 32);

	return value == 0
	           ? text_string(at, "null")
	           : put_time(at, seconds * NS_PER_SECOND + us * NS_PER_US, 6);
}

static bool
is_end(const struct field *field)
{
	return field->pen == PEN_OWN && field->id == EXCHANGE_END_ID;
}

static char *
put_address(
    char *at, const struct field *field, const struct exchange *exchange)
{
	*at++ = '"';
	at = text_address(at, field_address(field, exchange),
	    field->kind == FIELD_IPV4 ? 4 : 6);
	*at++ = '"';
	return at;
}

static char *
put_end(char *at, const struct exchange *exchange)
{
	*at++ = '"';
	at = text_string(at, exchange_end_name(exchange->end));
	*at++ = '"';
	return at;
}

static char *
put_value(char *at, const struct field *field, const struct exchange *exchange)
{
	switch (field->kind) {
	case FIELD_IPV4:
	case FIELD_IPV6:
		return put_address(at, field, exchange);
	case FIELD_MILLISECONDS:
		return put_milliseconds(at, field->value(exchange));
	case FIELD_MICROSECONDS:
		return put_ntp(at, field->value(exchange));
	default:
		if (is_end(field))
			return put_end(at, exchange);
		return text_unsigned(at, field->value(exchange));
	}
}

static size_t
shape_number(unsigned ip_version, uint8_t protocol)
{
	return (ip_version == 4 ? 0u : 2u) + (protocol == PROTOCOL_TCP ? 0 : 1);
}

static void
make_shape(struct json *json, unsigned ip_version, uint8_t protocol)
{
	struct shape *shape = &json->shapes[shape_number(ip_version, protocol)];
	unsigned conditions =
	    record_conditions(&json->record, ip_version, protocol);

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

static void
put_row(struct json *json, const struct exchange *exchange)
{
	const struct shape *shape = &json->shapes[shape_number(
	    exchange->ip_version, exchange->protocol)];
	char *at = text_file_line(&json->file);

	for (size_t i = 0; i < shape->count; i++) {
		size_t length = shape->items[i].length;

		memcpy(at, shape->items[i].key, length);
		at = put_value(at + length, shape->items[i].field, exchange);
	}
	*at++ = '}';
	*at++ = '\n';
	text_file_keep(&json->file, at);
}

/* Whoever reads standard output may stop: that is no error to report. */
static void
lose_rows(struct json *json)
{
	struct destination *destination = &json->destination;

	if (json->file.error != EPIPE && destination->error[0] == '\0')
		destination_fail(destination, "%s: %s", json->path,
		    strerror(json->file.error));
	destination_lose(destination, LOSS_WRITE, json->rows);
	json->rows = 0;
}

static int
json_start(struct destination *destination)
{
	struct json *json = (struct json *)destination;

	if (text_file_open(&json->file, json->path) == 0)
		return 0;
	destination_fail(
	    destination, "%s: %s", json->path, strerror(json->file.error));
	return -1;
}

static void
json_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct json *json = (struct json *)destination;

	for (size_t i = 0; i < n && json->file.error == 0; i++)
		put_row(json, &exchanges[i]);
	json->rows += n;
	if (json->file.path == NULL && text_file_flush(&json->file) == 0) {
		destination_deliver(destination, json->rows);
		json->rows = 0;
	}
	if (json->file.error != 0)
		lose_rows(json);
}

static uint64_t
json_tick(struct destination *destination, uint64_t now_ms)
{
	struct json *json = (struct json *)destination;

	return destination->options.live ? text_file_tick(&json->file, now_ms)
	                                 : 0;
}

static int
json_finish(struct destination *destination)
{
	struct json *json = (struct json *)destination;
	int result = text_file_finish(&json->file);

	destination->counts.octets = json->file.octets;
	if (result < 0)
		lose_rows(json);
	destination_deliver(destination, json->rows);
	json->rows = 0;
	return result;
}

static void
json_free(struct destination *destination)
{
	struct json *json = (struct json *)destination;

	text_file_free(&json->file);
	free(json->path);
	json->path = NULL;
}

static const struct destination_ops json_ops = {
	.scheme = "json",
	.once = true,
	.message_octets = text_message_octets,
	.start = json_start,
	.exchanges = json_exchanges,
	.tick = json_tick,
	.finish = json_finish,
	.free = json_free,
};

struct destination *
json_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct json *json;

	if (argument[0] == '\0') {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: a file or - was expected, as in json:FILE", spec);
		return NULL;
	}
	json =
	    destination_alloc(sizeof(*json), &json_ops, spec, options, error);
	if (json == NULL)
		return NULL;
	json->file = (struct text_file)TEXT_FILE_INIT;
	/* The same keys, whatever the collectors are sent. */
	json->record = json->destination.options.record;
	json->record.flags_own = true;
	json->record.flags_iana = false;
	for (unsigned ip_version = 4; ip_version <= 6; ip_version += 2) {
		make_shape(json, ip_version, PROTOCOL_TCP);
		make_shape(json, ip_version, PROTOCOL_UDP);
	}
	json->path = strdup(argument);
	if (json->path == NULL) {
		struct destination *destination = &json->destination;

		snprintf(
		    error, DESTINATION_ERROR_SIZE, "%s: out of memory", spec);
		destination_free(&destination);
		return NULL;
	}
	return &json->destination;
}
