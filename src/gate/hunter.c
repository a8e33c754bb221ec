/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/gate/hunter.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
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

#define LINE 64 /* octets that come from memory at once */
_Static_assert(offsetof(struct place, word[WORD_NAME]) == LINE &&
                   sizeof(struct place) % LINE == 0,
    "all but the name is in one line");

struct hunter {
	const struct flow_hash *hash;
	_Atomic uint64_t (*sets)[HUNTER_WAYS]; /* see way_of; 0: free */
	struct place *places; /* in memory, at the begin of a line */
	void *memory;
	_Atomic uint32_t used; /* places */
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
	hunter->memory = calloc(1, HUNTER_NAMES * sizeof(struct place) + LINE);
	if (hunter->sets == NULL || hunter->memory == NULL) {
		hunter_free(&hunter);
		return NULL;
	}
	hunter->places = (struct place *)((char *)hunter->memory + LINE -
	                                  (uintptr_t)hunter->memory % LINE);
	return hunter;
}

void
hunter_free(struct hunter **hunter)
{
	if (*hunter == NULL)
		return;
	free((*hunter)->sets);
	free((*hunter)->memory);
	free(*hunter);
	*hunter = NULL;
}

uint64_t
hunter_memory(void)
{
	return SETS * sizeof(*((struct hunter *)0)->sets) +
	       HUNTER_NAMES * sizeof(struct place) + LINE;
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

/* Bits of the hash, and the number of the place plus 1. */
static uint64_t
way_of(uint64_t hash, uint32_t place)
{
	return hash >> 32 << 32 | (place + 1);
}

static bool
has_tag(uint64_t way, uint64_t hash)
{
	return way >> 32 == hash >> 32 && way != 0;
}

static struct place *
place_of(const struct hunter *hunter, uint64_t way)
{
	return &hunter->places[(uint32_t)way - 1];
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

void
hunter_fetch(const struct hunter *hunter, const struct hunter_pair *pair)
{
	__builtin_prefetch(hunter->sets[set_of(hash_of(hunter, pair))]);
}

/* --- putting */

/*
 * The way for a pair: its own, else a free one, else one whose time is over or
 * the oldest.
 */
static size_t
way_for(const struct hunter *hunter, const uint64_t ways[HUNTER_WAYS],
    uint64_t hash, const struct hunter_pair *pair, timestamp time)
{
	size_t chosen = 0;
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < HUNTER_WAYS; i++)
		if (has_tag(ways[i], hash) &&
		    belongs(place_of(hunter, ways[i]), pair))
			return i;
	for (size_t i = 0; i < HUNTER_WAYS; i++)
		if (ways[i] == 0)
			return i;
	for (size_t i = 0; i < HUNTER_WAYS; i++) {
		const struct place *place = place_of(hunter, ways[i]);
		uint64_t told = get(place, WORD_TIME);

		if (get(place, WORD_UNTIL) <= time.ns)
			told = 0;
		if (told < oldest) {
			oldest = told;
			chosen = i;
		}
	}
	return chosen;
}

/*
 * The place for a pair; NULL: all are taken, as where two threads met at a free
 * way one of them has lost its place.
 */
static struct place *
place_for(struct hunter *hunter, uint64_t hash, const struct hunter_pair *pair,
    timestamp time)
{
	_Atomic uint64_t *way_set = hunter->sets[set_of(hash)];
	uint64_t ways[HUNTER_WAYS];
	size_t chosen;
	uint32_t place;

	for (size_t i = 0; i < HUNTER_WAYS; i++)
		ways[i] =
		    atomic_load_explicit(&way_set[i], memory_order_relaxed);
	chosen = way_for(hunter, ways, hash, pair, time);
	if (ways[chosen] != 0)
		place = (uint32_t)ways[chosen] - 1;
	else
		place = atomic_fetch_add_explicit(
		    &hunter->used, 1, memory_order_relaxed);
	if (place >= HUNTER_NAMES) {
		atomic_store_explicit(
		    &hunter->used, HUNTER_NAMES, memory_order_relaxed);
		return NULL;
	}
	atomic_store_explicit(
	    &way_set[chosen], way_of(hash, place), memory_order_relaxed);
	return &hunter->places[place];
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
	struct place *place;
	uint64_t sequence;

	if (octets == 0 || octets > NAME_OCTETS_MAX)
		return;
	place = place_for(hunter, hash_of(hunter, pair), pair, time);
	if (place == NULL)
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
	_Atomic uint64_t *way_set = hunter->sets[set_of(hash)];
	size_t octets;

	for (size_t i = 0; i < HUNTER_WAYS; i++) {
		uint64_t way =
		    atomic_load_explicit(&way_set[i], memory_order_relaxed);
		const struct place *place;

		if (!has_tag(way, hash))
			continue;
		place = place_of(hunter, way);
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
