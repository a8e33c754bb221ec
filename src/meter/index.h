/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index: from the hash of a key to a 31-bit value, which is the number of
 * its live exchange and one bit more, as the meter makes it.
 *
 * Open addressing with linear probing over 8-octet entries, eight to a cache
 * line: 32 bits of the hash (the tag) and the value plus one; 0 is empty.
 * The place of an entry is the upper bits of its tag, so an entry can be
 * moved without looking at the exchange.  There is no pause for rehashing:
 * before the table is full, one of twice the size is made ready beside it
 * (populate.h); once it is full, every insertion moves a few clusters over.
 */
#ifndef EXFLOW_METER_INDEX_H
#define EXFLOW_METER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_table {
	uint64_t *entries; /* NULL: no such table */
	unsigned bits;     /* of its capacity */
};

struct populate;

struct index {
	struct populate *populate; /* of the meter */
	struct index_table table;
	struct index_table old;  /* while it is being moved over */
	struct index_table next; /* while it is made ready */
	size_t count;            /* entries in both */
	size_t move_start;       /* in old: where moving began, */
	size_t moved;            /* and how many places are done */
};

/* 0, or -1 with errno ENOMEM. */
int index_init(struct index *index, struct populate *populate);
void index_clear(struct index *index);

/*
 * Entries whose tag fits, one after the other: start with *cursor zeroed;
 * LIVE_NONE after the last.  The caller compares keys.
 */
struct index_cursor {
	uint32_t tag;
	uint8_t in_old;
	size_t place;
};
void index_find(
    const struct index *index, uint64_t hash, struct index_cursor *cursor);
uint32_t index_next(const struct index *index, struct index_cursor *cursor);

/* 0, or -1 (ENOMEM) where the index is full and cannot grow. */
int index_insert(struct index *index, uint64_t hash, uint32_t value);
void index_remove(struct index *index, uint64_t hash, uint32_t value);

/* Places of all its tables. */
size_t index_slots(const struct index *index);

void index_prefetch(const struct index *index, uint64_t hash);

#endif
