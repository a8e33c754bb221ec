/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

int
pool_init(struct pool *pool, uint32_t limit)
{
	size_t chunks = ((size_t)limit + POOL_CHUNK - 1) / POOL_CHUNK;

	memset(pool, 0, sizeof(*pool));
	pool->chunks = calloc(chunks, sizeof(struct pool_chunk *));
	if (pool->chunks == NULL)
		return -1;
	pool->limit = limit;
	pool->free = LIVE_NONE;
	return 0;
}

void
pool_clear(struct pool *pool)
{
	size_t chunks = ((size_t)pool->used + POOL_CHUNK - 1) / POOL_CHUNK;

	for (size_t i = 0; i < chunks; i++)
		free(pool->chunks[i]);
	free(pool->chunks);
	if (pool->wide != NULL)
		g_hash_table_destroy(pool->wide);
	memset(pool, 0, sizeof(*pool));
}

/*
 * Huge pages only from the second chunk on: a small table stays small, and a
 * large one is spared most of its page faults and TLB misses.
 */
static struct pool_chunk *
pool_chunk_new(int huge)
{
	void *chunk;

	if (posix_memalign(
	        &chunk, huge ? HUGE_PAGE : 4096, sizeof(struct pool_chunk)))
		return NULL;
#ifdef MADV_HUGEPAGE
	if (huge)
		(void)madvise(chunk, HUGE_PAGE, MADV_HUGEPAGE);
#endif
	return chunk;
}

uint32_t
pool_take(struct pool *pool)
{
	uint32_t number = pool->free;
	uint32_t chunk;

	if (number != LIVE_NONE) {
		pool->free = pool_cold(pool, number)->queue_next;
		return number;
	}
	if (pool->used == pool->limit)
		return LIVE_NONE;
	number = pool->used;
	chunk = number >> POOL_CHUNK_BITS;
	if ((number & (POOL_CHUNK - 1)) == 0) {
		pool->chunks[chunk] = pool_chunk_new(chunk > 0);
		if (pool->chunks[chunk] == NULL)
			return LIVE_NONE;
	}
	pool->used++;
	return number;
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
