/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "top_names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "exflow/base/text.h"

#define SLOTS ((size_t)4 * TOP_NAMES_MAX) /* most of them stay free */

int
top_names_init(struct top_names *top)
{
	*top = (struct top_names){ 0 };
	/* Strangers choose the names, so the hash has a secret. */
	if (getentropy(&top->secret, sizeof(top->secret)) != 0)
		return -1;
	top->names = calloc(TOP_NAMES_MAX, sizeof(*top->names));
	top->slots = calloc(SLOTS, sizeof(*top->slots));
	if (top->names != NULL && top->slots != NULL)
		return 0;
	top_names_clear(top);
	return -1;
}

void
top_names_clear(struct top_names *top)
{
	free(top->names);
	free(top->slots);
	*top = (struct top_names){ 0 };
}

/* The server's name, or its address. */
static void
name_server(struct name_sums *key, const struct exchange *exchange)
{
	const struct exchange_names *names = exchange->names;
	size_t length = names == NULL ? 0 : names->length[NAMES_SERVER];

	key->ip_version = 0;
	if (length > 0 && length <= NAME_OCTETS_MAX) {
		memcpy(key->name, exchange_names_text(names, NAMES_SERVER),
		    length);
	} else {
		key->ip_version = exchange->ip_version;
		length =
		    (size_t)(text_address(key->name, exchange->address[SERVER],
		                 exchange->ip_version) -
		             key->name);
	}
	key->length = (uint8_t)length;
}

static bool
is_same(const struct name_sums *a, const struct name_sums *b)
{
	return a->ip_version == b->ip_version && a->length == b->length &&
	       memcmp(a->name, b->name, a->length) == 0;
}

/* The sums of this name, new ones if need be, or those of others. */
static struct name_sums *
find(struct top_names *top, const struct name_sums *key)
{
	size_t slot =
	    XXH3_64bits_withSeed(key->name, key->length, top->secret) % SLOTS;
	struct name_sums *sums;

	for (; top->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
		sums = &top->names[top->slots[slot] - 1];
		if (is_same(sums, key))
			return sums;
	}
	if (top->count == TOP_NAMES_MAX)
		return &top->others;
	sums = &top->names[top->count++];
	top->slots[slot] = (uint16_t)top->count;
	sums->ip_version = key->ip_version;
	sums->length = key->length;
	memcpy(sums->name, key->name, key->length);
	return sums;
}

void
top_names_offer(struct top_names *top, const struct exchange *exchange)
{
	struct name_sums key, *sums;

	name_server(&key, exchange);
	sums = find(top, &key);
	sums->exchanges++;
	for (int side = CLIENT; side <= SERVER; side++) {
		sums->packets[side] += exchange->side[side].packets;
		sums->octets[side] += exchange->side[side].ip_octets;
	}
}

static int
most_first(const void *a, const void *b)
{
	const struct name_sums *x = a, *y = b;
	uint64_t of_x = x->octets[CLIENT] + x->octets[SERVER];
	uint64_t of_y = y->octets[CLIENT] + y->octets[SERVER];

	return (of_x < of_y) - (of_x > of_y);
}

void
top_names_sort(struct top_names *top)
{
	qsort(top->names, top->count, sizeof(*top->names), most_first);
}
