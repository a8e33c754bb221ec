/* SPDX-License-Identifier: BSD-2-Clause */
/* What clients asked DNS for before they opened an exchange. */
#include <config.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/gate/hunter.h"

static struct flow_hash hash;

static struct hunter *
made(void)
{
	struct hunter *hunter;

	assert_int_equal(flow_hash_init(&hash), 0);
	hunter = hunter_new(&hash);
	assert_non_null(hunter);
	return hunter;
}

static timestamp
at(int64_t seconds)
{
	return (timestamp){ (uint64_t)(1000 + seconds) * NS_PER_SECOND };
}

struct ends {
	uint8_t client[16], server[16];
	struct hunter_pair pair;
};

/* IPv4: 10.0.0.client asks for what is 192.0.2.server. */
static const struct hunter_pair *
pair(struct ends *ends, uint32_t client, uint32_t server)
{
	const uint8_t a[4] = { 10, (uint8_t)(client >> 16),
		(uint8_t)(client >> 8), (uint8_t)client };
	const uint8_t b[4] = { 192, (uint8_t)(server >> 16),
		(uint8_t)(server >> 8), (uint8_t)server };

	memset(ends, 0, sizeof(*ends));
	memcpy(ends->client, a, sizeof(a));
	memcpy(ends->server, b, sizeof(b));
	ends->pair = (struct hunter_pair){ ends->client, ends->server, 4 };
	return &ends->pair;
}

static void
put(struct hunter *hunter, uint32_t client, uint32_t server, const char *name,
    uint32_t ttl, timestamp time)
{
	struct ends ends;

	hunter_put(
	    hunter, pair(&ends, client, server), name, strlen(name), ttl, time);
}

/* "" where there is none. */
static const char *
found(const struct hunter *hunter, uint32_t client, uint32_t server,
    timestamp time)
{
	static char name[NAME_OCTETS_MAX + 1];
	struct ends ends;
	size_t octets =
	    hunter_find(hunter, pair(&ends, client, server), time, name);

	name[octets] = '\0';
	return name;
}

static void
two_clients_have_each_its_own_name_for_one_address(void **state)
{
	struct hunter *hunter = made();

	(void)state;
	put(hunter, 1, 1, "one.example", 60, at(0));
	put(hunter, 2, 1, "two.example", 60, at(0));
	assert_string_equal(found(hunter, 1, 1, at(1)), "one.example");
	assert_string_equal(found(hunter, 2, 1, at(1)), "two.example");
	assert_string_equal(found(hunter, 3, 1, at(1)), "");
	assert_string_equal(found(hunter, 1, 2, at(1)), "");
	hunter_free(&hunter);
	assert_null(hunter);
}

static void
the_last_answer_before_counts(void **state)
{
	struct hunter *hunter = made();

	(void)state;
	put(hunter, 1, 1, "first.example", 60, at(0));
	put(hunter, 1, 1, "then.example", 60, at(5));
	assert_string_equal(found(hunter, 1, 1, at(5)), "then.example");
	/* It was not known yet. */
	assert_string_equal(found(hunter, 1, 1, at(4)), "");
	assert_int_equal(hunter_evicted(hunter), 0);
	hunter_free(&hunter);
}

static void
an_answer_holds_from_a_second_to_an_hour(void **state)
{
	struct hunter *hunter = made();

	(void)state;
	put(hunter, 1, 1, "short.example", 0, at(0));
	assert_string_equal(found(hunter, 1, 1, at(0)), "short.example");
	assert_string_equal(found(hunter, 1, 1, at(1)), "");
	put(hunter, 1, 2, "long.example", UINT32_MAX, at(0));
	assert_string_equal(found(hunter, 1, 2, at(3599)), "long.example");
	assert_string_equal(found(hunter, 1, 2, at(3600)), "");
	put(hunter, 1, 3, "as.told.example", 300, at(0));
	assert_string_equal(found(hunter, 1, 3, at(299)), "as.told.example");
	assert_string_equal(found(hunter, 1, 3, at(300)), "");
	hunter_free(&hunter);
}

static void
names_have_up_to_255_octets(void **state)
{
	struct hunter *hunter = made();
	char name[NAME_OCTETS_MAX + 2];

	(void)state;
	for (size_t octets = 1; octets <= NAME_OCTETS_MAX; octets++) {
		memset(name, 'a' + (int)(octets % 26), octets);
		name[octets] = '\0';
		put(hunter, 1, 1, name, 60, at((int64_t)octets));
		assert_string_equal(
		    found(hunter, 1, 1, at((int64_t)octets)), name);
	}
	memset(name, 'x', sizeof(name));
	name[NAME_OCTETS_MAX + 1] = '\0';
	put(hunter, 1, 2, name, 60, at(0));
	put(hunter, 1, 3, "", 60, at(0));
	assert_string_equal(found(hunter, 1, 2, at(0)), "");
	assert_string_equal(found(hunter, 1, 3, at(0)), "");
	hunter_free(&hunter);
}

/* The table has one size: a flood of answers costs the oldest, counted. */
static void
a_flood_of_answers_evicts_and_is_counted(void **state)
{
	const uint32_t answers = 3 * HUNTER_NAMES;
	struct hunter *hunter = made();
	uint32_t there = 0;

	(void)state;
	for (uint32_t i = 0; i < answers; i++)
		put(hunter, 1, i, "flood.example", 3600, at(i / 1000));
	for (uint32_t i = 0; i < answers; i++)
		there += *found(hunter, 1, i, at(answers / 1000)) != '\0';
	assert_true(there <= HUNTER_NAMES);
	assert_true(there > HUNTER_NAMES * 9 / 10);
	assert_int_equal(hunter_evicted(hunter), answers - there);
	/* What is over is no loss. */
	hunter_free(&hunter);
	hunter = made();
	for (uint32_t i = 0; i < answers; i++)
		put(hunter, 1, i, "over.example", 1, at(2 * i));
	assert_int_equal(hunter_evicted(hunter), 0);
	hunter_free(&hunter);
}

/* --- several threads */

#define ROUNDS 20000
#define SERVERS 8

struct thread {
	struct hunter *hunter;
	uint32_t number;
	uint64_t wrong;
};

/* A name says to whom it belongs, many times over. */
static void
name_for(char name[NAME_OCTETS_MAX + 1], uint32_t server, uint32_t round)
{
	size_t used = 0;

	while (used + 12 < NAME_OCTETS_MAX)
		used += (size_t)snprintf(name + used,
		    NAME_OCTETS_MAX + 1 - used, "%u-%u.", server, round % 7);
}

static void *
put_and_find(void *context)
{
	struct thread *thread = context;
	char name[NAME_OCTETS_MAX + 1], other[NAME_OCTETS_MAX + 1];

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t server = i % SERVERS;
		struct ends ends;
		size_t octets;
		bool right = false;

		name_for(name, server, i + thread->number);
		put(thread->hunter, 1, server, name, 60, at(0));
		octets = hunter_find(
		    thread->hunter, pair(&ends, 1, server), at(1), other);
		for (uint32_t round = 0; round < 7 && octets > 0; round++) {
			name_for(name, server, round);
			right |= strlen(name) == octets &&
			         memcmp(name, other, octets) == 0;
		}
		thread->wrong += octets > 0 && !right;
	}
	return NULL;
}

/* A reader never sees half of one name and half of another. */
static void
threads_never_see_torn_names(void **state)
{
	struct hunter *hunter = made();
	struct thread thread[3];
	pthread_t id[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		thread[i] = (struct thread){ hunter, i, 0 };
		assert_int_equal(
		    pthread_create(&id[i], NULL, put_and_find, &thread[i]), 0);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(id[i], NULL);
		assert_int_equal(thread[i].wrong, 0);
	}
	assert_string_not_equal(found(hunter, 1, 0, at(1)), "");
	hunter_free(&hunter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    two_clients_have_each_its_own_name_for_one_address),
		cmocka_unit_test(the_last_answer_before_counts),
		cmocka_unit_test(an_answer_holds_from_a_second_to_an_hour),
		cmocka_unit_test(names_have_up_to_255_octets),
		cmocka_unit_test(a_flood_of_answers_evicts_and_is_counted),
		cmocka_unit_test(threads_never_see_torn_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
