/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/offline/interface_numbers.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024
#define NONE UINT32_MAX

struct numbered {
	struct capture_interface of; /* place, name, link type, counts */
	uint32_t older;              /* of the same bucket; NONE: none */
	bool described;              /* else: the one of all pcap files */
};

struct interface_numbers {
	struct interface_names *names;
	struct numbered *list; /* by number */
	size_t count, room;
	uint32_t bucket[BUCKETS]; /* by name and place: the newest; or NONE */
};

struct interface_numbers *
interface_numbers_new(struct interface_names *names)
{
	struct interface_numbers *numbers = calloc(1, sizeof(*numbers));

	if (numbers == NULL)
		return NULL;
	numbers->names = names;
	for (size_t i = 0; i < BUCKETS; i++)
		numbers->bucket[i] = NONE;
	return numbers;
}

void
interface_numbers_free(struct interface_numbers **numbers)
{
	if (*numbers == NULL)
		return;
	free((*numbers)->list);
	free(*numbers);
	*numbers = NULL;
}

static unsigned
bucket_of(const struct capture_interface *interface)
{
	unsigned sum = interface->place;

	for (const char *at = interface->name; *at != '\0'; at++)
		sum = sum * 31 + (uint8_t)*at;
	return sum % BUCKETS;
}

static bool
same(const struct numbered *numbered, const struct capture_interface *interface,
    bool described)
{
	const struct capture_interface *of = &numbered->of;

	if (!numbered->described || !described)
		return numbered->described == described;
	return of->place == interface->place &&
	       of->datalink == interface->datalink &&
	       strcmp(of->name, interface->name) == 0;
}

static bool
make_room(struct interface_numbers *numbers)
{
	size_t larger = numbers->room == 0 ? 16 : 2 * numbers->room;
	void *moved;

	if (numbers->count < numbers->room)
		return true;
	if (numbers->count == INTERFACE_NUMBERS_MAX)
		return false;
	moved = reallocarray(numbers->list, larger, sizeof(*numbers->list));
	if (moved == NULL)
		return false;
	numbers->list = moved;
	numbers->room = larger;
	return true;
}

uint32_t
interface_numbers_get(struct interface_numbers *numbers,
    const struct capture_interface *interface, bool described)
{
	uint32_t *bucket = &numbers->bucket[bucket_of(interface)];
	uint32_t number = *bucket;

	while (number != NONE &&
	       !same(&numbers->list[number], interface, described))
		number = numbers->list[number].older;
	if (number != NONE)
		return number;
	if (!make_room(numbers))
		return INTERFACE_NUMBERS_MAX;
	number = (uint32_t)numbers->count++;
	numbers->list[number] = (struct numbered){
		.of = *interface,
		.older = *bucket,
		.described = described,
	};
	numbers->list[number].of.told = false;
	memset(numbers->list[number].of.counts, 0,
	    sizeof(numbers->list[number].of.counts));
	*bucket = number;
	if (described) /* without memory it has no name */
		(void)interface_names_add(
		    numbers->names, number, interface->name);
	return number;
}

void
interface_numbers_add(struct interface_numbers *numbers, uint32_t number,
    const struct capture_interface *interface)
{
	struct capture_interface *sum;

	if (number >= numbers->count)
		return;
	sum = &numbers->list[number].of;
	sum->told = sum->told || interface->told;
	for (size_t i = 0; i < CAPTURE_COUNTS; i++)
		sum->counts[i] += interface->counts[i];
}

int
interface_numbers_report(
    const struct interface_numbers *numbers, struct status *status)
{
	struct described_interface *to;

	status->described =
	    calloc(numbers->count + 1, sizeof(*status->described));
	if (status->described == NULL)
		return -1;
	for (size_t i = 0; i < numbers->count; i++) {
		const struct capture_interface *of = &numbers->list[i].of;

		if (!numbers->list[i].described)
			continue;
		to = &status->described[status->described_count++];
		to->number = (uint32_t)i;
		memcpy(to->name, of->name, sizeof(to->name));
		to->told = of->told;
		memcpy(to->counts, of->counts, sizeof(to->counts));
	}
	return 0;
}
