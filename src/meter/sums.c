/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "sums.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct sum {
	uint32_t number;
	struct exchange_side side[2];
	uint32_t parts;
	struct exchange_quality *quality; /* NULL: not of all of it */
};

static int
compare(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

static void
sum_free(void *pointer)
{
	struct sum *sum = pointer;

	free(sum->quality);
	free(sum);
}

void
part_sums_clear(struct sums *sums)
{
	tdestroy(sums->tree, sum_free);
	*sums = (struct sums){ 0 };
}

uint64_t
part_sums_octets(const struct sums *sums)
{
	return sums->count * (sizeof(struct sum) + 4 * sizeof(void *));
}

static struct sum *
find(const struct sums *sums, uint32_t number)
{
	const struct sum key = { .number = number };
	struct sum **found = tfind(&key, &sums->tree, compare);

	return found == NULL ? NULL : *found;
}

static struct sum *
make(struct sums *sums, uint32_t number)
{
	struct sum *sum = calloc(1, sizeof(*sum));

	if (sum == NULL)
		return NULL;
	sum->number = number;
	if (tsearch(sum, &sums->tree, compare) == NULL) {
		free(sum);
		return NULL;
	}
	sums->count++;
	return sum;
}

/* What comes before into gets its first packet from there. */
static void
add_side(struct exchange_side *into, const struct exchange_side *later)
{
	if (later->packets == 0)
		return;
	if (into->packets == 0) {
		*into = *later;
		return;
	}
	into->first = timestamp_min(into->first, later->first);
	into->last = timestamp_max(into->last, later->last);
	into->packets += later->packets;
	into->ip_octets += later->ip_octets;
	into->payload_octets += later->payload_octets;
	into->data_packets += later->data_packets;
	for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
		into->flag_packets[bit] += later->flag_packets[bit];
}

/* Without figures of every part the whole has none.  -1: no memory for them. */
static int
add_quality(struct sum *sum, const struct exchange *part)
{
	if (sum->parts++ == 0 && part->quality != NULL) {
		sum->quality = calloc(1, sizeof(*sum->quality));
		if (sum->quality == NULL)
			return -1;
		*sum->quality = *part->quality;
	} else if (part->quality == NULL) {
		free(sum->quality);
		sum->quality = NULL;
	} else if (sum->quality != NULL) {
		quality_figures_add(sum->quality, part->quality);
	}
	return 0;
}

enum sums_result
part_sums_add(struct sums *sums, uint32_t number, const struct exchange *part)
{
	struct sum *sum = find(sums, number);

	if (sum == NULL && (sum = make(sums, number)) == NULL)
		return SUMS_NO_MEMORY;
	for (int i = 0; i < 2; i++)
		add_side(&sum->side[i], &part->side[i]);
	return add_quality(sum, part) == 0 ? SUMS_ADDED : SUMS_NO_QUALITY;
}

void
part_sums_take(struct sums *sums, uint32_t number, struct exchange *exchange)
{
	struct sum *sum = find(sums, number);

	if (sum == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		add_side(&sum->side[i], &exchange->side[i]);
		/* Also of a side that sent nothing in any part. */
		memcpy(sum->side[i].mac, exchange->side[i].mac, MAC_OCTETS);
		exchange->side[i] = sum->side[i];
	}
	(void)add_quality(sum, exchange); /* takes memory for a first part */
	if (sum->quality == NULL)
		exchange->quality = NULL;
	else
		*exchange->quality = *sum->quality;
	tdelete(sum, &sums->tree, compare);
	sums->count--;
	sum_free(sum);
}
