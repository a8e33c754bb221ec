/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts of exchanges, in cells of one size, so that a short name costs little
 * and a long one is kept whole:
 *
 *	chain ──► │ next │ octets … │ ──► │ next │ octets …  │
 *
 * A chain grows at its end only.  Its octets are what the caller makes of
 * them: the names of a state are │which│length│octets│ one behind another, a
 * payload is the octets alone.
 */
#ifndef EXFLOW_SRC_NAMES_TEXTS_H
#define EXFLOW_SRC_NAMES_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "places.h"

#define CELL_OCTETS 60

struct cell {
	uint32_t next; /* 0: the last */
	uint8_t octets[CELL_OCTETS];
};

struct chain {
	uint32_t first, last; /* cells; 0: none */
	uint32_t octets;
};

/* All of them, or nothing and false: there is no cell for them. */
bool chain_append(struct places *cells, struct chain *chain,
    const uint8_t *octets, size_t length);
/* Into room for chain->octets. */
void chain_read(
    const struct places *cells, const struct chain *chain, uint8_t *room);
/* Give all cells back. */
void chain_clear(struct places *cells, struct chain *chain);

#endif
