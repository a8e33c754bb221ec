/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/report/report.h"

#include <glib.h>
#include <string.h>

struct report *
report_new(const char *title)
{
	struct report *report = g_new0(struct report, 1);

	report->title = g_strdup(title);
	report->bar = -1;
	return report;
}

void
report_free(struct report **pointer)
{
	struct report *report = *pointer;

	*pointer = NULL;
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->row_count; i++) {
		for (size_t k = 0; k < report->column_count; k++)
			g_free(report->rows[i].cells[k].text);
		g_free(report->rows[i].cells);
	}
	g_free(report->rows);
	g_free(report->columns);
	g_free(report->title);
	g_free(report);
}

void
report_add_column(struct report *report, const char *name, const char *heading,
    enum report_kind kind)
{
	struct report_column *column;

	report->columns = g_renew(
	    struct report_column, report->columns, report->column_count + 1);
	column = &report->columns[report->column_count++];
	*column = (struct report_column){ .kind = kind };
	g_strlcpy(column->name, name, sizeof(column->name));
	g_strlcpy(column->heading, heading, sizeof(column->heading));
}

struct report_cell *
report_add_row(struct report *report, enum report_mark mark)
{
	struct report_row *row;

	if (report->row_count == report->row_room) {
		report->row_room = report->row_room * 2 + 16;
		report->rows =
		    g_renew(struct report_row, report->rows, report->row_room);
	}
	row = &report->rows[report->row_count++];
	row->mark = mark;
	row->cells = g_new0(struct report_cell, report->column_count + 1);
	return row->cells;
}

void
cell_number(struct report_cell *cell, uint64_t number)
{
	cell->known = true;
	cell->number = number;
}

void
cell_share(struct report_cell *cell, double share)
{
	cell->known = true;
	cell->share = share;
}

void
cell_text(struct report_cell *cell, char *text)
{
	cell->known = true;
	cell->text = text;
}
