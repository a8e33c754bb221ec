/* SPDX-License-Identifier: BSD-2-Clause */
/* Two periods: what is new, gone, has grown or shrunk, by the order. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "aggregate_internal.h"

struct change {
	struct group *group;
	double weight; /* of the change, without its sign */
};

static int
greater_first(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	size_t length = MIN(x->group->key_length, y->group->key_length);
	int order;

	if (x->weight > y->weight || x->weight < y->weight)
		return x->weight > y->weight ? -1 : 1;
	order = memcmp(group_key(x->group), group_key(y->group), length);
	return order != 0
	           ? order
	           : (int)x->group->key_length - (int)y->group->key_length;
}

static double
change_of(const struct aggregate *aggregate, const struct sums *sums)
{
	double change = 0;

	for (int i = 0; i < AGGREGATE_PERIODS; i++)
		if (sums[i].records > 0)
			change += (i == 0 ? -1 : 1) *
			          group_weight(aggregate, &sums[i]);
	return change;
}

static const char *
state_of(const struct sums *sums, double change)
{
	if (sums[0].records == 0)
		return "new";
	if (sums[1].records == 0)
		return "gone";
	return change > 0 ? "grown" : change < 0 ? "shrunk" : "same";
}

static uint64_t
exact(const struct aggregate *aggregate, const struct sums *sums)
{
	struct report_cell cell = { .known = false };

	put_order(aggregate, &cell, sums);
	return cell.known ? cell.number : 0;
}

static void
add_row(const struct aggregate *aggregate, struct report *report,
    enum report_mark mark, const uint8_t *key, const struct sums *sums)
{
	struct report_cell *cells = report_add_row(report, mark);
	uint64_t before = exact(aggregate, &sums[0]);
	uint64_t after = exact(aggregate, &sums[1]);

	if (key != NULL)
		put_keys(aggregate->keys, aggregate->key_count, key, cells);
	cells += aggregate->key_count;
	cell_number(cells++, sums[0].records);
	cell_number(cells++, sums[1].records);
	cell_number(cells++, before);
	cell_number(cells++, after);
	cell_number(cells++, after - before);
	if (key != NULL)
		cell_text(cells,
		    g_strdup(state_of(sums, change_of(aggregate, sums))));
}

static void
add_columns(const struct aggregate *aggregate, struct report *report)
{
	const char *name =
	    aggregate->order_records ? "records" : aggregate->order.name;
	char text[2 * REPORT_NAME_SIZE];

	for (int i = 0; i < aggregate->key_count; i++)
		key_column(report, &aggregate->keys[i]);
	report_add_column(
	    report, "records_before", "RECORDS BEFORE", REPORT_COUNT);
	report_add_column(report, "records_after", "AFTER", REPORT_COUNT);
	g_snprintf(text, sizeof(text), "%s_before", name);
	report_add_column(report, text, "BEFORE", order_kind(aggregate));
	g_snprintf(text, sizeof(text), "%s_after", name);
	report_add_column(report, text, "AFTER", order_kind(aggregate));
	report_add_column(report, "change", "CHANGE", REPORT_CHANGE);
	report_add_column(report, "state", "STATE", REPORT_TEXT);
}

struct report *
aggregate_diff(const struct aggregate *aggregate, size_t n)
{
	size_t count;
	struct group **list = list_all(aggregate, &count);
	struct change *changes = g_try_new(struct change, count + 1);
	struct sums rest[AGGREGATE_PERIODS] = { 0 };
	struct report *report;

	if (list == NULL || changes == NULL) {
		g_free(changes);
		g_free(list);
		return NULL;
	}
	report = report_new(NULL);
	add_columns(aggregate, report);
	for (size_t i = 0; i < count; i++) {
		double change = change_of(aggregate, group_sums(list[i]));

		changes[i].group = list[i];
		changes[i].weight = change < 0 ? -change : change;
	}
	qsort(changes, count, sizeof(*changes), greater_first);
	for (size_t i = 0; i < count; i++)
		if (i < n)
			add_row(aggregate, report, REPORT_ROW,
			    group_key(changes[i].group),
			    group_sums(changes[i].group));
		else
			for (int k = 0; k < AGGREGATE_PERIODS; k++)
				group_add(
				    &rest[k], &group_sums(changes[i].group)[k]);
	if (count > n)
		add_row(aggregate, report, REPORT_REST, NULL, rest);
	g_free(changes);
	g_free(list);
	return report;
}
