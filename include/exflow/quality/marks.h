/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outstanding samples of round-trip times: one table for many exchanges,
 * as in Dart (SIGCOMM 2022).  Who sends much has many marks, who waits has
 * none, and together they take no more than eight an exchange.
 *
 * A mark says when the octet before `end` was sent by a side of an exchange.
 * The acknowledgement of just that number takes it; one that ends within a
 * segment takes none.
 *
 *	sets      0   1   2   3  …                  one cache line each
 *	        ┌───┬───┬───┬───┬─
 *	newest  │ ● │ ● │   │ ● │     first choice: set = owner
 *	        │ ● │   │   │ ● │     others:       set = owner xor
 *	   ⋮    │   │   │   │ ⋮ │                         hash(choice, side, end)
 *	oldest  │   │   │   │ ● │ ──► gives way to a new one
 *	        └───┴───┴───┴───┴─
 *
 * There are as many sets as owners.  While few segments are under way, the
 * marks of an exchange are together in the set of its own.  Where its owner
 * still waits for the oldest one there, a mark goes to that of two other sets
 * whose oldest mark is older; so those of a bulk transfer are all over the
 * table, and hardly meet others' while it is not full.
 *
 * Set, choice, end and side tell the owner, which is not stored: no mark is
 * taken for another one's.  A mark is never removed, but where a SYN that was sent
 * again sets the first one of its side.  It means nothing where it is
 * from before `marks_since` of its side (state.h), as one of an earlier exchange
 * is, nor after QUALITY_MARK_LIFE, when times come round.
 */
#ifndef EXFLOW_QUALITY_MARKS_H
#define EXFLOW_QUALITY_MARKS_H

#include <stdint.h>

#define QUALITY_MARKS 8 /* of a set */
#define QUALITY_OWNER_BITS 15
#define QUALITY_MARK_SETS (1u << QUALITY_OWNER_BITS)
#define QUALITY_MARK_LIFE (UINT32_C(1) << 28) /* microseconds: 4.5 minutes */

/* The newest one comes first. */
struct quality_mark_set {
	_Alignas(64) uint32_t end[QUALITY_MARKS];
	/* Microseconds in 29 bits, two for the choice, and one for the side. */
	uint32_t sent[QUALITY_MARKS];
};

struct quality_marks {
	/*
	 * Of each QUALITY_MARK_SETS streams, whose numbers follow each other
	 * as they do in memory: their sets, which are 0 at first.
	 */
	void *const *chunks;
	uint64_t secret;   /* odd */
	uint64_t *evicted; /* counts those that were waited for, about */
};

/* The first choice. */
static inline struct quality_mark_set *
quality_marks_first(const struct quality_marks *marks, uint32_t owner)
{
	struct quality_mark_set *sets =
	    marks->chunks[owner >> QUALITY_OWNER_BITS];

	return &sets[owner & (QUALITY_MARK_SETS - 1)];
}

#endif
