/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report: a table of values that something was computed to, before anybody
 * prints it.  Aggregates make reports; report_print() writes them as a table
 * for people, as CSV or as JSON.  Others may draw them.
 */
#ifndef EXFLOW_REPORT_REPORT_H
#define EXFLOW_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <glib.h>

#define REPORT_NAME_SIZE 64

enum report_kind {
	REPORT_TEXT,
	REPORT_COUNT,
	REPORT_OCTETS,
	REPORT_CHANGE, /* of octets or counts: an int64_t */
	REPORT_SPAN,   /* nanoseconds */
	REPORT_TIME,   /* nanoseconds since 1970 */
	REPORT_SHARE   /* 0 … 1 */
};

struct report_column {
	char name[REPORT_NAME_SIZE];    /* a key of JSON, a column of CSV */
	char heading[REPORT_NAME_SIZE]; /* of the table */
	enum report_kind kind;
};

struct report_cell {
	bool known;
	uint64_t number; /* of all kinds but the other two: */
	double share;
	char *text; /* the report's own */
};

enum report_mark {
	REPORT_ROW,
	REPORT_REST, /* all rows together that are not shown */
	REPORT_TOTAL
};

struct report_row {
	enum report_mark mark;
	struct report_cell *cells; /* as many as there are columns */
};

struct report {
	char *title; /* NULL: none */
	struct report_column *columns;
	size_t column_count;
	struct report_row *rows;
	size_t row_count, row_room;
	int bar; /* the column that bars show, or -1 */
};

/* Memory that is not there ends the program, here and below. */
struct report *report_new(const char *title);
void report_free(struct report **report); /* idempotent, sets NULL */
/* Before the first row. */
void report_add_column(struct report *report, const char *name,
    const char *heading, enum report_kind kind);
/* A row of unknown cells, to be filled in. */
struct report_cell *report_add_row(
    struct report *report, enum report_mark mark);

void cell_number(struct report_cell *cell, uint64_t number);
void cell_share(struct report_cell *cell, double share);
/* Takes over the text, which g_free will free. */
void cell_text(struct report_cell *cell, char *text);

enum report_form {
	REPORT_TABLE,
	REPORT_CSV,
	REPORT_JSON /* an object a line */
};

struct report_print_options {
	enum report_form form;
	unsigned width; /* of the table; 0: 80 */
	bool bars;      /* where there is room: in blocks of Unicode */
	bool local;     /* times of the table: the time zone of TZ */
};

/* 0, or -1 with errno where the stream cannot be written. */
int report_print(const struct report *report,
    const struct report_print_options *options, FILE *stream);

/*
 * The same row by row, for as many as there are: the widths of the table's
 * columns are those of their kinds.
 */
void report_print_heading(const struct report *report,
    const struct report_print_options *options, FILE *stream);
/* The line of a row, which the caller frees (g_string_free). */
GString *report_row_text(const struct report *report,
    const struct report_row *row, const struct report_print_options *options);

#endif
