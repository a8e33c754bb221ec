/* SPDX-License-Identifier: BSD-2-Clause */
/* The keyed hash: what it is taken for by the index and by workers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "exflow/exchange/flow_hash.h"

#define PLACES 4096u
#define KEYS (64 * PLACES)
/* 64 are expected in a place; so many in one happen once in 10^9 runs. */
#define MOST 130u

static struct flow_key
key_of(unsigned ip_version, uint32_t client, uint16_t port)
{
	uint8_t a[16] = { 10, 0, 0, 1 }, b[16] = { 192, 0, 2, 1 };
	struct segment segment;

	memset(&segment, 0, sizeof(segment));
	memcpy(a + (ip_version == 4 ? 0 : 12), &client, sizeof(client));
	segment_set_endpoints(&segment, a, port, b, 443, ip_version);
	segment.key.protocol = PROTOCOL_TCP;
	return segment.key;
}

static void
both_directions_hash_alike(void **state)
{
	const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };
	struct flow_hash hash;
	struct segment there, back;
	(void)state;

	assert_int_equal(flow_hash_init(&hash), 0);
	memset(&there, 0, sizeof(there));
	memset(&back, 0, sizeof(back));
	segment_set_endpoints(&there, a, 1000, b, 80, 4);
	segment_set_endpoints(&back, b, 80, a, 1000, 4);
	assert_true(
	    flow_hash(&hash, &there.key) == flow_hash(&hash, &back.key));
}

/* About half of the hash's bits, whichever bit of the key is another. */
static void
every_bit_of_a_key_counts(void **state)
{
	struct flow_hash hash;
	(void)state;

	assert_int_equal(flow_hash_init(&hash), 0);
	for (unsigned version = 4; version <= 6; version += 2) {
		struct flow_key key = key_of(version, 1, 1000), other;

		for (size_t bit = 0; bit < 8 * sizeof(key); bit++) {
			bool zero = bit % 128 >= 32 && bit < 256;
			uint64_t changed;

			/* Behind an IPv4 address all is 0 in every key. */
			if (version == 4 && zero)
				continue;
			other = key;
			((uint8_t *)&other)[bit / 8] ^=
			    (uint8_t)(1u << bit % 8);
			changed =
			    flow_hash(&hash, &key) ^ flow_hash(&hash, &other);
			assert_in_range(__builtin_popcountll(changed), 8, 56);
		}
	}
}

/* Keys as a port scan and a network scan make them, by each half. */
static void
spreads(unsigned ip_version, bool by_port)
{
	static uint32_t upper[PLACES], lower[PLACES];
	struct flow_hash hash;

	memset(upper, 0, sizeof(upper));
	memset(lower, 0, sizeof(lower));
	assert_int_equal(flow_hash_init(&hash), 0);
	for (uint32_t i = 0; i < KEYS; i++) {
		struct flow_key key =
		    by_port ? key_of(ip_version, i >> 16, (uint16_t)i)
		            : key_of(ip_version, i, 1000);
		uint64_t h = flow_hash(&hash, &key);

		upper[h >> 52]++;
		lower[(h & UINT32_MAX) * PLACES >> 32]++;
	}
	for (uint32_t i = 0; i < PLACES; i++) {
		assert_in_range(upper[i], 10, MOST);
		assert_in_range(lower[i], 10, MOST);
	}
}

static void
scans_are_spread_by_either_half(void **state)
{
	(void)state;
	for (int by_port = 0; by_port < 2; by_port++) {
		spreads(4, by_port);
		spreads(6, by_port);
	}
}

static void
each_process_has_a_secret_of_its_own(void **state)
{
	const struct flow_key key = key_of(6, 1, 1000);
	struct flow_hash one, other;
	(void)state;

	assert_int_equal(flow_hash_init(&one), 0);
	assert_int_equal(flow_hash_init(&other), 0);
	assert_memory_not_equal(&one, &other, sizeof(one));
	assert_true(flow_hash(&one, &key) != flow_hash(&other, &key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_hash_alike),
		cmocka_unit_test(every_bit_of_a_key_counts),
		cmocka_unit_test(scans_are_spread_by_either_half),
		cmocka_unit_test(each_process_has_a_secret_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
