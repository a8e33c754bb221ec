/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sums over the parts of exchanges that active_timeout cuts, for outputs that
 * write one row an exchange (active_timeout).  A tree by the number of the
 * exchange's place; only what has been cut has one, so there are max_exchanges
 * at most.
 *
 * Without memory for a sum its row lacks the part, or the figures of quality.
 * The ledger counts both (parts_not_summed, quality_lost).
 */
#ifndef EXFLOW_SRC_METER_SUMS_H
#define EXFLOW_SRC_METER_SUMS_H

#include <stdint.h>

#include "exflow/exchange/exchange.h"

struct sum;

struct sums {
	void *tree; /* tsearch of struct sum */
	uint64_t count;
};

void part_sums_clear(struct sums *sums);
uint64_t part_sums_octets(const struct sums *sums);

enum sums_result {
	SUMS_ADDED,
	SUMS_NO_QUALITY, /* no memory for its figures: the row has none */
	SUMS_NO_MEMORY   /* the sum lacks the part */
};

/* Add a part. */
enum sums_result part_sums_add(
    struct sums *sums, uint32_t number, const struct exchange *part);
/*
 * Add the sum to what the exchange holds, and forget it: it is the whole
 * exchange now.
 */
void part_sums_take(
    struct sums *sums, uint32_t number, struct exchange *exchange);

#endif
