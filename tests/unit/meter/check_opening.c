/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges open: a test for each rule, by name.  The client of the fixture
 * has port 1000 and its server port 80; tests of how the client is told choose
 * ports of their own.
 */
#include "../meter_fixture.h"

#define DEFAULT_KINDS 0
#define ISN 100u /* the client's */
#define SERVER_ISN 500u

static struct end_point
at_port(struct end_point end, uint16_t port)
{
	end.port = port;
	return end;
}

static void
assert_client(const struct exchange *e, struct end_point end)
{
	const uint8_t octets[4] = { (uint8_t)(end.address >> 24),
		(uint8_t)(end.address >> 16), (uint8_t)(end.address >> 8),
		(uint8_t)end.address };

	assert_memory_equal(e->address[CLIENT], octets, 4);
	assert_int_equal(e->port[CLIENT], end.port);
}

static void
syn_of(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint32_t isn)
{
	numbered(bench, at, from, to, TCP_SYN, isn, 0, 0);
}

/* The server accepts the SYN with this initial sequence number. */
static void
syn_ack_of(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint32_t isn)
{
	numbered(
	    bench, at, from, to, TCP_SYN | TCP_ACK, SERVER_ISN, isn + 1, 0);
}

static void
shake(
    struct bench *bench, double at, struct end_point from, struct end_point to)
{
	syn_of(bench, at, from, to, ISN);
	syn_ack_of(bench, at, to, from, ISN);
	numbered(bench, at, from, to, TCP_ACK, ISN + 1, SERVER_ISN + 1, 0);
}

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

/* --- SYN-ACK before SYN */

static void
a_syn_ack_waits_for_its_syn_and_counts_in_its_exchange(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn_ack_of(bench, 1, server, client, ISN);
	assert_int_equal(undecided(bench), 1);
	assert_int_equal(opened(bench), 0);
	syn_of(bench, 1.9, client, server, ISN);
	assert_int_equal(undecided(bench), 0);
	assert_int_equal(opened(bench), 1);
	numbered(bench, 2, client, server, TCP_ACK, ISN + 1, SERVER_ISN + 1, 0);
	assert_packets(record(bench, 0), 2, 1);
	assert_int_equal(flag(&bench->ended[0], SERVER, TCP_SYN), 1);
	assert_int_equal(
	    bench->ended[0].side[SERVER].first.ns, 1 * NS_PER_SECOND);
	bench_free(bench);
}

static void
a_syn_ack_waits_for_less_than_a_second(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn_ack_of(bench, 1, server, client, ISN);
	syn_of(bench, 2, client, server, ISN);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	assert_packets(record(bench, 0), 1, 0);
	bench_free(bench);
}

static void
a_syn_ack_that_acknowledges_the_syn_s_octets_finds_it(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	numbered(bench, 1, server, client, TCP_SYN | TCP_ACK, SERVER_ISN,
	    ISN + 1 + 300, 0);
	numbered(bench, 1, client, server, TCP_SYN, ISN, 0, 300);
	assert_int_equal(undecided(bench), 0);
	assert_packets(record(bench, 0), 1, 1);
	bench_free(bench);
}

static void
a_syn_with_another_number_is_not_what_the_syn_ack_waits_for(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn_ack_of(bench, 1, server, client, ISN);
	syn_of(bench, 1.1, client, server, ISN + 5000);
	assert_int_equal(undecided(bench), 1);
	advance(bench, 2);
	assert_int_equal(undecided(bench), 0);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	assert_packets(record(bench, 0), 1, 0);
	bench_free(bench);
}

static void
a_syn_ack_waits_while_an_exchange_with_another_number_lingers(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	numbered(bench, 2, client, server, TCP_RST, ISN + 1, SERVER_ISN + 1, 0);
	syn_ack_of(bench, 3, server, client, ISN + 9000);
	assert_int_equal(undecided(bench), 1);
	numbered(bench, 3, server, client, TCP_ACK, SERVER_ISN + 1, ISN + 1, 0);
	assert_int_equal(undecided(bench), 1); /* a late one of the first */
	syn_of(bench, 3.1, client, server, ISN + 9000);
	assert_int_equal(ended(bench, END_RESET), 1);
	assert_packets(&bench->ended[0], 3, 2);
	assert_packets(record(bench, 1), 1, 1);
	bench_free(bench);
}

static void
without_midstream_another_segment_is_unmatched_and_waiting_goes_on(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn_ack_of(bench, 1, server, client, ISN);
	numbered(bench, 1, client, server, TCP_ACK, ISN + 1, SERVER_ISN + 1, 5);
	syn_ack_of(bench, 1, server, client, ISN); /* it is sent again */
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 2);
	assert_int_equal(undecided(bench), 1);
	syn_of(bench, 1.5, client, server, ISN);
	assert_packets(record(bench, 0), 1, 1);
	bench_free(bench);
}

static void
with_midstream_another_segment_ends_the_waiting(void **state)
{
	struct bench *bench = bench_of(METER_OUTBOUND | METER_MIDSTREAM, true);
	(void)state;

	syn_ack_of(bench, 1, server, client, ISN);
	assert_int_equal(undecided(bench), 1);
	numbered(bench, 1, client, server, TCP_ACK, ISN + 1, SERVER_ISN + 1, 5);
	assert_int_equal(undecided(bench), 0);
	assert_int_equal(opened(bench), 1);
	/* A SYN that comes later still is a copy of its own. */
	syn_of(bench, 1.1, client, server, ISN);
	assert_packets(record(bench, 0), 2, 1);
	assert_int_equal(bench->ended[0].direction, DIRECTION_INITIATOR);
	bench_free(bench);
}

static void
with_midstream_a_segment_of_what_lingers_ends_the_waiting(void **state)
{
	struct bench *bench = bench_of(METER_OUTBOUND | METER_MIDSTREAM, true);
	(void)state;

	shake(bench, 1, client, server);
	numbered(bench, 2, client, server, TCP_RST, ISN + 1, SERVER_ISN + 1, 0);
	syn_ack_of(bench, 3, server, client, ISN + 9000);
	numbered(
	    bench, 3, client, server, TCP_ACK, ISN + 9001, SERVER_ISN + 1, 5);
	assert_int_equal(ended(bench, END_RESET), 1);
	assert_packets(record(bench, 1), 1, 1);
	bench_free(bench);
}

static void
alone_a_syn_ack_opens_only_with_midstream(void **state)
{
	(void)state;
	for (int with = 0; with < 2; with++) {
		struct bench *bench = bench_of(
		    METER_OUTBOUND | (with ? METER_MIDSTREAM : 0), true);

		syn_ack_of(bench, 1, server, client, ISN);
		advance(bench, 1.9);
		assert_int_equal(undecided(bench), 1);
		advance(bench, 2);
		assert_int_equal(undecided(bench), 0);
		assert_int_equal(opened(bench), with);
		assert_int_equal(
		    unmatched(bench, UNMATCHED_TCP_MIDSTREAM), !with);
		bench_free(bench);
	}
}

static void
what_waits_at_the_end_of_input_is_decided(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn_ack_of(bench, 1, server, client, ISN);
	meter_finish(bench->meter);
	assert_int_equal(undecided(bench), 0);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	bench_free(bench);
}

static void
a_flood_of_syn_acks_waits_in_a_bounded_ring(void **state)
{
	struct bench *bench = bench_new();
	struct meter_load load;
	(void)state;

	bench->options.max_exchanges = 1000;
	start(bench);
	for (unsigned i = 0; i < 10000; i++)
		syn_ack_of(bench, 1, server, at_port(client, (uint16_t)i), ISN);
	assert_in_range(undecided(bench), 100, 1000);
	meter_load(bench->meter, &load);
	assert_true(load.octets < 1000 * METER_OCTETS_PER_EXCHANGE);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM),
	    10000 - undecided(bench));
	bench_free(bench);
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

/* --- remembered openings */

static void
an_opening_that_is_left_out_is_remembered_both_ways(void **state)
{
	struct bench *bench = bench_started();
	struct meter_load load;
	(void)state;

	shake(bench, 1, visitor, client);
	numbered(
	    bench, 1, client, visitor, TCP_ACK, SERVER_ISN + 1, ISN + 1, 9);
	udp(bench, 1, visitor, client, 1);
	udp(bench, 1, client, visitor, 1); /* an answer, and no opening */
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 6);
	assert_int_equal(opened(bench), 0);
	meter_load(bench->meter, &load);
	assert_int_equal(load.remembered, 2);
	assert_int_equal(load.live, 0);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 0); /* it makes no record */
	bench_free(bench);
}

static void
it_is_remembered_as_long_as_an_exchange_would_live(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 1, visitor, at_port(client, 5000), 1);
	udp(bench, 30.9, at_port(client, 5000), visitor, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 2);
	udp(bench, 60.9, at_port(client, 5000), visitor, 1);
	assert_int_equal(opened(bench), 1);
	syn_of(bench, 100, visitor, client, ISN); /* unanswered: 30 s */
	syn_of(bench, 130, client, visitor, ISN);
	assert_int_equal(opened(bench), 2);
	bench_free(bench);
}

static void
what_is_remembered_is_replaced_like_an_exchange(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, visitor, client);
	syn_of(bench, 2, client, visitor, 7); /* simultaneous: no opening */
	assert_int_equal(opened(bench), 0);
	tcp(bench, 2, visitor, client, TCP_RST, 0);
	syn_of(bench, 3, client, visitor, 8); /* while it lingers: the next */
	assert_int_equal(opened(bench), 1);
	bench_free(bench);
}

/* --- resumed */

static void
what_is_idle_is_resumed_with_the_same_client(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	numbered(
	    bench, 400, server, client, TCP_ACK, SERVER_ISN + 1, ISN + 1, 7);
	assert_int_equal(ended(bench, END_IDLE), 1);
	assert_int_equal(opened(bench), 2);
	assert_int_equal(resumed(bench), 1);
	assert_client(record(bench, 1), client);
	assert_packets(&bench->ended[1], 0, 1);
	assert_int_equal(bench->ended[1].direction, DIRECTION_INITIATOR);
	assert_true(bench->ended[1].resumed);
	assert_false(bench->ended[0].resumed);
	assert_true(bench->ended[1].flow_id != bench->ended[0].flow_id);
	bench_free(bench);
}

static void
what_was_half_closed_is_resumed(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	tcp(bench, 2, client, server, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 77, server, client, TCP_ACK, 1000);
	assert_int_equal(ended(bench, END_HALF_CLOSED), 1);
	assert_int_equal(resumed(bench), 1);
	bench_free(bench);
}

static void
a_guessed_client_is_still_a_guess_when_it_is_resumed(void **state)
{
	struct bench *bench = bench_of(METER_ALL, false);
	(void)state;

	tcp(bench, 1, at_port(client, 5000), server, TCP_ACK, 1);
	tcp(bench, 400, server, at_port(client, 5000), TCP_ACK, 1);
	assert_int_equal(resumed(bench), 1);
	assert_client(record(bench, 1), at_port(client, 5000));
	assert_int_equal(bench->ended[1].direction, DIRECTION_GUESSED);
	bench_free(bench);
}

static void
it_is_resumed_within_tcp_resume_of_its_end(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server); /* it ends at 301 */
	tcp(bench, 7500.9, server, client, TCP_ACK, 1);
	assert_int_equal(resumed(bench), 1);
	/* That ends at 7800.9. */
	tcp(bench, 7800.9 + 7200, server, client, TCP_ACK, 1);
	assert_int_equal(resumed(bench), 1);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	bench_free(bench);
}

static void
with_tcp_resume_0_nothing_is_resumed(void **state)
{
	struct bench *bench = bench_new();
	struct meter_load load;
	(void)state;

	bench->options.tcp_resume = duration_seconds(0);
	start(bench);
	shake(bench, 1, client, server);
	tcp(bench, 302, server, client, TCP_ACK, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	meter_load(bench->meter, &load);
	assert_int_equal(load.resumable, 0);
	bench_free(bench);
}

static void
a_syn_opens_afresh(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	syn_of(bench, 400, client, server, ISN);
	assert_int_equal(opened(bench), 2);
	assert_int_equal(resumed(bench), 0);
	assert_false(record(bench, 1)->resumed);
	bench_free(bench);
}

static void
a_syn_ack_opens_what_may_be_resumed_with_another_segment(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	syn_ack_of(bench, 400, server, client, ISN + 9);
	assert_int_equal(undecided(bench), 1);
	tcp(bench, 400.1, client, server, TCP_ACK, 1);
	assert_int_equal(undecided(bench), 0);
	assert_int_equal(resumed(bench), 1);
	assert_packets(record(bench, 1), 1, 1);
	bench_free(bench);
}

static void
a_syn_ack_alone_resumes_nothing(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	syn_ack_of(bench, 400, server, client, ISN + 9);
	advance(bench, 402);
	assert_int_equal(resumed(bench), 0);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	tcp(bench, 403, client, server, TCP_ACK, 1);
	assert_int_equal(resumed(bench), 1);
	bench_free(bench);
}

static void
what_is_remembered_is_resumed_and_stays_left_out(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, visitor, client);
	tcp(bench, 400, client, visitor, TCP_ACK, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 4);
	assert_int_equal(opened(bench), 0);
	assert_int_equal(resumed(bench), 0);
	bench_free(bench);
}

static void
what_nobody_answered_is_not_resumed(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn_of(bench, 1, client, server, ISN);
	tcp(bench, 40, client, server, TCP_ACK, 1);
	assert_int_equal(ended(bench, END_UNANSWERED), 1);
	assert_int_equal(resumed(bench), 0);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	bench_free(bench);
}

static void
what_has_finished_is_not_resumed(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	tcp(bench, 2, client, server, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 2, server, client, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 10, server, client, TCP_ACK, 1);
	assert_int_equal(ended(bench, END_FINISHED), 1);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	bench_free(bench);
}

static void
it_is_resumed_again_and_again(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	shake(bench, 1, client, server);
	for (int turn = 1; turn <= 5; turn++)
		tcp(bench, turn * 1000, turn % 2 == 0 ? client : server,
		    turn % 2 == 0 ? server : client, TCP_ACK, 1);
	assert_int_equal(resumed(bench), 5);
	assert_int_equal(opened(bench), 6);
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
		cmocka_unit_test(
		    a_syn_ack_waits_for_its_syn_and_counts_in_its_exchange),
		cmocka_unit_test(a_syn_ack_waits_for_less_than_a_second),
		cmocka_unit_test(
		    a_syn_ack_that_acknowledges_the_syn_s_octets_finds_it),
		cmocka_unit_test(
		    a_syn_with_another_number_is_not_what_the_syn_ack_waits_for),
		cmocka_unit_test(
		    a_syn_ack_waits_while_an_exchange_with_another_number_lingers),
		cmocka_unit_test(
		    without_midstream_another_segment_is_unmatched_and_waiting_goes_on),
		cmocka_unit_test(
		    with_midstream_another_segment_ends_the_waiting),
		cmocka_unit_test(
		    with_midstream_a_segment_of_what_lingers_ends_the_waiting),
		cmocka_unit_test(alone_a_syn_ack_opens_only_with_midstream),
		cmocka_unit_test(what_waits_at_the_end_of_input_is_decided),
		cmocka_unit_test(a_flood_of_syn_acks_waits_in_a_bounded_ring),
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
		cmocka_unit_test(
		    an_opening_that_is_left_out_is_remembered_both_ways),
		cmocka_unit_test(
		    it_is_remembered_as_long_as_an_exchange_would_live),
		cmocka_unit_test(
		    what_is_remembered_is_replaced_like_an_exchange),
		cmocka_unit_test(what_is_idle_is_resumed_with_the_same_client),
		cmocka_unit_test(what_was_half_closed_is_resumed),
		cmocka_unit_test(
		    a_guessed_client_is_still_a_guess_when_it_is_resumed),
		cmocka_unit_test(it_is_resumed_within_tcp_resume_of_its_end),
		cmocka_unit_test(with_tcp_resume_0_nothing_is_resumed),
		cmocka_unit_test(a_syn_opens_afresh),
		cmocka_unit_test(
		    a_syn_ack_opens_what_may_be_resumed_with_another_segment),
		cmocka_unit_test(a_syn_ack_alone_resumes_nothing),
		cmocka_unit_test(
		    what_is_remembered_is_resumed_and_stays_left_out),
		cmocka_unit_test(what_nobody_answered_is_not_resumed),
		cmocka_unit_test(what_has_finished_is_not_resumed),
		cmocka_unit_test(it_is_resumed_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
