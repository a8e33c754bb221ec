/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "aggregate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- making */

static bool
is_mean(const struct attribute *attribute)
{
	return attribute->kind == ATTRIBUTE_SPAN ||
	       attribute->join == ATTRIBUTE_EITHER;
}

static int
take_order(struct aggregate *aggregate, const char *order,
    const struct attribute_resolver *resolver, char *error, size_t error_size)
{
	if (order == NULL)
		order = "octets";
	aggregate->order_records = strcmp(order, "records") == 0;
	if (aggregate->order_records)
		return 0;
	if (key_parse(&aggregate->order, order, strlen(order), resolver, error,
	        error_size) != 0)
		return -1;
	if (aggregate->order.attribute.kind == ATTRIBUTE_COUNT ||
	    aggregate->order.attribute.kind == ATTRIBUTE_OCTETS ||
	    aggregate->order.attribute.kind == ATTRIBUTE_SPAN) {
		aggregate->mean = is_mean(&aggregate->order.attribute);
		aggregate->order_octets =
		    strcmp(aggregate->order.name, "octets") == 0;
		return 0;
	}
	snprintf(error, error_size,
	    "\"%s\": expected records, or a number or a span of time, as "
	    "octets, packets or rtt",
	    order);
	return -1;
}

static void
add_time_key(struct aggregate *aggregate, uint64_t step)
{
	struct key *key = &aggregate->keys[aggregate->key_count++];
	char error[AGGREGATE_ERROR_SIZE];

	key_parse(key, "start", 5, NULL, error, sizeof(error));
	key->step = step;
	aggregate->step = step;
}

static int
take_keys(struct aggregate *aggregate, const struct aggregate_options *options,
    char *error, size_t error_size)
{
	int more = 0;

	if (options->step > 0)
		add_time_key(aggregate, options->step);
	if (options->by != NULL)
		more = keys_parse(&aggregate->keys[aggregate->key_count],
		    options->by, options->resolver, error, error_size);
	if (more < 0)
		return -1;
	aggregate->key_count += more;
	return 0;
}

struct aggregate *
aggregate_new(
    const struct aggregate_options *options, char *error, size_t error_size)
{
	struct aggregate *aggregate = g_new0(struct aggregate, 1);

	aggregate->memory_name =
	    options->memory_name != NULL ? options->memory_name : "--memory";
	aggregate->groups = groups_new(
	    options->memory > 0 ? options->memory : AGGREGATE_MEMORY_DEFAULT,
	    options->periods > 0 ? options->periods : 1);
	aggregate->counting =
	    counting_new(aggregate->groups, options->may_thread);
	if (aggregate->groups == NULL) {
		snprintf(error, error_size, "there is no memory for groups");
		aggregate_free(&aggregate);
		return NULL;
	}
	if (take_keys(aggregate, options, error, error_size) != 0 ||
	    take_order(aggregate, options->order, options->resolver, error,
	        error_size) != 0) {
		aggregate_free(&aggregate);
		return NULL;
	}
	aggregate->parts = PART_COUNTS;
	for (int i = 0; i < aggregate->key_count; i++)
		aggregate->parts |= aggregate->keys[i].attribute.parts;
	if (!aggregate->order_records)
		aggregate->parts |= aggregate->order.attribute.parts;
	return aggregate;
}

void
aggregate_free(struct aggregate **pointer)
{
	struct aggregate *aggregate = *pointer;

	*pointer = NULL;
	if (aggregate == NULL)
		return;
	counting_free(&aggregate->counting);
	groups_free(&aggregate->groups);
	g_free(aggregate);
}

unsigned
aggregate_parts(const struct aggregate *aggregate)
{
	return aggregate->parts;
}

int
aggregate_keys(const struct aggregate *aggregate)
{
	return aggregate->key_count;
}

bool
aggregate_is_number(const struct aggregate *aggregate)
{
	return aggregate->key_count == 1 &&
	       key_kind(&aggregate->keys[0].attribute) != REPORT_TEXT;
}

/* --- order */

double
group_weight(const struct aggregate *aggregate, const struct sums *sums)
{
	if (aggregate->order_records)
		return (double)sums->records;
	if (!aggregate->mean)
		return (double)sums->order;
	return sums->ordered == 0 ? -1
	                          : (double)sums->order / (double)sums->ordered;
}

/* Equal ones in the order of their keys, so that reports can be compared. */
static bool
is_heavier(const struct aggregate *aggregate, struct group *a, struct group *b)
{
	double x = group_weight(aggregate, group_sums(a));
	double y = group_weight(aggregate, group_sums(b));
	size_t length =
	    a->key_length < b->key_length ? a->key_length : b->key_length;
	int order;

	if (x > y || x < y)
		return x > y;
	order = memcmp(group_key(a), group_key(b), length);
	return order != 0 ? order < 0 : a->key_length < b->key_length;
}

/* The lightest of the heap is its root. */
static void
sink(const struct aggregate *aggregate, struct group **heap, size_t count)
{
	size_t i = 0;

	for (;;) {
		size_t least = i;

		for (size_t child = 2 * i + 1;
		     child <= 2 * i + 2 && child < count; child++)
			if (is_heavier(aggregate, heap[least], heap[child]))
				least = child;
		if (least == i)
			return;
		struct group *saved = heap[i];

		heap[i] = heap[least];
		heap[least] = saved;
		i = least;
	}
}

static void
rise(const struct aggregate *aggregate, struct group **heap, size_t i)
{
	while (i > 0 && is_heavier(aggregate, heap[(i - 1) / 2], heap[i])) {
		struct group *saved = heap[i];

		heap[i] = heap[(i - 1) / 2];
		heap[(i - 1) / 2] = saved;
		i = (i - 1) / 2;
	}
}

/* A group goes in if it is one of the n heaviest so far; what goes out. */
static struct group *
offer(const struct aggregate *aggregate, struct group **heap, size_t *kept,
    size_t n, struct group *group)
{
	struct group *lightest;

	if (*kept < n) {
		heap[*kept] = group;
		rise(aggregate, heap, (*kept)++);
		return NULL;
	}
	if (n == 0 || !is_heavier(aggregate, group, heap[0]))
		return group;
	lightest = heap[0];
	heap[0] = group;
	sink(aggregate, heap, n);
	return lightest;
}

/* A heap gives its lightest, one by one. */
static void
order_heap(const struct aggregate *aggregate, struct group **heap, size_t kept)
{
	for (size_t left = kept; left > 1; left--) {
		struct group *saved = heap[0];

		heap[0] = heap[left - 1];
		heap[left - 1] = saved;
		sink(aggregate, heap, left - 1);
	}
}

size_t
pick_heaviest(const struct aggregate *aggregate, struct group **list,
    size_t count, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct group *out = offer(aggregate, list, &kept, n, list[i]);

		if (out != NULL)
			list[i] = out;
	}
	order_heap(aggregate, list, kept);
	return kept;
}

/* --- columns */

bool
has_order_column(const struct aggregate *aggregate)
{
	const struct attribute *order = &aggregate->order.attribute;

	return !aggregate->order_records &&
	       strcmp(aggregate->order.name, "octets") != 0 &&
	       strcmp(aggregate->order.name, "packets") != 0 &&
	       strcmp(aggregate->order.name, "bytes") != 0 &&
	       order->kind != ATTRIBUTE_TEXT;
}

enum report_kind
order_kind(const struct aggregate *aggregate)
{
	return aggregate->order_records ? REPORT_COUNT
	                                : key_kind(&aggregate->order.attribute);
}

void
add_sum_columns(
    const struct aggregate *aggregate, struct report *report, bool shares)
{
	report_add_column(report, "records", "RECORDS", REPORT_COUNT);
	report_add_column(report, "packets_sent", "PKTS SENT", REPORT_COUNT);
	report_add_column(
	    report, "packets_received", "PKTS RCVD", REPORT_COUNT);
	report_add_column(report, "octets_sent", "SENT", REPORT_OCTETS);
	report_add_column(report, "octets_received", "RCVD", REPORT_OCTETS);
	if (has_order_column(aggregate))
		key_column(report, &aggregate->order);
	if (!shares || aggregate->mean)
		return;
	report_add_column(report, "share", "SHARE", REPORT_SHARE);
	report_add_column(report, "cumulative_share", "CUM.", REPORT_SHARE);
	report->bar = (int)report->column_count - 2;
}

void
put_order(const struct aggregate *aggregate, struct report_cell *cell,
    const struct sums *sums)
{
	if (aggregate->order_records)
		cell_number(cell, sums->records);
	else if (!aggregate->mean)
		cell_number(cell, sums->order);
	else if (sums->ordered > 0)
		cell_number(
		    cell, (sums->order + sums->ordered / 2) / sums->ordered);
}

struct report_cell *
put_sums(const struct aggregate *aggregate, struct report_cell *cell,
    const struct sums *sums)
{
	cell_number(cell++, sums->records);
	for (int side = 0; side < 2; side++)
		cell_number(cell++, sums->packets[side]);
	for (int side = 0; side < 2; side++)
		cell_number(cell++, sums->octets[side]);
	if (has_order_column(aggregate))
		put_order(aggregate, cell++, sums);
	return cell;
}

void
put_keys(const struct key *keys, int count, const uint8_t *octets,
    struct report_cell *cells)
{
	for (int i = 0; i < count; i++) {
		struct attribute_value value;
		bool known;

		octets = key_read(octets, &value, &known);
		key_cell(&keys[i], &value, known, &cells[i]);
	}
}

/* --- top */

static void
put_shares(const struct aggregate *aggregate, struct report_cell *cell,
    double weight, double total, double *so_far)
{
	if (aggregate->mean || total <= 0)
		return;
	*so_far += weight;
	cell_share(cell, weight / total);
	cell_share(cell + 1, *so_far / total);
}

static void
put_marked(const struct aggregate *aggregate, struct report *report,
    enum report_mark mark, const struct sums *sums, const struct sums *total,
    double *so_far)
{
	struct report_cell *cells = report_add_row(report, mark);

	put_shares(aggregate,
	    put_sums(aggregate, cells + aggregate->key_count, sums),
	    group_weight(aggregate, sums), group_weight(aggregate, total),
	    so_far);
}

/*
 * The n heaviest of all groups, in their order, and the sums of all.  NULL: as of
 * list_all.
 */
static struct group **
pick_top(const struct aggregate *aggregate, size_t n, size_t *shown,
    struct sums *total)
{
	struct groups *groups = all_groups(aggregate);
	size_t count = groups == NULL ? 0 : groups_count(groups);
	size_t most = n < count ? n : count;
	struct group **heap =
	    groups == NULL ? NULL : g_try_new(struct group *, most + 1);
	struct groups_walk walk = { 0 };
	struct group *group;

	*shown = 0;
	if (heap == NULL)
		return NULL;
	while ((group = groups_next(groups, &walk)) != NULL) {
		group_add(total, group_sums(group));
		(void)offer(aggregate, heap, shown, most, group);
	}
	order_heap(aggregate, heap, *shown);
	return heap;
}

struct report *
aggregate_top(const struct aggregate *aggregate, size_t n)
{
	struct sums total = { 0 }, rest;
	size_t shown;
	struct group **top = pick_top(aggregate, n, &shown, &total);
	struct report *report;
	double so_far = 0;

	if (top == NULL)
		return NULL;
	report = report_new(NULL);
	for (int i = 0; i < aggregate->key_count; i++)
		key_column(report, &aggregate->keys[i]);
	add_sum_columns(aggregate, report, true);
	rest = total;
	for (size_t i = 0; i < shown; i++) {
		struct report_cell *cells = report_add_row(report, REPORT_ROW);

		put_keys(aggregate->keys, aggregate->key_count,
		    group_key(top[i]), cells);
		group_subtract(&rest, group_sums(top[i]));
		put_shares(aggregate,
		    put_sums(aggregate, cells + aggregate->key_count,
		        group_sums(top[i])),
		    group_weight(aggregate, group_sums(top[i])),
		    group_weight(aggregate, &total), &so_far);
	}
	if (rest.records > 0)
		put_marked(
		    aggregate, report, REPORT_REST, &rest, &total, &so_far);
	so_far = 0;
	put_marked(aggregate, report, REPORT_TOTAL, &total, &total, &so_far);
	g_free(top);
	return report;
}
