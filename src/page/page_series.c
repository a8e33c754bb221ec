/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets by time and key, in a fixed number of intervals: when a record does
 * not fit, the intervals become longer, and what was counted is put together.
 * Each step is a multiple of the one before, so nothing is ever split.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "page_internal.h"

#define LINES_MAX 4096 /* keys that are counted by themselves */

#define MILLISECOND UINT64_C(1000000)
#define SECOND (UINT64_C(1000) * MILLISECOND)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static const uint64_t steps[] = { MILLISECOND, 10 * MILLISECOND,
	100 * MILLISECOND, SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE,
	5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR,
	12 * HOUR, 24 * HOUR };

struct line {
	GBytes *key;
	uint64_t octets[2][PAGE_INTERVALS];
	uint64_t all;
};

struct page_series {
	struct key keys[AGGREGATE_KEYS_MAX];
	int key_count;
	GHashTable *lines;  /* by GBytes */
	struct line others; /* of further keys … */
	uint64_t unkept;    /* … and how many records that is */
	uint64_t step, origin;
	uint64_t low, high; /* of the times that were counted */
	bool begun;
};

static void
line_free(gpointer data)
{
	struct line *line = data;

	g_bytes_unref(line->key);
	g_free(line);
}

struct page_series *
page_series_new(const char *by, const struct attribute_resolver *resolver,
    char *error, size_t error_size)
{
	struct page_series *series = g_new0(struct page_series, 1);

	series->lines =
	    g_hash_table_new_full(g_bytes_hash, g_bytes_equal, NULL, line_free);
	series->step = steps[0];
	series->key_count =
	    keys_parse(series->keys, by, resolver, error, error_size);
	if (series->key_count < 0)
		page_series_free(&series);
	return series;
}

void
page_series_free(struct page_series **pointer)
{
	struct page_series *series = *pointer;

	*pointer = NULL;
	if (series == NULL)
		return;
	g_hash_table_unref(series->lines);
	g_free(series);
}

unsigned
page_series_parts(const struct page_series *series)
{
	unsigned parts = PART_TIMES | PART_COUNTS;

	for (int i = 0; i < series->key_count; i++)
		parts |= series->keys[i].attribute.parts;
	return parts;
}

/* --- intervals */

static uint64_t
next_step(uint64_t step)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i] > step)
			return steps[i];
	return 2 * step;
}

static void
move(struct line *line, uint64_t origin, uint64_t step, uint64_t new_origin,
    uint64_t new_step)
{
	for (int side = 0; side < 2; side++) {
		uint64_t moved[PAGE_INTERVALS] = { 0 };

		for (size_t i = 0; i < PAGE_INTERVALS; i++) {
			uint64_t octets = line->octets[side][i];

			if (octets > 0)
				moved[(origin + i * step - new_origin) /
				      new_step] += octets;
		}
		memcpy(line->octets[side], moved, sizeof(moved));
	}
}

/* All from low to high has a place. */
static void
make_room(struct page_series *series)
{
	uint64_t step = series->step, origin;
	GHashTableIter iter;
	gpointer line;

	while (series->high / step - series->low / step >= PAGE_INTERVALS)
		step = next_step(step);
	origin = series->low - series->low % step;
	if (step == series->step && origin == series->origin)
		return;
	g_hash_table_iter_init(&iter, series->lines);
	while (g_hash_table_iter_next(&iter, NULL, &line))
		move(line, series->origin, series->step, origin, step);
	move(&series->others, series->origin, series->step, origin, step);
	series->origin = origin;
	series->step = step;
}

static struct line *
line_of(struct page_series *series, const struct subject *subject)
{
	uint8_t key[KEY_OCTETS_MAX + 16], *end = key;
	struct line *line;
	GBytes *bytes;

	for (int i = 0; i < series->key_count; i++)
		end = key_write(&series->keys[i], subject, end);
	bytes = g_bytes_new(key, (gsize)(end - key));
	line = g_hash_table_lookup(series->lines, bytes);
	if (line != NULL || g_hash_table_size(series->lines) >= LINES_MAX) {
		g_bytes_unref(bytes);
		return line != NULL ? line : &series->others;
	}
	line = g_new0(struct line, 1);
	line->key = bytes;
	g_hash_table_insert(series->lines, bytes, line);
	return line;
}

void
page_series_add(struct page_series *series, const struct subject *subject)
{
	const struct exchange *exchange = subject->exchange;
	uint64_t time = exchange_first(exchange).ns;
	struct line *line = line_of(series, subject);
	size_t at;

	if (!series->begun)
		series->origin = series->low = series->high = time;
	series->begun = true;
	series->low = MIN(series->low, time);
	series->high = MAX(series->high, time);
	make_room(series);
	series->unkept += line == &series->others;
	at = (size_t)((time - series->origin) / series->step);
	for (int side = 0; side < 2; side++) {
		uint64_t octets = exchange->side[side].ip_octets;

		line->octets[side][at] += octets;
		line->all += octets;
	}
}

/* --- what is shown: the greatest lines, and all others as one */

struct shown {
	struct line *lines[PAGE_COLOURS];
	size_t count; /* without the others */
	struct line others;
	size_t intervals;
};

static int
greatest_first(const void *a, const void *b)
{
	const struct line *x = *(struct line *const *)a;
	const struct line *y = *(struct line *const *)b;

	if (x->all != y->all)
		return x->all > y->all ? -1 : 1;
	return g_bytes_compare(x->key, y->key);
}

static void
add_line(struct line *sum, const struct line *line)
{
	sum->all += line->all;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < PAGE_INTERVALS; i++)
			sum->octets[side][i] += line->octets[side][i];
}

static void
choose(const struct page_series *series, struct shown *shown)
{
	guint count;
	gpointer *keys = g_hash_table_get_keys_as_array(series->lines, &count);
	struct line **list = g_new0(struct line *, count + 1);

	for (guint i = 0; i < count; i++)
		list[i] = g_hash_table_lookup(series->lines, keys[i]);
	qsort(list, count, sizeof(*list), greatest_first);
	*shown = (struct shown){ .count = MIN(count, PAGE_COLOURS),
		.others = series->others,
		.intervals =
		    (size_t)((series->high - series->origin) / series->step) +
		    1 };
	for (guint i = 0; i < count; i++)
		if (i < PAGE_COLOURS)
			shown->lines[i] = list[i];
		else
			add_line(&shown->others, list[i]);
	g_free(list);
	g_free(keys);
}

/* The line of a colour; NULL behind the last one. */
static const struct line *
shown_line(const struct shown *shown, size_t n)
{
	if (n < shown->count)
		return shown->lines[n];
	return n == PAGE_COLOURS && shown->others.all > 0 ? &shown->others
	                                                  : NULL;
}

/* "tcp", or "tcp 443" of two keys. */
static char *
line_name(const struct page_series *series, const struct line *line)
{
	struct report *row;
	GString *name;

	if (line->key == NULL)
		return g_strdup("others");
	row = report_new(NULL);
	name = g_string_new(NULL);
	const uint8_t *at = g_bytes_get_data(line->key, NULL);

	for (int i = 0; i < series->key_count; i++)
		key_column(row, &series->keys[i]);
	report_add_row(row, REPORT_ROW);
	for (int i = 0; i < series->key_count; i++) {
		struct report_cell *cell = &row->rows[0].cells[i];
		struct attribute_value value;
		bool known;

		at = key_read(at, &value, &known);
		key_cell(&series->keys[i], &value, known, cell);
		g_string_append(name, i > 0 ? " " : "");
		if (cell->known && cell->text != NULL)
			g_string_append(name, cell->text);
		else if (cell->known)
			g_string_append_printf(
			    name, "%" G_GUINT64_FORMAT, (guint64)cell->number);
		else
			g_string_append(name, "–");
	}
	report_free(&row);
	return g_string_free(name, FALSE);
}

/* --- the picture */

static void
draw(GString *out, const struct page_series *series, const struct shown *shown)
{
	struct plot plot = { .intervals = shown->intervals,
		.origin = series->origin,
		.step = series->step };

	for (size_t n = 0; n <= PAGE_COLOURS; n++)
		for (int side = 0; side < 2 && shown_line(shown, n) != NULL;
		     side++)
			plot.octets[n][side] =
			    shown_line(shown, n)->octets[side];
	page_plot_draw(&plot, out);
}

static void
write_legend(
    GString *out, const struct page_series *series, const struct shown *shown)
{
	g_string_append(out, "<ul class=\"legend\">");
	for (size_t n = 0; n <= PAGE_COLOURS; n++) {
		const struct line *line = shown_line(shown, n);
		char *name;

		if (line == NULL)
			continue;
		name = line_name(series, line);
		g_string_append_printf(out, "<li><i class=\"c%zu\"></i>", n);
		html_text(out, name);
		g_string_append(out, " <span>");
		html_octets(out, line->all);
		g_string_append(out, "</span></li>");
		g_free(name);
	}
	g_string_append(out, "</ul>\n");
}

/* --- the numbers */

/* "15 min"; steps of more than a day are whole days. */
static void
append_step(GString *out, uint64_t step)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 24 * HOUR, "d" }, { HOUR, "h" }, { MINUTE, "min" },
		{ SECOND, "s" }, { MILLISECOND, "ms" } };
	size_t i = 0;

	while (step % units[i].ns != 0)
		i++;
	g_string_append_printf(out, "%" G_GUINT64_FORMAT " %s",
	    (guint64)(step / units[i].ns), units[i].name);
}

static struct report *
make_report(const struct page_series *series, const struct shown *shown)
{
	static const char *const words[] = { "sent", "received" };
	struct report *report = report_new(NULL);

	report_add_column(report, "begin", "BEGIN", REPORT_TIME);
	for (size_t n = 0; n <= PAGE_COLOURS; n++) {
		char *name, *column;

		if (shown_line(shown, n) == NULL)
			continue;
		name = line_name(series, shown_line(shown, n));
		for (int side = 0; side < 2; side++) {
			column = g_strdup_printf("%s %s", name, words[side]);
			report_add_column(
			    report, column, column, REPORT_OCTETS);
			g_free(column);
		}
		g_free(name);
	}
	for (size_t i = 0; i < shown->intervals; i++) {
		struct report_cell *cell = report_add_row(report, REPORT_ROW);

		cell_number(cell++, series->origin + i * series->step);
		for (size_t n = 0; n <= PAGE_COLOURS; n++)
			for (int side = 0;
			     side < 2 && shown_line(shown, n) != NULL; side++)
				cell_number(cell++,
				    shown_line(shown, n)->octets[side][i]);
	}
	return report;
}

void
page_series_write(const struct page_series *series, GString *out)
{
	struct shown shown;
	struct report *report;

	if (!series->begun)
		return;
	choose(series, &shown);
	report = make_report(series, &shown);
	g_string_append(out, "<section><h2>Octets by time and ");
	for (int i = 0; i < series->key_count; i++) {
		g_string_append(out, i > 0 ? ", " : "");
		html_name(out, series->keys[i].name);
	}
	g_string_append(out,
	    "</h2>\n<p class=\"note\">IP octets of the exchanges that started "
	    "in each interval of ");
	append_step(out, series->step);
	g_string_append(out,
	    "; sent by clients above the line, received below.  Times are in "
	    "UTC.</p>\n");
	draw(out, series, &shown);
	write_legend(out, series, &shown);
	if (series->unkept > 0)
		g_string_append_printf(out,
		    "<p class=\"note\">Keys that came after the first %d are "
		    "among the others: %" G_GUINT64_FORMAT " records.</p>\n",
		    LINES_MAX, (guint64)series->unkept);
	html_numbers(out, report, "series",
	    "Octets that began in each interval, sent and received");
	g_string_append(out, "</section>\n");
	report_free(&report);
}
