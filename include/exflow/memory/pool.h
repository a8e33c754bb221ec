/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that exchanges live in: numbered places, the same in each of
 * three arrays (live.h).
 *
 *	            place 0 …                     … used            limit
 *	heads      |■■■■■■■■|■■■■■■■■|■■■□□□□□|        |        |
 *	cold       |■■■■■■■■■■■■■■■■■■■□□□□□□□|                 |
 *	sides      |■■■■|    |■■■■|    |    |    |    |    |    |
 *	macs       |■■■■■■■■■■■■■■■■■■■□□□□□□□□□□□□□□□□|   if asked for
 *
 * An array is made of chunks of whole huge pages.  Heads, cold records and
 * hardware addresses are made ready ahead of the places that are given out; a
 * chunk of sides is made when the first of its places needs it, so that places
 * without sides cost none.  Places that were given back are given out again,
 * the last one first.  A chunk, once made, stays until the pool is cleared.
 *
 * What can go wrong: there is no memory for a chunk.  Then pool_take or
 * pool_sides fails, and the caller ends another exchange or this one.
 */
#ifndef EXFLOW_MEMORY_POOL_H
#define EXFLOW_MEMORY_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/memory/live.h"
#include "exflow/memory/slab.h"

/* Places in a chunk, as a power of two. */
#define POOL_LIVE_BITS 15  /* 32,768 of 64 octets: one huge page */
#define POOL_SIDES_BITS 14 /* 16,384 of 128 octets: one huge page */
#define POOL_COLD_BITS 18  /* 262,144 of 40 octets: five huge pages */
#define POOL_MACS_BITS 17  /* 131,072 of 16 octets: one huge page */

struct populate;

struct pool {
	struct slab live, sides, cold;
	uint32_t limit;       /* places in all */
	uint32_t used;        /* places given out at least once */
	uint32_t most;        /* that, before the last pool_reset */
	uint32_t free;        /* head of the free list */
	uint32_t sided;       /* behind the last place that was given sides */
	void *wide;           /* tree (tsearch) of struct wide */
	uint32_t wides;       /* how many those are */
	struct slab macs;     /* no chunks where they are not asked for */
	int64_t stamps_ahead; /* meter_stamps_ahead() */
};

/* With hardware addresses or without.  0, or -1 with errno ENOMEM. */
int pool_init(
    struct pool *pool, uint32_t limit, bool macs, struct populate *populate);
void pool_clear(struct pool *pool);

/* All places are free again; their chunks stay. */
void pool_reset(struct pool *pool);

/* Of the places that were used, and of the chunks of sides that there are. */
uint64_t pool_octets(const struct pool *pool);

/* A place that was never given out; LIVE_NONE where there is no more. */
uint32_t pool_take_unused(struct pool *pool);

/* The place gets sides, their content undefined; false: no memory. */
static inline bool
pool_add_sides(struct pool *pool, uint32_t number)
{
	if (pool->sided <= number)
		pool->sided = number + 1;
	return slab_chunk(&pool->sides, number) != NULL;
}

/*
 * The wide counters of a place, made at the first call.  NULL: no memory, or
 * too many have some (packets made for that would double the memory).
 */
struct wide *pool_wide(struct pool *pool, uint32_t number);
void pool_drop_wide(struct pool *pool, uint32_t number);
/* Its figures, made at the first call; NULL: no memory, or as above. */
struct exchange_quality *pool_wide_quality(struct pool *pool, uint32_t number);

static inline struct live *
pool_live(const struct pool *pool, uint32_t number)
{
	return (struct live *)pool->live.chunks[number >> POOL_LIVE_BITS] +
	       (number & ((1u << POOL_LIVE_BITS) - 1));
}

/* Of a place that has sides. */
static inline struct live_side *
pool_side(const struct pool *pool, uint32_t number, int side)
{
	struct live_sides *chunk =
	    pool->sides.chunks[number >> POOL_SIDES_BITS];

	return &chunk[number & ((1u << POOL_SIDES_BITS) - 1)].side[side];
}

static inline struct live_cold *
pool_cold(const struct pool *pool, uint32_t number)
{
	return (struct live_cold *)pool->cold.chunks[number >> POOL_COLD_BITS] +
	       (number & ((1u << POOL_COLD_BITS) - 1));
}

static inline bool
pool_has_macs(const struct pool *pool)
{
	return pool->macs.chunks != NULL;
}

static inline struct live_macs *
pool_macs(const struct pool *pool, uint32_t number)
{
	return (struct live_macs *)pool->macs.chunks[number >> POOL_MACS_BITS] +
	       (number & ((1u << POOL_MACS_BITS) - 1));
}

/* A place, its content undefined; LIVE_NONE where there is no more. */
static inline uint32_t
pool_take(struct pool *pool)
{
	uint32_t number = pool->free;

	if (number == LIVE_NONE)
		return pool_take_unused(pool);
	pool->free = pool_cold(pool, number)->queue_next;
	return number;
}

static inline void
pool_give(struct pool *pool, uint32_t number)
{
	pool_live(pool, number)->state = 0;
	pool_cold(pool, number)->queue_next = pool->free;
	pool->free = number;
}

#endif
