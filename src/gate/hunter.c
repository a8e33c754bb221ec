/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/gate/hunter.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SETS (HUNTER_NAMES / HUNTER_WAYS)
_Static_assert((SETS & (SETS - 1)) == 0, "a set is chosen by bits");

/* The octets of a place, as words: a reader may see some of them change. */
enum {
	WORD_TIME,   /* ns: when the answer came */
	WORD_UNTIL,  /* ns: it holds until then; 0: the place is free */
	WORD_CLIENT, /* two words */
	WORD_SERVER = 4,
	WORD_KIND = 6, /* ip_version * 256 + octets of the name */
	WORD_NAME = 7,
	WORDS = WORD_NAME + (NAME_OCTETS_MAX + 7) / 8
};

struct place {
	_Atomic uint64_t sequence; /* odd: it is being written */
	_Atomic uint64_t word[WORDS];
};

struct hunter {
	const struct flow_hash *hash;
	struct place (*sets)[HUNTER_WAYS];
	_Atomic uint32_t (*tags)[HUNTER_WAYS]; /* 0: the place is free */
	_Atomic uint64_t evicted;
};

struct hunter *
hunter_new(const struct flow_hash *hash)
{
	struct hunter *hunter = calloc(1, sizeof(*hunter));

	if (hunter == NULL)
		return NULL;
	hunter->hash = hash;
	/* Taken from the system as they are touched. */
	hunter->sets = calloc(SETS, sizeof(*hunter->sets));
	hunter->tags = calloc(SETS, sizeof(*hunter->tags));
	if (hunter->sets == NULL || hunter->tags == NULL)
		hunter_free(&hunter);
	return hunter;
}

void
hunter_free(struct hunter **hunter)
{
	if (*hunter == NULL)
		return;
	free((*hunter)->sets);
	free((*hunter)->tags);
	free(*hunter);
	*hunter = NULL;
}

uint64_t
hunter_memory(void)
{
	return SETS * (sizeof(*((struct hunter *)0)->sets) +
	                  sizeof(*((struct hunter *)0)->tags));
}

uint64_t
hunter_evicted(const struct hunter *hunter)
{
	return atomic_load_explicit(&hunter->evicted, memory_order_relaxed);
}

/* --- keys and words */

/* A pair is hashed as a key without ports. */
static uint64_t
hash_of(const struct hunter *hunter, const struct hunter_pair *pair)
{
	struct flow_key key = { .ip_version = pair->ip_version };

	memcpy(key.address[0], pair->client, sizeof(key.address[0]));
	memcpy(key.address[1], pair->server, sizeof(key.address[1]));
	return flow_hash(hunter->hash, &key);
}

static size_t
set_of(uint64_t hash)
{
	return hash & (SETS - 1);
}

static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1;
}

static uint64_t
get(const struct place *place, size_t word)
{
	return atomic_load_explicit(&place->word[word], memory_order_relaxed);
}

static void
set(struct place *place, size_t word, uint64_t value)
{
	atomic_store_explicit(&place->word[word], value, memory_order_relaxed);
}

static void
set_octets(struct place *place, size_t word, const void *octets, size_t n)
{
	const uint8_t *from = octets;

	for (; n > 0; word++) {
		size_t part = n < sizeof(uint64_t) ? n : sizeof(uint64_t);
		uint64_t value = 0;

		memcpy(&value, from, part);
		set(place, word, value);
		from += part;
		n -= part;
	}
}

static void
get_octets(const struct place *place, size_t word, void *octets, size_t n)
{
	uint8_t *to = octets;

	for (; n > 0; word++) {
		size_t part = n < sizeof(uint64_t) ? n : sizeof(uint64_t);
		uint64_t value = get(place, word);

		memcpy(to, &value, part);
		to += part;
		n -= part;
	}
}

static bool
has_octets(
    const struct place *place, size_t word, const uint8_t *octets, size_t n)
{
	uint8_t there[16];

	get_octets(place, word, there, n);
	return memcmp(there, octets, n) == 0;
}

static bool
belongs(const struct place *place, const struct hunter_pair *pair)
{
	return get(place, WORD_UNTIL) != 0 &&
	       get(place, WORD_KIND) >> 8 == pair->ip_version &&
	       has_octets(place, WORD_CLIENT, pair->client, 16) &&
	       has_octets(place, WORD_SERVER, pair->server, 16);
}

/* --- putting */

/*
 * The place for a pair: its own, else a free one or one whose time is over,
 * else the oldest.
 */
static size_t
way_for(const struct hunter *hunter, size_t set, uint32_t tag,
    const struct hunter_pair *pair, timestamp time)
{
	size_t way = 0;
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < HUNTER_WAYS; i++) {
		const struct place *place = &hunter->sets[set][i];
		uint64_t told = get(place, WORD_TIME);

		if (atomic_load_explicit(
		        &hunter->tags[set][i], memory_order_relaxed) == tag &&
		    belongs(place, pair))
			return i;
		if (get(place, WORD_UNTIL) <= time.ns)
			told = 0;
		if (told < oldest) {
			oldest = told;
			way = i;
		}
	}
	return way;
}

static void
write_place(struct place *place, const struct hunter_pair *pair,
    const char *name, size_t octets, uint32_t ttl, timestamp time)
{
	timestamp until = timestamp_add(time, duration_seconds(ttl));

	set(place, WORD_TIME, time.ns);
	set(place, WORD_UNTIL, until.ns);
	set_octets(place, WORD_CLIENT, pair->client, 16);
	set_octets(place, WORD_SERVER, pair->server, 16);
	set(place, WORD_KIND, (uint64_t)pair->ip_version << 8 | octets);
	set_octets(place, WORD_NAME, name, octets);
}

void
hunter_put(struct hunter *hunter, const struct hunter_pair *pair,
    const char *name, size_t octets, uint32_t ttl, timestamp time)
{
	uint64_t hash = hash_of(hunter, pair), sequence;
	size_t row = set_of(hash);
	size_t way = way_for(hunter, row, tag_of(hash), pair, time);
	struct place *place = &hunter->sets[row][way];

	if (octets == 0 || octets > NAME_OCTETS_MAX)
		return;
	if (ttl < HUNTER_TTL_MIN)
		ttl = HUNTER_TTL_MIN;
	if (ttl > HUNTER_TTL_MAX)
		ttl = HUNTER_TTL_MAX;
	sequence = atomic_load_explicit(&place->sequence, memory_order_relaxed);
	if (sequence % 2 != 0 ||
	    !atomic_compare_exchange_strong_explicit(&place->sequence,
	        &sequence, sequence + 1, memory_order_acquire,
	        memory_order_relaxed))
		return; /* another thread is writing there */
	if (get(place, WORD_UNTIL) > time.ns && !belongs(place, pair))
		atomic_fetch_add_explicit(
		    &hunter->evicted, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	write_place(place, pair, name, octets, ttl, time);
	atomic_store_explicit(
	    &hunter->tags[row][way], tag_of(hash), memory_order_relaxed);
	atomic_store_explicit(
	    &place->sequence, sequence + 2, memory_order_release);
}

/* --- finding */

/* The octets of the name, if it is that pair's and holds; else 0. */
static size_t
read_place(const struct place *place, const struct hunter_pair *pair,
    timestamp time, char name[NAME_OCTETS_MAX])
{
	size_t octets = get(place, WORD_KIND) & 0xff;

	if (!belongs(place, pair) || get(place, WORD_TIME) > time.ns ||
	    get(place, WORD_UNTIL) <= time.ns)
		return 0;
	get_octets(place, WORD_NAME, name, octets);
	return octets;
}

size_t
hunter_find(const struct hunter *hunter, const struct hunter_pair *pair,
    timestamp time, char name[NAME_OCTETS_MAX])
{
	uint64_t hash = hash_of(hunter, pair), before, after;
	size_t row = set_of(hash), octets;

	for (size_t way = 0; way < HUNTER_WAYS; way++) {
		const struct place *place = &hunter->sets[row][way];

		if (atomic_load_explicit(&hunter->tags[row][way],
		        memory_order_relaxed) != tag_of(hash))
			continue;
		before = atomic_load_explicit(
		    &place->sequence, memory_order_acquire);
		octets = read_place(place, pair, time, name);
		atomic_thread_fence(memory_order_acquire);
		after = atomic_load_explicit(
		    &place->sequence, memory_order_relaxed);
		if (octets > 0 && before % 2 == 0 && before == after)
			return octets;
	}
	return 0;
}
