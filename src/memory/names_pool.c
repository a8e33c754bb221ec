/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/names_pool.h"

#include <string.h>

#define CELL_OCTETS 27

struct cell {
	uint32_t next;  /* number plus 1; 0: the last */
	uint8_t octets; /* of the name, from this cell on */
	char name[CELL_OCTETS];
};
_Static_assert(sizeof(struct cell) == 32, "two in a cache line");

int
names_pool_init(
    struct names_pool *pool, uint32_t limit, struct populate *populate)
{
	memset(pool, 0, sizeof(*pool));
	/* What may be resumed is numbered from 1 on. */
	if (slab_init(&pool->heads, sizeof(struct names_head), NAMES_HEAD_BITS,
	        limit, populate) == 0 &&
	    slab_init(&pool->left, sizeof(struct names_head), NAMES_HEAD_BITS,
	        limit + 1, populate) == 0 &&
	    slab_init(&pool->cells, sizeof(struct cell), NAMES_CELL_BITS, limit,
	        populate) == 0)
		return 0;
	names_pool_clear(pool);
	return -1;
}

void
names_pool_clear(struct names_pool *pool)
{
	slab_clear(&pool->heads);
	slab_clear(&pool->left);
	slab_clear(&pool->cells);
	memset(pool, 0, sizeof(*pool));
}

uint64_t
names_pool_octets(const struct names_pool *pool)
{
	uint64_t heads = ((uint64_t)pool->heads.made + pool->left.made)
	                 << NAMES_HEAD_BITS;
	uint64_t steps =
	    (pool->cells_used + (uint64_t)(SLAB_STEP - 1)) / SLAB_STEP;

	return heads * sizeof(struct names_head) +
	       steps * SLAB_STEP * sizeof(struct cell);
}

/* --- heads */

static struct names_head *
head_at(const struct slab *slab, uint32_t number)
{
	struct names_head *chunk = slab->chunks[number >> NAMES_HEAD_BITS];

	return chunk == NULL ? NULL
	                     : &chunk[number & ((1u << NAMES_HEAD_BITS) - 1)];
}

struct names_head *
names_pool_head(const struct names_pool *pool, uint32_t number)
{
	return head_at(&pool->heads, number);
}

struct names_head *
names_pool_left(const struct names_pool *pool, uint32_t number)
{
	return head_at(&pool->left, number);
}

struct names_head *
names_pool_make_head(struct names_pool *pool, uint32_t number)
{
	return slab_chunk(&pool->heads, number) == NULL
	           ? NULL
	           : head_at(&pool->heads, number);
}

struct names_head *
names_pool_make_left(struct names_pool *pool, uint32_t number)
{
	return slab_chunk(&pool->left, number) == NULL
	           ? NULL
	           : head_at(&pool->left, number);
}

/* --- cells */

static struct cell *
cell_at(const struct names_pool *pool, uint32_t number)
{
	struct cell *chunk =
	    pool->cells.chunks[(number - 1) >> NAMES_CELL_BITS];

	return &chunk[(number - 1) & ((1u << NAMES_CELL_BITS) - 1)];
}

/* The number of a cell plus 1; 0: there is none. */
static uint32_t
take_cell(struct names_pool *pool)
{
	uint32_t number = pool->cells_free;

	if (number != 0) {
		pool->cells_free = cell_at(pool, number)->next;
		return number;
	}
	number = pool->cells_used;
	if (number == pool->cells.limit ||
	    (number % SLAB_STEP == 0 && slab_step(&pool->cells, number) == -1))
		return 0;
	return ++pool->cells_used;
}

bool
names_pool_keep(struct names_pool *pool, struct names_head *head,
    const char *name, size_t octets)
{
	uint32_t *link = &head->hunted;

	names_pool_drop(pool, head);
	while (octets > 0) {
		size_t part = octets < CELL_OCTETS ? octets : CELL_OCTETS;
		struct cell *cell;

		*link = take_cell(pool);
		if (*link == 0) {
			names_pool_drop(pool, head);
			return false;
		}
		cell = cell_at(pool, *link);
		cell->next = 0;
		cell->octets = (uint8_t)octets;
		memcpy(cell->name, name, part);
		link = &cell->next;
		name += part;
		octets -= part;
	}
	return true;
}

size_t
names_pool_kept(const struct names_pool *pool, const struct names_head *head,
    char name[NAMES_KEPT_MAX])
{
	size_t octets = 0;

	for (uint32_t number = head->hunted; number != 0;) {
		const struct cell *cell = cell_at(pool, number);
		size_t part =
		    cell->octets < CELL_OCTETS ? cell->octets : CELL_OCTETS;

		memcpy(name + octets, cell->name, part);
		octets += part;
		number = cell->next;
	}
	return octets;
}

void
names_pool_drop(struct names_pool *pool, struct names_head *head)
{
	while (head->hunted != 0) {
		struct cell *cell = cell_at(pool, head->hunted);
		uint32_t next = cell->next;

		cell->next = pool->cells_free;
		pool->cells_free = head->hunted;
		head->hunted = next;
	}
}
