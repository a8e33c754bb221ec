/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slab that live exchanges come from: numbered places in chunks, which
 * are made when they are first needed and reused from a free list.  Chunks
 * are whole huge pages, so that nothing of them is wasted.
 */
#ifndef EXFLOW_SRC_METER_POOL_H
#define EXFLOW_SRC_METER_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "live.h"

enum {
	POOL_LIVE,
	POOL_COLD,
	POOL_ARRAYS
};

/* Places in a chunk, as a power of two. */
#define POOL_LIVE_BITS 15 /* 32768 of 192 octets: three huge pages */
#define POOL_COLD_BITS 18 /* 262144 of 40 octets: five huge pages */

struct populate;

struct pool {
	struct populate *populate; /* of the meter */
	void **chunks[POOL_ARRAYS];
	uint32_t limit; /* places in all */
	uint32_t used;  /* places given out at least once */
	uint32_t free;  /* head of the free list */
	void *wide;     /* tree (tsearch) of struct wide */
};

/* 0, or -1 with errno ENOMEM. */
int pool_init(struct pool *pool, uint32_t limit, struct populate *populate);
void pool_clear(struct pool *pool);

/* All places are free again; their chunks stay. */
void pool_reset(struct pool *pool);

/* Of the chunks that there are. */
uint64_t pool_octets(const struct pool *pool);

/* A place, its live part not cleared; LIVE_NONE where there is no more. */
uint32_t pool_take(struct pool *pool);
void pool_give(struct pool *pool, uint32_t number);

/* The wide counters of a place, made at the first call; NULL: no memory. */
struct wide *pool_wide(struct pool *pool, uint32_t number);
void pool_drop_wide(struct pool *pool, uint32_t number);

static inline struct live *
pool_live(const struct pool *pool, uint32_t number)
{
	struct live *chunk = pool->chunks[POOL_LIVE][number >> POOL_LIVE_BITS];

	return &chunk[number & ((1u << POOL_LIVE_BITS) - 1)];
}

static inline struct live_cold *
pool_cold(const struct pool *pool, uint32_t number)
{
	struct live_cold *chunk =
	    pool->chunks[POOL_COLD][number >> POOL_COLD_BITS];

	return &chunk[number & ((1u << POOL_COLD_BITS) - 1)];
}

#endif
