/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "lines.h"

#include <stdlib.h>

#include "exflow/output/message_queue.h"
#include "exflow/text/json_row.h"

#include "fills.h"
#include "key.h"
#include "line_message.h"

struct lines {
	struct json_rows *rows;
	enum kafka_key key;
	uint32_t batch;
	struct fills *fills;
};

struct lines *
lines_new(const struct destination_options *options, enum kafka_key key,
    uint32_t lanes)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (lines == NULL)
		return NULL;
	lines->key = key;
	lines->batch = options->kafka.batch;
	lines->rows = json_rows_new(&options->record, &options->text);
	lines->fills = fills_new(lanes, MESSAGE_MAX_OCTETS, options->domain);
	if (lines->rows == NULL || lines->fills == NULL)
		lines_free(&lines);
	return lines;
}

void
lines_free(struct lines **pointer)
{
	struct lines *lines = *pointer;

	if (lines == NULL)
		return;
	fills_free(&lines->fills);
	json_rows_free(&lines->rows);
	free(lines);
	*pointer = NULL;
}

static void
add_one(struct lines *lines, const struct exchange *exchange,
    struct message_queue *queue)
{
	struct key key = key_of_exchange(lines->key, exchange);
	struct fill *fill = fills_find(lines->fills, &key);
	uint8_t *at;

	if (fill == NULL) {
		message_queue_lose(queue, 1);
		return;
	}
	if (fills_room(lines->fills, fill) < LINE_SET_OCTETS_MAX)
		fills_emit(lines->fills, fill, queue);
	at = fill->octets + fill->used;
	fill->used += line_message_end(
	    at, json_row(lines->rows, exchange, line_message_begin(at, &key)));
	if (++fill->records == lines->batch)
		fills_emit(lines->fills, fill, queue);
}

void
lines_add(struct lines *lines, const struct exchange *exchanges, size_t n,
    struct message_queue *queue)
{
	for (size_t i = 0; i < n; i++)
		add_one(lines, &exchanges[i], queue);
}

void
lines_flush(struct lines *lines, struct message_queue *queue)
{
	fills_emit_all(lines->fills, queue);
}
