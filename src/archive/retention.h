/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long an archive keeps its files.  Only regular files whose names are
 * the pattern's are ever removed, the oldest first (by their last change),
 * never the newest; and folders of the pattern's that are empty then.
 */
#ifndef EXFLOW_SRC_ARCHIVE_RETENTION_H
#define EXFLOW_SRC_ARCHIVE_RETENTION_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct retention_rules {
	uint32_t days;   /* 0: of any age */
	uint64_t octets; /* all together; 0: any number */
};

struct retention_result {
	uint64_t old_files;    /* removed by age */
	uint64_t excess_files; /* removed by size */
	uint64_t octets;       /* of both */
	uint64_t failed;       /* could not be removed */
};

static inline bool
retention_wanted(const struct retention_rules *rules)
{
	return rules->days != 0 || rules->octets != 0;
}

struct retention_result retention_apply(
    const char *pattern, const struct retention_rules *rules, time_t now);

#endif
