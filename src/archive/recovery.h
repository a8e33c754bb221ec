/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that a run which was killed left behind under their temporary names:
 * cut back to the last whole message, they get the name that they were for, or
 * a free one beside it.  Who writes a file holds a lock on it; such a file is
 * left alone.
 */
#ifndef EXFLOW_SRC_ARCHIVE_RECOVERY_H
#define EXFLOW_SRC_ARCHIVE_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

struct recovery_counts {
	uint64_t files, records;
};

/*
 * One file; log names the output.  aside: never under the name itself, as
 * that is going to be another's.  Its new name, to be freed by the caller;
 * NULL: it is in use, or held no record and is gone, or could not be.
 */
char *recovery_file(const char *log, const char *temporary, const char *path,
    bool aside, struct recovery_counts *recovered);
/* All that were for this path, aside. */
void recovery_beside(
    const char *log, const char *path, struct recovery_counts *recovered);
/* Remove one of which nothing is of use. */
void recovery_remove(const char *temporary);

#endif
