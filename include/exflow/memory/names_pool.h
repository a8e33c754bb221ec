/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the names of exchanges are, if they are wanted: a head for each place
 * of the pool (pool.h), and for each place of what may be resumed, which keeps
 * the head of what has ended.  The states are struct names's.
 *
 *	place      0   1   2   3 …	resumable  1   2 …
 *	heads    │ ●│   │ ● │   │	left     │   │ ● │	8 octets
 *	           │      └─► state		       └─► state
 *	           └────────► cells │"www.example│.org"│	32 octets each
 *
 * What a client had asked DNS for is kept in cells, most often in one.  A head
 * that is in no use is all 0.
 *
 * What can go wrong: there is no memory for a chunk, or there are no cells any
 * more.  Then the exchange has no name of that kind.
 */
#ifndef EXFLOW_MEMORY_NAMES_POOL_H
#define EXFLOW_MEMORY_NAMES_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/memory/slab.h"

#define NAMES_HEAD_BITS 18 /* of 8 octets: one huge page */
#define NAMES_KEPT_MAX 255 /* octets of a name */
#define NAMES_CELL_BITS 16 /* of 32 octets: one huge page */

struct names_head {
	uint32_t state;  /* names_state, see names.h; 0: none */
	uint32_t hunted; /* number of the first cell plus 1; 0: none */
};

struct names_pool {
	struct slab heads, left, cells;
	uint32_t cells_used, cells_free; /* free: number plus 1 */
};

/* For so many exchanges.  0, or -1 with errno ENOMEM. */
int names_pool_init(
    struct names_pool *pool, uint32_t limit, struct populate *populate);
void names_pool_clear(struct names_pool *pool);
uint64_t names_pool_octets(const struct names_pool *pool);

/* The head of a place; NULL: it never had one. */
struct names_head *names_pool_head(
    const struct names_pool *pool, uint32_t number);
struct names_head *names_pool_left(
    const struct names_pool *pool, uint32_t number);
/* The same, made where it is not there; NULL: no memory. */
struct names_head *names_pool_make_head(
    struct names_pool *pool, uint32_t number);
struct names_head *names_pool_make_left(
    struct names_pool *pool, uint32_t number);

/* Keep a name of 1 to NAMES_KEPT_MAX octets.  False: no cells. */
bool names_pool_keep(struct names_pool *pool, struct names_head *head,
    const char *name, size_t octets);
/* The name that is kept; its octets, 0: none. */
size_t names_pool_kept(const struct names_pool *pool,
    const struct names_head *head, char name[NAMES_KEPT_MAX]);
/* It is kept no more. */
void names_pool_drop(struct names_pool *pool, struct names_head *head);

#endif
