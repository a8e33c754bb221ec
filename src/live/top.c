/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/text/table_row.h"

#include "top.h"

#include <stdlib.h>
#include <string.h>

static const char *const orders[] = {
	[TOP_OCTETS] = "octets",
	[TOP_PACKETS] = "packets",
	[TOP_RATE] = "rate",
	[TOP_AGE] = "age",
};
#define ORDERS (sizeof(orders) / sizeof(orders[0]))

int
top_order_parse(const char *text, enum top_order *order)
{
	for (size_t i = 0; i < ORDERS; i++)
		if (strcmp(orders[i], text) == 0) {
			*order = (enum top_order)i;
			return 0;
		}
	return -1;
}

const char *
top_order_name(enum top_order order)
{
	return orders[order];
}

int
top_init(struct top *top, enum top_order order, size_t limit, timestamp now)
{
	*top = (struct top){ .order = order, .now = now, .limit = limit };
	top->entries = calloc(limit, sizeof(*top->entries));
	top->memory = calloc(limit, sizeof(*top->memory));
	top->figures = calloc(limit, sizeof(*top->figures));
	top->names = calloc(limit, sizeof(*top->names));
	if (top->entries != NULL && top->memory != NULL &&
	    top->figures != NULL && top->names != NULL)
		return 0;
	top_clear(top);
	return -1;
}

void
top_clear(struct top *top)
{
	free(top->entries);
	free(top->memory);
	free(top->figures);
	for (size_t i = 0; i < top->limit && top->names != NULL; i++)
		free(top->names[i]);
	free(top->names);
	top->entries = NULL;
	top->memory = NULL;
	top->figures = NULL;
	top->names = NULL;
	top->count = 0;
}

static double
age(const struct exchange *exchange, timestamp now)
{
	duration since = timestamp_since(now, exchange_first(exchange));

	return (double)since.ns / (double)NS_PER_SECOND;
}

static double
weigh(const struct top *top, const struct exchange *exchange)
{
	const struct exchange_side *side = exchange->side;

	switch (top->order) {
	case TOP_PACKETS:
		return (double)(side[CLIENT].packets + side[SERVER].packets);
	case TOP_RATE:
		return table_rate(exchange, top->now);
	case TOP_AGE:
		return age(exchange, top->now);
	case TOP_OCTETS:
	default:
		return (
		    double)(side[CLIENT].ip_octets + side[SERVER].ip_octets);
	}
}

/* --- the heap: no entry weighs less than entry 0 */

static void
swap(struct top_entry *a, struct top_entry *b)
{
	struct top_entry saved = *a;

	*a = *b;
	*b = saved;
}

static void
rise(struct top_entry *entries, size_t i)
{
	for (; i > 0 && entries[i].weight < entries[(i - 1) / 2].weight;
	     i = (i - 1) / 2)
		swap(&entries[i], &entries[(i - 1) / 2]);
}

static void
sink(struct top_entry *entries, size_t count)
{
	size_t i = 0, least;

	for (;; i = least) {
		least = i;
		for (size_t child = 2 * i + 1;
		     child <= 2 * i + 2 && child < count; child++)
			if (entries[child].weight < entries[least].weight)
				least = child;
		if (least == i)
			return;
		swap(&entries[i], &entries[least]);
	}
}

/* The exchange's names, in the entry's own memory; without memory none. */
static void
keep_names(struct top *top, struct exchange *exchange)
{
	struct exchange_names **kept = &top->names[exchange - top->memory];
	const struct exchange_names *names = exchange->names;
	size_t octets = names == NULL ? 0 : exchange_names_octets(names);
	void *grown = names == NULL ? NULL : realloc(*kept, octets);

	exchange->names = NULL;
	if (grown == NULL)
		return;
	*kept = memcpy(grown, names, octets);
	exchange->names = *kept;
}

void
top_offer(struct top *top, const struct exchange *exchange)
{
	double weight = weigh(top, exchange);
	struct top_entry *entry = &top->entries[0];

	if (top->count == top->limit && weight <= entry->weight)
		return;
	if (top->count < top->limit) {
		entry = &top->entries[top->count];
		entry->exchange = &top->memory[top->count++];
	}
	entry->weight = weight;
	entry->exchange->quality = &top->figures[entry->exchange - top->memory];
	exchange_copy(entry->exchange, exchange);
	keep_names(top, entry->exchange);
	if (entry != &top->entries[0])
		rise(top->entries, top->count - 1);
	else
		sink(top->entries, top->count);
}

static int
most_first(const void *a, const void *b)
{
	double x = ((const struct top_entry *)a)->weight;
	double y = ((const struct top_entry *)b)->weight;

	return (x < y) - (x > y);
}

void
top_sort(struct top *top)
{
	if (top->count > 0)
		qsort(top->entries, top->count, sizeof(*top->entries),
		    most_first);
}
