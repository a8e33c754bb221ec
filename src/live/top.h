/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live exchanges that have most of something: "exflowctl top".
 *
 *	every live exchange ──top_offer──► a heap of limit exchanges, the least
 *	                                   of them first ──top_sort──► the list
 *
 * An exchange costs a comparison, and one that belongs to the list so far a
 * copy and a few swaps of 16 octets.
 */
#ifndef EXFLOW_SRC_LIVE_TOP_H
#define EXFLOW_SRC_LIVE_TOP_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/exchange/exchange.h"

#define TOP_DEFAULT 10
#define TOP_MAX 1000

enum top_order {
	TOP_OCTETS,  /* IP octets of both sides */
	TOP_PACKETS, /* of both sides */
	TOP_RATE,    /* table_rate */
	TOP_AGE      /* time since the first packet */
};

struct top_entry {
	double weight;
	struct exchange *exchange; /* in the list's memory */
};

struct top {
	enum top_order order;
	timestamp now;
	size_t limit; /* 1 … TOP_MAX */
	size_t count;
	struct top_entry *entries; /* a heap; after top_sort the list */
	struct exchange *memory;
	struct exchange_quality *figures; /* of these */
	struct exchange_names **names;    /* likewise, each NULL or its own */
};

/* 0, or -1: no memory, and there is nothing to clear. */
int top_init(
    struct top *top, enum top_order order, size_t limit, timestamp now);
/* Look at one exchange; what is kept is copied. */
void top_offer(struct top *top, const struct exchange *exchange);
/* The most first.  After it nothing more can be offered. */
void top_sort(struct top *top);
void top_clear(struct top *top);

/* "octets", "packets", "rate" or "age": 0, or -1. */
int top_order_parse(const char *text, enum top_order *order);
const char *top_order_name(enum top_order order);

#endif
