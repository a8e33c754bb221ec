/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of live exchanges, against a plain array. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>

#include "exflow/memory/index.h"
#include "exflow/memory/populate.h"

struct bench {
	struct populate *populate;
	struct index index;
	uint64_t random;
};

static int
set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->populate = populate_new();
	bench->random = 88172645463325252;
	assert_int_equal(index_init(&bench->index, bench->populate), 0);
	*state = bench;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *bench = *state;

	populate_free(&bench->populate);
	index_clear(&bench->index);
	free(bench);
	return 0;
}

/* Of a number: the same each time, and all over the 64 bits. */
static uint64_t
hash_of(uint32_t number)
{
	uint64_t x = number * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return x ^ x >> 27;
}

static uint32_t
random_below(struct bench *bench, uint32_t below)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 7;
	bench->random ^= bench->random << 17;
	return (uint32_t)((bench->random >> 32) * below >> 32);
}

static unsigned
times_found(const struct bench *bench, uint64_t hash, uint32_t value)
{
	struct index_cursor cursor;
	unsigned times = 0;
	uint32_t found;

	index_find(&bench->index, hash, &cursor);
	while ((found = index_next(&bench->index, &cursor)) != LIVE_NONE)
		times += found == value;
	return times;
}

static void
expect_all(const struct bench *bench, const bool *there, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (times_found(bench, hash_of(i), i) != there[i])
			fail_msg("%u is found %u times, expected %d", i,
			    times_found(bench, hash_of(i), i), there[i]);
}

/* Up to tables of several huge pages, looked at in the middle of moving. */
static void
entries_are_found_at_every_step_of_growing(void **state)
{
	enum {
		ENTRIES = 600000,
		EVERY = 59999
	};
	struct bench *bench = *state;
	bool *there = calloc(ENTRIES, sizeof(*there));

	for (uint32_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(index_insert(&bench->index, hash_of(i), i), 0);
		there[i] = true;
		if (i % EVERY == 0)
			expect_all(bench, there, ENTRIES);
		assert_int_equal(times_found(bench, hash_of(i / 2), i / 2), 1);
	}
	assert_int_equal(bench->index.count, ENTRIES);
	free(there);
}

static void
entries_come_and_go_while_it_grows(void **state)
{
	enum {
		NUMBERS = 300000,
		STEPS = 1500000
	};
	struct bench *bench = *state;
	bool *there = calloc(NUMBERS, sizeof(*there));
	size_t count = 0;

	for (uint32_t i = 0; i < STEPS; i++) {
		uint32_t n = random_below(bench, NUMBERS);

		if (there[n])
			index_remove(&bench->index, hash_of(n), n);
		else
			assert_int_equal(
			    index_insert(&bench->index, hash_of(n), n), 0);
		there[n] = !there[n];
		count += there[n] ? 1 : (size_t)-1;
		if (i % 250000 == 0)
			expect_all(bench, there, NUMBERS);
	}
	expect_all(bench, there, NUMBERS);
	assert_int_equal(bench->index.count, count);
	free(there);
}

static struct index_end
end_of_search(const struct bench *bench, uint64_t hash)
{
	struct index_cursor cursor;

	index_find(&bench->index, hash, &cursor);
	return index_end_of(
	    &bench->index, &cursor, index_next(&bench->index, &cursor));
}

/*
 * Insertions some steps behind the search, among others of few tags, with
 * removals now and then: where a search would end again, nothing has come.
 */
static void
an_old_end_of_a_search_is_used_only_if_nothing_has_come(void **state)
{
	enum {
		NUMBERS = 50000,
		STEPS = 1000000,
		BEHIND = 8
	};
	struct bench *bench = *state;
	struct {
		uint32_t number;
		struct index_end end;
	} waiting[BEHIND] = { 0 };
	bool *there = calloc(NUMBERS, sizeof(*there));
	unsigned used = 0, refused = 0;

	for (uint32_t i = 0; i < STEPS; i++) {
		uint32_t n = waiting[i % BEHIND].number;
		const struct index_end *end = &waiting[i % BEHIND].end;
		/* Neighbours are likely to be the same one. */
		uint32_t next = i / 64 * 977 % NUMBERS;

		next = (next + random_below(bench, 32)) % NUMBERS;
		if (i >= BEHIND && index_ends_at(&bench->index, end)) {
			assert_false(there[n]);
			used++;
		}
		refused += i >= BEHIND && there[n];
		if (i >= BEHIND && !there[n]) {
			assert_int_equal(
			    index_insert_at(&bench->index, hash_of(n), n, end),
			    0);
			there[n] = true;
		} else if (i >= BEHIND && random_below(bench, 16) == 0) {
			index_remove(&bench->index, hash_of(n), n);
			there[n] = false;
		}
		waiting[i % BEHIND].number = next;
		waiting[i % BEHIND].end = end_of_search(bench, hash_of(next));
		if (i % 100000 == 0)
			expect_all(bench, there, NUMBERS);
	}
	expect_all(bench, there, NUMBERS);
	assert_true(used > STEPS / 100 && refused > STEPS / 100);
	free(there);
}

/* The last cluster of the old table may end at its beginning. */
static void
a_cluster_around_the_end_is_moved_too(void **state)
{
	struct bench *bench = *state;
	const uint64_t last = UINT64_MAX;
	enum {
		CLUSTER = 40,
		OTHERS = 3000
	};

	for (uint32_t i = 0; i < OTHERS; i++) {
		assert_int_equal(index_insert(&bench->index, hash_of(i), i), 0);
		/* Between them, all with the table's last place as home. */
		if (i % (OTHERS / CLUSTER) == 0)
			assert_int_equal(
			    index_insert(&bench->index, last, 1000000 + i), 0);
		for (uint32_t j = 0; j <= i; j += OTHERS / CLUSTER)
			assert_int_equal(
			    times_found(bench, last, 1000000 + j), 1);
	}
	for (uint32_t i = 0; i < OTHERS; i++)
		assert_int_equal(times_found(bench, hash_of(i), i), 1);
}

/*
 * Once lost: what was put behind the end of the old table, and so to its
 * beginning, when moving had just begun there.
 */
static void
entries_around_the_end_are_found_whenever_they_come(void **state)
{
	enum {
		SEEDS = 200,
		ENTRIES = 1500,
		EVERY = 50
	};
	struct bench *bench = *state;

	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		index_clear(&bench->index);
		assert_int_equal(index_init(&bench->index, bench->populate), 0);
		for (uint32_t i = 0; i < ENTRIES; i++) {
			uint64_t hash = hash_of(seed * ENTRIES + i);

			/* One of eight near the end of any table. */
			if (i % 8 == 0)
				hash |= UINT64_C(0xffc) << 52;
			assert_int_equal(
			    index_insert(&bench->index, hash, i), 0);
			assert_int_equal(times_found(bench, hash, i), 1);
			if (i % EVERY != 0 && (i < 700 || i > 730))
				continue;
			for (uint32_t j = 0; j <= i; j++) {
				hash = hash_of(seed * ENTRIES + j);
				if (j % 8 == 0)
					hash |= UINT64_C(0xffc) << 52;
				assert_int_equal(
				    times_found(bench, hash, j), 1);
			}
		}
		for (uint32_t i = 0; i < ENTRIES; i++) {
			uint64_t hash = hash_of(seed * ENTRIES + i);

			if (i % 8 == 0)
				hash |= UINT64_C(0xffc) << 52;
			index_remove(&bench->index, hash, i);
			assert_int_equal(times_found(bench, hash, i), 0);
		}
		assert_int_equal(bench->index.count, 0);
	}
}

/* What METER_OCTETS_PER_EXCHANGE has for it: the rest is 192 + 40 octets. */
static void
an_entry_takes_at_most_24_octets(void **state)
{
	enum {
		FROM = 200000,
		ENTRIES = 3000000
	};
	struct bench *bench = *state;

	for (uint32_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(index_insert(&bench->index, hash_of(i), i), 0);
		if (i >= FROM)
			assert_true(index_octets(&bench->index) <=
			            UINT64_C(24) * (i + 1) + 3 * (2 << 20));
	}
}

int
main(void)
{
#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		test(entries_are_found_at_every_step_of_growing),
		test(entries_come_and_go_while_it_grows),
		test(an_old_end_of_a_search_is_used_only_if_nothing_has_come),
		test(a_cluster_around_the_end_is_moved_too),
		test(entries_around_the_end_are_found_whenever_they_come),
		test(an_entry_takes_at_most_24_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
