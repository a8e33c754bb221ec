/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a gate leaves to somebody else (hunt.h): whoever does it, each client has
 * the same names.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/gate/gate.h"
#include "exflow/gate/hunt.h"
#include "exflow/gate/payload_batch.h"

#define BATCH 64
#define MESSAGE_MAX 6000

/* A gate and what belongs to it. */
struct way {
	struct hunter *hunter;
	struct gate *gate;
};

static struct flow_hash hash;

static struct way
way_of(bool leaves)
{
	const struct meter_options options = {
		.names = { .kinds = NAMES_DNS | NAMES_TLS },
		.udp_idle_timeout = duration_seconds(30),
	};
	struct way way = { .hunter = hunter_new(&hash) };

	assert_non_null(way.hunter);
	way.gate = gate_new(&options, way.hunter);
	assert_non_null(way.gate);
	assert_ptr_equal(gate_hunter(way.gate), way.hunter);
	gate_leave_hunting(way.gate, leaves);
	return way;
}

static void
way_free(struct way *way)
{
	gate_free(&way->gate);
	hunter_free(&way->hunter);
}

static int
make_hash(void **state)
{
	(void)state;
	return flow_hash_init(&hash);
}

/* From 10.0.0.from to 10.0.0.to. */
static struct segment
segment_of(uint8_t protocol, uint8_t from, uint16_t from_port, uint8_t to,
    uint16_t to_port, int64_t second)
{
	const uint8_t a[4] = { 10, 0, 0, from }, b[4] = { 10, 0, 0, to };
	struct segment s;

	memset(&s, 0, sizeof(s));
	segment_set_endpoints(&s, a, from_port, b, to_port, 4);
	s.key.protocol = protocol;
	s.time.ns = second * NS_PER_SECOND;
	s.hash = flow_hash(&hash, &s.key);
	return s;
}

static struct segment
syn_of(uint8_t client, uint8_t server, uint16_t port, int64_t second)
{
	struct segment s =
	    segment_of(PROTOCOL_TCP, client, port, server, 443, second);

	s.tcp_flags = TCP_SYN;
	return s;
}

static size_t
put(uint8_t *message, size_t at, const char *octets, size_t n)
{
	memcpy(message + at, octets, n);
	return at + n;
}

#define PUT(message, at, text) put(message, at, text, sizeof(text) - 1)

/* An answer: X.example is at 10.0.0.server; so many records of text before. */
static size_t
answer_of(uint8_t *message, char x, uint8_t server, unsigned texts)
{
	size_t at = PUT(message, 0, "\0\1\x81\x80\0\1\0\0\0\0\0\0");

	message[7] = (uint8_t)(texts + 1);
	at = PUT(message, at, "\1?\7example\0\0\1\0\1");
	message[13] = (uint8_t)x;
	for (unsigned i = 0; i < texts; i++) {
		at = PUT(message, at, "\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\xff\xfe");
		memset(message + at, 'a', 254);
		at += 254;
	}
	at = PUT(message, at, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0");
	message[at++] = server;
	return at;
}

static void
a_client_has_what_it_was_told_before(void **state)
{
	struct way way = way_of(true);
	struct segment segments[] = {
		syn_of(1, 7, 5000, 10),
		segment_of(PROTOCOL_UDP, 53, 53, 1, 4000, 10),
		syn_of(1, 7, 5001, 10),
		syn_of(2, 7, 5002, 10),
		segment_of(PROTOCOL_UDP, 53, 53, 1, 4000, 11),
		syn_of(1, 7, 5003, 11),
	};
	const char names[] = { 0, 'a', 0, 0, 'b', 0 };
	char room[6 * NAME_OCTETS_MAX];
	struct payload_batch batch;
	uint8_t message[MESSAGE_MAX];

	(void)state;
	assert_int_equal(payload_batch_init(&batch, BATCH), 0);
	for (uint32_t i = 0; i < 6; i++) {
		struct segment_payload payload;
		uint32_t n = 0;

		if (names[i] != 0)
			n = (uint32_t)answer_of(message, names[i], 7, 0);
		segments[i].payload_octets = n;
		assert_true(
		    gate_segment(way.gate, &segments[i], message, n, &payload));
		payload_batch_add(&batch, i, &payload);
	}
	assert_int_equal(batch.left, 6);
	/* Two SYNs have nothing about them, and go. */
	assert_int_equal(
	    hunt_payloads(way.hunter, segments, batch.list, 6, room), 4);
	assert_int_equal(batch.list[0].segment, 1);
	assert_int_equal(batch.list[1].segment, 2);
	assert_int_equal(batch.list[1].hunted_octets, 9);
	assert_memory_equal(batch.list[1].hunted, "a.example", 9);
	assert_int_equal(batch.list[2].segment, 4);
	assert_int_equal(batch.list[3].segment, 5);
	assert_memory_equal(batch.list[3].hunted, "b.example", 9);
	payload_batch_empty(&batch);
	assert_int_equal(batch.left, 0);
	payload_batch_clear(&batch);
	way_free(&way);
}

/* Of an answer longer than what passes, the addresses stand behind that. */
static void
check_long_answer(uint8_t protocol)
{
	struct way way = way_of(true);
	struct segment answer = segment_of(protocol, 53, 53, 1, 4000, 10);
	struct segment syn = syn_of(1, 7, 5000, 11);
	struct segment_payload payload;
	uint8_t message[MESSAGE_MAX];
	size_t framed = protocol == PROTOCOL_TCP ? 2 : 0;
	size_t n = answer_of(message + framed, 'a', 7, 16);
	char room[NAME_OCTETS_MAX], name[NAME_OCTETS_MAX];

	message[0] = framed ? (uint8_t)(n >> 8) : message[0];
	message[1] = framed ? (uint8_t)n : message[1];
	n += framed;
	answer.tcp_flags = TCP_ACK;
	answer.payload_octets = (uint32_t)n;
	assert_true(n > GATE_STREAM_OCTETS);
	assert_true(
	    gate_segment(way.gate, &answer, message, (uint32_t)n, &payload));
	assert_int_equal(payload.captured, n);
	payload.segment = 0;
	assert_int_equal(
	    hunt_payloads(way.hunter, &answer, &payload, 1, room), 1);
	assert_int_equal(payload.captured, GATE_STREAM_OCTETS);
	assert_int_equal(hunt_name(way.hunter, &syn, name), 9);
	assert_memory_equal(name, "a.example", 9);
	way_free(&way);
}

static void
a_long_answer_is_read_whole(void **state)
{
	(void)state;
	check_long_answer(PROTOCOL_UDP);
	check_long_answer(PROTOCOL_TCP);
}

/* --- whoever does it */

/* One of four clients and servers. */
static struct segment
any_segment(uint32_t random, int64_t second, uint8_t *message, uint32_t *n)
{
	uint8_t client = (uint8_t)(random & 3), server = (random >> 2 & 3) + 4;
	uint16_t port = (uint16_t)(4000 + (random >> 4 & 63));

	*n = 0;
	switch (random >> 10 & 3) {
	case 0:
		*n = (uint32_t)answer_of(
		    message, (char)('a' + (random >> 12) % 26), server, 0);
		return segment_of(PROTOCOL_UDP, 53, 53, client, port, second);
	case 1:
		*n = 40;
		memset(message, 0, 40);
		return segment_of(
		    PROTOCOL_UDP, client, port, server, 3000, second);
	default:
		return syn_of(client, server, port, second);
	}
}

static void
both_ways_find_the_same(void **state)
{
	struct way now = way_of(false), later = way_of(true);
	struct segment segments[BATCH];
	char expected[BATCH][16], room[BATCH * NAME_OCTETS_MAX];
	struct payload_batch batch;
	unsigned found = 0;

	(void)state;
	srand(1);
	assert_int_equal(payload_batch_init(&batch, BATCH), 0);
	for (unsigned round = 0; round < 400; round++) {
		/* Now and then it is done at once, in between. */
		bool leaves = round / 10 % 3 != 0;
		size_t stay;

		gate_leave_hunting(later.gate, leaves);
		payload_batch_empty(&batch);
		for (uint32_t i = 0; i < BATCH; i++) {
			uint8_t message[MESSAGE_MAX];
			struct segment_payload payload;
			uint32_t n;

			segments[i] = any_segment(
			    (uint32_t)rand(), round * 5 + i / 16, message, &n);
			segments[i].payload_octets = n;
			memset(expected[i], 0, sizeof(expected[i]));
			if (gate_segment(
			        now.gate, &segments[i], message, n, &payload))
				memcpy(expected[i], payload.hunted,
				    payload.hunted_octets);
			if (gate_segment(
			        later.gate, &segments[i], message, n, &payload))
				payload_batch_add(&batch, i, &payload);
		}
		assert_int_equal(leaves, batch.left > 0);
		stay = hunt_payloads(
		    later.hunter, segments, batch.list, batch.count, room);
		for (size_t i = 0; i < stay; i++) {
			const struct segment_payload *p = &batch.list[i];

			assert_int_equal(
			    strlen(expected[p->segment]), p->hunted_octets);
			assert_memory_equal(
			    expected[p->segment], p->hunted, p->hunted_octets);
			found += p->hunted_octets > 0;
			expected[p->segment][0] = '\0';
		}
		for (size_t i = 0; i < BATCH; i++)
			assert_string_equal(expected[i], "");
	}
	assert_true(found > 1000);
	payload_batch_clear(&batch);
	way_free(&now);
	way_free(&later);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_has_what_it_was_told_before),
		cmocka_unit_test(a_long_answer_is_read_whole),
		cmocka_unit_test(both_ways_find_the_same),
	};

	return cmocka_run_group_tests(tests, make_hash, NULL);
}
