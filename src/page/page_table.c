/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports as tables of HTML: exact numbers, and bars of SVG. */
#include <config.h>

#include <string.h>

#include "exflow/base/escape.h"
#include "exflow/base/human.h"
#include "exflow/base/text.h"

#include "page_internal.h"

#define BAR_WIDTH 100

/* --- text */

/* What ESCAPE_TEXT leaves may still be markup. */
static void
append_harmless(GString *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			g_string_append(out, "&amp;");
			break;
		case '<':
			g_string_append(out, "&lt;");
			break;
		case '>':
			g_string_append(out, "&gt;");
			break;
		case '"':
			g_string_append(out, "&quot;");
			break;
		case '\'':
			g_string_append(out, "&#39;");
			break;
		default:
			g_string_append_c(out, *text);
		}
}

void
html_text(GString *out, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		char one[ESCAPE_SIZE];
		size_t taken = escape_character(text, left, ESCAPE_TEXT, one);

		append_harmless(out, one);
		text += taken;
		left -= taken;
	}
}

void
html_octets(GString *out, uint64_t octets)
{
	char text[HUMAN_SIZE];

	human_octets(text, sizeof(text), octets);
	g_string_append(out, text);
}

void
html_time(GString *out, uint64_t ns)
{
	char text[TEXT_TIME_SIZE];
	unsigned digits = ns % (uint64_t)NS_PER_SECOND == 0 ? 0 : 3;
	char *end = text_time(text, (timestamp){ ns }, digits);

	g_string_append_len(out, text, 10);
	g_string_append_c(out, ' ');
	/* Without "T" and "Z". */
	g_string_append_len(out, text + 11, end - text - 12);
}

void
html_name(GString *out, const char *name)
{
	char *words = g_strdelimit(g_strdup(name), "_", ' ');

	html_text(out, words);
	g_free(words);
}

/* --- cells */

static void
append_known(
    GString *out, enum report_kind kind, const struct report_cell *cell)
{
	char text[2 * HUMAN_SIZE];

	switch (kind) {
	case REPORT_TEXT:
		html_text(out, cell->text);
		return;
	case REPORT_SPAN:
		human_time(text, (duration){ (int64_t)cell->number });
		g_string_append(out, text);
		return;
	case REPORT_TIME:
		html_time(out, cell->number);
		return;
	case REPORT_SHARE:
		g_string_append_printf(out, "%.1f%%", cell->share * 100);
		return;
	default:
		human_grouped(text, sizeof(text), cell->number);
		g_string_append(out, text);
	}
}

/* A port is a number, but nobody groups its digits. */
static bool
is_port(const struct report_column *column)
{
	return g_str_has_suffix(column->name, "port");
}

void
html_cell(GString *out, const struct report *report,
    const struct report_row *row, size_t column)
{
	const struct report_cell *cell = &row->cells[column];

	if (cell->known && is_port(&report->columns[column]))
		g_string_append_printf(
		    out, "%" G_GUINT64_FORMAT, (guint64)cell->number);
	else if (cell->known)
		append_known(out, report->columns[column].kind, cell);
	else if (column > 0 || row->mark == REPORT_ROW)
		g_string_append(out, "–");
	else
		g_string_append(
		    out, row->mark == REPORT_REST ? "others" : "all");
}

static bool
is_text(enum report_kind kind)
{
	return kind == REPORT_TEXT || kind == REPORT_TIME;
}

static void
append_cell(GString *out, const struct report *report,
    const struct report_row *row, size_t column)
{
	const struct report_cell *cell = &row->cells[column];
	enum report_kind kind = report->columns[column].kind;

	g_string_append(out, column == 0 ? "<th scope=\"row\"" : "<td");
	/* A long text may be cut, a time never. */
	if (kind == REPORT_TIME)
		g_string_append(out, " class=\"m\"");
	else if (column == 0 || kind == REPORT_TEXT)
		g_string_append(out, " class=\"t\"");
	/* What it is sorted by. */
	if (kind == REPORT_SPAN && cell->known)
		g_string_append_printf(out, " data-n=\"%" G_GUINT64_FORMAT "\"",
		    (guint64)cell->number);
	g_string_append_c(out, '>');
	html_cell(out, report, row, column);
	g_string_append(out, column == 0 ? "</th>" : "</td>");
}

/* --- bars */

static uint64_t
bar_part(const struct report_row *row, int column)
{
	return column < 0 ? 0 : row->cells[column].number;
}

static uint64_t
longest_bar(const struct report *report, const struct html_table *table)
{
	uint64_t most = 1;

	for (size_t i = 0; i < report->row_count; i++) {
		const struct report_row *row = &report->rows[i];

		if (row->mark == REPORT_ROW)
			most = MAX(most, bar_part(row, table->bar[0]) +
			                     bar_part(row, table->bar[1]));
	}
	return most;
}

static void
append_bar(GString *out, const struct report_row *row,
    const struct html_table *table, uint64_t most)
{
	double scale = (double)BAR_WIDTH / (double)most, at = 0;

	g_string_append(out, "<td class=\"b\">");
	if (row->mark != REPORT_ROW) {
		g_string_append(out, "</td>");
		return;
	}
	g_string_append_printf(out,
	    "<svg viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" "
	    "aria-hidden=\"true\">",
	    BAR_WIDTH);
	for (int i = 0; i < 2; i++) {
		double width = (double)bar_part(row, table->bar[i]) * scale;

		if (width > 0)
			g_string_append_printf(out,
			    "<rect class=\"c%d\" x=\"%.1f\" width=\"%.1f\" "
			    "height=\"10\"/>",
			    i, at, width);
		at += width;
	}
	g_string_append(out, "</svg></td>");
}

/* --- tables */

static bool
is_left_out(const struct html_table *table, const struct report_column *column)
{
	return table->brief &&
	       (g_str_has_prefix(column->name, "packets_") ||
	           g_str_has_prefix(column->name, "cumulative_"));
}

static void
append_name(GString *out, const struct report *report, size_t column)
{
	const struct report_column *name = &report->columns[column];
	bool text = column == 0 || is_text(report->columns[column].kind);

	g_string_append(out,
	    text ? "<th scope=\"col\" class=\"t\">" : "<th scope=\"col\">");
	/* Where both are the same, it is the name of a key: no word of ours. */
	if (g_str_equal(name->name, name->heading))
		html_text(out, name->name);
	else
		html_name(out, name->name);
	g_string_append(out, "</th>");
}

static void
append_head(
    GString *out, const struct report *report, const struct html_table *table)
{
	g_string_append_printf(out,
	    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"%s\"><table id=\"%s\"><caption>%s</caption>"
	    "<thead><tr>",
	    table->caption, table->id, table->caption);
	for (size_t i = 0; i <= report->column_count; i++) {
		if (table->bar[0] >= 0 && i == table->bar_at)
			g_string_append(out, "<td class=\"b\"></td>");
		if (i < report->column_count &&
		    !is_left_out(table, &report->columns[i]))
			append_name(out, report, i);
	}
	g_string_append(out, "</tr></thead>\n<tbody>\n");
}

static void
append_row(GString *out, const struct report *report,
    const struct report_row *row, const struct html_table *table, uint64_t most)
{
	g_string_append(
	    out, row->mark == REPORT_ROW ? "<tr>" : "<tr class=\"sum\">");
	for (size_t i = 0; i <= report->column_count; i++) {
		if (table->bar[0] >= 0 && i == table->bar_at)
			append_bar(out, row, table, most);
		if (i < report->column_count &&
		    !is_left_out(table, &report->columns[i]))
			append_cell(out, report, row, i);
	}
	g_string_append(out, "</tr>\n");
}

void
html_table(
    GString *out, const struct report *report, const struct html_table *table)
{
	uint64_t most = longest_bar(report, table);

	append_head(out, report, table);
	for (size_t i = 0; i < report->row_count; i++)
		append_row(out, report, &report->rows[i], table, most);
	g_string_append(out, "</tbody></table></div>\n");
}

void
html_numbers(GString *out, const struct report *report, const char *id,
    const char *caption)
{
	struct html_table table = { id, caption, { -1, -1 }, 0, false };

	g_string_append(out, "<details><summary>The numbers</summary>\n");
	html_table(out, report, &table);
	g_string_append(out, "</details>\n");
}
