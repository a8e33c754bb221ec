/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What exflowdump does with the records of IPFIX files: chooses some, pairs
 * them, and shows them, counts them or writes them to a file.
 *
 *	record ──► mapping ──► time, pairs, filter ──► one of
 *	           exchange                            lines, sorted or not
 *	                                               chosen columns
 *	                                               an aggregate
 *	                                               an IPFIX file
 *	                                               a page of HTML
 */
#ifndef EXFLOW_READER_QUERY_H
#define EXFLOW_READER_QUERY_H

#include "exflow/input/file_list.h"
#include "exflow/ipfixfile/reader.h"
#include "exflow/reader/dump.h"
#include "exflow/report/aggregate.h"

#define QUERY_ERROR_SIZE 1024
#define QUERY_TOP_DEFAULT 10

enum query_kind {
	QUERY_LINES,
	QUERY_FIELDS,
	QUERY_TOP,
	QUERY_SERIES,
	QUERY_HISTOGRAM,
	QUERY_MATRIX,
	QUERY_DIFF,
	QUERY_IPFIX,
	QUERY_SQLITE,
	QUERY_HTML
};

struct query_options {
	enum query_kind kind;
	struct dump_options dump; /* form, width */
	bool bars;                /* the terminal has Unicode's blocks */
	uint32_t own_pen;         /* of the project's own elements */
	timestamp now;            /* what relative times count from */
	/* Texts are borrowed; NULL: not given. */
	const char *filter;
	const char *by, *order;
	/* Of --fields, --hist, --matrix, --ipfix, --html. */
	const char *argument;
	const char *sort; /* a number; "+…": least first */
	uint64_t step;    /* series */
	bool has_period;  /* --from, --to */
	struct period period;
	struct period diff[AGGREGATE_PERIODS];
	size_t top;
	uint64_t head;   /* records; 0: all */
	uint64_t memory; /* octets; 0: the default */
	bool pair;
	const char *sqlite; /* the file */
};

struct query;

/* NULL with a message in error, which may have several lines. */
struct query *query_new(const struct query_options *options,
    struct reader *reader, FILE *stream, char error[QUERY_ERROR_SIZE]);
void query_free(struct query **query); /* idempotent, sets NULL */

/*
 * Read the reader's file to its end.  0, or -1 if it is damaged, or after a
 * failure, which query_failed() tells.  See dump_file.
 */
int query_file(struct query *query, void (*complain)(const char *format, ...),
    void (*warn)(const char *format, ...));
/* No further file needs to be read: --head, or a failure. */
bool query_done(const struct query *query);
/* Why it cannot go on; NULL: it can.  "" where the stream failed, with errno. */
const char *query_failed(const struct query *query);
/* After the last file: print what was counted or sorted.  0, or -1. */
int query_finish(struct query *query);

/* "-2h/-1h", "2026-11-22T10:00/2026-11-22T11:00"; 0, or -1. */
int query_period_parse(struct period *period, const char *text, timestamp now);
/* "2026-11-22", "-1h"; 0, or -1. */
int query_time_parse(timestamp *time, const char *text, timestamp now);

#endif
