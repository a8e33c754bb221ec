/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reports share: the aggregate, its order, its columns of sums. */
#ifndef EXFLOW_SRC_REPORT_AGGREGATE_INTERNAL_H
#define EXFLOW_SRC_REPORT_AGGREGATE_INTERNAL_H

#include "exflow/report/aggregate.h"
#include "exflow/report/key.h"

#include "groups.h"

struct aggregate {
	struct key keys[AGGREGATE_KEYS_MAX + 1]; /* series: the time first */
	int key_count;
	struct key order;                 /* a number; or … */
	bool order_records, order_octets; /* … of both sides */
	bool mean;                        /* of the order, instead of its sum */
	unsigned parts;
	uint64_t step;
	const char *memory_name; /* what sets the memory */
	struct groups *groups;
	struct counting *counting; /* count.c */
};

/* groups: borrowed; they are the caller's behind list_all alone. */
struct counting *counting_new(struct groups *groups, bool may_thread);
void counting_free(struct counting **counting); /* idempotent, sets NULL */
/* The groups, once everything is counted; NULL: a record was not counted. */
struct groups *all_groups(const struct aggregate *aggregate);
/*
 * The same as a list, in no order, and how many; g_free the list.  NULL: there is
 * no memory, too.
 */
struct group **list_all(const struct aggregate *aggregate, size_t *count);

/* What sums weigh in the order. */
double group_weight(const struct aggregate *aggregate, const struct sums *sums);

/* The n heaviest of a list come first, in their order; how many there are. */
size_t pick_heaviest(const struct aggregate *aggregate, struct group **list,
    size_t count, size_t n);

/*
 * The columns of sums, and one for the order where none of them is it; then a
 * share of it, and with `cumulative` its sum so far.
 */
void add_sum_columns(
    const struct aggregate *aggregate, struct report *report, bool shares);
/* Fill them in, from cell on; the share is of total. */
struct report_cell *put_sums(const struct aggregate *aggregate,
    struct report_cell *cell, const struct sums *sums);
/* Whether its order is none of the other columns. */
bool has_order_column(const struct aggregate *aggregate);
enum report_kind order_kind(const struct aggregate *aggregate);
/* The order of sums: a sum, or a mean, which may be unknown. */
void put_order(const struct aggregate *aggregate, struct report_cell *cell,
    const struct sums *sums);
/* Fill in the cells of the keys from first to last. */
void put_keys(const struct key *keys, int count, const uint8_t *octets,
    struct report_cell *cells);

#endif
