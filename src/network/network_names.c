/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes with names, which may hold each other, become ranges that are apart.
 * Going through them by their first address, those that hold this address are a
 * stack, the widest at the bottom; whatever ends or begins adds a range of the
 * one on top.
 */
#include <config.h>

#include "network_ranges.h"

/* Prefixes that hold each other: of each length one, and 0. */
#define NESTED_MAX 129

/* While prefixes are cut: those that hold the next address, the widest first. */
struct cutting {
	struct range open[NESTED_MAX];
	size_t depth;
	struct address next; /* the first that is in no range yet */
	bool done;           /* there is no next: it was the very last */
};

static void
named_add(struct ranges *ranges, struct cutting *cutting, struct address last)
{
	const struct range *top = &cutting->open[cutting->depth - 1];

	ranges->named[ranges->named_count++] = (struct range){
		.first = cutting->next, .last = last, .name = top->name
	};
	cutting->next = address_next(last);
	cutting->done = cutting->next.high == 0 && cutting->next.low == 0;
}

/* Close the innermost prefix. */
static void
cut_close(struct ranges *ranges, struct cutting *cutting)
{
	struct address last = cutting->open[cutting->depth - 1].last;

	if (!cutting->done && !address_before(last, cutting->next))
		named_add(ranges, cutting, last);
	cutting->depth--;
}

static struct address
address_previous(struct address a)
{
	a.high -= a.low == 0;
	a.low--;
	return a;
}

void
ranges_cut_by_name(struct ranges *ranges)
{
	struct cutting cutting = { .depth = 0 };

	for (size_t i = 0; i < ranges->count; i++) {
		const struct range *next = &ranges->items[i];

		while (cutting.depth > 0 &&
		       address_before(
		           cutting.open[cutting.depth - 1].last, next->first))
			cut_close(ranges, &cutting);
		if (i > 0 && range_same(next, &ranges->items[i - 1]))
			continue;
		if (cutting.depth > 0 &&
		    address_before(cutting.next, next->first))
			named_add(
			    ranges, &cutting, address_previous(next->first));
		cutting.open[cutting.depth++] = *next;
		cutting.next = next->first;
	}
	while (cutting.depth > 0)
		cut_close(ranges, &cutting);
}
