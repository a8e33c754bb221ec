/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

#define LIVE_OCTETS (sizeof(struct live) << POOL_LIVE_BITS)
#define SERVER_OCTETS (sizeof(struct live_side) << POOL_SERVER_BITS)
#define COLD_OCTETS (sizeof(struct live_cold) << POOL_COLD_BITS)

/* Above so many places, huge pages. */
#define SMALL_TABLE 4096

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
	pool->server = calloc(
	    chunks_for(limit, POOL_SERVER_BITS), sizeof(struct live_side *));
	pool->cold = calloc(
	    chunks_for(limit, POOL_COLD_BITS), sizeof(struct live_cold *));
	if (pool->live == NULL || pool->server == NULL || pool->cold == NULL)
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
	for (size_t i = 0; i < chunks_for(pool->used, POOL_SERVER_BITS); i++)
		pages_free(pool->server[i], SERVER_OCTETS);
	for (size_t i = 0; i < chunks_for(pool->used, POOL_COLD_BITS); i++)
		pages_free(pool->cold[i], COLD_OCTETS);
	free(pool->live);
	free(pool->server);
	free(pool->cold);
	if (pool->wide != NULL)
		g_hash_table_destroy(pool->wide);
	memset(pool, 0, sizeof(*pool));
}

static bool
chunk_ready(void *chunk, size_t octets, uint32_t number)
{
	void **place = chunk;

	if (*place == NULL)
		*place = pages_new(octets, number > 0);
	else if (number == SMALL_TABLE)
		pages_huge(*place, octets);
	return *place != NULL;
}

/*
 * The chunks that place number stands in; false where there is no memory.
 * Huge pages come later: a small table stays small, and a large one is
 * spared most of its page faults and TLB misses.
 */
static bool
chunks_ready(struct pool *pool, uint32_t number)
{
	if (number % SMALL_TABLE != 0)
		return true;
	return chunk_ready(&pool->live[number >> POOL_LIVE_BITS], LIVE_OCTETS,
	           number) &&
	       chunk_ready(&pool->server[number >> POOL_SERVER_BITS],
	           SERVER_OCTETS, number) &&
	       chunk_ready(
	           &pool->cold[number >> POOL_COLD_BITS], COLD_OCTETS, number);
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
