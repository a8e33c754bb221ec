/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slab that live exchanges come from: numbered places in chunks, which
 * are made when they are first needed and reused from a free list.
 */
#ifndef EXFLOW_METER_POOL_H
#define EXFLOW_METER_POOL_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "live.h"

/* As many as fit into one huge page of 2 MiB, to a power of two. */
#define POOL_CHUNK_BITS 13
#define POOL_CHUNK (1u << POOL_CHUNK_BITS)

struct pool_chunk {
	struct live live[POOL_CHUNK];
	struct live_cold cold[POOL_CHUNK];
};

struct pool {
	struct pool_chunk **chunks;
	uint32_t limit;   /* places in all */
	uint32_t used;    /* places given out at least once */
	uint32_t free;    /* head of the free list */
	GHashTable *wide; /* number → struct wide, NULL while there is none */
};

/* 0, or -1 with errno ENOMEM. */
int pool_init(struct pool *pool, uint32_t limit);
void pool_clear(struct pool *pool);

/* A place, its live part not cleared; LIVE_NONE where there is no more. */
uint32_t pool_take(struct pool *pool);
void pool_give(struct pool *pool, uint32_t number);

/* The wide counters of a place, made at the first call. */
struct wide *pool_wide(struct pool *pool, uint32_t number);
void pool_drop_wide(struct pool *pool, uint32_t number);

static inline struct live *
pool_live(const struct pool *pool, uint32_t number)
{
	return &pool->chunks[number >> POOL_CHUNK_BITS]
	            ->live[number & (POOL_CHUNK - 1)];
}

static inline struct live_cold *
pool_cold(const struct pool *pool, uint32_t number)
{
	return &pool->chunks[number >> POOL_CHUNK_BITS]
	            ->cold[number & (POOL_CHUNK - 1)];
}

#endif
