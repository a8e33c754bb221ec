/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page about exchanges, for a browser: one file of HTML that asks the network
 * for nothing.  Pictures are SVG; each stands with its numbers in a table, and
 * all of it is there without the script, which only sorts and searches.
 *
 *	octets by time and key	sent above, received below
 *	top tables		client, server, port, protocol, name
 *	client by server	the greatest of each
 *	rtt, retransmissions	where records have them
 *	the largest exchanges
 *
 * Texts of records are escaped.  Sums are exact; the memory is bounded.
 */
#ifndef EXFLOW_PAGE_PAGE_H
#define EXFLOW_PAGE_PAGE_H

#include "exflow/report/aggregate.h"

#define PAGE_LARGEST 100 /* exchanges that are listed */

struct page;

struct page_options {
	const char *by;  /* what the series is stacked by; NULL: protocol */
	size_t top;      /* rows of the top tables, at least 1 */
	uint64_t memory; /* octets of all groups; 0: the default */
	const char *memory_name; /* what sets it; NULL: "--memory" */
	const struct attribute_resolver *resolver; /* or NULL */
};

/* NULL with a message in error that says what was expected. */
struct page *page_new(
    const struct page_options *options, char *error, size_t error_size);
void page_free(struct page **page); /* idempotent, sets NULL */
/* Which parts of an exchange it looks at: mask of enum exchange_part. */
unsigned page_parts(const struct page *page);

/* Count an exchange.  -1: the memory is used up; see aggregate_add(). */
int page_add(struct page *page, const struct subject *subject, char *error,
    size_t error_size);

/*
 * The whole page, as UTF-8, to be freed with g_string_free().  NULL: there is no
 * memory for it.
 */
GString *page_text(const struct page *page);

#endif
