/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The distribution of one number.  Its groups are the values that there are,
 * each with its count of records; sorted, they give exact percentiles.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregate_internal.h"

struct values {
	struct group **list; /* known ones, in order of their value; or NULL */
	size_t count;
	uint64_t records, unknown;
};

static int
lower_first(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;

	return memcmp(group_key(x), group_key(y), x->key_length);
}

static uint64_t
value_of(const struct group *group)
{
	struct attribute_value value = { .number = 0 };
	bool known;

	key_read(group_key(group), &value, &known);
	return value.number;
}

static struct values
sorted_values(const struct aggregate *aggregate)
{
	size_t count;
	struct values values = { .list = list_all(aggregate, &count) };

	if (values.list == NULL)
		return values;
	for (size_t i = 0; i < count; i++) {
		struct group *group = values.list[i];

		if (group_key(group)[0] == 0) {
			values.unknown = group_sums(group)->records;
			continue;
		}
		values.records += group_sums(group)->records;
		values.list[values.count++] = group;
	}
	qsort(values.list, values.count, sizeof(*values.list), lower_first);
	return values;
}

/* The least value that so many hundredths of the records do not exceed. */
static uint64_t
percentile(const struct values *values, unsigned hundredths)
{
	uint64_t rank = (values->records * hundredths + 99) / 100, so_far = 0;

	for (size_t i = 0; i < values->count; i++) {
		so_far += group_sums(values->list[i])->records;
		if (so_far >= rank)
			return value_of(values->list[i]);
	}
	return 0;
}

static uint64_t
mean(const struct values *values)
{
	double sum = 0;

	for (size_t i = 0; i < values->count; i++)
		sum += (double)value_of(values->list[i]) *
		       (double)group_sums(values->list[i])->records;
	return (uint64_t)(sum / (double)values->records + 0.5);
}

struct report *
aggregate_percentiles(const struct aggregate *aggregate)
{
	static const struct {
		const char *name, *heading;
		unsigned hundredths;
	} columns[] = { { "minimum", "MIN", 0 }, { "p50", "P50", 50 },
		{ "p90", "P90", 90 }, { "p95", "P95", 95 },
		{ "p99", "P99", 99 }, { "maximum", "MAX", 100 } };
	const struct key *key = &aggregate->keys[0];
	enum report_kind kind = key_kind(&key->attribute);
	struct values values = sorted_values(aggregate);
	struct report_cell *cells;
	struct report *report;

	if (values.list == NULL)
		return NULL;
	report = report_new(key->name);
	report_add_column(report, "records", "RECORDS", REPORT_COUNT);
	report_add_column(report, "without", "WITHOUT", REPORT_COUNT);
	report_add_column(report, "mean", "MEAN", kind);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		report_add_column(
		    report, columns[i].name, columns[i].heading, kind);
	cells = report_add_row(report, REPORT_ROW);
	cell_number(cells++, values.records);
	cell_number(cells++, values.unknown);
	if (values.records > 0) {
		cell_number(cells++, mean(&values));
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]);
		     i++)
			cell_number(cells++,
			    percentile(&values, columns[i].hundredths));
	}
	g_free(values.list);
	return report;
}

/* --- bins: 0, then from 1, 2, 5, 10, 20, 50, … on */

static uint64_t
next_bin(uint64_t from)
{
	uint64_t power = 1, times;

	if (from == 0)
		return 1;
	while (from / power >= 10)
		power *= 10;
	times = from / power == 1 ? 2 : from / power == 2 ? 5 : 10;
	/* The last bin ends at the greatest number. */
	return power > UINT64_MAX / times ? UINT64_MAX : times * power;
}

static void
add_bin(struct report *report, uint64_t from, uint64_t records, uint64_t all,
    uint64_t so_far)
{
	struct report_cell *cells = report_add_row(report, REPORT_ROW);

	cell_number(cells, from);
	cell_number(cells + 1, next_bin(from));
	cell_number(cells + 2, records);
	cell_share(cells + 3, (double)records / (double)all);
	cell_share(cells + 4, (double)so_far / (double)all);
}

/* Bins without a record lie between others, but not before or behind all. */
struct report *
aggregate_bins(const struct aggregate *aggregate)
{
	const struct key *key = &aggregate->keys[0];
	enum report_kind kind = key_kind(&key->attribute);
	struct values values = sorted_values(aggregate);
	uint64_t from = 0, so_far = 0;
	struct report *report;
	size_t i = 0;

	if (values.list == NULL)
		return NULL;
	report = report_new(key->name);
	report_add_column(report, "from", "FROM", kind);
	report_add_column(report, "below", "BELOW", kind);
	report_add_column(report, "records", "RECORDS", REPORT_COUNT);
	report_add_column(report, "share", "SHARE", REPORT_SHARE);
	report_add_column(report, "cumulative_share", "CUM.", REPORT_SHARE);
	report->bar = 3;
	while (i < values.count) {
		uint64_t below = next_bin(from), records = 0;

		for (; i < values.count && (value_of(values.list[i]) < below ||
		                               below == UINT64_MAX);
		     i++)
			records += group_sums(values.list[i])->records;
		so_far += records;
		if (so_far > 0)
			add_bin(report, from, records, values.records, so_far);
		from = below;
	}
	g_free(values.list);
	return report;
}
