/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory for the quality of exchanges, where it is wanted.  Each place of
 * the pool (pool.h) has a head, which says where the state is; or, while there
 * was nothing but an opening, and its answer, what hop limits these had.  What
 * else a SYN said stands beside it:
 *
 *	place        0    1    2    3    4 …
 *	heads      │TTL │ ●  │    │ ●  │TTL │            4 octets
 *	SYNs       │■■■■│    │    │    │■■■■│           12
 *	                  │         │
 *	streams         │■■■■■■│□□□□│■■■■■■│…           TCP that was answered
 *	marks         │ sets, for each chunk of streams   TCP (marks.h)
 *	small                       └──►│■■■│□□□│…      UDP, the rest, SYNs again
 *
 * So a SYN that nobody answers costs 16 octets and no more, 104 where it is sent
 * again; a query with its answer 4.  Heads and SYNs are made ready ahead of
 * exchanges that open in places never used before, SYNs where one of the places
 * just before had one.  Streams and small places are given out from the first one
 * on; what was given back is given out again, the last one first.
 *
 * What can go wrong: there is no memory for a chunk.  Then the exchange goes
 * on without state, and has no figures.
 */
#ifndef EXFLOW_MEMORY_QUALITY_POOL_H
#define EXFLOW_MEMORY_QUALITY_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/memory/live.h"
#include "exflow/memory/slab.h"
#include "exflow/quality/quality.h"

#define QUALITY_HEAD_BITS 19 /* of 4 octets: one huge page */
#define QUALITY_SYN_BITS 19  /* of 12 octets: three huge pages */
#define QUALITY_STREAM_BITS QUALITY_OWNER_BITS /* of 576: nine */
#define QUALITY_SMALL_BITS 18                  /* of 88: eleven huge pages */
#define QUALITY_NUMBER_BITS 29

enum quality_kind {
	QUALITY_NONE, /* nothing is known */
	QUALITY_OPENING,
	/* These have a place of their own: */
	QUALITY_SYN_COPIES, /* an opening whose SYN was sent again */
	QUALITY_STREAM,
	QUALITY_DATAGRAMS
};

struct quality_head {
	uint32_t kind : 32 - QUALITY_NUMBER_BITS;
	/* Of the state; or of an opening, quality_head_open(). */
	uint32_t number : QUALITY_NUMBER_BITS;
};
_Static_assert(sizeof(struct quality_head) == 4, "the memory bound");

/* A flood of one kind leaves room for the other one. */
union quality_small {
	struct quality_copies copies; /* beside the SYN */
	struct quality_datagrams datagrams;
};
_Static_assert(sizeof(union quality_small) == 88, "the memory bound");

/* Places that are given out one by one. */
struct quality_places {
	struct slab slab;
	uint32_t used, most, free; /* as in struct pool; free: number + 1 */
};

struct quality_pool {
	struct slab heads, syns;
	uint32_t ready; /* places whose heads were made ready */
	uint32_t syned; /* behind the last place that was given a SYN */
	struct quality_places streams, small;
	struct slab sets; /* of marks, as many as streams */
	struct quality_marks marks;
};

/*
 * For so many exchanges.  secret: random; where the marks of a stream stand
 * depends on it.  evicted counts them, see there.  0, or -1 with errno ENOMEM.
 */
int quality_pool_init(struct quality_pool *pool, uint32_t limit,
    uint64_t secret, uint64_t *evicted, struct populate *populate);
void quality_pool_clear(struct quality_pool *pool);
/* Nothing has state any more; chunks stay. */
void quality_pool_reset(struct quality_pool *pool);
uint64_t quality_pool_octets(const struct quality_pool *pool);

static inline bool
quality_pool_ready(const struct quality_pool *pool)
{
	return pool->heads.chunks != NULL;
}

/* The head of a place; NULL: it never had one. */
static inline struct quality_head *
quality_pool_head(const struct quality_pool *pool, uint32_t number)
{
	struct quality_head *chunk =
	    pool->heads.chunks[number >> QUALITY_HEAD_BITS];

	return chunk == NULL ? NULL
	                     : &chunk[number & ((1u << QUALITY_HEAD_BITS) - 1)];
}

/* Heads up to this place, and a few behind it, are made ready. */
void quality_pool_make_ready(struct quality_pool *pool, uint32_t number);

/* The same, made where it is not there; NULL: no memory. */
static inline struct quality_head *
quality_pool_make_head(struct quality_pool *pool, uint32_t number)
{
	struct quality_head *chunk;

	if (__builtin_expect(number >= pool->ready, 0))
		quality_pool_make_ready(pool, number);
	chunk = slab_chunk(&pool->heads, number);
	return chunk == NULL ? NULL
	                     : &chunk[number & ((1u << QUALITY_HEAD_BITS) - 1)];
}

/* Is there memory for its SYN? */
static inline bool
quality_pool_has_syn(const struct quality_pool *pool, uint32_t number)
{
	return pool->syns.chunks[number >> QUALITY_SYN_BITS] != NULL;
}

/* The SYN of a place that has been given one. */
static inline struct quality_opening *
quality_pool_syn(const struct quality_pool *pool, uint32_t number)
{
	struct quality_opening *chunk =
	    pool->syns.chunks[number >> QUALITY_SYN_BITS];

	return &chunk[number & ((1u << QUALITY_SYN_BITS) - 1)];
}

/* The place, for which there is memory, is given one, its content undefined. */
static inline struct quality_opening *
quality_pool_give_syn(struct quality_pool *pool, uint32_t number)
{
	if (pool->syned <= number)
		pool->syned = number + 1;
	return quality_pool_syn(pool, number);
}

/* --- the head of an opening: TTL │ TTL of the answer │ is it answered? */

#define QUALITY_ANSWER_SHIFT 8
#define QUALITY_ANSWERED (1u << 16)

static inline void
quality_head_open(struct quality_head *head, uint8_t ttl)
{
	/* Not a bit of it: reading would wait for memory. */
	*head = (struct quality_head){ .kind = QUALITY_OPENING, .number = ttl };
}

static inline void
quality_head_answer(struct quality_head *head, uint8_t ttl)
{
	head->number |= QUALITY_ANSWERED | (unsigned)ttl
	                                       << QUALITY_ANSWER_SHIFT;
}

static inline bool
quality_head_answered(const struct quality_head *head)
{
	return (head->number & QUALITY_ANSWERED) != 0;
}

static inline uint8_t
quality_head_ttl(const struct quality_head *head)
{
	return (uint8_t)head->number;
}

static inline uint8_t
quality_head_answer_ttl(const struct quality_head *head)
{
	return (uint8_t)(head->number >> QUALITY_ANSWER_SHIFT);
}

static inline struct quality_stream *
quality_pool_stream(
    const struct quality_pool *pool, const struct quality_head *head)
{
	struct quality_stream *chunk =
	    pool->streams.slab.chunks[head->number >> QUALITY_STREAM_BITS];

	return &chunk[head->number & ((1u << QUALITY_STREAM_BITS) - 1)];
}

static inline union quality_small *
quality_pool_small(
    const struct quality_pool *pool, const struct quality_head *head)
{
	union quality_small *chunk =
	    pool->small.slab.chunks[head->number >> QUALITY_SMALL_BITS];

	return &chunk[head->number & ((1u << QUALITY_SMALL_BITS) - 1)];
}

static inline struct quality_datagrams *
quality_pool_datagrams(
    const struct quality_pool *pool, const struct quality_head *head)
{
	return &quality_pool_small(pool, head)->datagrams;
}

static inline struct quality_copies *
quality_pool_copies(
    const struct quality_pool *pool, const struct quality_head *head)
{
	return &quality_pool_small(pool, head)->copies;
}

/* A head gets a state, its content undefined.  False: no memory. */
bool quality_pool_take(struct quality_pool *pool, struct quality_head *head,
    enum quality_kind kind);
/* And gives it back; it may have none. */
void quality_pool_give(struct quality_pool *pool, struct quality_head *head);

#endif
