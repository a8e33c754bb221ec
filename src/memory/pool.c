/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/pool.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* One place in so many may have wide counters: about 4 octets a place. */
#define WIDE_SHARE 64

int
pool_init(
    struct pool *pool, uint32_t limit, bool macs, struct populate *populate)
{
	memset(pool, 0, sizeof(*pool));
	pool->limit = limit;
	pool->free = LIVE_NONE;
	if (slab_init(&pool->live, sizeof(struct live), POOL_LIVE_BITS, limit,
	        populate) == -1 ||
	    slab_init(&pool->sides, sizeof(struct live_sides), POOL_SIDES_BITS,
	        limit, populate) == -1 ||
	    slab_init(&pool->cold, sizeof(struct live_cold), POOL_COLD_BITS,
	        limit, populate) == -1)
		return -1;
	return macs ? slab_init(&pool->macs, sizeof(struct live_macs),
	                  POOL_MACS_BITS, limit, populate)
	            : 0;
}

static void
wide_free(void *pointer)
{
	struct wide *wide = pointer;

	free(wide->quality);
	free(wide);
}

void
pool_clear(struct pool *pool)
{
	slab_clear(&pool->live);
	slab_clear(&pool->sides);
	slab_clear(&pool->cold);
	slab_clear(&pool->macs);
	tdestroy(pool->wide, wide_free);
	memset(pool, 0, sizeof(*pool));
}

void
pool_reset(struct pool *pool)
{
	if (pool->most < pool->used)
		pool->most = pool->used;
	pool->used = pool->sided = 0;
	pool->free = LIVE_NONE;
}

static uint64_t
octets_of_steps(const struct slab *slab, uint32_t used)
{
	uint64_t steps = (used + (SLAB_STEP - 1)) / SLAB_STEP;

	return steps * SLAB_STEP * slab->octets;
}

uint64_t
pool_octets(const struct pool *pool)
{
	uint32_t used = pool->used > pool->most ? pool->used : pool->most;

	return octets_of_steps(&pool->live, used) +
	       octets_of_steps(&pool->cold, used) +
	       (pool_has_macs(pool) ? octets_of_steps(&pool->macs, used) : 0) +
	       ((uint64_t)pool->sides.made << POOL_SIDES_BITS) *
	           pool->sides.octets;
}

/*
 * Sides are made ready ahead where one of the places just before got some: a
 * flood that nobody answers takes none, even after exchanges that have them.
 */
static int
make_ready(struct pool *pool, uint32_t number)
{
	bool answered = pool->sided > 0 && pool->sided + SLAB_STEP > number;

	if (slab_step(&pool->live, number) == -1 ||
	    slab_step(&pool->cold, number) == -1 ||
	    (pool_has_macs(pool) && slab_step(&pool->macs, number) == -1))
		return -1;
	if (answered)
		(void)slab_step(&pool->sides, number);
	return 0;
}

uint32_t
pool_take_unused(struct pool *pool)
{
	if (pool->used == pool->limit)
		return LIVE_NONE;
	if (pool->used % SLAB_STEP == 0 && make_ready(pool, pool->used) == -1)
		return LIVE_NONE;
	return pool->used++;
}

static int
wide_compare(const void *left, const void *right)
{
	const struct wide *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

static struct wide *
wide_find(const struct pool *pool, uint32_t number)
{
	const struct wide key = { .number = number };
	struct wide **found = tfind(&key, &pool->wide, wide_compare);

	return found == NULL ? NULL : *found;
}

struct wide *
pool_wide(struct pool *pool, uint32_t number)
{
	struct wide *wide = wide_find(pool, number);

	if (wide != NULL || pool->wides > pool->limit / WIDE_SHARE ||
	    (wide = calloc(1, sizeof(*wide))) == NULL)
		return wide;
	wide->number = number;
	if (tsearch(wide, &pool->wide, wide_compare) != NULL) {
		pool->wides++;
		return wide;
	}
	free(wide);
	return NULL;
}

struct exchange_quality *
pool_wide_quality(struct pool *pool, uint32_t number)
{
	struct wide *wide = pool_wide(pool, number);

	if (wide == NULL)
		return NULL;
	if (wide->quality == NULL) {
		wide->quality = malloc(sizeof(*wide->quality));
		if (wide->quality != NULL)
			quality_figures_init(wide->quality);
	}
	return wide->quality;
}

void
pool_drop_wide(struct pool *pool, uint32_t number)
{
	struct wide *wide = wide_find(pool, number);

	if (wide == NULL)
		return;
	tdelete(wide, &pool->wide, wide_compare);
	pool->wides--;
	wide_free(wide);
}
