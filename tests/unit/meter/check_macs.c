/* SPDX-License-Identifier: BSD-2-Clause */
/* The hardware addresses of an exchange are those of its first packet. */
#include "../meter_fixture.h"

#include "exflow/memory/slab.h"

#define BOTH (1 << MAC_SENDER | 1 << MAC_RECEIVER)
#define CLIENTS 0xc1
#define SERVERS 0x5e

static struct bench *
bench_with_macs(unsigned kinds)
{
	struct bench *bench = bench_new();

	bench->options.kinds = kinds;
	bench->options.mac = true;
	start(bench);
	return bench;
}

/* A segment whose addresses are all of this octet. */
static void
feed_macs(struct bench *bench, struct segment s, uint8_t sender,
    uint8_t receiver, uint8_t known)
{
	struct segment_detail detail = { .macs = { .known = known } };

	memset(detail.macs.address[MAC_SENDER], sender, MAC_OCTETS);
	memset(detail.macs.address[MAC_RECEIVER], receiver, MAC_OCTETS);
	bench->now = timestamp_max(bench->now, s.time);
	s.now = bench->now;
	s.number = ++bench->number;
	meter_set_details(bench->meter, &s, 1, &detail);
	meter_segments(bench->meter, &s, 1);
	meter_set_details(bench->meter, NULL, 0, NULL);
}

static void
from_client(struct bench *bench, double at, uint8_t flags, uint8_t known)
{
	feed_macs(bench,
	    segment(bench, at, client, server, PROTOCOL_TCP, flags, 0), CLIENTS,
	    SERVERS, known);
}

static void
from_server(struct bench *bench, double at, uint8_t flags, uint8_t known)
{
	feed_macs(bench,
	    segment(bench, at, server, client, PROTOCOL_TCP, flags, 0), SERVERS,
	    CLIENTS, known);
}

static void
assert_mac(const struct exchange *exchange, int side, uint8_t octet)
{
	uint8_t expected[MAC_OCTETS];

	memset(expected, octet, sizeof(expected));
	assert_int_equal(exchange->macs >> side & 1, 1);
	assert_memory_equal(exchange->side[side].mac, expected, MAC_OCTETS);
}

static void
the_first_packet_has_them_whoever_sent_it(void **state)
{
	struct bench *bench = bench_with_macs(METER_ALL);
	const struct exchange *one;

	(void)state;
	from_client(bench, 1, TCP_SYN, BOTH);
	/* Another router's, and none. */
	feed_macs(bench,
	    segment(
	        bench, 1.1, server, client, PROTOCOL_TCP, TCP_SYN | TCP_ACK, 0),
	    7, 8, BOTH);
	from_client(bench, 1.2, TCP_ACK, 0);
	one = record(bench, 0);
	assert_mac(one, CLIENT, CLIENTS);
	assert_mac(one, SERVER, SERVERS);
	bench_free(bench);

	/* The capture begins with an answer of the server. */
	bench = bench_with_macs(METER_ALL | METER_MIDSTREAM);
	from_server(bench, 1, TCP_ACK, BOTH);
	from_client(bench, 1.1, TCP_ACK, BOTH);
	one = record(bench, 0);
	assert_packets(one, 1, 1);
	assert_mac(one, CLIENT, CLIENTS);
	assert_mac(one, SERVER, SERVERS);
	bench_free(bench);
}

static void
what_the_frame_does_not_have_is_not_known(void **state)
{
	struct bench *bench = bench_with_macs(METER_ALL | METER_MIDSTREAM);
	const struct exchange *one;

	(void)state;
	from_client(bench, 1, TCP_SYN, 1 << MAC_SENDER);
	one = record(bench, 0);
	assert_int_equal(one->macs, 1 << CLIENT);
	assert_mac(one, CLIENT, CLIENTS);
	from_server(bench, 100, TCP_ACK, 1 << MAC_SENDER);
	one = record(bench, 1);
	assert_int_equal(one->macs, 1 << SERVER);
	assert_mac(one, SERVER, SERVERS);
	/* In a place where another exchange had some. */
	from_client(bench, 200, TCP_SYN, 0);
	assert_int_equal(record(bench, 2)->macs, 0);
	bench_free(bench);
}

static void
a_syn_ack_that_waited_has_its_own(void **state)
{
	struct bench *bench = bench_with_macs(METER_ALL | METER_MIDSTREAM);
	const struct exchange *one;

	(void)state;
	from_server(bench, 1, TCP_SYN | TCP_ACK, BOTH);
	/* Something else lets its second pass. */
	feed_macs(bench,
	    segment(bench, 3, server, stranger, PROTOCOL_UDP, 0, 9), 1, 2,
	    BOTH);
	assert_int_equal(opened(bench), 2);
	meter_finish(bench->meter);
	one = &bench->ended[bench->ended[0].protocol == PROTOCOL_TCP ? 0 : 1];
	assert_int_equal(one->protocol, PROTOCOL_TCP);
	assert_packets(one, 0, 1);
	assert_mac(one, CLIENT, CLIENTS);
	assert_mac(one, SERVER, SERVERS);
	bench_free(bench);
}

static void
each_half_has_its_senders_first(void **state)
{
	struct exchange exchange = { .macs = 1 << SERVER };
	struct exchange half;

	(void)state;
	exchange.side[CLIENT].packets = exchange.side[SERVER].packets = 1;
	memset(exchange.side[CLIENT].mac, CLIENTS, MAC_OCTETS);
	memset(exchange.side[SERVER].mac, SERVERS, MAC_OCTETS);
	exchange_one_way(&exchange, CLIENT, &half);
	assert_int_equal(half.macs, 1 << SERVER);
	assert_mac(&half, SERVER, SERVERS);
	exchange_one_way(&exchange, SERVER, &half);
	assert_int_equal(half.macs, 1 << CLIENT);
	assert_mac(&half, CLIENT, SERVERS);
	exchange.macs = 1 << CLIENT | 1 << SERVER;
	exchange_one_way(&exchange, SERVER, &half);
	assert_mac(&half, CLIENT, SERVERS);
	assert_mac(&half, SERVER, CLIENTS);
	assert_int_equal(half.side[SERVER].packets, 0);
}

static void
parts_and_their_sum_have_them(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->options.mac = bench->options.sums = true;
	bench->options.active_timeout = duration_seconds(10);
	start(bench);
	from_client(bench, 1, TCP_SYN, BOTH);
	from_client(bench, 15, TCP_SYN, BOTH);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 3);
	for (size_t i = 0; i < bench->count; i++) {
		assert_mac(&bench->ended[i], CLIENT, CLIENTS);
		/* Also of a side that sent nothing. */
		assert_mac(&bench->ended[i], SERVER, SERVERS);
	}
	assert_int_equal(bench->ended[2].extent, EXTENT_SUM);
	meter_free(&bench->meter);
	network_set_free(&bench->networks);
	free(bench);
}

static void
without_the_option_there_are_none(void **state)
{
	struct bench *bench = bench_of(METER_ALL, false);
	struct meter_load without, with;

	(void)state;
	from_client(bench, 1, TCP_SYN, BOTH);
	meter_load(bench->meter, &without);
	assert_int_equal(record(bench, 0)->macs, 0);
	bench_free(bench);
	bench = bench_with_macs(METER_ALL);
	from_client(bench, 1, TCP_SYN, BOTH);
	meter_load(bench->meter, &with);
	assert_int_equal(
	    with.octets - without.octets, SLAB_STEP * METER_OCTETS_OF_MACS);
	bench_free(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_packet_has_them_whoever_sent_it),
		cmocka_unit_test(what_the_frame_does_not_have_is_not_known),
		cmocka_unit_test(a_syn_ack_that_waited_has_its_own),
		cmocka_unit_test(each_half_has_its_senders_first),
		cmocka_unit_test(parts_and_their_sum_have_them),
		cmocka_unit_test(without_the_option_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
