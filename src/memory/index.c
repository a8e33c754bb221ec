/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/memory/live.h"
#include "exflow/memory/populate.h"

#include "pages.h"

#define INDEX_BITS_MIN 10
#define INDEX_BITS_MAX 30
#define INDEX_MOVE_STEP 16 /* places moved at an insertion, at least */

/* Memory is made ready and given back in pieces of a huge page. */
#define PIECE_BITS 18
#define PIECE ((size_t)1 << PIECE_BITS)
_Static_assert(PIECE * sizeof(uint64_t) == HUGE_PAGE, "a piece is a page");

static inline uint32_t
entry_tag(uint64_t entry)
{
	return (uint32_t)(entry >> 32);
}

/* A table fuller than 11/16 grows: searches then end within a line or two. */
static inline size_t
fill_limit(const struct index_table *table)
{
	return ((size_t)11 << table->bits) / 16;
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

/* The empty place that an entry with this tag gets. */
static inline size_t
empty_place(const struct index_table *table, uint32_t tag)
{
	size_t place = index_home(table, tag);

	while (table->entries[place] != 0)
		place = (place + 1) & index_mask(table);
	return place;
}

static inline void
table_insert(const struct index_table *table, uint64_t entry)
{
	table->entries[empty_place(table, entry_tag(entry))] = entry;
}

/*
 * Close the gap at place: pull back each later entry of the cluster that
 * may stand there (whose home is not behind the gap).
 */
static void
table_close_gap(struct index_table *table, size_t place)
{
	size_t m = index_mask(table);

	for (size_t next = (place + 1) & m; table->entries[next] != 0;
	     next = (next + 1) & m) {
		size_t h = index_home(table, entry_tag(table->entries[next]));

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
	size_t place = index_home(table, entry_tag(entry));

	while (table->entries[place] != 0 && table->entries[place] != entry)
		place = (place + 1) & index_mask(table);
	if (table->entries[place] == 0)
		return false;
	table_close_gap(table, place);
	return true;
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
}

void
index_reset(struct index *index)
{
	table_clear(&index->old);
	memset(index->table.entries, 0, sizeof(uint64_t) << index->table.bits);
	index->count = index->strays = 0;
	index->changes++;
}

/* Make ready the pages of the new table that moving will write to next. */
static void
move_populate(struct index *index)
{
	size_t places = index_mask(&index->table) + 1;

	while (index->populated < places &&
	       index->populated < 2 * index->moved + 2 * PIECE) {
		populate_ask(index->populate,
		    &index->table.entries[index->populated], HUGE_PAGE);
		index->populated += PIECE;
	}
}

/* Give back pages of the old table that are moved; its first is still read. */
static void
move_release(struct index *index)
{
	while (
	    index->released + 2 * PIECE <= index->move_start + index->moved &&
	    index->released + PIECE <= index_mask(&index->old)) {
		index->released += PIECE;
		pages_forget(&index->old.entries[index->released], HUGE_PAGE);
	}
}

/*
 * Move whole clusters: a search in the old table must not end at a place that
 * was emptied before the entry that it looks for.
 */
static void
index_move(struct index *index)
{
	const struct index_table table = index->table;
	uint64_t *old = index->old.entries;
	size_t mask = index_mask(&index->old), moved = index->moved;
	size_t enough = moved + INDEX_MOVE_STEP;

	for (; moved <= mask; moved++) {
		size_t place = (index->move_start + moved) & mask;

		if (old[place] != 0) {
			table_insert(&table, old[place]);
			old[place] = 0;
		} else if (moved >= enough) {
			index->moved = moved;
			return;
		}
	}
	index->moved = moved;
	table_clear(&index->old);
}

static int
index_grow(struct index *index)
{
	struct index_table bigger = { 0 };

	while (index->old.entries != NULL)
		index_move(index);
	if (index->table.bits == INDEX_BITS_MAX ||
	    table_init(&bigger, index->table.bits + 1) == -1) {
		errno = ENOMEM;
		return -1;
	}
	index->changes++;
	index->old = index->table;
	index->table = bigger;
	index->moved = index->released = index->populated = 0;
	index->move_start = 0;
	while (index->old.entries[index->move_start] != 0)
		index->move_start++;
	/* Growing failed before, so the old table is nearly full: move at once. */
	while (index->old.entries != NULL &&
	       index->count > fill_limit(&index->old))
		index_move(index);
	return 0;
}

/* While the table grows, each insertion moves a few entries. */
static void
index_grow_on(struct index *index)
{
	index_move(index);
	if (index->table.bits >= PIECE_BITS)
		move_populate(index);
	if (index->old.entries != NULL && index->old.bits >= PIECE_BITS)
		move_release(index);
}

static void
index_put(struct index *index, uint32_t tag, uint64_t entry)
{
	size_t place;

	if (index_table_of(index, tag) == &index->old) {
		place = empty_place(&index->old, tag);
		if (place != index->move_start) {
			index->old.entries[place] = entry;
			return;
		}
		index->strays++;
	}
	table_insert(&index->table, entry);
}

int
index_insert(struct index *index, uint64_t hash, uint32_t value)
{
	uint32_t tag = index_tag(hash);

	if (index->old.entries != NULL)
		index_grow_on(index);
	/* Without memory to grow, fill the table to its last place but one. */
	if (index->count >= fill_limit(&index->table) &&
	    index_grow(index) == -1 &&
	    index->count >= index_mask(&index->table))
		return -1;
	index_put(index, tag, (uint64_t)tag << 32 | (value + 1));
	index->count++;
	return 0;
}

int
index_insert_at(struct index *index, uint64_t hash, uint32_t value,
    const struct index_end *end)
{
	if (!index_ends_at(index, end) ||
	    index->count >= fill_limit(&index->table))
		return index_insert(index, hash, value);
	index->table.entries[end->place] =
	    (uint64_t)index_tag(hash) << 32 | (value + 1);
	index->count++;
	return 0;
}

void
index_remove(struct index *index, uint64_t hash, uint32_t value)
{
	uint32_t tag = index_tag(hash);
	uint64_t entry = (uint64_t)tag << 32 | (value + 1);

	if (index_table_of(index, tag) != &index->old ||
	    !table_remove(&index->old, entry))
		table_remove(&index->table, entry);
	index->count--;
	index->changes++;
}

static size_t
table_slots(const struct index_table *table)
{
	return table->entries == NULL ? 0 : (size_t)1 << table->bits;
}

size_t
index_slots(const struct index *index)
{
	return table_slots(&index->table) + table_slots(&index->old);
}

uint64_t
index_octets(const struct index *index)
{
	size_t slots = index_slots(index);

	if (index->old.entries == NULL)
		return slots * sizeof(uint64_t);
	if (index->table.bits >= PIECE_BITS)
		slots -= table_slots(&index->table) - index->populated;
	return (slots - index->released) * sizeof(uint64_t);
}
