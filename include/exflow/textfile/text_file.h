/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that people follow as it grows: csv, json and table write it line by
 * line.
 *
 *	text_file_line ──► room in the buffer, a line is put there
 *	text_file_end_line ──► buffer of whole lines ──text_file_flush──► target
 *
 *	target		a regular file, also one after the other (text_name.c),
 *			or standard output, a pipe, a device (base/target.h)
 *
 *	text_file.c ──► text_lines.c ──► text_name.c ──► text_open.c
 *	its life,       the buffer,      names, one      the file that
 *	rotations       writing          after another   is open
 *
 * The happy path: a file has its name from the start.  Live, a file that is
 * there is appended to, and lines are written as soon as a chunk of records has
 * been put; a run over files replaces it and writes when the buffer is full.
 * In either case the buffer is written at least once a second (tick).  Rows
 * count as delivered when they are written.
 *
 * Invariants: buffer and file hold whole lines; after a write that took only a
 * part, the file is cut back to its last whole line before the next write; a
 * regular file is locked as long as it is open; nothing is changed in a file
 * before the first flush, so that an output that starts and then is not wanted
 * leaves it as it was.
 *
 * What can go wrong:
 * - A full disk, or a name that cannot be opened any more (after a rotation):
 *   the lines wait in memory and are tried again, ever more seldom.  Beyond
 *   memory_octets the oldest are lost when live; reading a capture waits, and
 *   after send_timeout without progress the file is given up.
 * - Any other error gives a file of a run over captures up at once; live, it is
 *   treated as a full disk.
 * - A target that is no file is given up at any error.  If nobody reads a pipe
 *   any more (EPIPE), destination.reader_gone says so, and no error.
 * - Given up means: the rows that come are lost.  What a file has becomes
 *   "NAME.incomplete.SUFFIX".
 * - A kill loses what is in the buffer.  The next live run cuts off half a
 *   line.
 */
#ifndef EXFLOW_TEXTFILE_TEXT_FILE_H
#define EXFLOW_TEXTFILE_TEXT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/archive/pattern.h"
#include "exflow/base/publish.h"
#include "exflow/base/target.h"
#include "exflow/output/destination.h"
#include "exflow/output/retry.h"

#define TEXT_LINE_SIZE 32768 /* octets: the longest line, line feed included */
#define TEXT_WHY_SIZE 256

struct finisher;

enum text_rotation {
	TEXT_ROTATION_NONE,
	TEXT_ROTATION_MOVED, /* if somebody has moved the file away */
	TEXT_ROTATION_ALWAYS,
};

struct text_file {
	struct destination
	    *destination; /* whose counts and options these are */
	char *pattern;    /* of names; or "-", or one name */
	char *head;       /* what a file begins with; "": anything */
	bool header;      /* head is a line that we write */
	bool by_time;     /* the pattern makes names from the time */
	enum target_kind kind;

	/* The file that is open. */
	char *path;   /* its name; of the last one, if none is open; or NULL */
	int fd;       /* -1: none is open */
	bool created; /* it was not there before */
	bool begun;   /* it has its header and whole lines only */
	uint64_t octets; /* that it has */
	size_t excess;   /* behind these, of half a line, to be cut off */
	struct interval interval;
	time_t newest; /* begin of the newest interval that had a file */
	enum text_rotation wanted;
	char why[TEXT_WHY_SIZE]; /* it could not be opened */
	struct publish_numbers numbers;

	/* The lines that wait. */
	char *buffer;
	size_t used, size;
	size_t limit;  /* with more octets than this it is time to write */
	uint64_t rows; /* lines in the buffer */
	struct retry retry;
	bool failed; /* given up */

	struct finisher *finisher; /* NULL: nothing to compress or to remove */
};

/*
 * Set up a file of this destination; head is what each file begins with (a line
 * that is written: header), or "".  It opens nothing.  0, or -1: no memory.
 * text_file_free frees it in either case.
 */
int text_file_init(struct text_file *file, struct destination *destination,
    const char *pattern, const char *head, bool header);
/*
 * Whether text_file_start would succeed; makes nothing.  0, or -1 with the
 * destination's error, and errno.
 */
int text_file_check(struct text_file *file);
/* 0, or -1 with the destination's error. */
int text_file_start(struct text_file *file);
/* Make room for a line where there is none. */
void text_file_make_room(struct text_file *file);
/* Write what waits, unless it is too early to try again. */
void text_file_flush(struct text_file *file);
/* The end of a chunk of rows: flush where somebody may wait for them. */
void text_file_chunk(struct text_file *file);
/* A destination's tick. */
uint64_t text_file_tick(struct text_file *file, uint64_t now_ms);
/* Write all, sync, close.  0, or -1 with the destination's error. */
int text_file_finish(struct text_file *file);
/* Close; a file that was made and never written goes.  Idempotent. */
void text_file_free(struct text_file *file);

/* Room for TEXT_LINE_SIZE octets. */
static inline char *
text_file_line(struct text_file *file)
{
	if (file->used > file->limit)
		text_file_make_room(file);
	return file->buffer + file->used;
}
/* The line there, line feed included, ends before end and is no row. */
static inline void
text_file_end_text(struct text_file *file, const char *end)
{
	file->used = (size_t)(end - file->buffer);
}
/* The same of a row, which counts. */
static inline void
text_file_end_line(struct text_file *file, const char *end)
{
	text_file_end_text(file, end);
	file->rows++;
}

/* The time of the records; a destination's turn. */
timestamp text_file_turn(struct text_file *file, timestamp now);
/* End the file and begin a new one; a destination's rotate. */
void text_file_rotate(struct text_file *file);
/* A destination's reopen: a name without time stays, unless it was moved. */
void text_file_reopen(struct text_file *file);

/* Check the name in an output's spec: 0, or -1 with a message. */
int text_name_check(
    const char *spec, const char *pattern, char error[DESTINATION_ERROR_SIZE]);
/* Whether files follow each other, by time, size or request. */
bool text_name_follows(
    const char *pattern, const struct destination_options *options);

/* The ops' message_octets of a kind that takes exchanges: 0. */
uint32_t text_message_octets(const struct destination *destination);

#endif
