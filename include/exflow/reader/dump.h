/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of an IPFIX file as text: what exflowdump prints. */
#ifndef EXFLOW_READER_DUMP_H
#define EXFLOW_READER_DUMP_H

#include <stdbool.h>
#include <stdio.h>

#include "exflow/ipfixfile/reader.h"

enum dump_mode {
	DUMP_TABLE,
	DUMP_CSV,
	DUMP_JSON,
	DUMP_STATISTICS
};

#define DUMP_WIDTH_DEFAULT 80

struct dump_options {
	enum dump_mode mode;
	unsigned width; /* of the table; 0: the default */
	bool types;     /* show type information records, too */
	bool local;     /* the table in this machine's time zone; else UTC */
	bool numbers;   /* of the table: addresses, no names of servers */
};

struct dump;

struct dump *dump_new(const struct dump_options *options, FILE *stream);
void dump_free(struct dump **dump); /* idempotent, sets NULL */

/* Print a record.  0, or -1 with errno if stream cannot be written. */
int dump_record(struct dump *dump, const struct reader *reader,
    const struct reader_record *record);
/*
 * The line of a record by itself, for records that are printed in another order:
 * the first *header octets are the line to print before it, where the one before
 * was another one.  Valid until the next call.
 */
const char *dump_record_apart(struct dump *dump, const struct reader *reader,
    const struct reader_record *record, size_t *header);
/* Print the heading of the table, in that mode; 0 or -1. */
int dump_heading(struct dump *dump);
/* After the last record: print the statistics, in that mode; 0 or -1. */
int dump_finish(struct dump *dump, const struct reader *reader);

/* 0: go on, 1: it is enough, -1: it failed. */
typedef int record_handler(void *context, const struct reader_record *record);

/*
 * Hand over each record of the reader's file.  0, or -1 if it is damaged or the
 * handler failed; see dump_file.  stream is flushed before a complaint.
 */
int dump_each(struct reader *reader, record_handler *handler, void *context,
    FILE *stream, void (*complain)(const char *format, ...),
    void (*warn)(const char *format, ...));
/*
 * Print the reader's file to its end.  0, or -1 if it is damaged or stream
 * cannot be written.  complain() is called for each place with damage, warn()
 * at the end of a file some of which had to be skipped.
 */
int dump_file(struct dump *dump, struct reader *reader,
    void (*complain)(const char *format, ...),
    void (*warn)(const char *format, ...));

#endif
