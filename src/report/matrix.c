/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A matrix of two keys: what the rows sent and received with the columns, by
 * the order.  The heaviest of each are shown, all others are one more.
 */
#include <config.h>

#include <string.h>

#include "aggregate_internal.h"

struct axis {
	struct groups *all;
	struct group **list; /* the shown ones come first */
	size_t shown, count;
};

/* Octets of the first key of two. */
static size_t
first_length(const struct group *group)
{
	return 1 + (size_t)group_key(group)[0];
}

static void
part_of(
    const struct group *group, int which, const uint8_t **key, size_t *length)
{
	size_t first = first_length(group);

	*key = which == 0 ? group_key(group) : group_key(group) + first;
	*length = which == 0 ? first : group->key_length - first;
}

/* Its list is NULL without memory. */
static struct axis
axis_of(const struct aggregate *aggregate, struct group **list, size_t count,
    int which, size_t n)
{
	struct axis axis = { .all = groups_new(UINT64_MAX, 2) };

	for (size_t i = 0; axis.all != NULL && i < count; i++) {
		const uint8_t *key;
		struct group *group;
		size_t length;

		part_of(list[i], which, &key, &length);
		group = groups_find(axis.all, key, length);
		if (group != NULL)
			group_add(group_sums(group), group_sums(list[i]));
	}
	if (axis.all == NULL || groups_starved(axis.all))
		return axis;
	axis.list = groups_list(axis.all);
	if (axis.list == NULL)
		return axis;
	axis.count = groups_count(axis.all);
	axis.shown = pick_heaviest(aggregate, axis.list, axis.count, n);
	/* Where it is shown, for the cells: kept in the second period. */
	for (size_t i = 0; i < axis.count; i++)
		group_sums(axis.list[i])[1].records =
		    i < axis.shown ? i : axis.shown;
	return axis;
}

static size_t
place_on(const struct axis *axis, const struct group *group, int which)
{
	const uint8_t *key;
	struct group *found;
	size_t length;

	part_of(group, which, &key, &length);
	found = groups_get(axis->all, key, length);
	return found == NULL ? axis->shown : group_sums(found)[1].records;
}

static void
axis_clear(struct axis *axis)
{
	g_free(axis->list);
	groups_free(&axis->all);
}

/* The text of a key, for the name of a column. */
static void
key_text(
    const struct key *key, const struct group *group, char *text, size_t size)
{
	struct report_cell cell = { .known = false };

	put_keys(key, 1, group_key(group), &cell);
	if (!cell.known)
		g_strlcpy(text, "-", size);
	else if (cell.text != NULL)
		g_strlcpy(text, cell.text, size);
	else
		g_snprintf(
		    text, size, "%" G_GUINT64_FORMAT, (guint64)cell.number);
	g_free(cell.text);
}

static void
add_columns(const struct aggregate *aggregate, struct report *report,
    const struct axis *columns)
{
	enum report_kind kind = order_kind(aggregate);
	char text[REPORT_NAME_SIZE];

	key_column(report, &aggregate->keys[0]);
	for (size_t i = 0; i < columns->shown; i++) {
		key_text(
		    &aggregate->keys[1], columns->list[i], text, sizeof(text));
		report_add_column(report, text, text, kind);
	}
	if (columns->shown < columns->count)
		report_add_column(report, "other", "OTHER", kind);
	report_add_column(report, "total", "TOTAL", kind);
}

static void
add_rows(const struct aggregate *aggregate, struct report *report,
    const struct axis *rows, const struct axis *columns,
    const struct sums *cells)
{
	size_t width = columns->shown + 1;

	for (size_t i = 0; i <= rows->shown; i++) {
		struct sums total = { 0 };
		struct report_cell *row;

		if (i == rows->shown && rows->shown == rows->count)
			break;
		row = report_add_row(
		    report, i < rows->shown ? REPORT_ROW : REPORT_REST);
		if (i < rows->shown)
			put_keys(
			    aggregate->keys, 1, group_key(rows->list[i]), row);
		for (size_t j = 0; j < width; j++) {
			const struct sums *cell = &cells[i * width + j];

			group_add(&total, cell);
			if (j < columns->shown ||
			    columns->shown < columns->count)
				put_order(aggregate, &row[1 + j], cell);
		}
		put_order(aggregate, &row[report->column_count - 1], &total);
	}
}

static struct report *
matrix_report(const struct aggregate *aggregate, struct group **list,
    size_t count, const struct axis *rows, const struct axis *columns)
{
	struct report *report = report_new(NULL);
	size_t width = columns->shown + 1;
	struct sums *cells = g_new0(struct sums, (rows->shown + 1) * width);

	for (size_t i = 0; i < count; i++)
		group_add(&cells[place_on(rows, list[i], 0) * width +
		                 place_on(columns, list[i], 1)],
		    group_sums(list[i]));
	add_columns(aggregate, report, columns);
	add_rows(aggregate, report, rows, columns, cells);
	g_free(cells);
	return report;
}

struct report *
aggregate_matrix(const struct aggregate *aggregate, size_t n)
{
	size_t count;
	struct group **list = list_all(aggregate, &count);
	struct report *report = NULL;
	struct axis rows, columns;

	if (list == NULL)
		return NULL;
	rows = axis_of(aggregate, list, count, 0, n);
	columns = axis_of(aggregate, list, count, 1, n);
	if (rows.list != NULL && columns.list != NULL)
		report = matrix_report(aggregate, list, count, &rows, &columns);
	axis_clear(&rows);
	axis_clear(&columns);
	g_free(list);
	return report;
}
