/* SPDX-License-Identifier: BSD-2-Clause */
/* Which exchanges an output gets: by balance, by its filter, by its kind. */
#ifndef EXFLOW_SRC_EXPORT_SHARE_H
#define EXFLOW_SRC_EXPORT_SHARE_H

#include "outputs.h"

/* What an output is to count of some exchanges. */
struct due {
	uint64_t records;  /* exchanges that it gets */
	uint64_t split;    /* of these: two records, with uniflow */
	uint64_t left_out; /* of its share: the filter or the kind */
};

struct due output_due(const struct outputs *outputs,
    const struct output *output, const struct exchange *exchanges, size_t n);
/* Hand an output that takes exchanges those that it gets. */
void output_exchanges(const struct outputs *outputs,
    const struct output *output, const struct exchange *exchanges, size_t n);

#endif
