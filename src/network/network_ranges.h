/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges of addresses (network.c), and how they are cut where prefixes have
 * names (network_names.c).
 */
#ifndef EXFLOW_SRC_METER_NETWORK_RANGES_H
#define EXFLOW_SRC_METER_NETWORK_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
	uint64_t high, low;
};

struct range {
	struct address first, last;
	uint8_t name; /* its number; 0: none */
};

struct ranges {
	struct range *items;
	size_t count;
	size_t capacity;
	size_t begin[257]; /* how many begin with a smaller first octet */
	/* Disjoint, sorted, each with one name; none where there are no names.
	 * There is room for two ranges a prefix: each begins one and ends one. */
	struct range *named;
	size_t named_count;
};

static inline bool
address_before(struct address a, struct address b)
{
	return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static inline struct address
address_next(struct address a)
{
	a.low++;
	a.high += a.low == 0;
	return a;
}

static inline bool
range_same(const struct range *a, const struct range *b)
{
	return a->first.high == b->first.high && a->first.low == b->first.low &&
	       a->last.high == b->last.high && a->last.low == b->last.low;
}

/* Fill named; items are sorted, and hold each other or are apart. */
void ranges_cut_by_name(struct ranges *ranges);

#endif
