/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a file that has the name of one of ours also looks like one, before
 * it is removed.
 */
#ifndef EXFLOW_SRC_ARCHIVE_MAGIC_H
#define EXFLOW_SRC_ARCHIVE_MAGIC_H

#include <stdbool.h>

/*
 * A file that is empty, or begins as an IPFIX file, a gzip file, a zstd file,
 * lines of JSON or a table of CSV do.
 */
bool magic_is_ours(int fd);
/* The same for a regular file of that name; false: it cannot be read. */
bool magic_is_ours_at(const char *path);

#endif
