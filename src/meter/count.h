/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting segments into a live exchange, and reading the counts out. */
#ifndef EXFLOW_SRC_METER_COUNT_H
#define EXFLOW_SRC_METER_COUNT_H

#include <stdbool.h>

#include "exflow/decode/segment.h"
#include "exflow/meter/exchange.h"

#include "pool.h"

/*
 * Count a segment of side CLIENT or SERVER; clocks are the caller's.  False,
 * and not counted, where there is no memory to carry full counters over into.
 */
bool count_segment(struct pool *pool, uint32_t number, int side,
    const struct segment *segment);

/* All counts back to nothing: the next part begins. */
void count_clear(struct pool *pool, uint32_t number);

/* The exchange as the rest of the program sees it; end is the caller's. */
void count_read(struct pool *pool, uint32_t number, struct exchange *exchange);

#endif
