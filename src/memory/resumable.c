/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/resumable.h"

#include <string.h>

int
resumables_init(
    struct resumables *all, uint32_t limit, struct populate *populate)
{
	memset(all, 0, sizeof(*all));
	return slab_init(&all->slab, sizeof(struct resumable), RESUMABLE_BITS,
	    limit, populate);
}

void
resumables_clear(struct resumables *all)
{
	slab_clear(&all->slab);
	memset(all, 0, sizeof(*all));
}

void
resumables_reset(struct resumables *all)
{
	if (all->most < all->used)
		all->most = all->used;
	all->oldest = all->newest = all->free = RESUMABLE_NONE;
	all->used = all->count = 0;
}

uint64_t
resumables_octets(const struct resumables *all)
{
	uint64_t used = all->used > all->most ? all->used : all->most;

	return used * sizeof(struct resumable);
}

static uint32_t
take(struct resumables *all)
{
	uint32_t number = all->free;

	if (number != RESUMABLE_NONE) {
		all->free = resumable_at(all, number)->newer;
		return number;
	}
	if (all->used == all->slab.limit ||
	    (all->used % SLAB_STEP == 0 &&
	        slab_step(&all->slab, all->used) == -1))
		return RESUMABLE_NONE;
	return ++all->used;
}

uint32_t
resumables_add(struct resumables *all)
{
	uint32_t number = take(all);
	struct resumable *one;

	if (number == RESUMABLE_NONE)
		return RESUMABLE_NONE;
	one = resumable_at(all, number);
	one->older = all->newest & INT32_MAX;
	one->newer = RESUMABLE_NONE;
	if (all->newest != RESUMABLE_NONE)
		resumable_at(all, all->newest)->newer = number & INT32_MAX;
	else
		all->oldest = number;
	all->newest = number;
	all->count++;
	return number;
}

void
resumables_remove(struct resumables *all, uint32_t number)
{
	struct resumable *one = resumable_at(all, number);

	if (one->older != RESUMABLE_NONE)
		resumable_at(all, one->older)->newer = one->newer;
	else
		all->oldest = one->newer;
	if (one->newer != RESUMABLE_NONE)
		resumable_at(all, one->newer)->older = one->older;
	else
		all->newest = one->older;
	one->newer = all->free & INT32_MAX;
	all->free = number;
	all->count--;
}

void
resumables_shift(struct resumables *all, duration by)
{
	struct resumable *one;

	for (uint32_t i = all->oldest; i != RESUMABLE_NONE; i = one->newer) {
		one = resumable_at(all, i);
		one->ended.ns += (uint64_t)by.ns;
	}
}
