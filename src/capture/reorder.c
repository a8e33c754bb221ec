/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/capture/reorder.h"

#include <stdlib.h>

struct ring {
	struct reorder_entry *entry; /* REORDER_SEGMENTS of them */
	size_t head, count;
	timestamp read_to; /* the greatest time that was put */
};

struct reorder {
	reorder_handler *handler;
	void *context;
	duration hold;
	uint64_t waiting, early;
	size_t rings;
	struct ring ring[];
};

struct reorder *
reorder_new(
    size_t interfaces, duration hold, reorder_handler *handler, void *context)
{
	struct reorder *reorder =
	    calloc(1, sizeof(*reorder) + interfaces * sizeof(struct ring));

	if (reorder == NULL)
		return NULL;
	reorder->handler = handler;
	reorder->context = context;
	reorder->hold = hold;
	reorder->rings = interfaces;
	for (size_t i = 0; i < interfaces; i++) {
		struct ring *ring = &reorder->ring[i];

		ring->entry = calloc(REORDER_SEGMENTS, sizeof(*ring->entry));
		if (ring->entry == NULL)
			reorder_free(&reorder);
		if (reorder == NULL)
			return NULL;
	}
	return reorder;
}

void
reorder_free(struct reorder **reorder)
{
	if (*reorder == NULL)
		return;
	for (size_t i = 0; i < (*reorder)->rings; i++)
		free((*reorder)->ring[i].entry);
	free(*reorder);
	*reorder = NULL;
}

static struct reorder_entry *
oldest(const struct ring *ring)
{
	return &ring->entry[ring->head];
}

static void
hand_on(struct reorder *reorder, struct ring *ring)
{
	const struct reorder_entry *entry = oldest(ring);

	reorder->waiting -= entry->matched;
	reorder->handler(reorder->context, entry);
	ring->head = (ring->head + 1) % REORDER_SEGMENTS;
	if (--ring->count == 0)
		ring->head = 0; /* the pages that were touched already */
}

/* The ring whose oldest is the oldest of all; NULL: nothing waits. */
static struct ring *
next_ring(struct reorder *reorder)
{
	struct ring *next = NULL;

	for (size_t i = 0; i < reorder->rings; i++) {
		struct ring *ring = &reorder->ring[i];

		if (ring->count > 0 &&
		    (next == NULL || timestamp_before(oldest(ring)->time,
		                         oldest(next)->time)))
			next = ring;
	}
	return next;
}

struct reorder_entry *
reorder_slot(struct reorder *reorder, size_t interface)
{
	struct ring *ring = &reorder->ring[interface], *next;

	while (ring->count == REORDER_SEGMENTS &&
	       (next = next_ring(reorder)) != NULL) {
		reorder->early += oldest(next)->matched;
		hand_on(reorder, next);
	}
	return &ring->entry[(ring->head + ring->count) % REORDER_SEGMENTS];
}

void
reorder_put(struct reorder *reorder, size_t interface)
{
	struct ring *ring = &reorder->ring[interface];
	const struct reorder_entry *entry =
	    &ring->entry[(ring->head + ring->count) % REORDER_SEGMENTS];

	ring->read_to = timestamp_max(ring->read_to, entry->time);
	reorder->waiting += entry->matched;
	ring->count++;
}

/* No interface can bring anything older than that. */
static timestamp
safe_until(const struct reorder *reorder, timestamp now)
{
	timestamp held = timestamp_shift(now, (duration){ -reorder->hold.ns });
	timestamp safe = TIMESTAMP_MAX;

	for (size_t i = 0; i < reorder->rings; i++)
		safe = timestamp_min(
		    safe, timestamp_max(reorder->ring[i].read_to, held));
	return safe;
}

void
reorder_release(struct reorder *reorder, timestamp now)
{
	timestamp safe = safe_until(reorder, now);
	struct ring *ring;

	while ((ring = next_ring(reorder)) != NULL &&
	       !timestamp_before(safe, oldest(ring)->time))
		hand_on(reorder, ring);
}

void
reorder_flush(struct reorder *reorder)
{
	struct ring *ring;

	while ((ring = next_ring(reorder)) != NULL)
		hand_on(reorder, ring);
}

uint64_t
reorder_waiting(const struct reorder *reorder)
{
	return reorder->waiting;
}

uint64_t
reorder_early(const struct reorder *reorder)
{
	return reorder->early;
}
