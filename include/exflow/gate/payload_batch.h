/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of the payloads of a batch of segments, which go with it to a meter:
 *
 *	list   │ 1 │ 4 │		of as many as the batch has segments
 *	          │   └──────────────┐
 *	arena  │■■■■■■■■■■■■│■■■■■■■■■■■■■│	PAYLOAD_ARENA octets
 *
 * When the arena has no room for the next one, the batch is handed over with
 * fewer segments.  One payload always fits into an empty arena.
 */
#ifndef EXFLOW_GATE_PAYLOAD_BATCH_H
#define EXFLOW_GATE_PAYLOAD_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/names/payload.h"

#define PAYLOAD_ARENA 65536

struct payload_batch {
	struct segment_payload *list; /* NULL: none are wanted */
	uint8_t *arena;
	uint32_t count, used;
	uint32_t left; /* payloads for which something is (hunt.h) */
};

/* For a batch of so many segments.  0, or -1 with errno ENOMEM. */
int payload_batch_init(struct payload_batch *batch, size_t segments);
void payload_batch_clear(struct payload_batch *batch); /* idempotent */

static inline void
payload_batch_empty(struct payload_batch *batch)
{
	batch->count = batch->used = batch->left = 0;
}

/* Is there room for the octets and the name of a payload? */
static inline bool
payload_batch_has_room(
    const struct payload_batch *batch, const struct segment_payload *payload)
{
	return PAYLOAD_ARENA - batch->used >=
	       payload->captured + payload->hunted_octets;
}

/* Copy a payload, for which there is room, of the segment with this index. */
void payload_batch_add(struct payload_batch *batch, uint32_t segment,
    const struct segment_payload *payload);

#endif
