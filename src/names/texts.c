/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "texts.h"

#include <string.h>

static struct cell *
cell_at(const struct places *cells, uint32_t number)
{
	return places_at(cells, number);
}

static bool
chain_grow(struct places *cells, struct chain *chain)
{
	uint32_t number = places_take(cells);

	if (number == 0)
		return false;
	cell_at(cells, number)->next = 0;
	if (chain->last != 0)
		cell_at(cells, chain->last)->next = number;
	else
		chain->first = number;
	chain->last = number;
	return true;
}

/* Take back what was appended in part. */
static void
chain_cut(struct places *cells, struct chain *chain, const struct chain *before)
{
	struct chain more = { .first = chain->first };

	if (before->last != 0) {
		struct cell *last = cell_at(cells, before->last);

		more.first = last->next;
		last->next = 0;
	}
	chain_clear(cells, &more);
	*chain = *before;
}

bool
chain_append(struct places *cells, struct chain *chain, const uint8_t *octets,
    size_t length)
{
	const struct chain before = *chain;

	while (length > 0) {
		size_t used = chain->octets % CELL_OCTETS;
		size_t step = CELL_OCTETS - used;

		if (used == 0 && !chain_grow(cells, chain)) {
			chain_cut(cells, chain, &before);
			return false;
		}
		if (step > length)
			step = length;
		memcpy(
		    &cell_at(cells, chain->last)->octets[used], octets, step);
		chain->octets += (uint32_t)step;
		octets += step;
		length -= step;
	}
	return true;
}

void
chain_read(const struct places *cells, const struct chain *chain, uint8_t *room)
{
	uint32_t left = chain->octets;

	for (uint32_t number = chain->first; left > 0;) {
		const struct cell *cell = cell_at(cells, number);
		uint32_t step = left < CELL_OCTETS ? left : CELL_OCTETS;

		memcpy(room, cell->octets, step);
		room += step;
		left -= step;
		number = cell->next;
	}
}

void
chain_clear(struct places *cells, struct chain *chain)
{
	uint32_t number = chain->first;

	while (number != 0) {
		uint32_t next = cell_at(cells, number)->next;

		places_give(cells, number);
		number = next;
	}
	*chain = (struct chain){ 0 };
}
