/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three fixed arrays, allocated with the first fragment, as many inputs never
 * have one:
 *
 *	buckets   ┌──┬──┬──┬──┐      hash of the key, with a secret
 *	          └─┬┴──┴┬─┴──┘
 *	            ▼    ▼  chain
 *	entries   ┌──┬──┬──┬──┬──┐   fragment_table of them
 *	          └┬─┴┬─┴──┴──┴──┘
 *	           ▼  ▼  head … tail
 *	pieces    ┌──┬──┬──┬──┬──┬──┬──┬──┐   FRAGMENT_WAITING times as many
 *	          └──┴──┴──┴──┴──┴──┴──┴──┘
 *
 * Each entry is in the chain of its bucket and in one of two queues.  As all
 * entries of a queue live equally long, its head is both the next to expire
 * and the one to give up when the table is full.  An entry with waiting
 * pieces is in a third queue as well: its head gives up its pieces when these
 * run out.  So every operation takes constant time, but for the pieces that
 * it gives up, each of which was once put there.
 *
 * Invariants: an entry of QUEUE_COMPLETE has no waiting pieces;
 * counts.undecided is the number of pieces in the lists of entries and in
 * those that were taken and not yet popped.
 */
#include "fragment_store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define CAPACITY_MAX (1u << 24)
#define NONE FRAGMENT_NONE

int
fragment_store_init(struct fragment_store *store, size_t capacity)
{
	memset(store, 0, sizeof(*store));
	if (getentropy(&store->secret, sizeof(store->secret)) != 0)
		return -1;
	if (capacity == 0)
		capacity = FRAGMENT_TABLE_DEFAULT;
	store->capacity =
	    capacity < CAPACITY_MAX ? (uint32_t)capacity : CAPACITY_MAX;
	store->piece_capacity = store->capacity * FRAGMENT_WAITING;
	return 0;
}

void
fragment_store_clear(struct fragment_store *store)
{
	free(store->entries);
	free(store->buckets);
	free(store->pieces);
	store->entries = NULL;
	store->buckets = NULL;
	store->pieces = NULL;
}

int
fragment_store_allocate(struct fragment_store *store)
{
	uint32_t buckets = 1;

	if (store->entries != NULL)
		return 0;
	while (buckets < store->capacity)
		buckets *= 2;
	store->buckets = malloc(buckets * sizeof(*store->buckets));
	store->entries = malloc(store->capacity * sizeof(*store->entries));
	store->pieces = malloc(store->piece_capacity * sizeof(*store->pieces));
	if (store->buckets == NULL || store->entries == NULL ||
	    store->pieces == NULL) {
		fragment_store_clear(store);
		return -1;
	}
	memset(store->buckets, 0xff, buckets * sizeof(*store->buckets));
	store->mask = buckets - 1;
	for (uint32_t i = 0; i < store->capacity; i++)
		store->entries[i].chain =
		    i + 1 < store->capacity ? i + 1 : NONE;
	for (uint32_t i = 0; i < store->piece_capacity; i++)
		store->pieces[i].next =
		    i + 1 < store->piece_capacity ? i + 1 : NONE;
	store->unused = store->unused_pieces = 0;
	for (int i = 0; i < QUEUE_COUNT; i++)
		store->queue[i].oldest = store->queue[i].newest = NONE;
	store->waiting.oldest = store->waiting.newest = NONE;
	return 0;
}

/* --- entries */

static uint32_t
number_of(
    const struct fragment_store *store, const struct fragment_entry *entry)
{
	return (uint32_t)(entry - store->entries);
}

static uint32_t *
bucket_of(struct fragment_store *store, const struct fragment_key *key)
{
	XXH64_hash_t hash =
	    XXH3_64bits_withSeed(key, sizeof(*key), store->secret);

	return &store->buckets[hash & store->mask];
}

struct fragment_entry *
fragment_store_find(
    struct fragment_store *store, const struct fragment_key *key)
{
	uint32_t i = *bucket_of(store, key);

	while (
	    i != NONE && memcmp(&store->entries[i].key, key, sizeof(*key)) != 0)
		i = store->entries[i].chain;
	return i == NONE ? NULL : &store->entries[i];
}

static void
enqueue(struct fragment_store *store, struct fragment_entry *entry,
    enum fragment_queue number)
{
	struct fragment_list *queue = &store->queue[number];
	uint32_t i = number_of(store, entry);

	entry->queue = number;
	entry->older = queue->newest;
	entry->newer = NONE;
	if (queue->newest == NONE)
		queue->oldest = i;
	else
		store->entries[queue->newest].newer = i;
	queue->newest = i;
}

static void
dequeue(struct fragment_store *store, struct fragment_entry *entry)
{
	struct fragment_list *queue = &store->queue[entry->queue];

	if (entry->older == NONE)
		queue->oldest = entry->newer;
	else
		store->entries[entry->older].newer = entry->newer;
	if (entry->newer == NONE)
		queue->newest = entry->older;
	else
		store->entries[entry->newer].older = entry->older;
}

void
fragment_store_give_up(
    struct fragment_store *store, uint32_t list, enum unmatched reason)
{
	while (list != NONE) {
		fragment_store_pop(store, &list);
		store->counts.unmatched[reason]++;
	}
}

void
fragment_store_drop(struct fragment_store *store, struct fragment_entry *entry,
    enum unmatched reason)
{
	uint32_t i = number_of(store, entry);
	uint32_t *link = bucket_of(store, &entry->key);

	fragment_store_give_up(
	    store, fragment_store_take(store, entry), reason);
	while (*link != i)
		link = &store->entries[*link].chain;
	*link = entry->chain;
	dequeue(store, entry);
	entry->chain = store->unused;
	store->unused = i;
}

void
fragment_store_expire(struct fragment_store *store, ticks now)
{
	for (int i = 0; i < QUEUE_COUNT && store->entries != NULL; i++)
		while (store->queue[i].oldest != NONE) {
			struct fragment_entry *entry =
			    &store->entries[store->queue[i].oldest];

			if ((int64_t)(now - entry->end) < 0)
				break;
			fragment_store_drop(store, entry, UNMATCHED_FRAGMENT);
		}
}

/*
 * A complete datagram is no loss.  One whose first fragment is missing takes
 * only the place of another such one: else a flood of later fragments would
 * push out everything that is known.
 */
static void
make_room(struct fragment_store *store, bool headless)
{
	uint32_t oldest = store->queue[QUEUE_COMPLETE].oldest;

	if (oldest == NONE) {
		oldest = headless ? store->waiting.oldest
		                  : store->queue[QUEUE_OPEN].oldest;
		if (oldest == NONE)
			return;
		store->counts.fragments_evicted++;
	}
	fragment_store_drop(store, &store->entries[oldest], UNMATCHED_FRAGMENT);
}

struct fragment_entry *
fragment_store_insert(struct fragment_store *store,
    const struct fragment_key *key, ticks now, bool headless)
{
	struct fragment_entry *entry;
	uint32_t *bucket;

	if (store->unused == NONE)
		make_room(store, headless);
	if (store->unused == NONE)
		return NULL;
	entry = &store->entries[store->unused];
	bucket = bucket_of(store, key);
	store->unused = entry->chain;
	memset(entry, 0, sizeof(*entry));
	entry->key = *key;
	entry->chain = *bucket;
	*bucket = number_of(store, entry);
	entry->state = FRAGMENT_HEADLESS;
	entry->head = entry->tail = NONE;
	entry->end = now + FRAGMENT_TIMEOUT_SECONDS * (ticks)NS_PER_SECOND;
	enqueue(store, entry, QUEUE_OPEN);
	return entry;
}

void
fragment_store_complete(
    struct fragment_store *store, struct fragment_entry *entry, ticks now)
{
	dequeue(store, entry);
	entry->end = now + FRAGMENT_COPY_SECONDS * (ticks)NS_PER_SECOND;
	enqueue(store, entry, QUEUE_COMPLETE);
}

/* --- pieces */

void
fragment_store_reserve(struct fragment_store *store)
{
	while (store->unused_pieces == NONE) {
		store->counts.fragments_evicted++;
		fragment_store_drop(store,
		    &store->entries[store->waiting.oldest], UNMATCHED_FRAGMENT);
	}
}

/* An entry's first waiting piece has come. */
static void
begin_waiting(struct fragment_store *store, struct fragment_entry *entry)
{
	uint32_t i = number_of(store, entry);

	entry->waiting_older = store->waiting.newest;
	entry->waiting_newer = NONE;
	if (store->waiting.newest == NONE)
		store->waiting.oldest = i;
	else
		store->entries[store->waiting.newest].waiting_newer = i;
	store->waiting.newest = i;
}

static void
end_waiting(struct fragment_store *store, struct fragment_entry *entry)
{
	if (entry->waiting_older == NONE)
		store->waiting.oldest = entry->waiting_newer;
	else
		store->entries[entry->waiting_older].waiting_newer =
		    entry->waiting_newer;
	if (entry->waiting_newer == NONE)
		store->waiting.newest = entry->waiting_older;
	else
		store->entries[entry->waiting_newer].waiting_older =
		    entry->waiting_older;
}

void
fragment_store_wait(struct fragment_store *store, struct fragment_entry *entry,
    const struct fragment_piece *piece, bool in_front)
{
	uint32_t i = store->unused_pieces;
	struct fragment_waiting *waiting = &store->pieces[i];

	store->unused_pieces = waiting->next;
	waiting->piece = *piece;
	waiting->next = NONE;
	store->counts.undecided++;
	if (entry->head == NONE) {
		begin_waiting(store, entry);
		entry->head = entry->tail = i;
	} else if (in_front) {
		waiting->next = entry->head;
		entry->head = i;
	} else {
		store->pieces[entry->tail].next = i;
		entry->tail = i;
	}
}

uint32_t
fragment_store_take(struct fragment_store *store, struct fragment_entry *entry)
{
	uint32_t list = entry->head;

	if (list != NONE)
		end_waiting(store, entry);
	entry->head = entry->tail = NONE;
	return list;
}

struct fragment_piece
fragment_store_pop(struct fragment_store *store, uint32_t *list)
{
	uint32_t i = *list;
	struct fragment_waiting *waiting = &store->pieces[i];

	*list = waiting->next;
	waiting->next = store->unused_pieces;
	store->unused_pieces = i;
	store->counts.undecided--;
	return waiting->piece;
}

/* --- octets that have come */

/* The ranges from first on that touch the new one become one with it. */
static void
merge_ranges(
    struct fragment_entry *entry, unsigned first, struct fragment_range range)
{
	unsigned behind = first;

	while (
	    behind < entry->ranges && entry->range[behind].begin <= range.end) {
		if (entry->range[behind].begin < range.begin)
			range.begin = entry->range[behind].begin;
		if (entry->range[behind].end > range.end)
			range.end = entry->range[behind].end;
		behind++;
	}
	if (behind == first && entry->ranges == FRAGMENT_RANGES) {
		entry->ranges = FRAGMENT_RANGES + 1;
		return;
	}
	memmove(&entry->range[first + 1], &entry->range[behind],
	    (entry->ranges - behind) * sizeof(range));
	entry->range[first] = range;
	entry->ranges = (uint8_t)(entry->ranges + 1 - (behind - first));
}

/*
 * Of a datagram in more ranges than are told apart it is never said that it
 * is complete: its entry lives its time.
 */
bool
fragment_entry_cover(
    struct fragment_entry *entry, const struct fragment_piece *piece)
{
	uint32_t units = (piece->octets + (piece->last ? 7 : 0)) / 8;
	uint32_t end = piece->offset + units;
	struct fragment_range range = { piece->offset,
		(uint16_t)(end < UINT16_MAX ? end : UINT16_MAX) };
	unsigned first = 0;

	if (entry->ranges > FRAGMENT_RANGES)
		return false;
	if (piece->last)
		entry->total = range.end;
	while (first < entry->ranges && entry->range[first].end < range.begin)
		first++;
	if (units > 0)
		merge_ranges(entry, first, range);
	return entry->total != 0 && entry->ranges == 1 &&
	       entry->range[0].begin == 0 &&
	       entry->range[0].end >= entry->total;
}
