/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting segments into a live exchange, and reading the counts out. */
#ifndef EXFLOW_SRC_METER_COUNT_H
#define EXFLOW_SRC_METER_COUNT_H

#include <stdbool.h>

#include "exflow/decode/segment.h"
#include "exflow/meter/exchange.h"

#include "pool.h"

enum count_result {
	COUNTED,
	COUNT_FULL,     /* not counted: no memory to carry counters over into */
	COUNT_NO_SIDES, /* not counted: no memory for the sides */
};

/*
 * Count a segment of side CLIENT or SERVER.  Before it, live->last is the
 * meter's now at the packet before this one; the caller moves it on.
 */
enum count_result count_segment(struct pool *pool, uint32_t number, int side,
    const struct segment *segment);

/*
 * The first segment of an exchange that has just been opened: as a run, where
 * it can be one.
 */
enum count_result count_first(struct pool *pool, uint32_t number, int side,
    const struct segment *segment);

/* A run goes into the sides; false: no memory for them. */
bool count_unfold(struct pool *pool, uint32_t number);

/* All counts back to nothing: the next part begins. */
void count_clear(struct pool *pool, uint32_t number);

/* The exchange as the rest of the program sees it; end is the caller's. */
void count_read(struct pool *pool, uint32_t number, struct exchange *exchange);

/* The octets that the client's SYN carried, 0 where it is not known. */
uint32_t count_syn_payload(const struct pool *pool, uint32_t number);

#endif
