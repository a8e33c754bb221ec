/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json:FILE, json:PATTERN, json:-: one JSON object a line (RFC 8259, JSON
 * Lines), one line an exchange; see json_row.h for the object.
 */
#include "exflow/output/kind.h"

#include <stdio.h>
#include <string.h>

#include "exflow/text/json_row.h"
#include "exflow/text/kinds.h"

#include "exflow/textfile/text_file.h"

struct json {
	struct destination destination;
	struct json_rows *rows;
	struct text_file file;
};

static const char *
json_target(const struct destination *destination, size_t i)
{
	return i == 0 ? ((const struct json *)destination)->file.pattern : NULL;
}

static int
json_check(struct destination *destination)
{
	return text_file_check(&((struct json *)destination)->file);
}

static int
json_start(struct destination *destination)
{
	return text_file_start(&((struct json *)destination)->file);
}

static timestamp
json_turn(struct destination *destination, timestamp now)
{
	return text_file_turn(&((struct json *)destination)->file, now);
}

static void
json_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct json *json = (struct json *)destination;
	struct text_file *file = &json->file;

	for (size_t i = 0; i < n; i++) {
		char *at =
		    json_row(json->rows, &exchanges[i], text_file_line(file));

		*at++ = '\n';
		text_file_end_line(file, at);
	}
	text_file_chunk(file);
}

static uint64_t
json_tick(struct destination *destination, uint64_t now_ms)
{
	return text_file_tick(&((struct json *)destination)->file, now_ms);
}

static void
json_rotate(struct destination *destination)
{
	text_file_rotate(&((struct json *)destination)->file);
}

static void
json_reopen(struct destination *destination)
{
	text_file_reopen(&((struct json *)destination)->file);
}

static int
json_finish(struct destination *destination)
{
	return text_file_finish(&((struct json *)destination)->file);
}

static void
json_free(struct destination *destination)
{
	struct json *json = (struct json *)destination;

	text_file_free(&json->file);
	json_rows_free(&json->rows);
}

static const struct destination_ops json_ops = {
	.scheme = "json",
	.once = true,
	.message_octets = text_message_octets,
	.target = json_target,
	.check = json_check,
	.start = json_start,
	.exchanges = json_exchanges,
	.tick = json_tick,
	.finish = json_finish,
	.free = json_free,
};

/* The same where files follow each other. */
static const struct destination_ops json_files_ops = {
	.scheme = "json",
	.once = true,
	.message_octets = text_message_octets,
	.target = json_target,
	.check = json_check,
	.start = json_start,
	.turn = json_turn,
	.exchanges = json_exchanges,
	.tick = json_tick,
	.rotate = json_rotate,
	.reopen = json_reopen,
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
	if (text_name_check(spec, argument, error) != 0)
		return NULL;
	json = destination_alloc(sizeof(*json),
	    text_name_follows(argument, options) ? &json_files_ops : &json_ops,
	    spec, options, error);
	if (json == NULL)
		return NULL;
	json->rows = json_rows_new(&options->record, &options->text);
	if (text_file_init(
	        &json->file, &json->destination, argument, "{", false) != 0 ||
	    json->rows == NULL) {
		struct destination *destination = &json->destination;

		snprintf(
		    error, DESTINATION_ERROR_SIZE, "%s: out of memory", spec);
		destination_free(&destination);
		return NULL;
	}
	return &json->destination;
}
