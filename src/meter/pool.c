/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "pool.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "populate.h"

/* Steps in which memory is made ready; above the first, huge pages. */
#define STEP 4096
#define STEPS_AHEAD 4

static const struct {
	unsigned bits; /* places in a chunk */
	size_t octets; /* of a place */
} arrays[POOL_ARRAYS] = {
	[POOL_LIVE] = { POOL_LIVE_BITS, sizeof(struct live) },
	[POOL_COLD] = { POOL_COLD_BITS, sizeof(struct live_cold) },
};

static size_t
chunk_octets(int array)
{
	return arrays[array].octets << arrays[array].bits;
}

static size_t
chunk_count(const struct pool *pool, int array)
{
	unsigned bits = arrays[array].bits;

	return ((size_t)pool->limit + (1u << bits) - 1) >> bits;
}

int
pool_init(struct pool *pool, uint32_t limit, struct populate *populate)
{
	memset(pool, 0, sizeof(*pool));
	pool->populate = populate;
	pool->limit = limit;
	pool->free = LIVE_NONE;
	for (int i = 0; i < POOL_ARRAYS; i++) {
		pool->chunks[i] = calloc(chunk_count(pool, i), sizeof(void *));
		if (pool->chunks[i] == NULL)
			return -1;
	}
	return 0;
}

void
pool_clear(struct pool *pool)
{
	for (int i = 0; i < POOL_ARRAYS; i++) {
		for (size_t j = 0;
		     pool->chunks[i] != NULL && j < chunk_count(pool, i); j++)
			pages_free(pool->chunks[i][j], chunk_octets(i));
		free(pool->chunks[i]);
	}
	tdestroy(pool->wide, free);
	memset(pool, 0, sizeof(*pool));
}

void
pool_reset(struct pool *pool)
{
	pool->used = 0;
	pool->free = LIVE_NONE;
}

uint64_t
pool_octets(const struct pool *pool)
{
	uint64_t octets = 0;

	for (int i = 0; i < POOL_ARRAYS; i++)
		for (size_t j = 0; j < chunk_count(pool, i); j++)
			if (pool->chunks[i][j] != NULL)
				octets += chunk_octets(i);
	return octets;
}

/* The chunk that a place of an array stands in, made if it is not there. */
static char *
chunk_of(struct pool *pool, int array, uint32_t number)
{
	void **chunk = &pool->chunks[array][number >> arrays[array].bits];

	if (*chunk == NULL)
		*chunk = pages_new(chunk_octets(array), number > 0);
	else if (number == STEP) /* a small table stays small */
		pages_huge(*chunk, chunk_octets(array));
	return *chunk;
}

static void
populate_step(struct pool *pool, int array, uint32_t number)
{
	char *chunk;
	size_t place = number & ((1u << arrays[array].bits) - 1);

	if (number >= pool->limit)
		return;
	chunk = chunk_of(pool, array, number);
	if (chunk != NULL)
		populate_ask(pool->populate,
		    chunk + place * arrays[array].octets,
		    STEP * arrays[array].octets);
}

/*
 * Before the first place of a step is given out: false where there is no
 * memory for it.
 */
static bool
step_ready(struct pool *pool, uint32_t number)
{
	for (int i = 0; i < POOL_ARRAYS; i++) {
		if (chunk_of(pool, i, number) == NULL)
			return false;
		if (number > 0)
			populate_step(pool, i, number + STEPS_AHEAD * STEP);
	}
	return true;
}

uint32_t
pool_take(struct pool *pool)
{
	uint32_t number = pool->free;

	if (number != LIVE_NONE) {
		pool->free = pool_cold(pool, number)->queue_next;
		return number;
	}
	if (pool->used == pool->limit ||
	    (pool->used % STEP == 0 && !step_ready(pool, pool->used)))
		return LIVE_NONE;
	return pool->used++;
}

void
pool_give(struct pool *pool, uint32_t number)
{
	pool_live(pool, number)->state = 0;
	pool_cold(pool, number)->queue_next = pool->free;
	pool->free = number;
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

	if (wide != NULL || (wide = calloc(1, sizeof(*wide))) == NULL)
		return wide;
	wide->number = number;
	if (tsearch(wide, &pool->wide, wide_compare) != NULL)
		return wide;
	free(wide);
	return NULL;
}

void
pool_drop_wide(struct pool *pool, uint32_t number)
{
	struct wide *wide = wide_find(pool, number);

	if (wide != NULL)
		tdelete(wide, &pool->wide, wide_compare);
	free(wide);
}
