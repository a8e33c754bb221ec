/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of groups: sums by key, in a bounded amount of memory.
 *
 * Groups lie one behind the other in blocks, so that they never move; the index
 * has their hashes and where they are, and is at most three quarters full.
 */
#ifndef EXFLOW_SRC_REPORT_GROUPS_H
#define EXFLOW_SRC_REPORT_GROUPS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/report/aggregate.h"

struct sums {
	uint64_t records;
	uint64_t packets[2], octets[2]; /* of CLIENT, SERVER */
	uint64_t order;                 /* the sum of what orders them … */
	uint64_t ordered; /* … and of how many records that is */
};

/*
 * The sums, of each period, are behind the key: with a key of 6 octets or fewer
 * both are in one cache line.
 *
 *	│ length 2 │ key │ to 8 octets │ sums 56 │ …
 */
struct group {
	uint16_t key_length;
	uint8_t key[];
};

static inline const uint8_t *
group_key(const struct group *group)
{
	return group->key;
}

static inline size_t
group_sums_at(size_t key_length)
{
	return (sizeof(uint16_t) + key_length + 7) & ~(size_t)7;
}

static inline struct sums *
group_sums(struct group *group)
{
	return (struct sums *)(void *)((uint8_t *)group +
	                               group_sums_at(group->key_length));
}

struct groups;

/*
 * memory: octets at most; of these groups take 32 GiB at most.  NULL: the machine
 * has none.
 */
struct groups *groups_new(uint64_t memory, unsigned periods);
void groups_free(struct groups **groups); /* idempotent, sets NULL */
/*
 * The group of a key, a new one if need be; NULL: the memory is used up, or the
 * machine's is.
 */
struct group *groups_find(
    struct groups *groups, const uint8_t *key, size_t length);
/* Whether it was the machine's. */
bool groups_starved(const struct groups *groups);
/* The group of a key, if there is one. */
struct group *groups_get(
    const struct groups *groups, const uint8_t *key, size_t length);
/*
 * The same in steps, for many keys one after the other: memory that is asked for
 * some keys ahead is there when it is needed.
 */
uint64_t groups_hash(const uint8_t *key, size_t length);
void groups_ask_slot(const struct groups *groups, uint64_t hash);
void groups_ask_group(const struct groups *groups, uint64_t hash);
struct group *groups_find_hashed(
    struct groups *groups, uint64_t hash, const uint8_t *key, size_t length);
/* Whether some keys more, of so many octets in all, fit in any case. */
bool groups_have_room(const struct groups *groups, size_t keys, size_t octets);
size_t groups_count(const struct groups *groups);
uint64_t groups_memory(const struct groups *groups);
/* From { 0 } on, all of them, as they lie in memory; NULL: no more. */
struct groups_walk {
	unsigned block;
	size_t at;
};
struct group *groups_next(
    const struct groups *groups, struct groups_walk *walk);
/* The same as a list; g_free it.  NULL: no memory. */
struct group **groups_list(const struct groups *groups);

void group_add(struct sums *sums, const struct sums *more);
void group_subtract(struct sums *sums, const struct sums *less);

#endif
