/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "file_interfaces.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u
#define HALF 30 /* bits of a binary fraction that are scaled at a time */

/* floor(fraction * 10^9 / 2^shift), without a number of more than 64 bits. */
static int64_t
scale_binary(uint64_t fraction, unsigned shift)
{
	const uint64_t low = (UINT64_C(1) << HALF) - 1;
	uint64_t high;

	if (shift <= HALF)
		return (int64_t)(fraction * NS_PER_SECOND >> shift);
	high = (fraction >> HALF) * NS_PER_SECOND +
	       ((fraction & low) * NS_PER_SECOND >> HALF);
	return (int64_t)(high >> (shift - HALF));
}

static timestamp
add_offset(uint64_t seconds, int64_t nanoseconds, int64_t offset)
{
	int64_t sum;

	if (__builtin_add_overflow(seconds, offset, &sum))
		sum = INT64_MAX;
	return timestamp_from(sum, nanoseconds);
}

timestamp
ticks_time(const struct ticks *ticks, uint64_t count)
{
	uint64_t fraction;

	if (ticks->binary) {
		fraction = count & ((UINT64_C(1) << ticks->shift) - 1);
		return add_offset(count >> ticks->shift,
		    scale_binary(fraction, ticks->shift), ticks->offset);
	}
	fraction = count % ticks->each;
	if (ticks->each <= NS_PER_SECOND)
		fraction *= (uint64_t)NS_PER_SECOND / ticks->each;
	else
		fraction /= ticks->each / (uint64_t)NS_PER_SECOND;
	return add_offset(
	    count / ticks->each, (int64_t)fraction, ticks->offset);
}

void
interfaces_free(struct interfaces *interfaces)
{
	for (size_t i = 0; i < interfaces->known_count; i++)
		free(interfaces->known[i]);
	free(interfaces->known);
	free(interfaces->section);
	filters_free(&interfaces->filters);
}

void
interfaces_begin_section(struct interfaces *interfaces)
{
	interfaces->count = 0;
}

/* See that there is room for one more, of size octets each. */
static int
make_room(void **list, size_t count, size_t *room, size_t size)
{
	size_t larger = *room == 0 ? 1 : 2 * *room;
	void *moved;

	if (count < *room)
		return 0;
	if (count >= CAPTURE_INTERFACES_MAX) {
		errno = E2BIG;
		return -1;
	}
	if ((moved = reallocarray(*list, larger, size)) == NULL)
		return -1;
	*list = moved;
	*room = larger;
	return 0;
}

static uint32_t
summary_of(uint32_t place, int datalink, const char *name)
{
	uint32_t sum = FNV_BASIS;

	sum = (sum ^ place) * FNV_PRIME;
	sum = (sum ^ (uint32_t)datalink) * FNV_PRIME;
	for (; *name != '\0'; name++)
		sum = (sum ^ (uint8_t)*name) * FNV_PRIME;
	return sum;
}

static struct known *
find(const struct interfaces *interfaces, const struct known *wanted)
{
	for (size_t i = 0; i < interfaces->known_count; i++) {
		struct known *known = interfaces->known[i];

		if (known->summary == wanted->summary &&
		    known->shown.place == wanted->shown.place &&
		    known->shown.datalink == wanted->shown.datalink &&
		    strcmp(known->shown.name, wanted->shown.name) == 0)
			return known;
	}
	return NULL;
}

/* The one that is known from another section, or a new one. */
static struct known *
know(struct interfaces *interfaces, int datalink, const char *name)
{
	void *list = interfaces->known;
	struct known wanted = { 0 }, *known;

	wanted.shown.number = (uint32_t)interfaces->known_count;
	wanted.shown.place = (uint32_t)interfaces->count;
	wanted.shown.datalink = datalink;
	snprintf(wanted.shown.name, sizeof(wanted.shown.name), "%s", name);
	wanted.summary =
	    summary_of(wanted.shown.place, datalink, wanted.shown.name);
	if ((known = find(interfaces, &wanted)) != NULL)
		return known;
	if (make_room(&list, interfaces->known_count, &interfaces->known_room,
	        sizeof(*interfaces->known)) == -1)
		return NULL;
	interfaces->known = list;
	if ((known = malloc(sizeof(*known))) == NULL)
		return NULL;
	*known = wanted;
	interfaces->known[interfaces->known_count++] = known;
	return known;
}

struct described *
interfaces_add(struct interfaces *interfaces, uint32_t linktype,
    uint32_t snaplen, const char *name)
{
	void *list = interfaces->section;
	struct described described = { .ticks = TICKS_MICROSECONDS };
	int datalink =
	    filters_datalink(&interfaces->filters, linktype, &described.filter);

	if (datalink == -1 ||
	    make_room(&list, interfaces->count, &interfaces->room,
	        sizeof(*interfaces->section)) == -1)
		return NULL;
	interfaces->section = list;
	described.known = know(interfaces, datalink, name);
	if (described.known == NULL)
		return NULL;
	described.snaplen = snaplen == 0 || snaplen > INT_MAX
	                        ? datalink_packet_max(datalink)
	                        : snaplen;
	interfaces->section[interfaces->count] = described;
	return &interfaces->section[interfaces->count++];
}

void
described_count(
    struct described *described, enum capture_count which, uint64_t count)
{
	struct capture_interface *shown = &described->known->shown;

	shown->told = true;
	/* It counts from the start of the section; it never counts back. */
	if (count < described->counts[which])
		return;
	shown->counts[which] += count - described->counts[which];
	described->counts[which] = count;
}
