/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "fills.h"

#include <stdlib.h>

#include "exflow/base/octets.h"
#include "exflow/output/message_queue.h"

struct fills {
	uint32_t count;      /* one at least */
	uint32_t octets;     /* of the longest message */
	uint32_t domain;     /* of all of them */
	struct fill *fill[]; /* NULL: nothing came for it yet */
};

struct fills *
fills_new(uint32_t lanes, uint32_t octets, uint32_t domain)
{
	uint32_t count = lanes > 0 ? lanes : 1;
	struct fills *fills =
	    calloc(1, sizeof(*fills) + count * sizeof(fills->fill[0]));

	if (fills == NULL)
		return NULL;
	fills->count = count;
	fills->octets = octets;
	fills->domain = domain;
	return fills;
}

void
fills_free(struct fills **pointer)
{
	struct fills *fills = *pointer;

	if (fills == NULL)
		return;
	for (uint32_t i = 0; i < fills->count; i++)
		free(fills->fill[i]);
	free(fills);
	*pointer = NULL;
}

void
fill_header(uint8_t *octets, uint32_t length, uint32_t domain)
{
	octets = put16(octets, 10); /* RFC 7011, 3.1 */
	octets = put16(octets, (uint16_t)length);
	octets = put32(octets, 0);
	octets = put32(octets, 0);
	put32(octets, domain);
}

static void
begin(struct fill *fill)
{
	fill->used = MESSAGE_HEADER_OCTETS;
	fill->records = 0;
	fill->set_at = 0;
}

struct fill *
fills_find(struct fills *fills, const struct key *key)
{
	int32_t lane = key_lane(key, fills->count);
	struct fill **place = &fills->fill[lane > 0 ? lane : 0];

	if (*place != NULL)
		return *place;
	*place = malloc(sizeof(**place) + fills->octets);
	if (*place != NULL)
		begin(*place);
	return *place;
}

uint32_t
fills_room(const struct fills *fills, const struct fill *fill)
{
	return fills->octets - fill->used;
}

void
fills_emit(struct fills *fills, struct fill *fill, struct message_queue *queue)
{
	struct message message = {
		.octets = fill->octets,
		.length = fill->used,
		.records = fill->records,
		.kind = MESSAGE_DATA,
	};

	fill_header(fill->octets, fill->used, fills->domain);
	message_queue_put(queue, &message);
	begin(fill);
}

void
fills_emit_all(struct fills *fills, struct message_queue *queue)
{
	for (uint32_t i = 0; i < fills->count; i++)
		if (fills->fill[i] != NULL && fills->fill[i]->records > 0)
			fills_emit(fills, fills->fill[i], queue);
}
