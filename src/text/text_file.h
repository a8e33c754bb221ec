/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text output, line by line, for csv, json and table.
 *
 *	text_file_line ──► room in the buffer, a line is put there
 *	text_file_end_line ──► buffer (256 KiB) ──text_file_flush──► file
 *
 * Three kinds of files: a regular one is written as ".NAME.PID.part" beside its
 * name and gets the name in text_file_finish; a device or a pipe is written to
 * as it is; "-" is standard output.
 *
 * Invariants: the buffer holds whole lines; a regular file under its name is
 * complete and synced.  What can go wrong: a write fails.  The first error stays
 * in error, nothing is written after it, and the file never gets its name.  A
 * kill leaves the temporary file; the next process with the same PID and name
 * removes it.
 */
#ifndef EXFLOW_SRC_TEXT_TEXT_FILE_H
#define EXFLOW_SRC_TEXT_TEXT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/output/destination.h"

struct text_file {
	char *path;      /* final name; NULL: special file, standard output */
	char *temporary; /* NULL: none, or renamed */
	char *buffer;
	size_t used;
	int fd;          /* -1: not open */
	int error;       /* errno of the first failure, 0: none */
	uint64_t octets; /* written so far */
};

#define TEXT_FILE_INIT                                                         \
	{                                                                      \
		.fd = -1                                                       \
	}
#define TEXT_LINE_SIZE 8192 /* octets: the longest line, line feed included */

/* Whether text_file_open would succeed; makes nothing.  0, or -1 with errno. */
int text_file_check(const char *path);
/* 0; or -1 with file->error, and there is nothing to free. */
int text_file_open(struct text_file *file, const char *path);
/* Room for TEXT_LINE_SIZE octets; flushes where the buffer has no more. */
char *text_file_line(struct text_file *file);
/* The line there, line feed included, ends before end. */
void text_file_end_line(struct text_file *file, const char *end);
/* Write the buffer.  0, or -1 with file->error. */
int text_file_flush(struct text_file *file);
/*
 * A destination's tick: flush standard output every second, so that who looks
 * at it sees lines soon.
 */
uint64_t text_file_tick(struct text_file *file, uint64_t now_ms);
/* Flush, sync and rename.  0, or -1 with file->error. */
int text_file_finish(struct text_file *file);
/* Free all and remove an unfinished file.  Idempotent. */
void text_file_free(struct text_file *file);

/* The ops' message_octets of a kind that takes exchanges: 0. */
uint32_t text_message_octets(const struct destination *destination);

#endif
