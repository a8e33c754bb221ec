/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbered places of one size, given out one by one: a slab with a list of
 * those that were given back, the last one first.  Numbers begin at 1, so that
 * 0 is none.
 */
#ifndef EXFLOW_SRC_NAMES_PLACES_H
#define EXFLOW_SRC_NAMES_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/memory/slab.h"

struct places {
	struct slab slab;
	uint32_t used; /* given out at least once */
	uint32_t free; /* head of the list */
	uint32_t live; /* given out now */
};

/* 0, or -1 with errno ENOMEM.  octets is at least 4. */
int places_init(struct places *places, size_t octets, unsigned bits,
    uint32_t limit, struct populate *populate);
void places_clear(struct places *places);

/* A place, its content undefined; 0: all are taken, or there is no memory. */
uint32_t places_take(struct places *places);
void places_give(struct places *places, uint32_t number);

static inline void *
places_at(const struct places *places, uint32_t number)
{
	const struct slab *slab = &places->slab;
	uint32_t index = number - 1;

	return (char *)slab->chunks[index >> slab->bits] +
	       (index & ((1u << slab->bits) - 1)) * slab->octets;
}

#endif
