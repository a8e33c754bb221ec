/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/slab.h"

#include <stdlib.h>

#include "exflow/memory/populate.h"

#include "pages.h"

#define STEPS_AHEAD 4

static size_t
chunk_octets(const struct slab *slab)
{
	return slab->octets << slab->bits;
}

static size_t
chunk_count(const struct slab *slab)
{
	return ((size_t)slab->limit + (1u << slab->bits) - 1) >> slab->bits;
}

int
slab_init(struct slab *slab, size_t octets, unsigned bits, uint32_t limit,
    struct populate *populate)
{
	*slab = (struct slab){ .populate = populate,
		.octets = octets,
		.bits = bits,
		.limit = limit };
	slab->chunks = calloc(chunk_count(slab), sizeof(void *));
	return slab->chunks == NULL ? -1 : 0;
}

void
slab_clear(struct slab *slab)
{
	for (size_t i = 0; slab->chunks != NULL && i < chunk_count(slab); i++)
		pages_free(slab->chunks[i], chunk_octets(slab));
	free(slab->chunks);
	slab->chunks = NULL;
}

void *
slab_make(struct slab *slab, uint32_t number)
{
	uint32_t chunk = number >> slab->bits;
	void *pages = pages_new(chunk_octets(slab), number >= SLAB_STEP);

	slab->chunks[chunk] = pages;
	slab->made += pages != NULL;
	return pages;
}

static void
populate_step(struct slab *slab, uint32_t number)
{
	size_t place = number & ((1u << slab->bits) - 1);
	char *chunk;

	if (number >= slab->limit || slab->populate == NULL)
		return;
	chunk = slab_chunk(slab, number);
	if (chunk != NULL)
		populate_ask(slab->populate, chunk + place * slab->octets,
		    SLAB_STEP * slab->octets);
}

int
slab_step(struct slab *slab, uint32_t number)
{
	void *chunk = slab_chunk(slab, number);

	if (chunk == NULL)
		return -1;
	/* A table of one step keeps to small pages. */
	if (number == SLAB_STEP)
		pages_huge(slab->chunks[0], chunk_octets(slab));
	if (number > 0)
		populate_step(slab, number + STEPS_AHEAD * SLAB_STEP);
	return 0;
}
