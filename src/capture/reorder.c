/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/capture/reorder.h"

#include <stdlib.h>
#include <string.h>

struct ring {
	struct reorder_entry *entry; /* REORDER_SEGMENTS of them */
	size_t head, count;
	timestamp read_to; /* the greatest time that was put */
	/*
	 * Payloads by the number of their entry, and their octets, of which
	 * those from kept_from to kept_to are in use.  These two count on; a
	 * place is their value % REORDER_OCTETS.
	 */
	struct kept *kept; /* NULL: none are */
	uint8_t *octets;
	uint64_t kept_from, kept_to;
};

struct kept {
	struct segment_payload payload;
	uint64_t to; /* kept_to behind its octets */
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

static void
ring_clear(struct ring *ring)
{
	free(ring->entry);
	free(ring->kept);
	free(ring->octets);
}

void
reorder_free(struct reorder **reorder)
{
	if (*reorder == NULL)
		return;
	for (size_t i = 0; i < (*reorder)->rings; i++)
		ring_clear(&(*reorder)->ring[i]);
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
	if (entry->with_payload)
		ring->kept_from = ring->kept[ring->head].to;
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

/* Room for another entry, and for the octets of its payload? */
static bool
has_room(const struct ring *ring)
{
	/* What does not fit in one piece before the end leaves a gap there. */
	return ring->count < REORDER_SEGMENTS &&
	       (ring->kept == NULL ||
	           REORDER_OCTETS - (ring->kept_to - ring->kept_from) >=
	               UINT64_C(2) * REORDER_KEPT_MAX);
}

struct reorder_entry *
reorder_slot(struct reorder *reorder, size_t interface)
{
	struct ring *ring = &reorder->ring[interface], *next;

	while (!has_room(ring) && (next = next_ring(reorder)) != NULL) {
		reorder->early += oldest(next)->matched;
		hand_on(reorder, next);
	}
	return &ring->entry[(ring->head + ring->count) % REORDER_SEGMENTS];
}

static int
ring_want_payloads(struct ring *ring, bool want)
{
	ring->kept_from = ring->kept_to = 0;
	if (want == (ring->kept != NULL))
		return 0;
	free(ring->kept);
	free(ring->octets);
	ring->kept = NULL;
	ring->octets = NULL;
	if (!want)
		return 0;
	/* Taken from the system as they are touched. */
	ring->kept = calloc(REORDER_SEGMENTS, sizeof(*ring->kept));
	ring->octets = malloc(REORDER_OCTETS);
	return ring->kept != NULL && ring->octets != NULL ? 0 : -1;
}

int
reorder_want_payloads(struct reorder *reorder, bool want)
{
	for (size_t i = 0; i < reorder->rings; i++)
		if (ring_want_payloads(&reorder->ring[i], want) == -1) {
			(void)reorder_want_payloads(reorder, false);
			return -1;
		}
	return 0;
}

static const void *
keep(struct ring *ring, const void *octets, size_t n)
{
	uint8_t *copy = ring->octets + ring->kept_to % REORDER_OCTETS;

	if (n > 0)
		memcpy(copy, octets, n);
	ring->kept_to += n;
	return copy;
}

void
reorder_keep(struct reorder *reorder, size_t interface,
    const struct segment_payload *payload)
{
	struct ring *ring = &reorder->ring[interface];
	struct kept *kept =
	    &ring->kept[(ring->head + ring->count) % REORDER_SEGMENTS];
	size_t left = REORDER_OCTETS - ring->kept_to % REORDER_OCTETS;

	if (left < REORDER_KEPT_MAX) /* in one piece, from the start */
		ring->kept_to += left;
	kept->payload = *payload;
	kept->payload.octets = keep(ring, payload->octets, payload->captured);
	kept->payload.hunted =
	    keep(ring, payload->hunted, payload->hunted_octets);
	kept->to = ring->kept_to;
}

const struct segment_payload *
reorder_payload(
    const struct reorder *reorder, const struct reorder_entry *entry)
{
	for (size_t i = 0; i < reorder->rings; i++) {
		const struct ring *ring = &reorder->ring[i];

		if (entry >= ring->entry &&
		    entry < ring->entry + REORDER_SEGMENTS)
			return &ring->kept[entry - ring->entry].payload;
	}
	return NULL;
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
