/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYN-ACKs that came before their SYN: each waits for a second.  They stand in
 * a ring in the order of their coming, and a table of chains finds them by
 * their key.
 *
 *	ring     │ done │ SYN-ACK │ done │ SYN-ACK │ SYN-ACK │      │
 *	           head ──────►                              tail
 *	chains   hash ─► number of one ─► number of the next ─► …
 *
 * One key has at most one.  One that is decided before its second is over
 * leaves a gap ("done") that the head passes when it comes there.  The ring
 * has a fixed size: when it is full, the caller decides the oldest early, so
 * that a flood of SYN-ACKs takes no more memory than this.
 */
#ifndef EXFLOW_MEMORY_WAITING_H
#define EXFLOW_MEMORY_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/segment.h"
#include "exflow/decode/segment_detail.h"

#define WAITING_NS NS_PER_SECOND

struct waiting {
	struct waiting_place *ring;
	struct segment_detail *details; /* of the ring's segments, or NULL */
	uint32_t *chains;    /* by hash: number of a place plus 1, 0: none */
	uint32_t mask;       /* places - 1, and chains - 1 */
	uint32_t head, tail; /* count on; a place is their value & mask */
	uint32_t count;
	timestamp due; /* of the oldest; TIMESTAMP_MAX: none waits */
};

/* Room for a share of max_exchanges.  0, or -1 with errno ENOMEM. */
int waiting_init(struct waiting *waiting, uint32_t max_exchanges);
void waiting_clear(struct waiting *waiting);
/* From now on details are kept beside the segments.  0, or -1 (ENOMEM). */
int waiting_want_details(struct waiting *waiting);
uint64_t waiting_octets(const struct waiting *waiting);

static inline bool
waiting_full(const struct waiting *waiting)
{
	return waiting->tail - waiting->head > waiting->mask;
}

/* The SYN-ACK with this segment's key; NULL: none. */
const struct segment *waiting_find(
    const struct waiting *waiting, const struct segment *segment);
/*
 * Not where one has its key, nor where it is full.  What is returned is its
 * place, for waiting_detail.
 */
const struct segment *waiting_put(
    struct waiting *waiting, const struct segment *syn_ack);
/* The detail of one that waits, to be read or set, where they are wanted. */
struct segment_detail *waiting_detail(
    const struct waiting *waiting, const struct segment *one);
/* The one with this key, which is there, waits no more. */
void waiting_remove(struct waiting *waiting, const struct segment *segment);
/* The oldest; NULL: none. */
const struct segment *waiting_oldest(const struct waiting *waiting);

/* The clock was set: they all came so much later. */
void waiting_shift(struct waiting *waiting, duration by);

#endif
