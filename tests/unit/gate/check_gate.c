/* SPDX-License-Identifier: BSD-2-Clause */
/* Which payloads pass to the meter (gate.h). */
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
#include "exflow/gate/payload_batch.h"

#define CLIENT_PORT 50000
#define ISN 0xfffff000u /* of the client: wraps within the first 4 kB */
#define SERVER_ISN 7000u

static const uint8_t hello[] = { 0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3 };
static const uint8_t request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
static const uint8_t nothing[] = "\x13\x07nothing that is known";

struct bench {
	struct flow_hash hash;
	struct hunter *hunter;
	struct gate *gate;
	uint16_t server_port;
	double now;
	struct segment_payload payload; /* of the last segment that passed */
};

static struct bench *
bench_of(unsigned kinds, uint16_t payload)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const struct meter_options options = {
		.names = { .kinds = kinds, .payload = payload },
		.udp_idle_timeout = duration_seconds(30),
	};

	assert_non_null(bench);
	bench->server_port = 443;
	bench->now = 1000;
	assert_int_equal(flow_hash_init(&bench->hash), 0);
	bench->hunter = hunter_new(&bench->hash);
	assert_non_null(bench->hunter);
	bench->gate = gate_new(&options, bench->hunter);
	assert_non_null(bench->gate);
	return bench;
}

static void
bench_free(struct bench *bench)
{
	gate_free(&bench->gate);
	assert_null(bench->gate);
	hunter_free(&bench->hunter);
	free(bench);
}

static struct segment
segment_of(const struct bench *bench, bool from_client, uint8_t protocol,
    uint32_t length)
{
	static const uint8_t client[4] = { 10, 0, 0, 1 };
	static const uint8_t server[4] = { 192, 0, 2, 1 };
	struct segment s;

	memset(&s, 0, sizeof(s));
	segment_set_endpoints(&s, from_client ? client : server,
	    from_client ? CLIENT_PORT : bench->server_port,
	    from_client ? server : client,
	    from_client ? bench->server_port : CLIENT_PORT, 4);
	s.key.protocol = protocol;
	s.payload_octets = length;
	s.time.ns = (uint64_t)(bench->now * 1e9);
	s.hash = flow_hash(&bench->hash, &s.key);
	return s;
}

/* As a reading thread asks. */
static bool
passes(struct bench *bench, const struct segment *segment,
    const uint8_t *octets, uint32_t captured)
{
	const uint8_t frame[] = {
		[12] = 5 << 4, [20] = captured > 0 ? octets[0] : 0
	};
	const struct decode_headers headers = { frame,
		frame + 20 + (captured > 0) };

	return gate_may_want(bench->gate, segment, &headers) &&
	       gate_segment(
	           bench->gate, segment, octets, captured, &bench->payload);
}

static bool
tcp(struct bench *bench, bool from_client, uint8_t flags, uint32_t sequence,
    const uint8_t *octets, uint32_t captured)
{
	struct segment s =
	    segment_of(bench, from_client, PROTOCOL_TCP, captured);

	s.tcp_flags = flags;
	s.sequence = sequence;
	s.acknowledgement = (from_client ? SERVER_ISN : ISN) + 1;
	return passes(bench, &s, octets, captured);
}

static bool
udp(struct bench *bench, bool from_client, const uint8_t *octets,
    uint32_t captured)
{
	struct segment s =
	    segment_of(bench, from_client, PROTOCOL_UDP, captured);

	return passes(bench, &s, octets, captured);
}

static void
handshake(struct bench *bench)
{
	assert_false(tcp(bench, true, TCP_SYN, ISN, NULL, 0));
	assert_false(tcp(bench, false, TCP_SYN | TCP_ACK, SERVER_ISN, NULL, 0));
}

/* --- TCP */

static void
the_first_octets_of_each_side_pass(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS, 0);
	uint8_t more[1400] = { 1 };

	(void)state;
	handshake(bench);
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1, hello, sizeof(hello)));
	assert_true(bench->payload.first_known);
	assert_int_equal(bench->payload.first, ISN + 1);
	assert_int_equal(bench->payload.sequence, ISN + 1);
	assert_int_equal(bench->payload.captured, sizeof(hello));
	assert_ptr_equal(bench->payload.octets, hello);
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1401, more, 1400));
	assert_true(tcp(bench, true, TCP_ACK, ISN + 2801, more, 1400));
	/* The last of them is cut at 4,096, and behind that nothing passes. */
	assert_true(tcp(bench, true, TCP_ACK, ISN + 3001, more, 1400));
	assert_int_equal(bench->payload.captured, 1096);
	assert_false(tcp(bench, true, TCP_ACK, ISN + 4097, more, 1400));
	assert_true(
	    tcp(bench, false, TCP_ACK, SERVER_ISN + 1, hello, sizeof(hello)));
	assert_int_equal(bench->payload.first, SERVER_ISN + 1);
	bench_free(bench);
}

static void
segments_pass_out_of_order_and_again(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS, 0);
	uint8_t more[1400] = { 1 };

	(void)state;
	handshake(bench);
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1401, more, 1400));
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1, hello, sizeof(hello)));
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1, hello, sizeof(hello)));
	bench_free(bench);
}

static void
a_large_segment_of_an_offloading_device_is_cut(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS, 0);
	uint8_t *large = calloc(1, 65000);

	(void)state;
	assert_non_null(large);
	memcpy(large, hello, sizeof(hello));
	handshake(bench);
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1, large, 65000));
	assert_int_equal(bench->payload.captured, GATE_STREAM_OCTETS);
	free(large);
	bench_free(bench);
}

static void
what_begins_like_nothing_known_passes_no_further(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS | NAMES_HTTP, 0);

	(void)state;
	handshake(bench);
	assert_false(
	    tcp(bench, true, TCP_ACK, ISN + 1, nothing, sizeof(nothing)));
	assert_false(
	    tcp(bench, true, TCP_ACK, ISN + 100, nothing, sizeof(nothing)));
	/* The other side is another matter. */
	assert_true(tcp(
	    bench, false, TCP_ACK, SERVER_ISN + 1, request, sizeof(request)));
	/* Too little to tell. */
	bench->server_port = 444;
	handshake(bench);
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1, hello, 1));
	assert_true(tcp(bench, true, TCP_ACK, ISN + 2, hello + 1, 10));
	bench_free(bench);
}

static void
without_a_syn_a_beginning_must_look_like_one(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS, 0);

	(void)state;
	assert_false(tcp(bench, true, TCP_ACK, 500, nothing, sizeof(nothing)));
	assert_true(tcp(bench, true, TCP_ACK, 1000, hello, sizeof(hello)));
	assert_false(bench->payload.first_known);
	assert_int_equal(bench->payload.first, 1000);
	/* Then what follows passes, too. */
	assert_true(tcp(bench, true, TCP_ACK, 2400, nothing, sizeof(nothing)));
	assert_int_equal(bench->payload.first, 1000);
	/* HTTP is not asked for. */
	bench->server_port = 80;
	assert_false(tcp(bench, true, TCP_ACK, 1000, request, sizeof(request)));
	bench_free(bench);
}

/* The SYN was lost to the capture: the SYN-ACK says where the client begins. */
static void
a_syn_ack_tells_of_both_sides(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS, 0);

	(void)state;
	assert_false(tcp(bench, false, TCP_SYN | TCP_ACK, SERVER_ISN, NULL, 0));
	assert_true(
	    tcp(bench, true, TCP_ACK, ISN + 1401, nothing, sizeof(nothing)));
	assert_true(bench->payload.first_known);
	assert_int_equal(bench->payload.first, ISN + 1);
	bench_free(bench);
}

/* A port is used again: the new connection has numbers of its own. */
static void
a_new_syn_replaces_the_numbers(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS, 0);

	(void)state;
	handshake(bench);
	assert_false(tcp(bench, true, TCP_SYN, 77000, NULL, 0));
	assert_false(
	    tcp(bench, true, TCP_ACK, ISN + 1401, nothing, sizeof(nothing)));
	assert_true(tcp(bench, true, TCP_ACK, 77001, hello, sizeof(hello)));
	bench_free(bench);
}

/* TCP Fast Open (RFC 7413): the SYN's own number comes before its octets. */
static void
a_syn_may_carry_octets(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS, 0);

	(void)state;
	assert_true(tcp(bench, true, TCP_SYN, ISN, hello, sizeof(hello)));
	assert_int_equal(bench->payload.sequence, ISN + 1);
	assert_int_equal(bench->payload.first, ISN + 1);
	bench_free(bench);
}

static void
a_flood_of_syns_does_not_stop_hellos(void **state)
{
	struct bench *bench = bench_of(NAMES_TLS, 0);

	(void)state;
	handshake(bench);
	for (uint32_t i = 0; i < 200000; i++) {
		bench->server_port = (uint16_t)(1000 + i % 60000);
		assert_false(tcp(bench, true, TCP_SYN, i, NULL, 0));
	}
	bench->server_port = 443;
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1, hello, sizeof(hello)));
	bench_free(bench);
}

/* --- UDP */

static void
of_quic_what_is_opened_passes(void **state)
{
	static const uint8_t initial[16] = { 0xc3, 0, 0, 0, 1, 8 };
	static const uint8_t handshake_1[16] = { 0xe3, 0, 0, 0, 1, 8 };
	static const uint8_t initial_2[16] = { 0xd3, 0x6b, 0x33, 0x43, 0xcf };
	static const uint8_t handshake_2[16] = { 0xf3, 0x6b, 0x33, 0x43, 0xcf };
	static const uint8_t versions[16] = { 0x8f, 0, 0, 0, 0, 8 };
	static const uint8_t reserved[16] = { 0xc3, 0x1a, 0x2a, 0x3a, 0x4a };
	static const uint8_t short_header[16] = { 0x43, 1, 2, 3 };
	static const uint8_t unknown[16] = { 0xc3, 1, 2, 3, 4 };
	struct bench *bench = bench_of(NAMES_QUIC, 0);

	(void)state;
	assert_true(udp(bench, true, initial, sizeof(initial)));
	assert_true(udp(bench, true, initial_2, sizeof(initial_2)));
	assert_true(udp(bench, true, reserved, sizeof(reserved)));
	assert_false(udp(bench, false, versions, sizeof(versions)));
	assert_false(udp(bench, false, handshake_1, sizeof(handshake_1)));
	assert_false(udp(bench, false, handshake_2, sizeof(handshake_2)));
	assert_false(udp(bench, true, short_header, sizeof(short_header)));
	assert_false(udp(bench, true, unknown, sizeof(unknown)));
	assert_false(udp(bench, true, initial, 4));
	bench_free(bench);
	bench = bench_of(NAMES_TLS, 0);
	assert_false(udp(bench, true, initial, sizeof(initial)));
	bench_free(bench);
}

static void
payload_passes_the_first_octets_of_anything(void **state)
{
	struct bench *bench = bench_of(0, 30);

	(void)state;
	assert_true(udp(bench, true, nothing, 20));
	assert_int_equal(bench->payload.captured, 20);
	assert_true(udp(bench, true, nothing, 20));
	assert_false(udp(bench, true, nothing, 20));
	assert_true(udp(bench, false, nothing, 20));
	/* After a pause the exchange may be another one. */
	bench->now += 40;
	assert_true(udp(bench, true, nothing, 20));
	handshake(bench);
	assert_true(tcp(bench, true, TCP_ACK, ISN + 1, nothing, 20));
	assert_true(tcp(bench, true, TCP_ACK, ISN + 21, nothing, 20));
	assert_int_equal(bench->payload.captured, 10);
	assert_false(tcp(bench, true, TCP_ACK, ISN + 41, nothing, 20));
	bench_free(bench);
}

/* --- DNS */

/* The answer to A of a.example: 192.0.2.1, for 60 seconds. */
static const uint8_t answer[] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0,
	0, 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1, 0xc0,
	0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1 };

static void
assert_hunted(const struct bench *bench, const char *name)
{
	assert_int_equal(bench->payload.hunted_octets, strlen(name));
	assert_memory_equal(bench->payload.hunted, name, strlen(name));
}

static void
what_opens_an_exchange_has_the_name_that_its_client_asked_for(void **state)
{
	struct bench *bench = bench_of(NAMES_DNS, 0);

	(void)state;
	assert_false(tcp(bench, true, TCP_SYN, ISN, NULL, 0));
	bench->server_port = 53;
	assert_true(udp(bench, false, answer, sizeof(answer)));
	bench->now += 0.1;
	bench->server_port = 443;
	assert_true(tcp(bench, true, TCP_SYN, ISN, NULL, 0));
	assert_hunted(bench, "a.example");
	assert_false(bench->payload.late);
	/* Not where the server opens. */
	assert_false(tcp(bench, false, TCP_SYN, ISN, NULL, 0));
	bench->server_port = 123;
	assert_true(udp(bench, true, nothing, sizeof(nothing)));
	assert_hunted(bench, "a.example");
	assert_int_equal(bench->payload.captured, 0);
	assert_false(udp(bench, true, nothing, sizeof(nothing)));
	/* The answer holds no longer. */
	bench->now += 60;
	assert_false(tcp(bench, true, TCP_SYN, ISN, NULL, 0));
	bench_free(bench);
}

static void
an_answer_over_tcp_counts_too(void **state)
{
	uint8_t framed[2 + sizeof(answer)] = { 0, sizeof(answer) };
	struct bench *bench = bench_of(NAMES_DNS, 0);

	(void)state;
	memcpy(framed + 2, answer, sizeof(answer));
	bench->server_port = 53;
	handshake(bench);
	assert_true(
	    tcp(bench, false, TCP_ACK, SERVER_ISN + 1, framed, sizeof(framed)));
	bench->server_port = 443;
	assert_true(tcp(bench, true, TCP_SYN, ISN, NULL, 0));
	assert_hunted(bench, "a.example");
	bench_free(bench);
}

/* Another worker may read the answer a little later than this one the SYN. */
static void
where_workers_share_the_first_data_look_again(void **state)
{
	struct bench *bench = bench_of(NAMES_DNS, 0);

	(void)state;
	gate_set_shared(bench->gate, true);
	handshake(bench);
	bench->server_port = 53;
	assert_true(udp(bench, false, answer, sizeof(answer)));
	bench->server_port = 443;
	assert_true(
	    tcp(bench, true, TCP_ACK, ISN + 1, nothing, sizeof(nothing)));
	assert_hunted(bench, "a.example");
	assert_true(bench->payload.late);
	assert_int_equal(bench->payload.captured, 0);
	bench_free(bench);
}

static void
malformed_answers_are_no_names(void **state)
{
	uint8_t octets[sizeof(answer)];
	struct bench *bench = bench_of(NAMES_DNS, 0);

	(void)state;
	bench->server_port = 53;
	for (uint32_t cut = 0; cut < sizeof(answer); cut++)
		(void)udp(bench, false, answer, cut);
	for (size_t i = 12; i < 27; i++) {
		memcpy(octets, answer, sizeof(octets));
		octets[i] ^= 0xff;
		(void)udp(bench, false, octets, sizeof(octets));
	}
	bench_free(bench);
}

/* --- batches */

static void
a_batch_keeps_copies_until_its_arena_is_full(void **state)
{
	struct segment_payload payload = {
		.captured = 4096, .hunted = "a.example", .hunted_octets = 9
	};
	struct payload_batch batch;
	uint8_t octets[4096];
	uint32_t n = 0;

	(void)state;
	assert_int_equal(payload_batch_init(&batch, 64), 0);
	payload.octets = octets;
	for (; payload_batch_has_room(&batch, &payload); n++) {
		memset(octets, (int)n, sizeof(octets));
		payload_batch_add(&batch, 2 * n, &payload);
	}
	assert_int_equal(n, PAYLOAD_ARENA / (4096 + 9));
	assert_int_equal(batch.count, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(batch.list[i].segment, 2 * i);
		assert_int_equal(batch.list[i].octets[4095], i);
		assert_memory_equal(batch.list[i].hunted, "a.example", 9);
	}
	payload_batch_empty(&batch);
	assert_true(payload_batch_has_room(&batch, &payload));
	payload_batch_clear(&batch);
	payload_batch_clear(&batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_octets_of_each_side_pass),
		cmocka_unit_test(segments_pass_out_of_order_and_again),
		cmocka_unit_test(
		    a_large_segment_of_an_offloading_device_is_cut),
		cmocka_unit_test(
		    what_begins_like_nothing_known_passes_no_further),
		cmocka_unit_test(without_a_syn_a_beginning_must_look_like_one),
		cmocka_unit_test(a_syn_ack_tells_of_both_sides),
		cmocka_unit_test(a_new_syn_replaces_the_numbers),
		cmocka_unit_test(a_syn_may_carry_octets),
		cmocka_unit_test(a_flood_of_syns_does_not_stop_hellos),
		cmocka_unit_test(of_quic_what_is_opened_passes),
		cmocka_unit_test(payload_passes_the_first_octets_of_anything),
		cmocka_unit_test(
		    what_opens_an_exchange_has_the_name_that_its_client_asked_for),
		cmocka_unit_test(an_answer_over_tcp_counts_too),
		cmocka_unit_test(where_workers_share_the_first_data_look_again),
		cmocka_unit_test(malformed_answers_are_no_names),
		cmocka_unit_test(a_batch_keeps_copies_until_its_arena_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
