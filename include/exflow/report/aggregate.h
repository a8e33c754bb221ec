/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aggregates: exchanges counted by keys, exactly.  Every report below is made
 * of the same table of groups:
 *
 *	top      key                                   the greatest groups
 *	series   begin of the interval, key            in order of time
 *	hist     a value                               percentiles, bins
 *	matrix   two keys                              rows and columns
 *	diff     key, with sums of two periods         the greatest changes
 *
 * Sums are kept apart by side, as the client saw it: sent and received.  The
 * table takes a bounded amount of memory; what does not fit is refused.
 */
#ifndef EXFLOW_REPORT_AGGREGATE_H
#define EXFLOW_REPORT_AGGREGATE_H

#include "exflow/filter/attribute.h"
#include "exflow/report/report.h"

#define AGGREGATE_ERROR_SIZE 512
#define AGGREGATE_KEYS_MAX 8
#define AGGREGATE_MEMORY_DEFAULT (UINT64_C(1) << 30)
#define AGGREGATE_PERIODS 2

struct aggregate;

struct aggregate_options {
	/*
	 * "client,server port,net/24": names of attributes, those that are of
	 * either end mean the server's port and else the client's; addresses
	 * may have the length of a prefix, of IPv4 and of IPv6 (net/24/56).
	 * NULL: no key, one group.
	 */
	const char *by;
	/* "records" or a number; NULL: octets.  Spans are averaged. */
	const char *order;
	uint64_t step;           /* series: nanoseconds; 0: none */
	unsigned periods;        /* diff: AGGREGATE_PERIODS; 0: one */
	uint64_t memory;         /* octets; 0: the default */
	const char *memory_name; /* what sets it; NULL: "--memory" */
	const struct attribute_resolver *resolver; /* or NULL */
	bool may_thread; /* a second thread may count where it pays */
};

/* NULL with a message in error that says what was expected. */
struct aggregate *aggregate_new(
    const struct aggregate_options *options, char *error, size_t error_size);
void aggregate_free(struct aggregate **aggregate); /* idempotent, sets NULL */
/* Which parts of an exchange it looks at: mask of enum exchange_part. */
unsigned aggregate_parts(const struct aggregate *aggregate);

/* How many keys it has; whether that is one, of a number. */
int aggregate_keys(const struct aggregate *aggregate);
bool aggregate_is_number(const struct aggregate *aggregate);

/*
 * Count an exchange, in this period (0, and for diff 1).  -1: the memory is
 * used up, or the machine's is; error says how many groups there are.
 */
int aggregate_add(struct aggregate *aggregate, const struct subject *subject,
    unsigned period, char *error, size_t error_size);

/*
 * The reports; n rows at most, with the rest in one more.  NULL: there is no
 * memory for them, or there was none for a record.
 */
struct report *aggregate_top(const struct aggregate *aggregate, size_t n);
/* Of each interval; of the n greatest keys, with the others as one. */
struct report *aggregate_series(const struct aggregate *aggregate, size_t n);
/* Of the one key, a number: its percentiles, and its bins (1, 2, 5, 10, …). */
struct report *aggregate_percentiles(const struct aggregate *aggregate);
struct report *aggregate_bins(const struct aggregate *aggregate);
/* Of two keys: n rows and columns at most, the rest as one more of each. */
struct report *aggregate_matrix(const struct aggregate *aggregate, size_t n);
struct report *aggregate_diff(const struct aggregate *aggregate, size_t n);

/* --- columns: attributes of each record (columns.c) */

struct columns;

/* "client,server port,octets"; NULL with a message in error. */
struct columns *columns_new(const char *names,
    const struct attribute_resolver *resolver, char *error, size_t error_size);
void columns_free(struct columns **columns); /* idempotent, sets NULL */
unsigned columns_parts(const struct columns *columns);
/* A report without rows. */
struct report *columns_report(const struct columns *columns);
/* Fill a row's cells; texts that were there are freed. */
void columns_fill(const struct columns *columns, const struct subject *subject,
    struct report_cell *cells);

#endif
