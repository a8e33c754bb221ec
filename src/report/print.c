/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report as a table, as CSV (RFC 4180) or as JSON lines.
 *
 * For programs, numbers are whole, spans of time are seconds, times are ISO
 * 8601 and shares lie between 0 and 1.  People get multiples and units.  The
 * rest and the total lack keys: the first such column says what they are, in JSON
 * a member "row".
 */
#include <config.h>

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/human.h"
#include "exflow/base/text.h"

#include "print_internal.h"

#define WIDTH_DEFAULT 80
#define BAR_MIN 8
#define BAR_MAX 40
#define GAP 2

/* --- CSV and JSON */

static void
append_csv_text(GString *out, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		g_string_append(out, text);
		return;
	}
	g_string_append_c(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
}

static void
append_csv_row(
    GString *out, const struct report *report, const struct report_row *row)
{
	GString *value = g_string_new(NULL);

	for (size_t i = 0; i < report->column_count; i++) {
		enum report_kind kind = report->columns[i].kind;

		if (i > 0)
			g_string_append_c(out, ',');
		g_string_truncate(value, 0);
		if (row->cells[i].known && kind == REPORT_TEXT)
			report_append_escaped(
			    value, row->cells[i].text, ESCAPE_TEXT);
		else if (row->cells[i].known)
			report_append_raw(value, kind, &row->cells[i]);
		else if (i == report_first_unknown(report, row))
			g_string_append(value, report_marks[row->mark]);
		append_csv_text(out, value->str);
	}
	g_string_append_c(out, '\n');
	g_string_free(value, TRUE);
}

static bool
is_quoted(enum report_kind kind)
{
	return kind == REPORT_TEXT || kind == REPORT_TIME;
}

static void
append_json_row(
    GString *out, const struct report *report, const struct report_row *row)
{
	const char *separator = "{";

	if (row->mark != REPORT_ROW) {
		g_string_append_printf(
		    out, "{\"row\":\"%s\"", report_marks[row->mark]);
		separator = ",";
	}
	for (size_t i = 0; i < report->column_count; i++) {
		const struct report_column *column = &report->columns[i];
		const struct report_cell *cell = &row->cells[i];

		if (!cell->known)
			continue;
		g_string_append_printf(out, "%s\"", separator);
		report_append_escaped(out, column->name, ESCAPE_JSON);
		g_string_append(out, is_quoted(column->kind) ? "\":\"" : "\":");
		if (column->kind == REPORT_TEXT)
			report_append_escaped(out, cell->text, ESCAPE_JSON);
		else
			report_append_raw(out, column->kind, cell);
		if (is_quoted(column->kind))
			g_string_append_c(out, '"');
		separator = ",";
	}
	g_string_append(out, *separator == '{' ? "{}\n" : "}\n");
}

static void
append_csv_heading(GString *out, const struct report *report)
{
	for (size_t i = 0; i < report->column_count; i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		append_csv_text(out, report->columns[i].name);
	}
	g_string_append_c(out, '\n');
}

/* --- the table */

static bool
is_left(enum report_kind kind)
{
	return kind == REPORT_TEXT || kind == REPORT_TIME;
}

/* The text of a cell; what report_marks a row stands in its first column. */
static void
take_cell(GString *value, const struct report *report,
    const struct report_row *row, size_t i, bool local)
{
	g_string_truncate(value, 0);
	if (row->cells[i].known)
		report_append_human(
		    value, report->columns[i].kind, &row->cells[i], local);
	else if (row->mark != REPORT_ROW &&
	         i == report_first_unknown(report, row))
		g_string_append(value, report_marks[row->mark]);
	else
		g_string_append_c(value, '-');
}

static size_t
columns_of(const GString *text)
{
	glong count = g_utf8_strlen(text->str, (gssize)text->len);

	return count > 0 ? (size_t)count : 0;
}

static size_t
kind_width(enum report_kind kind)
{
	static const size_t widths[] = {
		[REPORT_TEXT] = 18,
		[REPORT_COUNT] = 8,
		[REPORT_OCTETS] = HUMAN_NUMBER_WIDTH,
		[REPORT_CHANGE] = HUMAN_NUMBER_WIDTH + 1,
		[REPORT_SPAN] = HUMAN_TIME_WIDTH,
		[REPORT_TIME] = 19,
		[REPORT_SHARE] = 6,
	};

	return widths[kind];
}

static void
measure(const struct report *report, bool local, size_t *widths)
{
	GString *value = g_string_new(NULL);

	for (size_t i = 0; i < report->column_count; i++) {
		widths[i] = strlen(report->columns[i].heading);
		for (size_t k = 0; k < report->row_count; k++) {
			size_t width;

			take_cell(value, report, &report->rows[k], i, local);
			width = columns_of(value);
			if (width > widths[i])
				widths[i] = width;
		}
	}
	g_string_free(value, TRUE);
}

static void
pad(GString *out, const char *text, size_t used, size_t width, bool left)
{
	int blanks = used < width ? (int)(width - used) : 0;

	if (left)
		g_string_append_printf(out, "%s%*s", text, blanks, "");
	else
		g_string_append_printf(out, "%*s%s", blanks, "", text);
}

static void
trim(GString *out)
{
	while (out->len > 0 && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	g_string_append_c(out, '\n');
}

static void
append_table_heading(
    GString *out, const struct report *report, const size_t *widths)
{
	for (size_t i = 0; i < report->column_count; i++) {
		const char *heading = report->columns[i].heading;

		if (i > 0)
			g_string_append_printf(out, "%*s", GAP, "");
		pad(out, heading, strlen(heading), widths[i],
		    is_left(report->columns[i].kind));
	}
	trim(out);
}

static double
bar_value(const struct report *report, const struct report_row *row)
{
	const struct report_cell *cell = &row->cells[report->bar];

	return report->columns[report->bar].kind == REPORT_SHARE
	           ? cell->share
	           : (double)cell->number;
}

/* In eighths of a column: U+2588, and U+258F to U+2589 for what is left. */
static void
append_bar(GString *out, double part, size_t room)
{
	unsigned eighths = (unsigned)(part * (double)room * 8 + 0.5);

	for (; eighths >= 8; eighths -= 8)
		g_string_append(out, "\xe2\x96\x88");
	if (eighths > 0)
		g_string_append_unichar(out, 0x2590 - eighths);
}

struct table_layout {
	const size_t *widths;
	size_t bar_room; /* 0: no bars */
	double bar_most;
	bool local;
};

static void
append_table_row(GString *out, const struct report *report,
    const struct report_row *row, const struct table_layout *layout)
{
	GString *value = g_string_new(NULL);

	for (size_t i = 0; i < report->column_count; i++) {
		if (i > 0)
			g_string_append_printf(out, "%*s", GAP, "");
		take_cell(value, report, row, i, layout->local);
		pad(out, value->str, columns_of(value), layout->widths[i],
		    is_left(report->columns[i].kind));
	}
	if (layout->bar_room > 0 && row->mark == REPORT_ROW &&
	    layout->bar_most > 0) {
		g_string_append_printf(out, "%*s", GAP, "");
		append_bar(out, bar_value(report, row) / layout->bar_most,
		    layout->bar_room);
	}
	trim(out);
	g_string_free(value, TRUE);
}

static struct table_layout
lay_out(const struct report *report, const struct report_print_options *options,
    const size_t *widths)
{
	struct table_layout layout = { .widths = widths,
		.local = options->local };
	size_t used = GAP,
	       width = options->width > 0 ? options->width : WIDTH_DEFAULT;

	for (size_t i = 0; i < report->column_count; i++)
		used += widths[i] + GAP;
	if (!options->bars || report->bar < 0 || used + BAR_MIN > width)
		return layout;
	layout.bar_room = MIN(width - used, BAR_MAX);
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].mark == REPORT_ROW)
			layout.bar_most = MAX(layout.bar_most,
			    bar_value(report, &report->rows[i]));
	return layout;
}

/* --- all forms */

static int
write_out(GString *out, FILE *stream)
{
	size_t length = out->len;
	bool good = fwrite(out->str, 1, length, stream) == length;

	g_string_truncate(out, 0);
	return good ? 0 : -1;
}

static void
append_row(GString *out, const struct report *report,
    const struct report_row *row, enum report_form form,
    const struct table_layout *layout)
{
	if (form == REPORT_CSV)
		append_csv_row(out, report, row);
	else if (form == REPORT_JSON)
		append_json_row(out, report, row);
	else
		append_table_row(out, report, row, layout);
}

int
report_print(const struct report *report,
    const struct report_print_options *options, FILE *stream)
{
	size_t *widths = g_new0(size_t, report->column_count + 1);
	GString *out = g_string_sized_new(4096);
	struct table_layout layout;
	int result = 0;

	if (options->form == REPORT_TABLE)
		measure(report, options->local, widths);
	layout = lay_out(report, options, widths);
	if (options->form == REPORT_CSV)
		append_csv_heading(out, report);
	else if (options->form == REPORT_TABLE)
		append_table_heading(out, report, widths);
	for (size_t i = 0; i < report->row_count; i++) {
		append_row(
		    out, report, &report->rows[i], options->form, &layout);
		if (out->len > 1 << 16)
			result |= write_out(out, stream);
	}
	result |= write_out(out, stream);
	g_string_free(out, TRUE);
	g_free(widths);
	return result;
}

static size_t *
default_widths(const struct report *report)
{
	size_t *widths = g_new0(size_t, report->column_count + 1);

	for (size_t i = 0; i < report->column_count; i++)
		widths[i] = MAX(strlen(report->columns[i].heading),
		    kind_width(report->columns[i].kind));
	return widths;
}

void
report_print_heading(const struct report *report,
    const struct report_print_options *options, FILE *stream)
{
	size_t *widths = default_widths(report);
	GString *out = g_string_new(NULL);

	if (options->form == REPORT_CSV)
		append_csv_heading(out, report);
	else if (options->form == REPORT_TABLE)
		append_table_heading(out, report, widths);
	write_out(out, stream);
	g_string_free(out, TRUE);
	g_free(widths);
}

GString *
report_row_text(const struct report *report, const struct report_row *row,
    const struct report_print_options *options)
{
	size_t *widths = default_widths(report);
	struct table_layout layout = { .widths = widths,
		.local = options->local };
	GString *out = g_string_new(NULL);

	append_row(out, report, row, options->form, &layout);
	g_free(widths);
	return out;
}
