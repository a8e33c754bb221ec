/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter language: which exchanges somebody wants to see.
 * exflow-filter(7) tells it to people; exflowdump, exflowctl and the setting
 * "filter" of outputs share it.
 *
 *	filter = [ or ]
 *	or     = and *( ( "or" / "||" ) and )
 *	and    = not *( ( "and" / "&&" ) not )
 *	not    = ( "not" / "!" ) not / "(" or ")" / test
 *	test   = PROTOCOL / "ip" / "ip6" / "has" name
 *	       / name [ operator ] ( VALUE / "{" VALUE *( "," VALUE ) "}" )
 *	       / VALUE                        ; name and operator of the last test
 *	name   = [ "client" / "server" / "src" / "dst" ] NAME
 *	operator = "=" / "==" / "!=" / "<" / "<=" / ">" / ">=" / "~" / "!~" / "in"
 *
 * "client 10.0.0.1" is short for "client host 10.0.0.1".  A value may be a
 * range, 1000..2000.  A test of something that the exchange does not have is
 * false.
 *
 * A filter is compiled to a list of tests, each of which says where to go on
 * when it holds and when it does not; see filter.c.
 */
#ifndef EXFLOW_FILTER_FILTER_H
#define EXFLOW_FILTER_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "exflow/base/timestamp.h"
#include "exflow/filter/attribute.h"

#define FILTER_ERROR_SIZE 512
#define FILTER_TESTS_MAX 1000
#define FILTER_VALUES_MAX 100000 /* of all tests */
#define FILTER_DEPTH_MAX 100     /* of parentheses and "not" */

struct filter; /* does not change once it is compiled: any thread may use it */

struct filter_options {
	timestamp now;                             /* what "-1h" counts from */
	const struct attribute_resolver *resolver; /* or NULL */
};

struct filter_error {
	char text[FILTER_ERROR_SIZE]; /* what was expected */
	size_t at, length;            /* where, in octets of the filter */
};

/* NULL with the error filled in.  An empty text takes everything. */
struct filter *filter_compile(const char *text,
    const struct filter_options *options, struct filter_error *error);
void filter_free(struct filter **filter); /* idempotent, sets NULL */

/*
 * The error for people.  In one line: 'at "abc": expected …'.  Else the filter
 * in a line of its own, and a mark below the place.
 */
void filter_error_line(const struct filter_error *error, const char *filter,
    char *text, size_t size);
void filter_error_show(const struct filter_error *error, const char *filter,
    char *text, size_t size);

/* Whether the filter takes this record. */
bool filter_takes(const struct filter *filter, const struct subject *subject);
/* The same of an exchange that did not come in a record. */
static inline bool
filter_takes_exchange(
    const struct filter *filter, const struct exchange *exchange)
{
	struct subject subject = { exchange, NULL, NULL };

	return filter_takes(filter, &subject);
}

/*
 * A time as it is written in filters: 2026-11-22T22:34, -1h, now; a span:
 * 100ms; a count.  False where text is none.
 */
bool filter_time_parse(const char *text, timestamp now, timestamp *time);
bool filter_span_parse(const char *text, duration *span);
bool filter_count_parse(const char *text, uint64_t *count); /* 1.5M, 1Mi */

/* Which parts of an exchange it looks at: mask of enum exchange_part. */
unsigned filter_parts(const struct filter *filter);

#endif
