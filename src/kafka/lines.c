/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "lines.h"

#include <stdlib.h>

#include "exflow/output/message_queue.h"
#include "exflow/text/json_row.h"

#include "key.h"
#include "line_message.h"

/* A message that is being filled. */
struct fill {
	uint32_t used; /* octets */
	uint32_t lines;
	uint8_t octets[MESSAGE_MAX_OCTETS];
};

struct lines {
	struct json_rows *rows;
	enum kafka_key key;
	uint32_t domain;
	uint32_t batch;
	uint32_t fill_count; /* one, or one for each partition */
	struct fill **fills; /* NULL: nothing came for it yet */
};

struct lines *
lines_new(const struct destination_options *options, enum kafka_key key)
{
	const struct kafka_options *kafka = &options->kafka;
	struct lines *lines = calloc(1, sizeof(*lines));

	if (lines == NULL)
		return NULL;
	lines->key = key;
	lines->domain = options->domain;
	lines->batch = kafka->batch;
	lines->fill_count =
	    kafka->batch > 1 && key != KAFKA_KEY_NONE ? kafka->partitions : 1;
	lines->rows = json_rows_new(&options->record, &options->text);
	lines->fills = calloc(lines->fill_count, sizeof(*lines->fills));
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
	for (uint32_t i = 0; i < lines->fill_count && lines->fills != NULL; i++)
		free(lines->fills[i]);
	free(lines->fills);
	json_rows_free(&lines->rows);
	free(lines);
	*pointer = NULL;
}

static void
fill_emit(struct lines *lines, struct fill *fill, struct message_queue *queue)
{
	struct message message = {
		.octets = fill->octets,
		.length = fill->used,
		.records = fill->lines,
		.kind = MESSAGE_DATA,
	};

	line_message_header(fill->octets, fill->used, lines->domain);
	message_queue_put(queue, &message);
	fill->used = MESSAGE_HEADER_OCTETS;
	fill->lines = 0;
}

/* The one for this key; NULL without memory. */
static struct fill *
fill_for(struct lines *lines, const struct key *key)
{
	uint32_t number = 0;
	struct fill *fill;

	if (lines->fill_count > 1)
		number = (uint32_t)key_partition(key, lines->fill_count);
	fill = lines->fills[number];
	if (fill != NULL)
		return fill;
	fill = malloc(sizeof(*fill));
	if (fill == NULL)
		return NULL;
	fill->used = MESSAGE_HEADER_OCTETS;
	fill->lines = 0;
	lines->fills[number] = fill;
	return fill;
}

static void
add_one(struct lines *lines, const struct exchange *exchange,
    struct message_queue *queue)
{
	struct key key = key_of(lines->key, exchange);
	struct fill *fill = fill_for(lines, &key);
	uint8_t *at;

	if (fill == NULL) {
		message_queue_lose(queue, 1);
		return;
	}
	if (MESSAGE_MAX_OCTETS - fill->used < LINE_SET_OCTETS_MAX)
		fill_emit(lines, fill, queue);
	at = fill->octets + fill->used;
	fill->used += line_message_end(
	    at, json_row(lines->rows, exchange, line_message_begin(at, &key)));
	if (++fill->lines == lines->batch)
		fill_emit(lines, fill, queue);
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
	for (uint32_t i = 0; i < lines->fill_count; i++)
		if (lines->fills[i] != NULL && lines->fills[i]->lines > 0)
			fill_emit(lines, lines->fills[i], queue);
}
