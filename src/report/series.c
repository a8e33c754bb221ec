/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A series: the groups' keys begin with the interval, so that their octets are
 * in the order of time.  An exchange counts in the interval that it started in.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "aggregate_internal.h"

#define TIME_OCTETS 9    /* of a key: a length and eight octets */
#define GAPS_MAX 1000000 /* empty intervals that are shown */

static int
earlier_first(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;
	size_t length =
	    x->key_length < y->key_length ? x->key_length : y->key_length;
	int order = memcmp(group_key(x), group_key(y), length);

	return order != 0 ? order : (int)x->key_length - (int)y->key_length;
}

static uint64_t
time_of(const struct group *group)
{
	struct attribute_value value = { .number = 0 };
	bool known;

	key_read(group_key(group), &value, &known);
	return known ? value.number : 0;
}

/* --- the keys that are shown by themselves */

/* The keys behind the time, over all intervals; NULL: no memory. */
static struct groups *
keys_of(struct group **list, size_t count)
{
	struct groups *all = groups_new(UINT64_MAX, 1);

	for (size_t i = 0; all != NULL && i < count; i++) {
		struct group *group =
		    groups_find(all, group_key(list[i]) + TIME_OCTETS,
		        (size_t)(list[i]->key_length - TIME_OCTETS));

		if (group != NULL)
			group_add(group_sums(group), group_sums(list[i]));
	}
	if (all != NULL && groups_starved(all))
		groups_free(&all);
	return all;
}

/* A set of the n heaviest of them; likewise. */
static struct groups *
heaviest_keys(const struct aggregate *aggregate, struct group **list,
    size_t count, size_t n)
{
	struct groups *all = keys_of(list, count);
	struct group **keys = all != NULL ? groups_list(all) : NULL;
	struct groups *kept = NULL;

	if (keys != NULL) {
		kept = groups_new(UINT64_MAX, 1);
		n = pick_heaviest(aggregate, keys, groups_count(all), n);
		for (size_t i = 0; kept != NULL && i < n; i++)
			groups_find(
			    kept, group_key(keys[i]), keys[i]->key_length);
	}
	if (kept != NULL && groups_starved(kept))
		groups_free(&kept);
	g_free(keys);
	groups_free(&all);
	return kept;
}

static bool
is_kept(const struct groups *kept, const struct group *group)
{
	return groups_get(kept, group_key(group) + TIME_OCTETS,
	           (size_t)(group->key_length - TIME_OCTETS)) != NULL;
}

/* --- rows */

static struct report_cell *
add_interval(struct report *report, uint64_t time, enum report_mark mark)
{
	struct report_cell *cells = report_add_row(report, mark);

	cell_number(cells, time);
	return cells;
}

/* Intervals in which nothing started; only where there are no other keys. */
static void
fill_gap(const struct aggregate *aggregate, struct report *report,
    uint64_t after, uint64_t until)
{
	const struct sums none = { 0 };

	if (aggregate->key_count > 1 || after == 0 ||
	    (until - after) / aggregate->step > GAPS_MAX)
		return;
	for (uint64_t time = after + aggregate->step; time < until;
	     time += aggregate->step)
		put_sums(aggregate, add_interval(report, time, REPORT_ROW) + 1,
		    &none);
}

static void
add_rest(const struct aggregate *aggregate, struct report *report,
    uint64_t time, struct sums *rest)
{
	if (rest->records == 0)
		return;
	put_sums(aggregate,
	    add_interval(report, time, REPORT_REST) + aggregate->key_count,
	    rest);
	*rest = (struct sums){ 0 };
}

static void
add_rows(const struct aggregate *aggregate, struct report *report,
    struct group **list, size_t count, const struct groups *kept)
{
	struct sums rest = { 0 };
	uint64_t time = 0;

	for (size_t i = 0; i < count; i++) {
		struct report_cell *cells;

		if (time_of(list[i]) != time) {
			add_rest(aggregate, report, time, &rest);
			fill_gap(aggregate, report, time, time_of(list[i]));
		}
		time = time_of(list[i]);
		if (kept != NULL && !is_kept(kept, list[i])) {
			group_add(&rest, group_sums(list[i]));
			continue;
		}
		cells = report_add_row(report, REPORT_ROW);
		put_keys(aggregate->keys, aggregate->key_count,
		    group_key(list[i]), cells);
		put_sums(aggregate, cells + aggregate->key_count,
		    group_sums(list[i]));
	}
	add_rest(aggregate, report, time, &rest);
}

struct report *
aggregate_series(const struct aggregate *aggregate, size_t n)
{
	size_t count;
	struct group **list = list_all(aggregate, &count);
	struct groups *kept = NULL;
	struct report *report;

	if (list == NULL)
		return NULL;
	qsort(list, count, sizeof(*list), earlier_first);
	if (aggregate->key_count > 1) {
		kept = heaviest_keys(aggregate, list, count, n);
		if (kept == NULL) {
			g_free(list);
			return NULL;
		}
	}
	report = report_new(NULL);
	for (int i = 0; i < aggregate->key_count; i++)
		key_column(report, &aggregate->keys[i]);
	add_sum_columns(aggregate, report, false);
	report->bar = aggregate->key_count + 4;
	add_rows(aggregate, report, list, count, kept);
	groups_free(&kept);
	g_free(list);
	return report;
}
