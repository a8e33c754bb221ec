/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recovery of the files that a run which was killed left under temporary names
 * (see base/publish.h):
 *
 *	.NAME.1a2b3c       template │ data │ data │ da      incomplete message
 *	                                          ↑ cut off here
 *	NAME, or x.1.ipfix template │ data │ data           synced, renamed
 *	always x.1.ipfix   of ipfix:x.ipfix, whose own name is to be written
 *
 *	.NAME.gz.1a2b3c    an unfinished compression: removed, as NAME is there
 *
 * Invariants: a temporary file that is locked is being written and left alone;
 * no file that is there is replaced; only whole messages up to the first
 * damage stay, and only where they hold records.  A recovery that is killed
 * itself is repeated by the next one.
 */
#ifndef EXFLOW_SRC_ARCHIVE_RECOVERY_H
#define EXFLOW_SRC_ARCHIVE_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct publish_numbers;

struct recovery_counts {
	uint64_t files, records;
};

/*
 * Recover one file, which was to become path.  output is the name of the
 * output for the log; numbered: do not use path itself, which somebody is
 * going to write, but "x.1.ipfix" of "x.ipfix" and so on.  The new name, which
 * the caller frees; NULL where the file is locked, held no record and was
 * removed, or could not be recovered (logged).  numbers are of base/publish.h,
 * or NULL.
 */
char *recovery_file(const char *output, const char *temporary, const char *path,
    bool numbered, struct publish_numbers *numbers,
    struct recovery_counts *recovered);
/* Recover all that were to become this path, as "x.1.ipfix" and so on. */
void recovery_beside(
    const char *output, const char *path, struct recovery_counts *recovered);

/*
 * Recover all of an archive: files whose names match its pattern.  Each file
 * that is to be compressed, recovered now or not yet compressed when the run
 * was killed, goes to compress (NULL: nothing is to be done with it), which
 * frees its path; NULL for a path: memory was short for it.
 */
typedef void recovery_compress(void *context, char *path);
void recovery_archive(const char *output, const char *pattern,
    recovery_compress *compress, void *context, struct publish_numbers *numbers,
    struct recovery_counts *recovered);
/*
 * For text files, which have their names from the start: what a run that was
 * killed, or that ended, left to be compressed.  Unfinished compressions are
 * removed.  Files that somebody writes (locked), or that have changed since
 * this time, are left alone.
 */
void recovery_lines(const char *pattern, time_t before,
    recovery_compress *compress, void *context);

#endif
