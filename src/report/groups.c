/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "groups.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The first block is small, and so are those that fill up the memory. */
#define SMALL_OCTETS ((size_t)256 << 10)
#define BLOCK_OCTETS HUGE_PAGE
#define HUGE_PAGE ((size_t)2 << 20)
#define SLOTS_FIRST ((size_t)1 << 12)

struct slot {
	uint64_t hash;
	struct group *group; /* NULL: free */
};

struct groups {
	uint64_t limit, memory;
	unsigned periods;
	bool starved; /* the machine had no memory */
	struct slot *slots;
	size_t slot_count, count;
	GPtrArray *blocks;
	size_t left; /* octets of the last block */
	uint8_t *next;
};

/*
 * Groups are looked at in no order: large pages of memory spare the processor
 * most of its searches for pages.
 */
static void *
memory_new(size_t octets)
{
	void *memory;

	if (octets < HUGE_PAGE)
		return malloc(octets);
	memory = aligned_alloc(HUGE_PAGE, octets);
#ifdef MADV_HUGEPAGE
	if (memory != NULL)
		(void)madvise(memory, octets, MADV_HUGEPAGE);
#endif
	return memory;
}

struct groups *
groups_new(uint64_t memory, unsigned periods)
{
	struct groups *groups = g_new0(struct groups, 1);

	groups->limit = memory;
	groups->periods = periods;
	groups->slot_count = SLOTS_FIRST;
	groups->slots = calloc(SLOTS_FIRST, sizeof(struct slot));
	groups->memory = SLOTS_FIRST * sizeof(struct slot);
	groups->blocks = g_ptr_array_new_with_free_func(free);
	if (groups->slots == NULL)
		groups_free(&groups);
	return groups;
}

void
groups_free(struct groups **pointer)
{
	struct groups *groups = *pointer;

	*pointer = NULL;
	if (groups == NULL)
		return;
	g_ptr_array_unref(groups->blocks);
	free(groups->slots);
	g_free(groups);
}

static void
put_slot(struct slot *slots, size_t count, struct slot slot)
{
	size_t at = slot.hash & (count - 1);

	while (slots[at].group != NULL)
		at = (at + 1) & (count - 1);
	slots[at] = slot;
}

static bool
grow(struct groups *groups)
{
	size_t count = groups->slot_count * 2;
	uint64_t octets = count * sizeof(struct slot);
	struct slot *slots;

	/* While both are there. */
	if (groups->memory + octets > groups->limit)
		return false;
	slots = memory_new(octets);
	groups->starved |= slots == NULL;
	if (slots == NULL)
		return false;
	memset(slots, 0, octets);
	for (size_t i = 0; i < groups->slot_count; i++)
		if (groups->slots[i].group != NULL)
			put_slot(slots, count, groups->slots[i]);
	free(groups->slots);
	groups->memory += octets / 2;
	groups->slots = slots;
	groups->slot_count = count;
	return true;
}

static size_t
group_octets(const struct groups *groups, size_t length)
{
	size_t octets = sizeof(struct group) +
	                groups->periods * sizeof(struct sums) + length;

	return (octets + 7) & ~(size_t)7;
}

static bool
add_block(struct groups *groups)
{
	bool large = groups->blocks->len > 0 &&
	             groups->memory + BLOCK_OCTETS <= groups->limit;
	size_t octets = large ? BLOCK_OCTETS : SMALL_OCTETS;
	uint8_t *block;

	if (groups->memory + octets > groups->limit)
		return false;
	block = memory_new(octets);
	groups->starved |= block == NULL;
	if (block == NULL)
		return false;
	g_ptr_array_add(groups->blocks, block);
	groups->memory += octets;
	groups->left = octets;
	groups->next = block;
	return true;
}

static struct group *
make_group(struct groups *groups, const uint8_t *key, size_t length)
{
	size_t sums = groups->periods * sizeof(struct sums);
	size_t octets = group_octets(groups, length);
	struct group *group;

	if (octets > groups->left && !add_block(groups))
		return NULL;
	group = (struct group *)(void *)groups->next;
	groups->next += octets;
	groups->left -= octets;
	memset(group->sums, 0, sums);
	group->key_length = (uint16_t)length;
	group->periods = (uint16_t)groups->periods;
	memcpy((uint8_t *)group->sums + sums, key, length);
	return group;
}

static struct group *
look_up(const struct groups *groups, uint64_t hash, const uint8_t *key,
    size_t length)
{
	size_t mask = groups->slot_count - 1, at = hash & mask;

	for (; groups->slots[at].group != NULL; at = (at + 1) & mask) {
		struct group *group = groups->slots[at].group;

		if (groups->slots[at].hash == hash &&
		    group->key_length == length &&
		    memcmp(group_key(group), key, length) == 0)
			return group;
	}
	return NULL;
}

uint64_t
groups_hash(const uint8_t *key, size_t length)
{
	return XXH3_64bits(key, length);
}

void
groups_ask_slot(const struct groups *groups, uint64_t hash)
{
	__builtin_prefetch(&groups->slots[hash & (groups->slot_count - 1)]);
}

/* Its last octets may be in the next line. */
void
groups_ask_group(const struct groups *groups, uint64_t hash)
{
	const struct slot *slot =
	    &groups->slots[hash & (groups->slot_count - 1)];

	if (slot->group == NULL)
		return;
	__builtin_prefetch(slot->group, 1);
	__builtin_prefetch((const uint8_t *)slot->group + 64, 1);
}

struct group *
groups_get(const struct groups *groups, const uint8_t *key, size_t length)
{
	return look_up(groups, groups_hash(key, length), key, length);
}

struct group *
groups_find_hashed(
    struct groups *groups, uint64_t hash, const uint8_t *key, size_t length)
{
	struct slot slot = { .hash = hash };

	slot.group = look_up(groups, hash, key, length);
	if (slot.group != NULL)
		return slot.group;
	if (groups->count >= groups->slot_count / 4 * 3 && !grow(groups))
		return NULL;
	slot.group = make_group(groups, key, length);
	if (slot.group == NULL)
		return NULL;
	put_slot(groups->slots, groups->slot_count, slot);
	groups->count++;
	return slot.group;
}

struct group *
groups_find(struct groups *groups, const uint8_t *key, size_t length)
{
	return groups_find_hashed(
	    groups, groups_hash(key, length), key, length);
}

/* At most twice the index, and one block more than they fill. */
bool
groups_have_room(const struct groups *groups, size_t keys, size_t octets)
{
	uint64_t most = 2 * groups->slot_count * sizeof(struct slot) + octets +
	                keys * group_octets(groups, 0) + 2 * BLOCK_OCTETS;

	return most <= groups->limit && groups->memory <= groups->limit - most;
}

bool
groups_starved(const struct groups *groups)
{
	return groups->starved;
}

size_t
groups_count(const struct groups *groups)
{
	return groups->count;
}

uint64_t
groups_memory(const struct groups *groups)
{
	return groups->memory;
}

struct group **
groups_list(const struct groups *groups)
{
	struct group **list = g_try_new(struct group *, groups->count + 1);
	size_t n = 0;

	for (size_t i = 0; list != NULL && i < groups->slot_count; i++)
		if (groups->slots[i].group != NULL)
			list[n++] = groups->slots[i].group;
	return list;
}

void
group_add(struct sums *sums, const struct sums *more)
{
	sums->records += more->records;
	for (int side = 0; side < 2; side++) {
		sums->packets[side] += more->packets[side];
		sums->octets[side] += more->octets[side];
	}
	sums->order += more->order;
	sums->ordered += more->ordered;
}

void
group_subtract(struct sums *sums, const struct sums *less)
{
	sums->records -= less->records;
	for (int side = 0; side < 2; side++) {
		sums->packets[side] -= less->packets[side];
		sums->octets[side] -= less->octets[side];
	}
	sums->order -= less->order;
	sums->ordered -= less->ordered;
}
