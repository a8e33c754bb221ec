/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/quality_pool.h"

#include <string.h>

int
quality_pool_init(struct quality_pool *pool, uint32_t limit, uint64_t secret,
    /* NOLINTNEXTLINE(readability-non-const-parameter): marks count there */
    uint64_t *evicted, struct populate *populate)
{
	memset(pool, 0, sizeof(*pool));
	if (slab_init(&pool->heads, sizeof(struct quality_head),
	        QUALITY_HEAD_BITS, limit, populate) == 0 &&
	    slab_init(&pool->syns, sizeof(struct quality_opening),
	        QUALITY_SYN_BITS, limit, populate) == 0 &&
	    slab_init(&pool->streams.slab, sizeof(struct quality_stream),
	        QUALITY_STREAM_BITS, limit, populate) == 0 &&
	    slab_init(&pool->sets, sizeof(struct quality_mark_set),
	        QUALITY_STREAM_BITS, limit, populate) == 0 &&
	    slab_init(&pool->datagrams.slab, sizeof(struct quality_datagrams),
	        QUALITY_DATAGRAMS_BITS, limit, populate) == 0) {
		pool->marks = (struct quality_marks){
			.chunks = pool->sets.chunks,
			.secret = secret | 1,
			.evicted = evicted,
		};
		return 0;
	}
	quality_pool_clear(pool);
	return -1;
}

void
quality_pool_clear(struct quality_pool *pool)
{
	slab_clear(&pool->heads);
	slab_clear(&pool->syns);
	slab_clear(&pool->streams.slab);
	slab_clear(&pool->sets);
	slab_clear(&pool->datagrams.slab);
	memset(pool, 0, sizeof(*pool));
}

static void
places_reset(struct quality_places *places)
{
	if (places->most < places->used)
		places->most = places->used;
	places->used = places->free = 0;
}

void
quality_pool_reset(struct quality_pool *pool)
{
	pool->syned = 0;
	places_reset(&pool->streams);
	places_reset(&pool->datagrams);
}

static uint64_t
places_octets(const struct quality_places *places)
{
	uint64_t most =
	    places->used > places->most ? places->used : places->most;
	uint64_t steps = (most + (SLAB_STEP - 1)) / SLAB_STEP;

	return steps * SLAB_STEP * places->slab.octets;
}

uint64_t
quality_pool_octets(const struct quality_pool *pool)
{
	return ((uint64_t)pool->heads.made << QUALITY_HEAD_BITS) *
	           pool->heads.octets +
	       ((uint64_t)pool->syns.made << QUALITY_SYN_BITS) *
	           pool->syns.octets +
	       ((uint64_t)pool->sets.made << QUALITY_STREAM_BITS) *
	           pool->sets.octets +
	       places_octets(&pool->streams) + places_octets(&pool->datagrams);
}

/*
 * Without memory quality_pool_make_head() and quality_pool_make_syn() try
 * again, and fail.
 */
void
quality_pool_make_ready(struct quality_pool *pool, uint32_t number)
{
	uint32_t step = number - number % SLAB_STEP;

	(void)slab_step(&pool->heads, step);
	if (pool->syned > 0 && pool->syned + SLAB_STEP > step)
		(void)slab_step(&pool->syns, step);
	pool->ready = step + SLAB_STEP;
}

/* Constants of a kind, which are those of its slab. */
struct kind {
	unsigned bits;
	size_t octets;
};
static const struct kind streams = { QUALITY_STREAM_BITS,
	sizeof(struct quality_stream) };
static const struct kind datagrams = { QUALITY_DATAGRAMS_BITS,
	sizeof(struct quality_datagrams) };

/* Of a place that is free: the one to be given out after it, plus 1. */
QUALITY_INLINE uint32_t *
next_free(const struct quality_places *places, const struct kind *kind,
    uint32_t number)
{
	char *chunk = places->slab.chunks[number >> kind->bits];

	return (
	    uint32_t *)(void *)(chunk + (number & ((1u << kind->bits) - 1)) *
	                                    kind->octets);
}

/*
 * The marks of a chunk's streams are all over its sets.  So these, too, are
 * made ready ahead step by step, and by a whole chunk.
 */
static bool
make_ready(struct slab *slab, struct slab *marks, uint32_t number)
{
	return slab_step(slab, number) == 0 &&
	       (marks == NULL || slab_step(marks, number) == 0);
}

/* marks: NULL for what has none. */
QUALITY_INLINE uint32_t
places_take(
    struct quality_places *places, const struct kind *kind, struct slab *marks)
{
	uint32_t number = places->free;

	if (number != 0) {
		places->free = *next_free(places, kind, --number);
		return number;
	}
	number = places->used;
	if (number == places->slab.limit ||
	    (number % SLAB_STEP == 0 &&
	        !make_ready(&places->slab, marks, number)))
		return LIVE_NONE;
	places->used++;
	return number;
}

bool
quality_pool_take(struct quality_pool *pool, struct quality_head *head,
    enum quality_kind kind)
{
	uint32_t number =
	    kind == QUALITY_STREAM
	        ? places_take(&pool->streams, &streams, &pool->sets)
	        : places_take(&pool->datagrams, &datagrams, NULL);

	if (number == LIVE_NONE)
		return false;
	*head = (struct quality_head){ .kind = kind,
		.number = number & ((1u << 30) - 1) };
	return true;
}

QUALITY_INLINE void
places_give(
    struct quality_places *places, const struct kind *kind, uint32_t number)
{
	*next_free(places, kind, number) = places->free;
	places->free = number + 1;
}

void
quality_pool_give(struct quality_pool *pool, struct quality_head *head)
{
	if (head->kind == QUALITY_STREAM)
		places_give(&pool->streams, &streams, head->number);
	else if (head->kind == QUALITY_DATAGRAMS)
		places_give(&pool->datagrams, &datagrams, head->number);
	head->kind = QUALITY_NONE;
}
