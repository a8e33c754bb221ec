/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fixed number of entries, each in a chain of its hash bucket and in one
 * queue by age.  As each entry lives equally long, the head of the queue is
 * both the next to expire and the one to give up when the table is full:
 * every operation takes constant time.  The memory comes with the first
 * fragment, as many inputs never have one.
 */
#include "fragment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "exflow/decode/decode.h"

#define NONE UINT32_MAX
#define CAPACITY_MAX (1u << 24)

struct fragment {
	struct fragment_key key;
	struct flow_key flow;
	timestamp stored;
	uint32_t chain; /* next in the bucket, or next of the unused */
	uint32_t older, newer;
	uint8_t sender;
};

struct fragment_table {
	struct fragment *entries; /* NULL until the first fragment */
	uint32_t *buckets;        /* index of an entry, or NONE */
	uint32_t capacity;
	uint32_t mask;   /* number of buckets - 1 */
	uint32_t unused; /* chain of entries to take */
	uint32_t oldest, newest;
	uint64_t secret; /* of the hash: nobody outside can aim collisions */
	uint64_t evicted;
};

struct fragment_table *
fragment_table_new(size_t capacity)
{
	struct fragment_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	if (getentropy(&table->secret, sizeof(table->secret)) != 0) {
		free(table);
		return NULL;
	}
	if (capacity == 0)
		capacity = FRAGMENT_TABLE_DEFAULT;
	table->capacity =
	    capacity < CAPACITY_MAX ? (uint32_t)capacity : CAPACITY_MAX;
	return table;
}

void
fragment_table_free(struct fragment_table **table)
{
	if (*table == NULL)
		return;
	free((*table)->entries);
	free((*table)->buckets);
	free(*table);
	*table = NULL;
}

static int
allocate(struct fragment_table *table)
{
	uint32_t buckets = 1;

	while (buckets < table->capacity)
		buckets *= 2;
	table->buckets = malloc(buckets * sizeof(*table->buckets));
	table->entries = malloc(table->capacity * sizeof(*table->entries));
	if (table->buckets == NULL || table->entries == NULL) {
		free(table->buckets);
		free(table->entries);
		table->buckets = NULL;
		table->entries = NULL;
		return -1;
	}
	memset(table->buckets, 0xff, buckets * sizeof(*table->buckets));
	table->mask = buckets - 1;
	for (uint32_t i = 0; i < table->capacity; i++)
		table->entries[i].chain =
		    i + 1 < table->capacity ? i + 1 : NONE;
	table->unused = 0;
	table->oldest = table->newest = NONE;
	return 0;
}

struct fragment_key
fragment_key_make(const uint8_t *source, const uint8_t *destination,
    unsigned ip_version, unsigned protocol, uint32_t id)
{
	struct fragment_key key = {
		.id = id,
		.protocol = (uint8_t)protocol,
		.ip_version = (uint8_t)ip_version,
	};
	size_t octets = ip_version == 4 ? 4 : 16;

	memcpy(key.source, source, octets);
	memcpy(key.destination, destination, octets);
	return key;
}

static uint32_t *
bucket_of(struct fragment_table *table, const struct fragment_key *key)
{
	XXH64_hash_t hash =
	    XXH3_64bits_withSeed(key, sizeof(*key), table->secret);

	return &table->buckets[hash & table->mask];
}

static uint32_t
find(struct fragment_table *table, const struct fragment_key *key)
{
	uint32_t i = *bucket_of(table, key);

	while (
	    i != NONE && memcmp(&table->entries[i].key, key, sizeof(*key)) != 0)
		i = table->entries[i].chain;
	return i;
}

/* Take entry i out of its chain and of the queue, and make it unused. */
static void
drop(struct fragment_table *table, uint32_t i)
{
	struct fragment *entry = &table->entries[i];
	uint32_t *link = bucket_of(table, &entry->key);

	while (*link != i)
		link = &table->entries[*link].chain;
	*link = entry->chain;
	if (entry->older == NONE)
		table->oldest = entry->newer;
	else
		table->entries[entry->older].newer = entry->newer;
	if (entry->newer == NONE)
		table->newest = entry->older;
	else
		table->entries[entry->newer].older = entry->older;
	entry->chain = table->unused;
	table->unused = i;
}

static void
expire(struct fragment_table *table, timestamp now)
{
	const duration life = duration_seconds(FRAGMENT_TIMEOUT_SECONDS);

	while (table->oldest != NONE) {
		timestamp end =
		    timestamp_add(table->entries[table->oldest].stored, life);

		if (timestamp_before(now, end))
			return;
		drop(table, table->oldest);
	}
}

/* An unused entry, linked in as the newest of its bucket and of all. */
static struct fragment *
insert(struct fragment_table *table, const struct fragment_key *key)
{
	uint32_t i = table->unused;
	struct fragment *entry = &table->entries[i];
	uint32_t *bucket = bucket_of(table, key);

	table->unused = entry->chain;
	entry->key = *key;
	entry->chain = *bucket;
	*bucket = i;
	entry->older = table->newest;
	entry->newer = NONE;
	if (table->newest == NONE)
		table->oldest = i;
	else
		table->entries[table->newest].newer = i;
	table->newest = i;
	return entry;
}

void
fragment_table_put(struct fragment_table *table, const struct fragment_key *key,
    const struct segment *segment, timestamp now)
{
	struct fragment *entry;
	uint32_t same;

	if (table->entries == NULL && allocate(table) != 0) {
		table->evicted++;
		return;
	}
	expire(table, now);
	same = find(table, key);
	if (same != NONE)
		drop(table, same);
	if (table->unused == NONE) {
		drop(table, table->oldest);
		table->evicted++;
	}
	entry = insert(table, key);
	entry->flow = segment->key;
	entry->sender = segment->sender;
	entry->stored = now;
}

int
fragment_table_find(struct fragment_table *table,
    const struct fragment_key *key, timestamp now, struct segment *segment)
{
	uint32_t i;

	if (table->entries == NULL)
		return -1;
	expire(table, now);
	i = find(table, key);
	if (i == NONE)
		return -1;
	segment->key = table->entries[i].flow;
	segment->sender = table->entries[i].sender;
	return 0;
}

uint64_t
fragment_table_evicted(const struct fragment_table *table)
{
	return table->evicted;
}
