/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json:FILE, json:-: one JSON object a line (RFC 8259, JSON Lines), one line an
 * exchange; see json_row.h for the object.
 *
 * Rows in a file count as delivered when it gets its name, at the end; rows on
 * standard output, or in a pipe or device, when they are written.
 */
#include "exflow/output/kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/text/json_row.h"
#include "exflow/text/kinds.h"

#include "text_file.h"

struct json {
	struct destination destination;
	struct json_rows *rows;
	char *path;
	struct text_file file;
	uint64_t undelivered; /* rows of the file, until it has its name */
};

static void
put_row(struct json *json, const struct exchange *exchange)
{
	char *at = json_row(json->rows, exchange, text_file_line(&json->file));

	*at++ = '\n';
	text_file_end_line(&json->file, at);
}

/* EPIPE: the reader has read enough, which is no error to report. */
static void
lose_rows(struct json *json)
{
	struct destination *destination = &json->destination;

	if (json->file.error != EPIPE && destination->error[0] == '\0')
		destination_fail(destination, "%s: %s", json->path,
		    strerror(json->file.error));
	destination_lose(destination, LOSS_WRITE, json->undelivered);
	json->undelivered = 0;
}

static int
json_check(struct destination *destination)
{
	struct json *json = (struct json *)destination;

	if (text_file_check(json->path) == 0)
		return 0;
	destination_fail(destination, "%s: %s", json->path, strerror(errno));
	return -1;
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
	json->undelivered += n;
	if (json->file.path == NULL && text_file_flush(&json->file) == 0) {
		destination_deliver(destination, json->undelivered);
		json->undelivered = 0;
	}
	if (json->file.error != 0)
		lose_rows(json);
}

static int
json_finish(struct destination *destination)
{
	struct json *json = (struct json *)destination;
	int result = text_file_finish(&json->file);

	destination->counts.octets = json->file.octets;
	if (result < 0)
		lose_rows(json);
	destination_deliver(destination, json->undelivered);
	json->undelivered = 0;
	return result;
}

static void
json_free(struct destination *destination)
{
	struct json *json = (struct json *)destination;

	text_file_free(&json->file);
	json_rows_free(&json->rows);
	free(json->path);
	json->path = NULL;
}

static const struct destination_ops json_ops = {
	.scheme = "json",
	.once = true,
	.message_octets = text_message_octets,
	.check = json_check,
	.start = json_start,
	.exchanges = json_exchanges,
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
	json->rows = json_rows_new(&options->record);
	json->path = strdup(argument);
	if (json->rows == NULL || json->path == NULL) {
		struct destination *destination = &json->destination;

		snprintf(
		    error, DESTINATION_ERROR_SIZE, "%s: out of memory", spec);
		destination_free(&destination);
		return NULL;
	}
	return &json->destination;
}
