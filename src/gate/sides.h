/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of what is known of the sides of exchanges (gate.h). */
#ifndef EXFLOW_SRC_GATE_SIDES_H
#define EXFLOW_SRC_GATE_SIDES_H

#include "exflow/gate/gate.h"

#define SIDE_IN_USE 1
#define SIDE_KNOWN 2 /* TCP: where it begins is known by a SYN */
#define SIDE_OPEN 4  /* TCP: more of its first octets may come */

struct gate_side {
	uint32_t first; /* TCP: its first sequence number; else: its look-up */
	uint32_t tag : 16; /* bits of the hash */
	uint32_t marks : 3;
	uint32_t passed : 13; /* so many octets in a row have */
};
#define SIDE_PASSED 0x1fff
_Static_assert(GATE_STREAM_OCTETS <= SIDE_PASSED, "they are counted there");

#define ROW_SIDES 8
struct gate_row {
	_Alignas(64) struct gate_side side[ROW_SIDES];
};

/* 0, or -1 with errno ENOMEM. */
int sides_init(struct gate *gate);
void sides_clear(struct gate *gate); /* idempotent */

/* What is known of what the sender sends; NULL: nothing. */
struct gate_side *sides_find(
    struct gate *gate, const struct segment *segment, unsigned sender);
/*
 * It is known anew: what it was is forgotten, or the oldest of its row.  The
 * pointer is valid until the next call.
 */
struct gate_side *sides_put(struct gate *gate, const struct segment *segment,
    unsigned sender, uint32_t first, unsigned marks);
/*
 * The same of a side of TCP that opens, but a little later: its row is seldom at
 * hand, and until then it comes from memory.  `unless`: not if it is known.
 */
void sides_put_later(struct gate *gate, const struct segment *segment,
    unsigned sender, uint32_t first, bool unless);
/* No more of its octets are wanted, which its sender sends. */
void sides_close(
    struct gate *gate, const struct segment *segment, struct gate_side *side);

#endif
