/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that exflowdump reads: names, patterns, and folders with all that
 * is below them, in the order of their names.  In folders only IPFIX files
 * count, and none whose name begins with a dot.
 *
 * With a period, files are left out if they have no record of it: if those that
 * were looked at, the first one of each set, ended more than FILE_LIST_LATE before
 * it or behind it.
 */
#ifndef EXFLOW_INPUT_FILE_LIST_H
#define EXFLOW_INPUT_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "exflow/base/timestamp.h"

#define FILE_LIST_LATE (3600 * NS_PER_SECOND)

/* A period of time; from included, until not. */
struct period {
	timestamp from, until;
};

struct file_list;

/*
 * names: NULL at the end, borrowed.  period: NULL, all files.  Unless files may
 * come later (follow), a folder without one is listed itself.
 */
struct file_list *file_list_new(
    char **names, const struct period *period, bool follow);
void file_list_free(struct file_list **files); /* idempotent, sets NULL */
/*
 * Look for files that were not there before.  A file that was compressed since
 * then is none.  How many there are.
 */
size_t file_list_scan(struct file_list *files);
/* The next file, "-" for standard input; NULL: no more.  Owned by files. */
const char *file_list_next(struct file_list *files);

#endif
