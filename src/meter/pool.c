/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

#define LIVE_OCTETS (sizeof(struct live) << POOL_LIVE_BITS)
#define COLD_OCTETS (sizeof(struct live_cold) << POOL_COLD_BITS)

static size_t
chunks_for(uint32_t places, unsigned bits)
{
	return ((size_t)places + (1u << bits) - 1) >> bits;
}

int
pool_init(struct pool *pool, uint32_t limit)
{
	memset(pool, 0, sizeof(*pool));
	pool->live =
	    calloc(chunks_for(limit, POOL_LIVE_BITS), sizeof(struct live *));
	pool->cold = calloc(
	    chunks_for(limit, POOL_COLD_BITS), sizeof(struct live_cold *));
	if (pool->live == NULL || pool->cold == NULL)
		return -1;
	pool->limit = limit;
	pool->free = LIVE_NONE;
	return 0;
}

void
pool_clear(struct pool *pool)
{
	for (size_t i = 0; i < chunks_for(pool->used, POOL_LIVE_BITS); i++)
		pages_free(pool->live[i], LIVE_OCTETS);
	for (size_t i = 0; i < chunks_for(pool->used, POOL_COLD_BITS); i++)
		pages_free(pool->cold[i], COLD_OCTETS);
	free(pool->live);
	free(pool->cold);
	if (pool->wide != NULL)
		g_hash_table_destroy(pool->wide);
	memset(pool, 0, sizeof(*pool));
}

/*
 * The chunks that place number stands in; false where there is no memory.
 * Huge pages only from the second chunk on: a small table stays small, and a
 * large one is spared most of its page faults and TLB misses.
 */
static bool
chunks_ready(struct pool *pool, uint32_t number)
{
	struct live **live = &pool->live[number >> POOL_LIVE_BITS];
	struct live_cold **cold = &pool->cold[number >> POOL_COLD_BITS];

	if (*live == NULL)
		*live = pages_new(LIVE_OCTETS, number > 0);
	if (*cold == NULL)
		*cold = pages_new(COLD_OCTETS, number > 0);
	return *live != NULL && *cold != NULL;
}

uint32_t
pool_take(struct pool *pool)
{
	uint32_t number = pool->free;

	if (number != LIVE_NONE) {
		pool->free = pool_cold(pool, number)->queue_next;
		return number;
	}
	if (pool->used == pool->limit || !chunks_ready(pool, pool->used))
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

struct wide *
pool_wide(struct pool *pool, uint32_t number)
{
	gpointer key = GUINT_TO_POINTER(number);
	struct wide *wide;

	if (pool->wide == NULL)
		pool->wide = g_hash_table_new_full(
		    g_direct_hash, g_direct_equal, NULL, g_free);
	wide = g_hash_table_lookup(pool->wide, key);
	if (wide == NULL) {
		wide = g_new0(struct wide, 1);
		g_hash_table_insert(pool->wide, key, wide);
	}
	return wide;
}

void
pool_drop_wide(struct pool *pool, uint32_t number)
{
	if (pool->wide != NULL)
		g_hash_table_remove(pool->wide, GUINT_TO_POINTER(number));
}
