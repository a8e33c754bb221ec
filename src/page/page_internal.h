/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a page, between page.c and page_*.c. */
#ifndef EXFLOW_SRC_PAGE_PAGE_INTERNAL_H
#define EXFLOW_SRC_PAGE_PAGE_INTERNAL_H

#include <glib.h>

#include "exflow/page/page.h"
#include "exflow/report/key.h"

#define PAGE_INTERVALS 120
#define PAGE_COLOURS 6 /* of keys; one more is that of all others */

/* --- page_parts.c: what is the same in every page; NULL at the end */

extern const char *const page_style[];
extern const char *const page_script[];

/* --- page_table.c: text and tables */

/* A text from a stranger: nothing in it is markup, and nothing hides. */
void html_text(GString *out, const char *text);
void html_octets(GString *out, uint64_t octets);
/* "2026-11-22 22:34:56", in UTC; with milliseconds where there are any. */
void html_time(GString *out, uint64_t ns);
/* What the page calls a column: "octets sent" for octets_sent. */
void html_name(GString *out, const char *name);
void html_cell(GString *out, const struct report *report,
    const struct report_row *row, size_t column);

struct html_table {
	const char *id, *caption;
	/* Columns that a bar shows, one behind the other; -1: none. */
	int bar[2];
	size_t bar_at; /* the column that it stands before */
	bool brief;    /* without packets and cumulative shares */
};

void html_table(
    GString *out, const struct report *report, const struct html_table *table);
/* The same, folded away: the numbers of a picture. */
void html_numbers(GString *out, const struct report *report, const char *id,
    const char *caption);

/* --- page_series.c: octets by time and key */

struct page_series;

struct page_series *page_series_new(const char *by,
    const struct attribute_resolver *resolver, char *error, size_t error_size);
void page_series_free(struct page_series **series);
unsigned page_series_parts(const struct page_series *series);
void page_series_add(struct page_series *series, const struct subject *subject);
void page_series_write(const struct page_series *series, GString *out);

/* --- page_plot.c: the picture of a series */

struct plot {
	size_t intervals;      /* at least 1, at most PAGE_INTERVALS */
	uint64_t origin, step; /* nanoseconds */
	/* By colour and side, each interval's octets; NULL: there is no such. */
	const uint64_t *octets[PAGE_COLOURS + 1][2];
};

void page_plot_draw(const struct plot *plot, GString *out);

/* --- page_matrix.c */

void page_matrix_write(const struct report *matrix, GString *out);

/* --- page_bins.c: how a number is distributed */

struct page_bins;

/* name: one that attribute.h has. */
struct page_bins *page_bins_new(const char *name, const char *title);
void page_bins_free(struct page_bins **bins);
unsigned page_bins_parts(const struct page_bins *bins);
void page_bins_add(struct page_bins *bins, const struct subject *subject);
/* Nothing, where no record has it. */
void page_bins_write(const struct page_bins *bins, GString *out);

/* --- page_largest.c: the exchanges with most octets */

struct page_largest;

struct page_largest *page_largest_new(void);
void page_largest_free(struct page_largest **largest);
unsigned page_largest_parts(const struct page_largest *largest);
void page_largest_add(
    struct page_largest *largest, const struct subject *subject);
void page_largest_write(const struct page_largest *largest, GString *out);

#endif
