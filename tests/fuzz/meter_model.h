/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second, naive meter: a list, and the rules word by word.  It looks at every
 * live exchange at every packet and knows nothing of wheels, queues, narrow
 * counters or batches.
 */
#ifndef EXFLOW_TESTS_METER_MODEL_H
#define EXFLOW_TESTS_METER_MODEL_H

#include "exflow/meter/meter.h"

/* An exchange as a row of numbers that can be sorted and compared. */
#define ROW_NUMBERS 42
struct row {
	uint64_t number[ROW_NUMBERS];
};
struct rows {
	struct row *row;
	size_t count, room;
};
void rows_add(struct rows *rows, const struct exchange *exchange);
void rows_sort(struct rows *rows);
void rows_clear(struct rows *rows);

struct model;
struct model *model_new(const struct meter_options *options);
void model_free(struct model *model);
void model_segment(struct model *model, const struct segment *segment);
void model_advance(struct model *model, timestamp now);
void model_finish(struct model *model);
struct rows *model_rows(struct model *model);
/* Live exchanges as they stand, as meter_visit hands them out. */
void model_live(const struct model *model, struct rows *rows);
/* Whether some deadline is just at this time. */
bool model_due_at(const struct model *model, timestamp time);

/* How many live, are remembered, may be resumed; the rest is 0. */
void model_load(const struct model *model, struct meter_load *load);

/* What meter_flush, meter_reconfigure and meter_clock_step do. */
void model_cut(struct model *model);
void model_configure(struct model *model, const struct meter_options *options);
void model_step(struct model *model, timestamp from, timestamp to);

/*
 * Which exchange is evicted is the meter's to choose, within the rules.  After
 * it has counted a segment, and before the model does, these are the keys of
 * what it has, first those that are resumable, then those live or remembered:
 * what it misses has been evicted, and goes from the model as well.  How many;
 * or -1 with what is wrong with the choice.
 *
 * "Nearest to its expiry" is meant to MODEL_TICK of time, and all that is
 * further away than MODEL_HORIZON is equally far.  The next cut by
 * active_timeout counts for an expiry.  Among those that can only be resumed,
 * any may be the first.
 */
#define MODEL_TICK (INT64_C(1) << 28)
#define MODEL_HORIZON (2046 * MODEL_TICK)
int model_follow(struct model *model, const struct segment *segment,
    const struct flow_key *kept, size_t count, size_t resumable,
    const char **wrong);

const struct ledger *model_ledger(const struct model *model);

#endif
