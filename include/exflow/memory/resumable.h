/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TCP exchange leaves behind that ended by a timeout: its key, its
 * client and how that was told, for tcp_resume.  Places of 64 octets in a slab
 * of their own, in the order in which the ends were found:
 *
 *	oldest ─► … ─► … ─► newest        places that are free ─► … ─► …
 *
 * All of them are kept equally long, so the oldest is the first to go.  This
 * order is mostly right to a tick of the wheel that finds the ends.  After a
 * gap, or a reload with shorter timeouts, it may be wrong by a timeout, and one
 * is kept for longer than it need be.  Whether it may still be resumed is asked
 * of its own time, by the tcp_resume of now.
 *
 * The index has them beside the live exchanges (table.h, index values); a key
 * is either live or resumable.
 */
#ifndef EXFLOW_MEMORY_RESUMABLE_H
#define EXFLOW_MEMORY_RESUMABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/decode/segment.h"
#include "exflow/memory/slab.h"

#define RESUMABLE_BITS 15 /* places in a chunk: one huge page */
#define RESUMABLE_NONE 0  /* places are numbered from 1 */

struct resumable {
	_Alignas(64) struct flow_key key;
	uint32_t tunnel; /* these three as in struct live */
	uint16_t vlan, customer_vlan;
	timestamp ended;                 /* see resumable_age */
	uint32_t older : 31, client : 1; /* which endpoint of key */
	uint32_t newer : 31, guessed : 1;
};
_Static_assert(sizeof(struct resumable) == 64, "one cache line");

struct resumables {
	struct slab slab;
	uint32_t oldest, newest, free;
	uint32_t used; /* places given out at least once */
	uint32_t most; /* that, before the last reset */
	uint32_t count;
};

struct populate;

/* 0, or -1 with errno ENOMEM. */
int resumables_init(
    struct resumables *all, uint32_t limit, struct populate *populate);
void resumables_clear(struct resumables *all);
void resumables_reset(struct resumables *all);
uint64_t resumables_octets(const struct resumables *all);

/* The newest, its key, ended, client, guessed the caller's; NONE: no memory. */
uint32_t resumables_add(struct resumables *all);
void resumables_remove(struct resumables *all, uint32_t number);

static inline struct resumable *
resumable_at(const struct resumables *all, uint32_t number)
{
	struct resumable *chunk =
	    all->slab.chunks[(number - 1) >> RESUMABLE_BITS];

	return &chunk[(number - 1) & ((1u << RESUMABLE_BITS) - 1)];
}

/*
 * Nanoseconds since it ended.  After a step of the clock back to about 1970 it
 * may have ended before that: the count has wrapped, and so does this.
 */
static inline uint64_t
resumable_age(const struct resumable *one, timestamp now)
{
	return now.ns - one->ended.ns;
}

/* The clock was set: they all ended so much later. */
void resumables_shift(struct resumables *all, duration by);

#endif
