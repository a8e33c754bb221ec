/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sums over live exchanges by the name of their server: "exflowctl top by
 * name".
 *
 *	name ──hash──► slots ──► names[], by first appearance ──sort──► the list
 *
 * A server whose name is not known stands there by its address.  Of the names,
 * which strangers choose, there are at most TOP_NAMES_MAX; exchanges of further
 * ones are summed up as others.  Nothing is allocated for an exchange.
 */
#ifndef EXFLOW_SRC_LIVE_TOP_NAMES_H
#define EXFLOW_SRC_LIVE_TOP_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/exchange/exchange.h"

#define TOP_NAMES_MAX 16384

struct name_sums {
	uint64_t exchanges;
	uint64_t packets[2], octets[2]; /* of CLIENT, SERVER; IP octets */
	uint8_t ip_version;             /* an address's; 0: it is a name */
	uint8_t length;
	char name[NAME_OCTETS_MAX]; /* or the address as text */
};

struct top_names {
	struct name_sums *names;
	size_t count;
	struct name_sums others; /* without a name */
	uint16_t *slots;         /* a number + 1 of names; 0: free */
	uint64_t secret;
};

/* 0, or -1: no memory, and there is nothing to clear. */
int top_names_init(struct top_names *top);
void top_names_clear(struct top_names *top);
void top_names_offer(struct top_names *top, const struct exchange *exchange);
/* Those with most octets first.  After it nothing more can be offered. */
void top_names_sort(struct top_names *top);

#endif
