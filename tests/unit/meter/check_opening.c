/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges open: a test for each rule, by name.  The client of the fixture
 * has port 1000 and its server port 80; tests of how the client is told choose
 * ports of their own.
 */
#include "opening.h"

#define DEFAULT_KINDS 0

/* --- the kinds */

struct kind_case {
	unsigned kinds;
	bool opens[4]; /* outbound, inbound, foreign, local */
};

/* A SYN, or a datagram, of each kind; which of them open. */
static void
opens_what_it_lists(const struct kind_case *one, uint8_t protocol)
{
	const struct end_point from[4] = { client, visitor, visitor, client };
	const struct end_point to[4] = { server, client, server, neighbour };

	for (int i = 0; i < 4; i++) {
		struct bench *bench = bench_of(one->kinds, true);

		if (protocol == PROTOCOL_TCP)
			syn_of(bench, 1, from[i], to[i], ISN);
		else
			udp(bench, 1, at_port(from[i], 5000), to[i], 1);
		assert_int_equal(opened(bench), one->opens[i]);
		bench_free(bench);
	}
}

static void
each_kind_takes_tcp_of_its_ends(void **state)
{
	static const struct kind_case cases[] = {
		{ DEFAULT_KINDS, { true, false, false, true } },
		{ METER_OUTBOUND, { true, false, false, false } },
		{ METER_INBOUND, { false, true, false, false } },
		{ METER_FOREIGN, { false, false, true, false } },
		{ METER_LOCAL, { false, false, false, true } },
		{ METER_LOCAL_TCP, { false, false, false, true } },
		{ METER_MIDSTREAM, { false, false, false, false } },
		{ METER_OTHER, { false, false, false, false } },
		{ METER_ALL, { true, true, true, true } },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		opens_what_it_lists(&cases[i], PROTOCOL_TCP);
}

static void
each_kind_takes_udp_of_its_ends(void **state)
{
	static const struct kind_case cases[] = {
		{ DEFAULT_KINDS, { true, false, false, false } },
		{ METER_OUTBOUND, { true, false, false, false } },
		{ METER_INBOUND, { false, true, false, false } },
		{ METER_FOREIGN, { false, false, true, false } },
		{ METER_LOCAL, { false, false, false, true } },
		{ METER_LOCAL_TCP, { false, false, false, false } },
		{ METER_OTHER, { false, false, false, false } },
		{ METER_ALL, { true, true, true, true } },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		opens_what_it_lists(&cases[i], PROTOCOL_UDP);
}

static void
without_networks_all_is_the_default_and_the_opener_is_the_client(void **state)
{
	struct bench *bench = bench_of(DEFAULT_KINDS, false);
	(void)state;

	syn_of(bench, 1, visitor, client, ISN);
	udp(bench, 1, at_port(client, 5000), neighbour, 1);
	tcp(bench, 1, server, at_port(visitor, 6000), TCP_ACK, 5);
	assert_int_equal(opened(bench), 3);
	assert_client(record(bench, 0), visitor);
	assert_client(record(bench, 1), at_port(client, 5000));
	bench_free(bench);
}

static void
networks_without_a_prefix_are_none(void **state)
{
	struct bench *bench = bench_new();
	struct network_set *empty = network_set_new();
	(void)state;

	network_set_freeze(empty);
	bench->options.networks = empty;
	start(bench);
	syn_of(bench, 1, visitor, client, ISN);
	assert_int_equal(opened(bench), 1);
	bench_free(bench);
	network_set_free(&empty);
}

static void
kinds_have_names_and_say_whether_they_need_networks(void **state)
{
	(void)state;
	for (size_t n = 0; meter_kind_name(n) != NULL; n++)
		assert_int_equal(
		    meter_kind_from_name(meter_kind_name(n)), 1u << n);
	assert_string_equal(meter_kind_name(0), "outbound");
	assert_int_equal(meter_kind_from_name("other"), METER_OTHER);
	assert_int_equal(meter_kind_from_name("sideways"), 0);
	assert_false(meter_kinds_need_networks(0));
	assert_false(meter_kinds_need_networks(METER_ALL | METER_OTHER));
	assert_false(meter_kinds_need_networks(METER_ALL | METER_MIDSTREAM));
	assert_true(meter_kinds_need_networks(METER_MIDSTREAM));
	assert_true(meter_kinds_need_networks(METER_ALL | METER_INBOUND));
}

/* --- other protocols */

static struct segment
of_protocol(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint8_t protocol)
{
	struct segment s = segment(
	    bench, at, at_port(from, 0), at_port(to, 0), protocol, 0, 64);

	s.sequence = s.acknowledgement = 0;
	return s;
}

/* Type 8 is a request, 0 a reply. */
static struct segment
ping(struct bench *bench, double at, struct end_point from, struct end_point to,
    uint8_t type, uint16_t identifier)
{
	struct segment s = of_protocol(bench, at, from, to, PROTOCOL_ICMP);

	s.sequence = type * 256u;
	s.key.port[0] = identifier;
	s.key.port[1] = 1;
	s.hash = flow_hash(&bench->hash, &s.key);
	return s;
}

static void
other_is_one_exchange_for_two_addresses_and_a_protocol(void **state)
{
	struct bench *bench = bench_of(METER_OTHER, false);
	(void)state;

	feed(bench, of_protocol(bench, 1, client, server, 132));
	feed(bench, of_protocol(bench, 2, server, client, 132));
	feed(bench, of_protocol(bench, 2, client, server, 47));
	feed(bench, of_protocol(bench, 2, client, neighbour, 132));
	assert_int_equal(opened(bench), 3);
	assert_packets(record(bench, 0), 1, 1);
	assert_int_equal(bench->ended[0].protocol, 132);
	assert_int_equal(bench->ended[0].port[CLIENT], 0);
	assert_int_equal(bench->ended[0].port[SERVER], 0);
	assert_int_equal(bench->ended[0].direction, DIRECTION_INITIATOR);
	bench_free(bench);
}

static void
other_tells_icmp_echoes_apart_by_their_identifier(void **state)
{
	struct bench *bench = bench_of(METER_OTHER, false);
	(void)state;

	feed(bench, ping(bench, 1, client, server, 8, 7));
	feed(bench, ping(bench, 1, server, client, 0, 7));
	feed(bench, ping(bench, 1, client, server, 8, 0));
	feed(bench, of_protocol(bench, 1, client, server, PROTOCOL_ICMP));
	assert_int_equal(opened(bench), 3);
	assert_packets(record(bench, 0), 1, 1);
	assert_int_equal(bench->ended[0].port[CLIENT], 0);
	assert_int_equal(bench->ended[0].icmp_type_code, 8 * 256);
	bench_free(bench);
}

static void
other_is_opened_by_its_first_packet_and_has_udp_s_timeout(void **state)
{
	struct bench *bench = bench_of(METER_OTHER | METER_OUTBOUND, true);
	(void)state;

	feed(bench, ping(bench, 1, server, client, 0, 7)); /* whoever it is */
	advance(bench, 30.9);
	assert_int_equal(bench->count, 0);
	advance(bench, 32);
	assert_int_equal(ended(bench, END_IDLE), 1);
	assert_client(&bench->ended[0], at_port(server, 0));
	bench_free(bench);
}

static void
other_is_not_in_all(void **state)
{
	struct bench *bench = bench_of(METER_ALL, false);
	(void)state;

	feed(bench, of_protocol(bench, 1, client, server, 132));
	assert_int_equal(opened(bench), 0);
	assert_int_equal(unmatched(bench, UNMATCHED_NOT_TCP_UDP), 1);
	bench_free(bench);
}

/* --- who the client is */

static void
a_syn_s_sender_is_the_client_whatever_the_ports(void **state)
{
	struct bench *bench = bench_of(METER_ALL, true);
	(void)state;

	syn_of(bench, 1, at_port(server, 22), at_port(client, 60000), ISN);
	assert_client(record(bench, 0), at_port(server, 22));
	assert_int_equal(bench->ended[0].direction, DIRECTION_INITIATOR);
	bench_free(bench);
}

static void
a_syn_ack_s_receiver_is_the_client_whatever_the_ports(void **state)
{
	struct bench *bench = bench_of(METER_ALL, true);
	(void)state;

	syn_ack_of(bench, 1, at_port(client, 60000), at_port(server, 22), ISN);
	advance(bench, 2);
	assert_client(record(bench, 0), at_port(server, 22));
	assert_int_equal(bench->ended[0].direction, DIRECTION_INITIATOR);
	assert_packets(&bench->ended[0], 0, 1);
	bench_free(bench);
}

static void
the_sender_of_the_first_datagram_is_the_client(void **state)
{
	struct bench *bench = bench_of(METER_ALL, true);
	(void)state;

	udp(bench, 1, at_port(server, 50000), at_port(client, 3000), 1);
	udp(bench, 1, at_port(server, 80), at_port(client, 53), 1);
	assert_client(record(bench, 0), at_port(server, 50000));
	assert_client(record(bench, 1), at_port(server, 80));
	assert_int_equal(bench->ended[0].direction, DIRECTION_INITIATOR);
	bench_free(bench);
}

static void
of_a_datagram_from_a_port_below_1024_the_other_end_is_the_client(void **state)
{
	struct bench *bench = bench_of(METER_ALL, false);
	(void)state;

	udp(bench, 1, at_port(server, 1023), at_port(client, 1024), 1);
	assert_client(record(bench, 0), at_port(client, 1024));
	assert_int_equal(bench->ended[0].direction, DIRECTION_GUESSED);
	assert_packets(&bench->ended[0], 0, 1);
	bench_free(bench);
}

static void
a_server_that_speaks_after_a_silence_is_still_the_server(void **state)
{
	struct bench *bench = bench_started();
	const struct end_point resolver = at_port(server, 53);
	const struct end_point us = at_port(client, 40000);
	(void)state;

	udp(bench, 1, us, resolver, 1);
	udp(bench, 60, resolver, us, 1);
	assert_int_equal(opened(bench), 2);
	assert_client(record(bench, 1), us);
	bench_free(bench);
}

/* Of a segment in midstream; networks: whether the client's is local. */
static void
guesses(struct end_point from, struct end_point to, bool networks,
    struct end_point expected)
{
	struct bench *bench = bench_of(METER_ALL, networks);

	tcp(bench, 1, from, to, TCP_ACK, 5);
	assert_client(record(bench, 0), expected);
	assert_int_equal(bench->ended[0].direction, DIRECTION_GUESSED);
	bench_free(bench);
}

static void
in_midstream_the_client_is_the_end_with_the_port_above_1023(void **state)
{
	const struct end_point ours = at_port(client, 443);
	const struct end_point theirs = at_port(server, 1024);
	(void)state;

	guesses(ours, theirs, true, theirs);
	guesses(theirs, ours, true, theirs);
}

static void
in_midstream_else_the_client_is_the_local_end(void **state)
{
	const struct end_point ours = at_port(client, 2000);
	const struct end_point theirs = at_port(server, 60000);
	(void)state;

	guesses(ours, theirs, true, ours);
	guesses(theirs, ours, true, ours);
	guesses(at_port(server, 80), at_port(client, 22), true,
	    at_port(client, 22));
}

static void
in_midstream_else_the_client_has_the_higher_port(void **state)
{
	const struct end_point low = at_port(client, 2000);
	const struct end_point high = at_port(server, 60000);
	(void)state;

	guesses(low, high, false, high);
	guesses(high, low, false, high);
	guesses(low, at_port(neighbour, 3000), true, at_port(neighbour, 3000));
}

static void
in_midstream_else_the_client_is_the_sender(void **state)
{
	const struct end_point a = at_port(client, 5000);
	const struct end_point b = at_port(server, 5000);
	(void)state;

	guesses(a, b, false, a);
	guesses(b, a, false, b);
}

/* --- what opens nothing */

static void
nothing_opens_on_a_segment_with_rst(void **state)
{
	static const uint8_t flags[] = { TCP_RST, TCP_RST | TCP_ACK,
		TCP_SYN | TCP_RST, TCP_SYN | TCP_ACK | TCP_RST,
		TCP_FIN | TCP_RST };
	struct bench *bench = bench_of(METER_ALL, false);
	(void)state;

	for (size_t i = 0; i < sizeof(flags); i++)
		tcp(bench, 1, client, server, flags[i], 10);
	assert_int_equal(opened(bench), 0);
	assert_int_equal(
	    unmatched(bench, UNMATCHED_TCP_MIDSTREAM), sizeof(flags));
	bench_free(bench);
}

static void
a_fin_without_data_opens_nothing_unless_it_is_a_syn(void **state)
{
	struct bench *bench = bench_of(METER_ALL, false);
	(void)state;

	tcp(bench, 1, client, server, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 1, client, server, TCP_FIN, 0);
	assert_int_equal(opened(bench), 0);
	tcp(bench, 1, client, server, TCP_FIN | TCP_ACK, 1);
	tcp(bench, 1, client, neighbour, TCP_FIN | TCP_SYN, 0);
	assert_int_equal(opened(bench), 2);
	bench_free(bench);
}

static void
rst_and_fin_without_data_resume_nothing(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	tcp(bench, 400, server, client, TCP_RST, 0);
	tcp(bench, 400, server, client, TCP_FIN | TCP_ACK, 0);
	assert_int_equal(opened(bench), 1);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 2);
	tcp(bench, 400, server, client, TCP_FIN | TCP_ACK, 1);
	assert_int_equal(resumed(bench), 1);
	bench_free(bench);
}

/* --- reasons */

static void
without_midstream_the_reason_is_tcp_midstream(void **state)
{
	struct bench *bench = bench_of(METER_OUTBOUND, true);
	(void)state;

	tcp(bench, 1, client, server, TCP_ACK, 1);
	tcp(bench, 1, visitor, client, TCP_ACK, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 2);
	tcp(bench, 1, visitor, server, TCP_ACK, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_FOREIGN), 1);
	tcp(bench, 1, client, neighbour, TCP_ACK, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_LOCAL), 1);
	bench_free(bench);
}

static void
of_kinds_that_are_listed_the_reason_is_tcp_midstream(void **state)
{
	struct bench *bench = bench_of(METER_FOREIGN | METER_LOCAL_TCP, true);
	(void)state;

	tcp(bench, 1, visitor, server, TCP_ACK, 1);
	tcp(bench, 1, client, neighbour, TCP_ACK, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 2);
	bench_free(bench);
}

static void
midstream_of_a_kind_that_is_not_listed_has_that_reason(void **state)
{
	struct bench *bench = bench_of(METER_OUTBOUND | METER_MIDSTREAM, true);
	(void)state;

	tcp(bench, 1, visitor, at_port(client, 80), TCP_ACK, 1);
	tcp(bench, 1, at_port(client, 80), visitor, TCP_ACK, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 2);
	bench_free(bench);
}

static void
a_later_fragment_has_its_first_one_s_reason(void **state)
{
	struct bench *bench = bench_started();
	struct segment s;
	(void)state;

	udp(bench, 1, visitor, client, 1000);
	s = segment(bench, 1, visitor, client, PROTOCOL_UDP, 0, 1480);
	s.later_fragment = 1;
	feed(bench, s);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 2);
	tcp(bench, 1, server, client, TCP_ACK, 1000);
	s = segment(bench, 1, server, client, PROTOCOL_TCP, 0, 1480);
	s.later_fragment = 1;
	feed(bench, s);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 2);
	bench_free(bench);
}

/* … also when what remembers that is over: who the client is stays the same. */
static void
a_late_fragment_of_a_service_has_its_first_one_s_reason(void **state)
{
	struct bench *bench = bench_started();
	struct segment s;
	(void)state;

	udp(bench, 1, at_port(client, 53), visitor, 1000);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 1);
	s = segment(
	    bench, 100, at_port(client, 53), visitor, PROTOCOL_UDP, 0, 1480);
	s.later_fragment = 1;
	feed(bench, s);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 2);
	assert_int_equal(unmatched(bench, UNMATCHED_FRAGMENT), 0);
	bench_free(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_takes_tcp_of_its_ends),
		cmocka_unit_test(each_kind_takes_udp_of_its_ends),
		cmocka_unit_test(
		    without_networks_all_is_the_default_and_the_opener_is_the_client),
		cmocka_unit_test(networks_without_a_prefix_are_none),
		cmocka_unit_test(
		    kinds_have_names_and_say_whether_they_need_networks),
		cmocka_unit_test(
		    other_is_one_exchange_for_two_addresses_and_a_protocol),
		cmocka_unit_test(
		    other_tells_icmp_echoes_apart_by_their_identifier),
		cmocka_unit_test(
		    other_is_opened_by_its_first_packet_and_has_udp_s_timeout),
		cmocka_unit_test(other_is_not_in_all),
		cmocka_unit_test(
		    a_syn_s_sender_is_the_client_whatever_the_ports),
		cmocka_unit_test(
		    a_syn_ack_s_receiver_is_the_client_whatever_the_ports),
		cmocka_unit_test(
		    the_sender_of_the_first_datagram_is_the_client),
		cmocka_unit_test(
		    of_a_datagram_from_a_port_below_1024_the_other_end_is_the_client),
		cmocka_unit_test(
		    a_server_that_speaks_after_a_silence_is_still_the_server),
		cmocka_unit_test(
		    in_midstream_the_client_is_the_end_with_the_port_above_1023),
		cmocka_unit_test(in_midstream_else_the_client_is_the_local_end),
		cmocka_unit_test(
		    in_midstream_else_the_client_has_the_higher_port),
		cmocka_unit_test(in_midstream_else_the_client_is_the_sender),
		cmocka_unit_test(nothing_opens_on_a_segment_with_rst),
		cmocka_unit_test(
		    a_fin_without_data_opens_nothing_unless_it_is_a_syn),
		cmocka_unit_test(rst_and_fin_without_data_resume_nothing),
		cmocka_unit_test(without_midstream_the_reason_is_tcp_midstream),
		cmocka_unit_test(
		    of_kinds_that_are_listed_the_reason_is_tcp_midstream),
		cmocka_unit_test(
		    midstream_of_a_kind_that_is_not_listed_has_that_reason),
		cmocka_unit_test(a_later_fragment_has_its_first_one_s_reason),
		cmocka_unit_test(
		    a_late_fragment_of_a_service_has_its_first_one_s_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
