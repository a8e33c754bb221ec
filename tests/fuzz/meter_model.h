/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second, naive meter: a list, and SEMANTICS word by word.  It looks at
 * every live exchange at every packet and knows nothing of wheels, queues,
 * narrow counters or batches.
 */
#ifndef EXFLOW_TESTS_METER_MODEL_H
#define EXFLOW_TESTS_METER_MODEL_H

#include "exflow/meter.h"

/* An exchange as a row of numbers that can be sorted and compared. */
#define ROW_NUMBERS 40
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
const struct ledger *model_ledger(const struct model *model);

#endif
