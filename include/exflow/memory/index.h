/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index finds a live exchange, or what can be resumed, by the hash of its
 * key.  It maps 32 bits of the hash (the tag) to a 31-bit value of the meter's
 * (table.h, index values).
 *
 * A table is an array of 8-octet entries, eight to a cache line: the tag, and
 * the value plus 1; 0 is empty.  An entry's home is its place by the upper
 * bits of the tag.  Where that is taken the entry stands in the next empty
 * place (linear probing), so that a search ends at the first empty place.
 * Removing closes the gap: entries behind it move back, never before their
 * home.  An entry can be moved without looking at the exchange.
 *
 *	home of A, B, C            home of D
 *	      ▼                        ▼
 *	│     │ A  │ B  │ C  │ D  │    │     a cluster of four
 *
 * A full table grows without a pause.  One of twice the size is begun, and
 * each insertion moves a few whole clusters over, in the order of places:
 *
 *	             move_start      moved ►
 *	old    ….….….│ empty │▒▒▒▒▒▒▒▒▒▒▒▒│■■■■ ■■■ ■■■■■■ ■■….….….
 *	table  │■■■■    ■■■■■      ■■■■■                              │
 *
 * Invariants while it grows:
 * - An entry is in the new table where its home in the old one has been
 *   moved, else in the old one: a search looks into one table.
 * - The place at which moving began stays empty.  What would come to stand
 *   there, on its way around the end, is a stray: it goes to the new table at
 *   once, and while there are strays a search in the old one goes on there.
 * - Old pages are given back behind the moving, and new ones are made ready
 *   ahead of it, so that both take no more than the new table will.
 *
 * What can go wrong: there is no memory for the new table.  Then the old one
 * is filled to its last place but one, and after that index_insert fails.
 */
#ifndef EXFLOW_MEMORY_INDEX_H
#define EXFLOW_MEMORY_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/memory/live.h"

#define INDEX_NEAR 4 /* places: half a line */

struct index_table {
	uint64_t *entries; /* NULL: no such table */
	unsigned bits;     /* of its capacity */
};

struct populate;

struct index {
	struct populate *populate; /* of the meter */
	struct index_table table;
	struct index_table old; /* while it is being moved over */
	size_t count;           /* entries in both */
	size_t move_start;      /* in old: where moving began, */
	size_t moved;           /* how many places are done, */
	size_t released;        /* and given back */
	size_t strays;          /* entries that went to the new one early */
	size_t populated;       /* of table: places asked for */
	uint32_t changes;       /* see index_end */
};

/* 0, or -1 with errno ENOMEM. */
int index_init(struct index *index, struct populate *populate);
void index_clear(struct index *index);
/* Without an entry, of the size that it has. */
void index_reset(struct index *index);

static inline uint32_t
index_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static inline size_t
index_home(const struct index_table *table, uint32_t tag)
{
	return tag >> (32 - table->bits);
}

static inline size_t
index_mask(const struct index_table *table)
{
	return ((size_t)1 << table->bits) - 1;
}

/* The table that entries with this tag are in, but for strays. */
static inline const struct index_table *
index_table_of(const struct index *index, uint32_t tag)
{
	const struct index_table *old = &index->old;

	if (old->entries != NULL &&
	    ((index_home(old, tag) - index->move_start) & index_mask(old)) >=
	        index->moved)
		return old;
	return &index->table;
}

/*
 * Entries whose tag fits, one after the other; LIVE_NONE after the last.  The
 * caller compares keys.
 */
struct index_cursor {
	const struct index_table *table;
	uint32_t tag;
	size_t place;
};

static inline void
index_find(
    const struct index *index, uint64_t hash, struct index_cursor *cursor)
{
	cursor->tag = index_tag(hash);
	cursor->table = index_table_of(index, cursor->tag);
	cursor->place = index_home(cursor->table, cursor->tag);
}

static inline uint32_t
index_next(const struct index *index, struct index_cursor *cursor)
{
	uint64_t entry;

	for (;;) {
		const struct index_table *table = cursor->table;
		const uint64_t *entries = table->entries;
		size_t mask = index_mask(table), place = cursor->place;

		while ((entry = entries[place]) != 0) {
			place = (place + 1) & mask;
			if ((uint32_t)(entry >> 32) == cursor->tag) {
				cursor->place = place;
				return (uint32_t)entry - 1;
			}
		}
		cursor->place = place;
		if (table != &index->old || index->strays == 0)
			return LIVE_NONE;
		cursor->table = &index->table;
		cursor->place = index_home(cursor->table, cursor->tag);
	}
}

/*
 * Where a search has ended without an entry.  The next one ends there as well,
 * and an entry with that tag is to be put there, unless the place is taken
 * since then, an entry was removed, or the index grows.
 */
struct index_end {
	size_t place; /* of table; SIZE_MAX: not known */
	uint32_t changes;
};

/* After index_next returned value. */
static inline struct index_end
index_end_of(const struct index *index, const struct index_cursor *cursor,
    uint32_t value)
{
	bool known = value == LIVE_NONE && index->old.entries == NULL;

	return (struct index_end){
		.place = known ? cursor->place : SIZE_MAX,
		.changes = index->changes,
	};
}

static inline bool
index_ends_at(const struct index *index, const struct index_end *end)
{
	return end->place != SIZE_MAX && end->changes == index->changes &&
	       index->table.entries[end->place] == 0;
}

/* 0, or -1 (ENOMEM) where the index is full and cannot grow. */
int index_insert(struct index *index, uint64_t hash, uint32_t value);
/* The same, faster where the search for this hash ended there. */
int index_insert_at(struct index *index, uint64_t hash, uint32_t value,
    const struct index_end *end);
void index_remove(struct index *index, uint64_t hash, uint32_t value);

/* Places of all its tables. */
size_t index_slots(const struct index *index);
/* Of memory: of tables on the move, what is not written yet is not counted. */
uint64_t index_octets(const struct index *index);

/* Probes often run into the next line: that is fetched, too, if it is near. */
static inline __attribute__((always_inline)) void
index_prefetch(const struct index *index, uint64_t hash)
{
	uint32_t tag = index_tag(hash);
	const struct index_table *table = index_table_of(index, tag);
	const uint64_t *home = &table->entries[index_home(table, tag)];

	__builtin_prefetch(home);
	__builtin_prefetch(home + INDEX_NEAR);
}

#endif
