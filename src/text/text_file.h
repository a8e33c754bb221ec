/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of text: what csv, json and table write to. */
#ifndef EXFLOW_SRC_TEXT_TEXT_FILE_H
#define EXFLOW_SRC_TEXT_TEXT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/output/destination.h"

/*
 * A file that appears under its name when it is complete, or standard output
 * ("-").  An error is kept: what is written after it is dropped.
 */
struct text_file {
	char *path;      /* final name, NULL: standard output */
	char *temporary; /* NULL once renamed */
	char *buffer;
	size_t used;
	int fd;    /* -1: not open */
	int error; /* errno of the first failure */
	uint64_t octets;
};

#define TEXT_FILE_INIT                                                         \
	{                                                                      \
		.fd = -1                                                       \
	}
#define TEXT_LINE_SIZE 8192 /* the longest line there is room for */

/* 0, or -1 with file->error.  Nothing is held after a failure. */
int text_file_open(struct text_file *file, const char *path);
/* Room for a line of TEXT_LINE_SIZE; what was written up to end is kept. */
char *text_file_line(struct text_file *file);
void text_file_keep(struct text_file *file, const char *end);
int text_file_flush(struct text_file *file);
/* For the ops' tick: who looks at standard output sees lines within a second. */
uint64_t text_file_tick(struct text_file *file, uint64_t now_ms);
/* Complete: flushed, synced, renamed.  0, or -1 with file->error. */
int text_file_finish(struct text_file *file);
/* Release everything; an unfinished file goes.  Idempotent. */
void text_file_free(struct text_file *file);

/* The ops' message_octets of a kind that takes exchanges. */
uint32_t text_message_octets(const struct destination *destination);

#endif
