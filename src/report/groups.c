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
#define CACHE_LINE ((size_t)64)
#define SLOTS_FIRST ((size_t)1 << 12)

/*
 * Eight of them are in a cache line.  A group's place counts units of 8 octets
 * from 1 on, PLACES_BLOCK in each block: 32 GiB at most.
 */
struct slot {
	uint32_t hash;  /* half of it */
	uint32_t place; /* 0: free */
};
#define PLACES_BLOCK (BLOCK_OCTETS / 8)

/* Groups, one behind the other. */
struct block {
	uint8_t *octets;
	size_t size, used;
};

struct groups {
	uint64_t limit, memory;
	unsigned periods;
	bool starved; /* the machine had no memory */
	struct slot *slots;
	size_t slot_count, count;
	GArray *blocks; /* struct block */
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
	groups->blocks = g_array_new(FALSE, FALSE, sizeof(struct block));
	if (groups->slots == NULL)
		groups_free(&groups);
	return groups;
}

static struct block *
block_of(const struct groups *groups, guint i)
{
	return &g_array_index(groups->blocks, struct block, i);
}

void
groups_free(struct groups **pointer)
{
	struct groups *groups = *pointer;

	*pointer = NULL;
	if (groups == NULL)
		return;
	for (guint i = 0; i < groups->blocks->len; i++)
		free(block_of(groups, i)->octets);
	g_array_unref(groups->blocks);
	free(groups->slots);
	g_free(groups);
}

static void
put_slot(struct slot *slots, size_t count, struct slot slot)
{
	size_t at = slot.hash & (count - 1);

	while (slots[at].place != 0)
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
		if (groups->slots[i].place != 0)
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
	return group_sums_at(length) + groups->periods * sizeof(struct sums);
}

static bool
add_block(struct groups *groups)
{
	bool large = groups->blocks->len > 0 &&
	             groups->memory + BLOCK_OCTETS <= groups->limit;
	struct block block = { .size = large ? BLOCK_OCTETS : SMALL_OCTETS };

	if (groups->memory + block.size > groups->limit ||
	    groups->blocks->len >= UINT32_MAX / PLACES_BLOCK)
		return false;
	block.octets = memory_new(block.size);
	groups->starved |= block.octets == NULL;
	if (block.octets == NULL)
		return false;
	g_array_append_val(groups->blocks, block);
	groups->memory += block.size;
	return true;
}

/* Octets for a group, in the last block; where they are, or 0. */
static uint32_t
take_octets(struct groups *groups, size_t octets)
{
	struct block *block;
	size_t at;

	if (groups->blocks->len == 0 && !add_block(groups))
		return 0;
	block = block_of(groups, groups->blocks->len - 1);
	if (octets > block->size - block->used) {
		if (!add_block(groups))
			return 0;
		block = block_of(groups, groups->blocks->len - 1);
	}
	at = block->used / 8;
	block->used += octets;
	return (uint32_t)((groups->blocks->len - 1) * PLACES_BLOCK + at + 1);
}

static inline struct group *
group_at(const struct groups *groups, uint32_t place)
{
	const struct block *block =
	    block_of(groups, (place - 1) / PLACES_BLOCK);

	return (struct group *)(void *)(block->octets +
	                                (place - 1) % PLACES_BLOCK * 8);
}

static uint32_t
make_group(struct groups *groups, const uint8_t *key, size_t length)
{
	uint32_t place = take_octets(groups, group_octets(groups, length));
	struct group *group;

	if (place == 0)
		return 0;
	group = group_at(groups, place);
	group->key_length = (uint16_t)length;
	memcpy(group->key, key, length);
	memset(group_sums(group), 0, groups->periods * sizeof(struct sums));
	return place;
}

/* Most keys are short. */
static inline bool
same_octets(const uint8_t *a, const uint8_t *b, size_t length)
{
	uint32_t first[2], last[2];

	if (length < 4 || length > 8)
		return memcmp(a, b, length) == 0;
	memcpy(&first[0], a, 4);
	memcpy(&first[1], b, 4);
	memcpy(&last[0], a + length - 4, 4);
	memcpy(&last[1], b + length - 4, 4);
	return first[0] == first[1] && last[0] == last[1];
}

static struct group *
look_up(const struct groups *groups, uint64_t hash, const uint8_t *key,
    size_t length)
{
	size_t mask = groups->slot_count - 1, at = (uint32_t)hash & mask;

	for (; groups->slots[at].place != 0; at = (at + 1) & mask) {
		struct group *group;

		if (groups->slots[at].hash != (uint32_t)hash)
			continue;
		group = group_at(groups, groups->slots[at].place);
		if (group->key_length == length &&
		    same_octets(group_key(group), key, length))
			return group;
	}
	return NULL;
}

uint64_t
groups_hash(const uint8_t *key, size_t length)
{
	return XXH3_64bits(key, length);
}

static const struct slot *
first_slot(const struct groups *groups, uint64_t hash)
{
	return &groups->slots[(uint32_t)hash & (groups->slot_count - 1)];
}

void
groups_ask_slot(const struct groups *groups, uint64_t hash)
{
	__builtin_prefetch(first_slot(groups, hash));
}

void
groups_ask_group(const struct groups *groups, uint64_t hash)
{
	uint32_t place = first_slot(groups, hash)->place;
	const uint8_t *group;

	if (place == 0)
		return;
	group = (const uint8_t *)group_at(groups, place);
	__builtin_prefetch(group, 1);
	if ((uintptr_t)group % CACHE_LINE != 0)
		__builtin_prefetch(group + CACHE_LINE, 1);
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
	struct group *group = look_up(groups, hash, key, length);
	struct slot slot = { .hash = (uint32_t)hash };

	if (group != NULL)
		return group;
	if (groups->count >= groups->slot_count / 4 * 3 && !grow(groups))
		return NULL;
	slot.place = make_group(groups, key, length);
	if (slot.place == 0)
		return NULL;
	put_slot(groups->slots, groups->slot_count, slot);
	groups->count++;
	return group_at(groups, slot.place);
}

struct group *
groups_find(struct groups *groups, const uint8_t *key, size_t length)
{
	return groups_find_hashed(
	    groups, groups_hash(key, length), key, length);
}

/* While the index grows both are there; of blocks one more than they fill. */
bool
groups_have_room(const struct groups *groups, size_t keys, size_t octets)
{
	size_t slots = 2 * groups->slot_count;
	uint64_t most;

	while (groups->count + keys >= slots / 4 * 3)
		slots *= 2;
	most = (slots + slots / 2 - groups->slot_count) * sizeof(struct slot) +
	       octets + keys * group_octets(groups, 0) + 2 * BLOCK_OCTETS;
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

struct group *
groups_next(const struct groups *groups, struct groups_walk *walk)
{
	const struct block *block;
	struct group *group;

	while (walk->block < groups->blocks->len &&
	       walk->at == block_of(groups, walk->block)->used) {
		walk->block++;
		walk->at = 0;
	}
	if (walk->block == groups->blocks->len)
		return NULL;
	block = block_of(groups, walk->block);
	group = (struct group *)(void *)(block->octets + walk->at);
	walk->at += group_octets(groups, group->key_length);
	return group;
}

struct group **
groups_list(const struct groups *groups)
{
	struct group **list = g_try_new(struct group *, groups->count + 1);
	struct groups_walk walk = { 0 };

	for (size_t i = 0; list != NULL && i < groups->count; i++)
		list[i] = groups_next(groups, &walk);
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
