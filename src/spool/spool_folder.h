/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of a spool: private to its user, locked while a spool is open, and
 * with files whose names are numbers.
 */
#ifndef EXFLOW_SRC_SPOOL_SPOOL_FOLDER_H
#define EXFLOW_SRC_SPOOL_SPOOL_FOLDER_H

#include <stddef.h>
#include <stdint.h>

struct spool_folder {
	int fd, lock; /* descriptors; -1: not open */
};

/*
 * Make the folder at path, in directory, where it is not there yet, open and
 * lock it.  NULL; or what could not be done, with errno, which is EBUSY where
 * somebody else has locked it.  Call spool_folder_close in both cases.
 */
const char *spool_folder_open(
    struct spool_folder *folder, const char *directory, const char *path);
void spool_folder_close(struct spool_folder *folder);
/*
 * Could it be opened?  NULL, or what could not be done, with errno.  It does
 * not try the lock: the settings of a probe are checked while it runs.
 */
const char *spool_folder_check(const char *path);
/*
 * The numbers of the spool's files, in ascending order; the caller frees them.
 * NULL with errno.
 */
uint64_t *spool_folder_numbers(const struct spool_folder *of, size_t *count);

#endif
