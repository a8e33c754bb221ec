/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An array of numbered places in chunks, which are made when they are first
 * needed.  A chunk is whole huge pages, so that nothing of them is wasted.
 */
#ifndef EXFLOW_MEMORY_SLAB_H
#define EXFLOW_MEMORY_SLAB_H

#include <stddef.h>
#include <stdint.h>

struct populate;

/* Places for which memory is made ready at a time. */
#define SLAB_STEP 4096

struct slab {
	struct populate *populate; /* NULL: nothing is made ready ahead */
	void **chunks;             /* NULL: not made yet */
	size_t octets;             /* of a place */
	unsigned bits;             /* places in a chunk, as a power of two */
	uint32_t limit;
	uint32_t made; /* chunks */
};

/* 0, or -1 with errno ENOMEM. */
int slab_init(struct slab *slab, size_t octets, unsigned bits, uint32_t limit,
    struct populate *populate);
void slab_clear(struct slab *slab);

/* Make the chunk that a place stands in; NULL: no memory. */
void *slab_make(struct slab *slab, uint32_t number);

static inline void *
slab_chunk(struct slab *slab, uint32_t number)
{
	void *chunk = slab->chunks[number >> slab->bits];

	return chunk != NULL ? chunk : slab_make(slab, number);
}

/*
 * Before the first place of a step is given out: this step and a few behind
 * it get their chunks, and memory is made ready ahead.  -1: no memory.
 */
int slab_step(struct slab *slab, uint32_t number);

#endif
