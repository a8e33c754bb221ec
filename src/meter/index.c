/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "pages.h"
#include "populate.h"

#define INDEX_BITS_MIN 10
#define INDEX_BITS_MAX 30
#define INDEX_MOVE_STEP 32 /* places moved at an insertion, at least */

static inline uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static inline uint32_t
entry_tag(uint64_t entry)
{
	return (uint32_t)(entry >> 32);
}

static inline size_t
home(const struct index_table *table, uint32_t tag)
{
	return tag >> (32 - table->bits);
}

static inline size_t
mask(const struct index_table *table)
{
	return ((size_t)1 << table->bits) - 1;
}

/* Grow above 11/16: what remains keeps probes within a line or two. */
static inline size_t
fill_limit(const struct index_table *table)
{
	return ((size_t)11 << table->bits) / 16;
}

/* From here on the next table is made ready. */
static inline size_t
prepare_limit(const struct index_table *table)
{
	return ((size_t)8 << table->bits) / 16;
}

static int
table_init(struct index_table *table, unsigned bits)
{
	size_t octets = sizeof(uint64_t) << bits;

	table->entries = octets < HUGE_PAGE
	                     ? calloc((size_t)1 << bits, sizeof(uint64_t))
	                     : pages_new(octets, true);
	if (table->entries == NULL) {
		errno = ENOMEM;
		return -1;
	}
	table->bits = bits;
	return 0;
}

static void
table_clear(struct index_table *table)
{
	size_t octets = sizeof(uint64_t) << table->bits;

	if (table->entries == NULL)
		return;
	if (octets < HUGE_PAGE)
		free(table->entries);
	else
		pages_free(table->entries, octets);
	table->entries = NULL;
}

static void
table_insert(struct index_table *table, uint64_t entry)
{
	size_t place = home(table, entry_tag(entry));

	while (table->entries[place] != 0)
		place = (place + 1) & mask(table);
	table->entries[place] = entry;
}

/*
 * Close the gap at place: pull back each later entry of the cluster that
 * may stand there (whose home is not behind the gap).
 */
static void
table_close_gap(struct index_table *table, size_t place)
{
	size_t m = mask(table);

	for (size_t next = (place + 1) & m; table->entries[next] != 0;
	     next = (next + 1) & m) {
		size_t h = home(table, entry_tag(table->entries[next]));

		if (((next - h) & m) < ((next - place) & m))
			continue;
		table->entries[place] = table->entries[next];
		place = next;
	}
	table->entries[place] = 0;
}

static bool
table_remove(struct index_table *table, uint64_t entry)
{
	size_t place = home(table, entry_tag(entry));

	for (; table->entries[place] != 0; place = (place + 1) & mask(table)) {
		if (table->entries[place] != entry)
			continue;
		table_close_gap(table, place);
		return true;
	}
	return false;
}

int
index_init(struct index *index, struct populate *populate)
{
	memset(index, 0, sizeof(*index));
	index->populate = populate;
	return table_init(&index->table, INDEX_BITS_MIN);
}

void
index_clear(struct index *index)
{
	table_clear(&index->table);
	table_clear(&index->old);
	table_clear(&index->next);
}

/*
 * Move whole clusters, so that no probe in the old table ever meets a hole
 * in front of what it looks for.  Moving begins at an empty place.
 */
static void
index_move(struct index *index)
{
	struct index_table *old = &index->old;
	size_t places = mask(old) + 1;
	size_t step = 0;

	while (index->moved < places) {
		size_t place = (index->move_start + index->moved) & mask(old);
		uint64_t entry = old->entries[place];

		if (entry == 0 && step >= INDEX_MOVE_STEP)
			return;
		if (entry != 0) {
			table_insert(&index->table, entry);
			old->entries[place] = 0;
		}
		index->moved++;
		step++;
	}
	table_clear(old);
}

/* The next table, with its pages cleared by the time that it is needed. */
static void
index_prepare(struct index *index)
{
	struct index_table *next = &index->next;

	if (next->entries == NULL && index->table.bits < INDEX_BITS_MAX &&
	    table_init(next, index->table.bits + 1) == 0)
		populate_ask(index->populate, next->entries,
		    sizeof(uint64_t) << next->bits);
}

static int
index_grow(struct index *index)
{
	while (index->old.entries != NULL)
		index_move(index);
	if (index->next.entries == NULL)
		index_prepare(index);
	if (index->next.entries == NULL) {
		errno = ENOMEM;
		return -1;
	}
	index->old = index->table;
	index->table = index->next;
	index->next.entries = NULL;
	index->moved = 0;
	index->move_start = 0;
	while (index->old.entries[index->move_start] != 0)
		index->move_start++;
	return 0;
}

int
index_insert(struct index *index, uint64_t hash, uint32_t value)
{
	if (index->old.entries != NULL)
		index_move(index);
	else if (index->count == prepare_limit(&index->table))
		index_prepare(index);
	/* Where it cannot grow, the room that is left is still used. */
	if (index->count >= fill_limit(&index->table) &&
	    index_grow(index) == -1 && index->count >= mask(&index->table))
		return -1;
	table_insert(&index->table, (uint64_t)tag_of(hash) << 32 | (value + 1));
	index->count++;
	return 0;
}

void
index_remove(struct index *index, uint64_t hash, uint32_t value)
{
	uint64_t entry = (uint64_t)tag_of(hash) << 32 | (value + 1);

	if (!table_remove(&index->table, entry) && index->old.entries != NULL)
		table_remove(&index->old, entry);
	index->count--;
}

void
index_find(
    const struct index *index, uint64_t hash, struct index_cursor *cursor)
{
	cursor->tag = tag_of(hash);
	cursor->in_old = 0;
	cursor->place = home(&index->table, cursor->tag);
}

uint32_t
index_next(const struct index *index, struct index_cursor *cursor)
{
	for (;;) {
		const struct index_table *table =
		    cursor->in_old ? &index->old : &index->table;
		uint64_t entry = table->entries[cursor->place];

		if (entry != 0) {
			cursor->place = (cursor->place + 1) & mask(table);
			if (entry_tag(entry) == cursor->tag)
				return (uint32_t)entry - 1;
		} else if (!cursor->in_old && index->old.entries != NULL) {
			cursor->in_old = 1;
			cursor->place = home(&index->old, cursor->tag);
		} else {
			return LIVE_NONE;
		}
	}
}

static size_t
table_slots(const struct index_table *table)
{
	return table->entries == NULL ? 0 : (size_t)1 << table->bits;
}

size_t
index_slots(const struct index *index)
{
	return table_slots(&index->table) + table_slots(&index->old) +
	       table_slots(&index->next);
}

void
index_prefetch(const struct index *index, uint64_t hash)
{
	uint32_t tag = tag_of(hash);

	__builtin_prefetch(&index->table.entries[home(&index->table, tag)]);
	if (index->old.entries != NULL)
		__builtin_prefetch(&index->old.entries[home(&index->old, tag)]);
}
