/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A matrix as a picture: a square for each pair of row and column, with
 * more colour for more octets.  Columns have numbers, whose names stand below.
 */
#include <config.h>

#include <math.h>

#include "page_internal.h"

#define ROW_HEIGHT 28 /* pixels, as in the style */

/* Columns between the names of the rows and the total. */
static size_t
column_count(const struct report *matrix)
{
	return matrix->column_count - 2;
}

/* A cell of all others is grey, and sets no scale. */
static bool
is_others(const struct report *matrix, size_t row, size_t column)
{
	return matrix->rows[row].mark != REPORT_ROW ||
	       g_str_equal(matrix->columns[column].heading, "OTHER");
}

static uint64_t
greatest(const struct report *matrix)
{
	uint64_t most = 1;

	for (size_t i = 0; i < matrix->row_count; i++)
		for (size_t k = 1; k <= column_count(matrix); k++)
			if (!is_others(matrix, i, k))
				most =
				    MAX(most, matrix->rows[i].cells[k].number);
	return most;
}

static void
draw_cell(GString *out, const struct report *matrix, size_t row, size_t column,
    uint64_t most)
{
	uint64_t octets = matrix->rows[row].cells[column].number;
	bool others = is_others(matrix, row, column);
	/* Small ones can still be seen. */
	double shade =
	    others ? 0.35 : 0.15 + 0.85 * sqrt((double)octets / (double)most);

	if (octets == 0)
		return;
	g_string_append_printf(out,
	    "<rect class=\"%s\" x=\"%zu\" y=\"%zu\" width=\".96\" "
	    "height=\".94\" fill-opacity=\"%.2f\"><title>",
	    others ? "c6" : "c0", column - 1, row, shade);
	html_cell(out, matrix, &matrix->rows[row], 0);
	g_string_append(out, " → ");
	html_text(out, matrix->columns[column].name);
	g_string_append(out, ": ");
	html_octets(out, octets);
	g_string_append(out, "</title></rect>\n");
}

static void
draw(GString *out, const struct report *matrix)
{
	size_t columns = column_count(matrix);
	uint64_t most = greatest(matrix);

	g_string_append_printf(out,
	    "<svg role=\"img\" height=\"%zu\" viewBox=\"0 0 %zu %zu\" "
	    "preserveAspectRatio=\"none\" aria-label=\"Octets of "
	    "clients (rows) with servers (columns); the numbers are in the "
	    "table that follows\">\n",
	    matrix->row_count * ROW_HEIGHT, columns, matrix->row_count);
	for (size_t i = 0; i < matrix->row_count; i++)
		for (size_t k = 1; k <= columns; k++)
			draw_cell(out, matrix, i, k, most);
	g_string_append(out, "</svg>\n");
}

static void
write_names(GString *out, const struct report *matrix)
{
	g_string_append(
	    out, "<p class=\"note\">Servers:</p><ol class=\"keys\">");
	for (size_t k = 1; k <= column_count(matrix); k++) {
		g_string_append(out, "<li>");
		html_text(out, matrix->columns[k].name);
		g_string_append(out, "</li>");
	}
	g_string_append(out, "</ol>\n");
}

void
page_matrix_write(const struct report *matrix, GString *out)
{
	if (matrix->row_count == 0 || matrix->column_count < 3)
		return;
	g_string_append(out,
	    "<section><h2>Clients by servers</h2>\n"
	    "<p class=\"note\">Octets of both sides: the stronger the colour, "
	    "the more; all others are grey.</p>\n"
	    "<div class=\"matrix\"><div class=\"rows\"><span></span>");
	for (size_t i = 0; i < matrix->row_count; i++) {
		g_string_append(out, "<span>");
		html_cell(out, matrix, &matrix->rows[i], 0);
		g_string_append(out, "</span>");
	}
	g_string_append(out, "</div><div><div class=\"columns\">");
	for (size_t k = 1; k <= column_count(matrix); k++)
		g_string_append_printf(out, "<span>%zu</span>", k);
	g_string_append(out, "</div>\n");
	draw(out, matrix);
	g_string_append(out, "</div></div>\n");
	write_names(out, matrix);
	html_numbers(out, matrix, "matrix",
	    "Octets of both sides, of clients (rows) with servers (columns)");
	g_string_append(out, "</section>\n");
}
