/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "places.h"

#include <string.h>

int
places_init(struct places *places, size_t octets, unsigned bits, uint32_t limit,
    struct populate *populate)
{
	memset(places, 0, sizeof(*places));
	return slab_init(&places->slab, octets, bits, limit, populate);
}

void
places_clear(struct places *places)
{
	if (places->slab.chunks != NULL)
		slab_clear(&places->slab);
	memset(places, 0, sizeof(*places));
}

/* The chunk of a place that was never given out; steps are for large ones. */
static bool
make_ready(struct slab *slab, uint32_t index)
{
	if (slab->populate != NULL && index % SLAB_STEP == 0 &&
	    slab_step(slab, index) == -1)
		return false;
	return slab_chunk(slab, index) != NULL;
}

uint32_t
places_take(struct places *places)
{
	uint32_t number = places->free;

	if (number != 0) {
		places->free = *(uint32_t *)places_at(places, number);
	} else {
		if (places->used == places->slab.limit ||
		    !make_ready(&places->slab, places->used))
			return 0;
		number = ++places->used;
	}
	places->live++;
	return number;
}

void
places_give(struct places *places, uint32_t number)
{
	*(uint32_t *)places_at(places, number) = places->free;
	places->free = number;
	places->live--;
}
