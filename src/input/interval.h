/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the records of an IPFIX file end, roughly, without reading it record by
 * record: the first record of each data set is looked at.
 */
#ifndef EXFLOW_SRC_INPUT_INTERVAL_H
#define EXFLOW_SRC_INPUT_INTERVAL_H

#include <stdbool.h>

#include "exflow/base/timestamp.h"

struct interval {
	timestamp least, greatest; /* ends that were seen */
	bool complete; /* of every data set; else nothing is known */
};

/* False: it is no IPFIX file, or cannot be read. */
bool interval_read(const char *path, struct interval *interval);
/* Whether a file begins as IPFIX messages do. */
bool interval_is_ipfix(const char *path);

#endif
