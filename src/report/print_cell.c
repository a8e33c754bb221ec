/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a report as text, for programs and for people. */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "exflow/base/human.h"
#include "exflow/base/text.h"

#include "print_internal.h"

const char *const report_marks[] = {
	[REPORT_ROW] = "", [REPORT_REST] = "rest", [REPORT_TOTAL] = "total"
};

void
report_append_escaped(GString *out, const char *text, enum escape_style style)
{
	size_t left = strlen(text);

	while (left > 0) {
		char one[ESCAPE_SIZE];
		size_t taken = escape_character(text, left, style, one);

		g_string_append(out, one);
		text += taken;
		left -= taken;
	}
}

/* Seconds, with as many digits as there are. */
static void
append_seconds(GString *out, uint64_t ns)
{
	gsize end;

	g_string_append_printf(out, "%" PRIu64 ".%09" PRIu64,
	    ns / (uint64_t)NS_PER_SECOND, ns % (uint64_t)NS_PER_SECOND);
	for (end = out->len; out->str[end - 1] == '0'; end--)
		;
	g_string_truncate(out, out->str[end - 1] == '.' ? end - 1 : end);
}

static unsigned
time_digits(uint64_t ns)
{
	if (ns % (uint64_t)NS_PER_SECOND == 0)
		return 0;
	return ns % (uint64_t)NS_PER_US == 0 ? 6 : 9;
}

static void
append_time(GString *out, uint64_t ns)
{
	char text[TEXT_TIME_SIZE];
	char *end = text_time(text, (timestamp){ ns }, time_digits(ns));

	g_string_append_len(out, text, end - text);
}

void
report_append_raw(
    GString *out, enum report_kind kind, const struct report_cell *cell)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	switch (kind) {
	case REPORT_TEXT:
		g_string_append(out, cell->text);
		return;
	case REPORT_CHANGE:
		g_string_append_printf(out, "%" PRId64, (int64_t)cell->number);
		return;
	case REPORT_SPAN:
		append_seconds(out, cell->number);
		return;
	case REPORT_TIME:
		append_time(out, cell->number);
		return;
	case REPORT_SHARE:
		g_string_append(out,
		    g_ascii_formatd(text, sizeof(text), "%.6f", cell->share));
		return;
	default:
		g_string_append_printf(out, "%" PRIu64, cell->number);
	}
}

static void
append_change(GString *out, int64_t change)
{
	char text[HUMAN_SIZE];

	human_number(
	    text, change < 0 ? 0 - (uint64_t)change : (uint64_t)change);
	g_string_append_printf(out, "%s%s",
	    change < 0   ? "-"
	    : change > 0 ? "+"
	                 : "",
	    text);
}

/* "2026-11-22 22:34:56", in the zone that was asked for. */
static void
append_clock(GString *out, uint64_t ns, bool local)
{
	char text[TEXT_TIME_SIZE], zone[HUMAN_SIZE];

	text_time(text, human_clock(zone, (timestamp){ ns }, local), 0);
	g_string_append_printf(out, "%.10s %.8s", text, text + 11);
}

void
report_append_human(GString *out, enum report_kind kind,
    const struct report_cell *cell, bool local)
{
	char text[HUMAN_SIZE];

	switch (kind) {
	case REPORT_TEXT:
		report_append_escaped(out, cell->text, ESCAPE_TEXT);
		return;
	case REPORT_OCTETS:
		human_number(text, cell->number);
		g_string_append(out, text);
		return;
	case REPORT_CHANGE:
		append_change(out, (int64_t)cell->number);
		return;
	case REPORT_SPAN:
		human_time(text, (duration){ (int64_t)cell->number });
		g_string_append(out, text);
		return;
	case REPORT_TIME:
		append_clock(out, cell->number, local);
		return;
	case REPORT_SHARE:
		g_string_append_printf(out, "%.1f%%", cell->share * 100);
		return;
	default:
		g_string_append_printf(out, "%" PRIu64, cell->number);
	}
}

/* What a row stands for is told where its first key would be. */
size_t
report_first_unknown(const struct report *report, const struct report_row *row)
{
	size_t i = 0;

	while (i < report->column_count && row->cells[i].known)
		i++;
	return i;
}
