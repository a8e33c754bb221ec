/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long an archive keeps its files.  Ordered by their last change:
 *
 *	oldest                                        newest
 *	[too old][too old][beyond the octets][kept][kept][kept]
 *	 removed  removed  removed
 *
 * Files that are still to be handed to a command are passed over at first, and
 * given up, the oldest first, only where the others are not enough to get below
 * the octets.
 *
 * Invariants: only regular files whose names match the pattern are removed,
 * never the newest of them, and then the pattern's folders that are empty.
 * Temporary files do not match, and text files are locked while they are
 * written, so files that are being written are safe.
 *
 * What can go wrong: a file cannot be removed (it counts as failed and is tried
 * again the next time), or memory is short for the list (the files that are
 * missing in it stay until the next time).
 */
#ifndef EXFLOW_SRC_ARCHIVE_RETENTION_H
#define EXFLOW_SRC_ARCHIVE_RETENTION_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct after;

struct retention_rules {
	uint32_t days;   /* 0: files of any age */
	uint64_t octets; /* of all files; 0: any number */
	/*
	 * Files that wait for their command (command/after.h) stay, whatever
	 * their age, as long as the octets allow it; NULL: there is none.
	 */
	struct after *after;
};

struct retention_result {
	uint64_t old_files;    /* removed by age */
	uint64_t excess_files; /* removed by size */
	uint64_t octets;       /* of all that were removed */
	uint64_t failed;       /* could not be removed */
};

static inline bool
retention_wanted(const struct retention_rules *rules)
{
	return rules->days != 0 || rules->octets != 0;
}

/* Remove what the rules say.  Any thread, one at a time for an archive. */
struct retention_result retention_apply(
    const char *pattern, const struct retention_rules *rules, time_t now);

#endif
