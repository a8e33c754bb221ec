/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/waiting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MIN 16u
#define PLACES_MAX 65536u

struct waiting_place {
	struct segment segment;
	uint32_t next; /* in its chain: number plus 1, 0: the last */
	bool done;
};

int
waiting_init(struct waiting *waiting, uint32_t max_exchanges)
{
	uint32_t places = PLACES_MIN;

	while (places < PLACES_MAX && places < max_exchanges / 8)
		places *= 2;
	*waiting = (struct waiting){ .mask = places - 1, .due = TIMESTAMP_MAX };
	/* Large ones are taken from the system as they are touched. */
	waiting->ring = calloc(places, sizeof(*waiting->ring));
	waiting->chains = calloc(places, sizeof(*waiting->chains));
	if (waiting->ring != NULL && waiting->chains != NULL)
		return 0;
	waiting_clear(waiting);
	errno = ENOMEM;
	return -1;
}

void
waiting_clear(struct waiting *waiting)
{
	free(waiting->ring);
	free(waiting->chains);
	free(waiting->details);
	memset(waiting, 0, sizeof(*waiting));
}

int
waiting_want_details(struct waiting *waiting)
{
	if (waiting->details == NULL)
		waiting->details = calloc(
		    waiting->mask + (size_t)1, sizeof(*waiting->details));
	return waiting->details == NULL ? -1 : 0;
}

uint64_t
waiting_octets(const struct waiting *waiting)
{
	uint64_t places = waiting->mask + UINT64_C(1);

	if (waiting->tail < places) /* the rest was never touched */
		places = waiting->tail;
	return places *
	       (sizeof(*waiting->ring) + sizeof(*waiting->chains) +
	           (waiting->details != NULL ? sizeof(*waiting->details) : 0));
}

static uint32_t *
chain_of(const struct waiting *waiting, const struct segment *segment)
{
	return &waiting->chains[segment->hash & waiting->mask];
}

static bool
has_key(const struct waiting *waiting, uint32_t number,
    const struct segment *segment)
{
	const struct segment *one = &waiting->ring[number].segment;

	return segment_has_key(
	    segment, &one->key, one->vlan, one->customer_vlan, one->tunnel);
}

/* What points to the place with a segment's key; what points to 0: none. */
static uint32_t *
link_to(const struct waiting *waiting, const struct segment *segment)
{
	uint32_t *link = chain_of(waiting, segment);

	while (*link != 0 && !has_key(waiting, *link - 1, segment))
		link = &waiting->ring[*link - 1].next;
	return link;
}

const struct segment *
waiting_find(const struct waiting *waiting, const struct segment *segment)
{
	uint32_t number = *link_to(waiting, segment);

	return number == 0 ? NULL : &waiting->ring[number - 1].segment;
}

static void
set_due(struct waiting *waiting)
{
	const struct segment *oldest = waiting_oldest(waiting);

	waiting->due = oldest == NULL ? TIMESTAMP_MAX
	                              : timestamp_add(oldest->now,
	                                    (duration){ WAITING_NS });
}

const struct segment *
waiting_put(struct waiting *waiting, const struct segment *syn_ack)
{
	uint32_t number = waiting->tail++ & waiting->mask;
	uint32_t *chain = chain_of(waiting, syn_ack);

	waiting->ring[number] =
	    (struct waiting_place){ .segment = *syn_ack, .next = *chain };
	*chain = number + 1;
	if (waiting->count++ == 0)
		set_due(waiting);
	return &waiting->ring[number].segment;
}

struct segment_detail *
waiting_detail(const struct waiting *waiting, const struct segment *one)
{
	/* The segment is the first member of its place. */
	const struct waiting_place *place = (const void *)one;

	return &waiting->details[place - waiting->ring];
}

void
waiting_remove(struct waiting *waiting, const struct segment *segment)
{
	uint32_t *link = link_to(waiting, segment);
	struct waiting_place *place = &waiting->ring[*link - 1];

	*link = place->next;
	place->done = true;
	waiting->count--;
	while (waiting->head != waiting->tail &&
	       waiting->ring[waiting->head & waiting->mask].done)
		waiting->head++;
	set_due(waiting);
}

const struct segment *
waiting_oldest(const struct waiting *waiting)
{
	return waiting->count == 0
	           ? NULL
	           : &waiting->ring[waiting->head & waiting->mask].segment;
}

void
waiting_shift(struct waiting *waiting, duration by)
{
	for (uint32_t i = waiting->head; i != waiting->tail; i++) {
		struct segment *one = &waiting->ring[i & waiting->mask].segment;

		one->now = timestamp_shift(one->now, by);
	}
	set_due(waiting);
}
