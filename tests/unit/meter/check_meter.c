/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges open, live and end: every rule by its name, with the client,
 * the server and the clock of meter_fixture.h.
 */
#include "../meter_fixture.h"

/* --- opening */

static void
a_local_syn_opens_and_its_sender_is_the_client(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	tcp(bench, 1, client, server, TCP_SYN, 0);
	assert_int_equal(opened(bench), 1);
	meter_finish(bench->meter);
	assert_memory_equal(bench->ended[0].address[CLIENT], "\n\0\0\1", 4);
	assert_int_equal(bench->ended[0].port[CLIENT], 1000);
	assert_int_equal(bench->ended[0].port[SERVER], 80);
	assert_int_equal(bench->ended[0].end, END_SHUTDOWN);
	assert_int_equal(bench->ended[0].end_reason, 4);
	bench_free(bench);
}

static void
a_local_syn_to_a_local_address_opens(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	tcp(bench, 1, client, neighbour, TCP_SYN, 0);
	assert_int_equal(opened(bench), 1);
	bench_free(bench);
}

static void
a_syn_ack_without_an_exchange_is_midstream(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	tcp(bench, 1, server, client, TCP_SYN | TCP_ACK, 0);
	tcp(bench, 1, client, server, TCP_ACK, 10);
	advance(bench, 2);
	assert_int_equal(opened(bench), 0);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 2);
	bench_free(bench);
}

static void
a_remote_syn_is_inbound(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	tcp(bench, 1, stranger, client, TCP_SYN, 0);
	udp(bench, 1, visitor, client, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 2);
	bench_free(bench);
}

static void
neither_end_local_is_foreign(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	tcp(bench, 1, stranger, server, TCP_SYN, 0);
	tcp(bench, 1, stranger, server, TCP_ACK, 0);
	udp(bench, 1, stranger, server, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_FOREIGN), 3);
	bench_free(bench);
}

static void
udp_opens_to_the_outside_only(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 1, client, server, 1);
	udp(bench, 1, client, neighbour, 1);
	assert_int_equal(opened(bench), 1);
	assert_int_equal(unmatched(bench, UNMATCHED_LOCAL), 1);
	bench_free(bench);
}

static void
inbound_opens_with_a_remote_client(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.kinds = METER_INBOUND;
	start(bench);
	tcp(bench, 1, visitor, client, TCP_SYN, 0);
	udp(bench, 1, visitor, client, 1);
	tcp(bench, 1, visitor, server, TCP_SYN, 0);
	assert_int_equal(opened(bench), 2);
	assert_int_equal(unmatched(bench, UNMATCHED_FOREIGN), 1);
	meter_finish(bench->meter);
	assert_int_equal(bench->ended[0].port[CLIENT], visitor.port);
	assert_int_equal(bench->ended[1].port[CLIENT], visitor.port);
	bench_free(bench);
}

static void
midstream_opens_with_the_local_end_as_client(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.kinds = METER_OUTBOUND | METER_MIDSTREAM;
	start(bench);
	tcp(bench, 1, server, client, TCP_ACK, 5);
	assert_int_equal(opened(bench), 1);
	meter_finish(bench->meter);
	assert_int_equal(bench->ended[0].direction, DIRECTION_GUESSED);
	assert_int_equal(bench->ended[0].port[CLIENT], 1000);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 0);
	assert_int_equal(bench->ended[0].side[SERVER].packets, 1);
	bench_free(bench);
}

static void
midstream_between_locals_has_the_higher_port_as_client(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.kinds = METER_LOCAL | METER_MIDSTREAM;
	start(bench);
	tcp(bench, 1, neighbour, client, TCP_ACK, 5);
	meter_finish(bench->meter);
	assert_int_equal(bench->ended[0].port[CLIENT], 1000);
	bench_free(bench);
}

static void
midstream_does_not_open_between_strangers(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.kinds = METER_LOCAL | METER_MIDSTREAM;
	start(bench);
	tcp(bench, 1, stranger, server, TCP_ACK, 5);
	assert_int_equal(unmatched(bench, UNMATCHED_FOREIGN), 1);
	bench_free(bench);
}

static void
a_later_fragment_joins_but_never_opens(void **state)
{
	struct bench *bench = bench_started();
	struct segment s;
	(void)state;

	s = segment(bench, 1, client, server, PROTOCOL_UDP, 0, 1480);
	s.later_fragment = 1;
	feed(bench, s);
	assert_int_equal(unmatched(bench, UNMATCHED_FRAGMENT), 1);
	udp(bench, 1, client, server, 1472);
	feed(bench, s);
	meter_finish(bench->meter);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 2);
	assert_int_equal(
	    bench->ended[0].side[CLIENT].payload_octets, 1472 + 1480);
	bench_free(bench);
}

/* --- while it lives */

static void
every_flag_of_every_packet_counts(void **state)
{
	struct bench *bench = bench_started();
	const struct exchange *e = bench->ended;
	(void)state;

	handshake(bench, 1);
	tcp(bench, 1, client, server, TCP_ACK | TCP_PSH | TCP_CWR, 100);
	tcp(bench, 1, server, client, TCP_ACK | TCP_ECE, 0);
	tcp(bench, 1, server, client, TCP_ACK | TCP_URG, 7);
	tcp(bench, 1, server, client, TCP_ACK | TCP_FIN, 0);
	tcp(bench, 1, client, server, TCP_ACK | TCP_FIN, 0);
	tcp(bench, 1, server, client, TCP_ACK, 0);
	meter_finish(bench->meter);
	assert_int_equal(e->side[CLIENT].packets, 4);
	assert_int_equal(e->side[SERVER].packets, 5);
	assert_int_equal(flag(e, CLIENT, TCP_SYN), 1);
	assert_int_equal(flag(e, CLIENT, TCP_ACK), 3);
	assert_int_equal(flag(e, CLIENT, TCP_PSH), 1);
	assert_int_equal(flag(e, CLIENT, TCP_CWR), 1);
	assert_int_equal(flag(e, CLIENT, TCP_FIN), 1);
	assert_int_equal(flag(e, SERVER, TCP_SYN), 1);
	assert_int_equal(flag(e, SERVER, TCP_ACK), 5);
	assert_int_equal(flag(e, SERVER, TCP_ECE), 1);
	assert_int_equal(flag(e, SERVER, TCP_URG), 1);
	assert_int_equal(flag(e, SERVER, TCP_FIN), 1);
	assert_int_equal(e->side[CLIENT].data_packets, 1);
	assert_int_equal(e->side[CLIENT].payload_octets, 100);
	assert_int_equal(e->side[CLIENT].ip_octets, 4 * 40 + 100);
	assert_int_equal(e->side[SERVER].payload_octets, 7);
	assert_int_equal(exchange_flags(e, SERVER),
	    TCP_SYN | TCP_ACK | TCP_ECE | TCP_URG | TCP_FIN);
	bench_free(bench);
}

static void
a_retransmitted_syn_is_one_more_syn_of_the_same_exchange(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn(bench, 1, 7);
	syn(bench, 2, 7);
	syn(bench, 4, 7);
	assert_int_equal(opened(bench), 1);
	meter_finish(bench->meter);
	assert_int_equal(flag(&bench->ended[0], CLIENT, TCP_SYN), 3);
	bench_free(bench);
}

static void
each_side_keeps_its_first_and_last_timestamp(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 5, client, server, 1);
	udp(bench, 6, server, client, 1);
	udp(bench, 7, client, server, 1);
	udp(bench, 4, server, client, 1); /* out of order */
	meter_finish(bench->meter);
	assert_int_equal(
	    bench->ended[0].side[CLIENT].first.ns, 5 * NS_PER_SECOND);
	assert_int_equal(
	    bench->ended[0].side[CLIENT].last.ns, 7 * NS_PER_SECOND);
	assert_int_equal(
	    bench->ended[0].side[SERVER].first.ns, 4 * NS_PER_SECOND);
	assert_int_equal(
	    bench->ended[0].side[SERVER].last.ns, 6 * NS_PER_SECOND);
	bench_free(bench);
}

static void
counters_of_more_than_16_bits_are_carried_over(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	handshake(bench, 1);
	for (int i = 0; i < 70000; i++)
		tcp(bench, 1, server, client, TCP_ACK | TCP_ECE, 0);
	meter_finish(bench->meter);
	assert_int_equal(flag(&bench->ended[0], SERVER, TCP_ECE), 70000);
	assert_int_equal(flag(&bench->ended[0], SERVER, TCP_ACK), 70001);
	assert_int_equal(bench->ended[0].side[SERVER].packets, 70001);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 2);
	bench_free(bench);
}

/* --- ending */

static void
both_fins_finish_after_the_linger(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	handshake(bench, 1);
	tcp(bench, 2, client, server, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 2, server, client, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 6.9, client, server, TCP_ACK, 0);
	advance(bench, 11);
	assert_int_equal(bench->count, 0);
	advance(bench, 13);
	assert_int_equal(ended(bench, END_FINISHED), 1);
	assert_int_equal(bench->ended[0].end_reason, 3);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 4);
	bench_free(bench);
}

static void
a_reset_finishes_after_the_linger(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn(bench, 1, 1);
	tcp(bench, 2, server, client, TCP_RST | TCP_ACK, 0);
	tcp(bench, 3, client, server, TCP_ACK, 0); /* a ghost elsewhere */
	assert_int_equal(opened(bench), 1);
	advance(bench, 9);
	assert_int_equal(ended(bench, END_RESET), 1);
	assert_int_equal(bench->ended[0].end_reason, 3);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 2);
	bench_free(bench);
}

static void
a_reset_after_both_fins_is_still_finished(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	handshake(bench, 1);
	tcp(bench, 2, client, server, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 2, server, client, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 2, client, server, TCP_RST, 0);
	advance(bench, 20);
	assert_int_equal(ended(bench, END_FINISHED), 1);
	bench_free(bench);
}

static void
half_closed_ends_after_its_own_timeout(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	handshake(bench, 1);
	tcp(bench, 2, server, client, TCP_FIN | TCP_ACK, 0);
	tcp(bench, 50, client, server, TCP_ACK, 10);
	tcp(bench, 109.9, client, server, TCP_ACK, 10);
	assert_int_equal(bench->count, 0);
	advance(bench, 171);
	assert_int_equal(ended(bench, END_HALF_CLOSED), 1);
	assert_int_equal(bench->ended[0].end_reason, 3);
	bench_free(bench);
}

static void
a_local_syn_while_lingering_opens_the_next(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn(bench, 1, 1);
	tcp(bench, 1, server, client, TCP_RST | TCP_ACK, 0);
	syn(bench, 2, 99);
	assert_int_equal(opened(bench), 2);
	assert_int_equal(ended(bench, END_RESET), 1);
	assert_int_equal(bench->ended[0].end_reason, 3);
	bench_free(bench);
}

static void
a_syn_with_another_sequence_number_replaces(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	handshake(bench, 1);
	syn(bench, 2, 99);
	assert_int_equal(opened(bench), 2);
	assert_int_equal(ended(bench, END_REPLACED), 1);
	assert_int_equal(bench->ended[0].end_reason, 4);
	assert_int_equal(bench->ended[0].flow_id, 1);
	meter_finish(bench->meter);
	assert_int_equal(bench->ended[1].flow_id, 4);
	bench_free(bench);
}

static void
a_syn_from_the_server_does_not_replace(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	tcp(bench, 1, client, neighbour, TCP_SYN, 0);
	tcp(bench, 1, neighbour, client, TCP_SYN, 0); /* simultaneous */
	assert_int_equal(opened(bench), 1);
	meter_finish(bench->meter);
	assert_int_equal(flag(&bench->ended[0], SERVER, TCP_SYN), 1);
	bench_free(bench);
}

static void
a_local_server_syn_while_lingering_turns_the_sides(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	tcp(bench, 1, client, neighbour, TCP_SYN, 0);
	tcp(bench, 1, neighbour, client, TCP_RST, 0);
	tcp(bench, 2, neighbour, client, TCP_SYN, 0);
	assert_int_equal(opened(bench), 2);
	meter_finish(bench->meter);
	assert_int_equal(bench->ended[1].port[CLIENT], 80);
	bench_free(bench);
}

static void
a_remote_syn_while_lingering_ends_it_and_is_inbound(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn(bench, 1, 1);
	tcp(bench, 1, server, client, TCP_RST, 0);
	tcp(bench, 2, server, client, TCP_SYN, 0);
	assert_int_equal(opened(bench), 1);
	assert_int_equal(ended(bench, END_RESET), 1);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 1);
	assert_int_equal(bench->ended[0].side[SERVER].packets, 1);
	bench_free(bench);
}

static void
unanswered_ends_after_the_opening_timeout(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn(bench, 1, 1);
	syn(bench, 20, 1);
	advance(bench, 49);
	assert_int_equal(bench->count, 0);
	advance(bench, 51);
	assert_int_equal(ended(bench, END_UNANSWERED), 1);
	assert_int_equal(bench->ended[0].end_reason, 1);
	bench_free(bench);
}

static void
an_answered_exchange_is_idle_after_its_own_timeout(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	handshake(bench, 1);
	advance(bench, 300);
	assert_int_equal(bench->count, 0);
	advance(bench, 302);
	assert_int_equal(ended(bench, END_IDLE), 1);
	assert_int_equal(bench->ended[0].end_reason, 1);
	bench_free(bench);
}

static void
udp_is_idle_after_both_sides_were_silent(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 1, client, server, 1);
	for (int at = 10; at <= 100; at += 10)
		udp(bench, at, server, client, 1);
	assert_int_equal(bench->count, 0);
	advance(bench, 131);
	assert_int_equal(ended(bench, END_IDLE), 1);
	assert_int_equal(bench->ended[0].side[SERVER].packets, 10);
	bench_free(bench);
}

static void
udp_idle_either_ends_when_one_side_was_silent(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.udp_idle_either = true;
	start(bench);
	udp(bench, 1, client, server, 1);
	udp(bench, 10, server, client, 1);
	udp(bench, 20, server, client, 1);
	udp(bench, 31, server, client, 1); /* the client was silent: 30 s */
	assert_int_equal(ended(bench, END_IDLE), 1);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 1);
	udp(bench, 61, client, server, 1);
	udp(bench, 90.9, client, server, 1);
	assert_int_equal(opened(bench), 2);
	udp(bench, 91, client, server, 1); /* the server never spoke */
	assert_int_equal(opened(bench), 3);
	bench_free(bench);
}

static void
a_timeout_passes_exactly_and_without_a_timer(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 1, client, server, 1);
	udp(bench, 30.999999999, client, server, 1);
	assert_int_equal(opened(bench), 1);
	udp(bench, 60.999999999, client, server, 1);
	assert_int_equal(opened(bench), 2);
	assert_int_equal(bench->count, 1);
	bench_free(bench);
}

static void
a_late_packet_that_may_not_open_is_unmatched(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	handshake(bench, 1);
	tcp(bench, 301, server, client, TCP_ACK | TCP_RST, 0);
	assert_int_equal(ended(bench, END_IDLE), 1);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	bench_free(bench);
}

static void
the_active_timeout_cuts_parts_of_one_flow(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	start(bench);
	handshake(bench, 1);
	for (int at = 11; at <= 131; at += 10)
		tcp(bench, at, client, server, TCP_ACK, 1);
	assert_int_equal(books(bench)->active_parts, 2);
	assert_int_equal(bench->ended[0].end, END_ACTIVE);
	assert_int_equal(bench->ended[0].end_reason, 2);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 2 + 5);
	assert_int_equal(bench->ended[1].side[CLIENT].packets, 6);
	assert_int_equal(bench->ended[1].side[SERVER].packets, 0);
	assert_int_equal(bench->ended[1].flow_id, bench->ended[0].flow_id);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 3);
	assert_int_equal(bench->ended[2].side[CLIENT].packets, 2);
	assert_int_equal(opened(bench), 1);
	bench_free(bench);
}

static void
a_silent_exchange_is_cut_by_the_clock_and_makes_no_empty_part(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	start(bench);
	handshake(bench, 1);
	advance(bench, 62);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].end, END_ACTIVE);
	advance(bench, 400);
	assert_int_equal(bench->count, 1);
	assert_int_equal(ended(bench, END_IDLE), 1);
	bench_free(bench);
}

static void
lingering_at_the_end_of_input_is_finished(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	syn(bench, 1, 1);
	tcp(bench, 2, server, client, TCP_RST, 0);
	meter_finish(bench->meter);
	assert_int_equal(ended(bench, END_RESET), 1);
	assert_int_equal(bench->ended[0].end_reason, 3);
	bench_free(bench);
}

/* --- eviction; MAX exchanges, numbered by the client's port */

#define MAX 16

static struct end_point
nth(int n)
{
	return (struct end_point){ 0x0a000001, (uint16_t)(2000 + n) };
}

static struct bench *
bench_full(void)
{
	struct bench *bench = bench_new();

	bench->options.max_exchanges = MAX;
	start(bench);
	for (int i = 0; i < MAX; i++) {
		tcp(bench, 1 + i, nth(i), server, TCP_SYN, 0);
		tcp(bench, 1 + i, server, nth(i), TCP_SYN | TCP_ACK, 0);
	}
	return bench;
}

static void
one_that_lingers_is_evicted_first_and_is_finished(void **state)
{
	struct bench *bench = bench_full();
	(void)state;

	tcp(bench, 17, server, nth(9), TCP_RST, 0);
	tcp(bench, 17, server, nth(5), TCP_RST, 0);
	tcp(bench, 18, nth(MAX), server, TCP_SYN, 0);
	assert_int_equal(bench->ended[0].port[CLIENT], 2009);
	assert_int_equal(bench->ended[0].end, END_RESET);
	assert_int_equal(bench->ended[0].end_reason, 3);
	bench_free(bench);
}

static void
an_unanswered_one_is_evicted_next_the_oldest_first(void **state)
{
	struct bench *bench = bench_full();
	(void)state;

	tcp(bench, 17, server, nth(9), TCP_RST, 0);
	tcp(bench, 18, nth(20), server, TCP_SYN, 0); /* evicts 9 */
	tcp(bench, 18, nth(21), server, TCP_SYN, 0); /* evicts 20 */
	udp(bench, 18, nth(22), server, 1);          /* evicts 21 */
	tcp(bench, 18, nth(23), server, TCP_SYN, 0); /* evicts 22 */
	assert_int_equal(bench->count, 4);
	assert_int_equal(bench->ended[1].port[CLIENT], 2020);
	assert_int_equal(bench->ended[1].end, END_EVICTED);
	assert_int_equal(bench->ended[1].end_reason, 5);
	assert_int_equal(bench->ended[2].port[CLIENT], 2021);
	assert_int_equal(bench->ended[3].port[CLIENT], 2022);
	assert_int_equal(ended(bench, END_EVICTED), 3);
	bench_free(bench);
}

static void
else_the_one_nearest_to_its_expiry_is_evicted(void **state)
{
	struct bench *bench = bench_full();
	(void)state;

	/* All but number 3 say something more. */
	for (int i = 0; i < MAX; i++)
		if (i != 3)
			tcp(bench, 20 + i, nth(i), server, TCP_ACK, 1);
	tcp(bench, 40, nth(MAX), server, TCP_SYN, 0);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].port[CLIENT], 2003);
	assert_int_equal(bench->ended[0].end, END_EVICTED);
	bench_free(bench);
}

static void
what_is_overdue_goes_before_anything_is_evicted(void **state)
{
	struct bench *bench = bench_full();
	(void)state;

	for (int i = 0; i < MAX; i++)
		if (i != 7)
			tcp(bench, 200, nth(i), server, TCP_ACK, 1);
	tcp(bench, 320, nth(MAX), server, TCP_SYN, 0);
	assert_int_equal(ended(bench, END_IDLE), 1);
	assert_int_equal(ended(bench, END_EVICTED), 0);
	assert_int_equal(bench->ended[0].port[CLIENT], 2007);
	bench_free(bench);
}

/* --- the table */

static void
many_exchanges_in_batches_are_all_told_apart(void **state)
{
	enum {
		EXCHANGES = 20000
	};
	struct bench *bench = bench_new();
	struct segment batch[METER_BATCH];
	size_t filled = 0;
	(void)state;

	bench->options.udp_idle_timeout = duration_seconds(86400);
	start(bench);
	for (int turn = 0; turn < 3; turn++)
		for (uint32_t i = 0; i < EXCHANGES; i++) {
			struct end_point from = { 0x0a000000 + i / 7, 0 };

			from.port = (uint16_t)(1 + i % 7);
			batch[filled] = segment(
			    bench, 1 + turn, from, server, PROTOCOL_UDP, 0, 1);
			batch[filled].now = batch[filled].time;
			batch[filled].number = ++bench->number;
			if (++filled == METER_BATCH) {
				meter_segments(bench->meter, batch, filled);
				filled = 0;
			}
		}
	meter_segments(bench->meter, batch, filled);
	assert_int_equal(opened(bench), EXCHANGES);
	assert_int_equal(books(bench)->packets_in_exchanges, 3 * EXCHANGES);
	/* They are more than the test keeps: end most of them first. */
	meter_free(&bench->meter);
	bench->number = 0;
	start(bench);
	bench_free(bench);
}

static void
after_the_end_of_input_it_begins_anew(void **state)
{
	enum {
		EXCHANGES = 3000, /* with an index that has grown */
		TURNS = 3
	};
	struct bench *bench = bench_started();
	(void)state;

	for (int turn = 0; turn < TURNS; turn++) {
		for (uint32_t i = 0; i < EXCHANGES; i++) {
			struct end_point from = { 0x0a000000, 0 };

			from.port = (uint16_t)(1 + i);
			tcp(bench, 1, from, server, TCP_SYN, 0);
			tcp(bench, 1, server, from, TCP_SYN | TCP_ACK, 0);
			if (i % 3 == 0)
				tcp(bench, 1, server, from, TCP_RST, 0);
		}
		assert_int_equal(books(bench)->exchanges_live, EXCHANGES);
		meter_finish(bench->meter);
		assert_int_equal(books(bench)->exchanges_live, 0);
		assert_int_equal(bench->count, EXCHANGES);
		for (size_t i = 0; i < bench->count; i++) {
			const struct exchange *ended = &bench->ended[i];

			assert_int_equal(ended->side[CLIENT].packets, 1);
			assert_int_equal(ended->end,
			    ended->side[SERVER].packets == 2 ? END_RESET
			                                     : END_SHUTDOWN);
		}
		bench->count = 0;
	}
	assert_int_equal(opened(bench), TURNS * EXCHANGES);
	bench->count = TURNS * EXCHANGES;
	bench_free(bench);
}

/* --- all live exchanges */

/* Steps of one place each, so that walks are gone on with. */
static void
flush_all(struct bench *bench)
{
	struct meter_walk walk = { 0 };

	while (meter_flush(bench->meter, &walk, 1))
		;
}

static void
a_flush_makes_a_part_of_each_that_is_not_closing(void **state)
{
	struct bench *bench = bench_started();
	struct end_point other = { client.address, 2000 };

	(void)state;
	handshake(bench, 0);
	udp(bench, 0, client, stranger, 10);
	tcp(bench, 0, other, server, TCP_SYN, 0);
	tcp(bench, 0, server, other, TCP_RST, 0); /* it lingers */
	flush_all(bench);
	assert_int_equal(bench->count, 2);
	assert_int_equal(bench->ended[0].end, END_ACTIVE);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 2);
	assert_int_equal(books(bench)->active_parts, 2);
	flush_all(bench); /* nothing since then: no part */
	assert_int_equal(bench->count, 2);
	tcp(bench, 1, client, server, TCP_ACK, 5);
	flush_all(bench);
	assert_int_equal(bench->count, 3);
	assert_int_equal(bench->ended[2].side[CLIENT].packets, 1);
	assert_int_equal(bench->ended[2].flow_id, bench->ended[0].flow_id);
	bench_free(bench);
}

static void
a_visit_shows_all_as_they_stand_and_changes_nothing(void **state)
{
	struct bench *bench = bench_started();
	struct meter_walk walk = { 0 };
	size_t before;

	(void)state;
	handshake(bench, 0);
	udp(bench, 0, client, stranger, 10);
	before = bench->count;
	while (meter_visit(bench->meter, &walk, 1, keep, bench))
		;
	assert_int_equal(bench->count, before + 2);
	assert_int_equal(bench->ended[0].end, 0);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 2);
	assert_int_equal(bench->ended[0].port[CLIENT], client.port);
	assert_int_equal(bench->ended[1].protocol, PROTOCOL_UDP);
	assert_int_equal(books(bench)->exchanges_live, 2);
	bench->count = before; /* these were no records */
	bench_free(bench);
}

static void
a_shorter_timeout_takes_effect_for_those_that_live(void **state)
{
	struct bench *bench = bench_started();
	struct meter_options options = bench->options;
	struct meter_walk walk = { 0 };

	(void)state;
	handshake(bench, 0);
	udp(bench, 0, client, stranger, 10);
	advance(bench, 2);
	assert_int_equal(bench->count, 0);
	options.tcp_idle_timeout.ns = options.udp_idle_timeout.ns = 3000000000;
	meter_reconfigure(bench->meter, &options);
	while (meter_rearm(bench->meter, &walk, 1))
		;
	advance(bench, 2.5);
	assert_int_equal(bench->count, 0);
	advance(bench, 4);
	assert_int_equal(bench->count, 2);
	assert_int_equal(ended(bench, END_IDLE), 2);
	bench_free(bench);
}

static void
a_longer_timeout_takes_effect_for_those_that_live(void **state)
{
	struct bench *bench = bench_started();
	struct meter_options options = bench->options;
	struct meter_walk walk = { 0 };

	(void)state;
	udp(bench, 0, client, stranger, 10);
	options.udp_idle_timeout.ns = 100000000000;
	meter_reconfigure(bench->meter, &options);
	while (meter_rearm(bench->meter, &walk, 1))
		;
	advance(bench, 90);
	assert_int_equal(bench->count, 0);
	advance(bench, 102);
	assert_int_equal(bench->count, 1);
	bench_free(bench);
}

/* It was measured from the start of the part before, flushed long ago. */
static void
a_reload_with_active_timeout_cut_a_part_too_early(void **state)
{
	struct bench *bench = bench_started();
	struct meter_options options = bench->options;
	struct meter_walk walk = { 0 };

	(void)state;
	handshake(bench, 0);
	flush_all(bench);
	tcp(bench, 100, client, server, TCP_ACK, 5);
	options.active_timeout = duration_seconds(60);
	meter_reconfigure(bench->meter, &options);
	while (meter_rearm(bench->meter, &walk, 1))
		;
	advance(bench, 159);
	assert_int_equal(bench->count, 1);
	advance(bench, 161);
	assert_int_equal(bench->count, 2);
	assert_int_equal(bench->ended[1].end, END_ACTIVE);
	bench_free(bench);
}

static void
other_networks_are_for_segments_from_then_on(void **state)
{
	struct bench *bench = bench_started();
	struct meter_options options = bench->options;
	struct network_set *others = network_set_new();
	char error[256];

	(void)state;
	assert_int_equal(
	    network_set_add(others, "198.51.100.0/24", error, sizeof(error)),
	    0);
	network_set_freeze(others);
	handshake(bench, 0);
	options.networks = others;
	meter_reconfigure(bench->meter, &options);
	tcp(bench, 1, server, client, TCP_ACK, 7); /* it goes on */
	assert_int_equal(opened(bench), 1);
	udp(bench, 1, client, server, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_FOREIGN), 1);
	udp(bench, 1, stranger, server, 1);
	assert_int_equal(opened(bench), 2);
	bench_free(bench);
	network_set_free(&others);
}

static void
the_load_tells_what_lives_and_what_is_set_aside(void **state)
{
	struct bench *bench = bench_new();
	struct meter_load load;

	(void)state;
	bench->options.max_exchanges = 5000;
	start(bench);
	for (unsigned i = 0; i < 3000; i++) {
		struct end_point from = { client.address, (uint16_t)i };

		udp(bench, 0, from, stranger, 1);
	}
	meter_load(bench->meter, &load);
	assert_int_equal(load.live, 3000);
	assert_int_equal(load.bound, 5000);
	assert_true(load.slots_used >= 3000 && load.slots > load.slots_used);
	assert_true(load.octets >= 3000 * 128);
	bench->count = 0;
	meter_finish(bench->meter);
	bench->count = books(bench)->records;
	bench_free(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_flush_makes_a_part_of_each_that_is_not_closing),
		cmocka_unit_test(
		    a_visit_shows_all_as_they_stand_and_changes_nothing),
		cmocka_unit_test(
		    a_shorter_timeout_takes_effect_for_those_that_live),
		cmocka_unit_test(
		    a_longer_timeout_takes_effect_for_those_that_live),
		cmocka_unit_test(
		    a_reload_with_active_timeout_cut_a_part_too_early),
		cmocka_unit_test(other_networks_are_for_segments_from_then_on),
		cmocka_unit_test(
		    the_load_tells_what_lives_and_what_is_set_aside),
		cmocka_unit_test(
		    a_local_syn_opens_and_its_sender_is_the_client),
		cmocka_unit_test(a_local_syn_to_a_local_address_opens),
		cmocka_unit_test(a_syn_ack_without_an_exchange_is_midstream),
		cmocka_unit_test(a_remote_syn_is_inbound),
		cmocka_unit_test(neither_end_local_is_foreign),
		cmocka_unit_test(udp_opens_to_the_outside_only),
		cmocka_unit_test(inbound_opens_with_a_remote_client),
		cmocka_unit_test(midstream_opens_with_the_local_end_as_client),
		cmocka_unit_test(
		    midstream_between_locals_has_the_higher_port_as_client),
		cmocka_unit_test(midstream_does_not_open_between_strangers),
		cmocka_unit_test(a_later_fragment_joins_but_never_opens),
		cmocka_unit_test(every_flag_of_every_packet_counts),
		cmocka_unit_test(
		    a_retransmitted_syn_is_one_more_syn_of_the_same_exchange),
		cmocka_unit_test(each_side_keeps_its_first_and_last_timestamp),
		cmocka_unit_test(
		    counters_of_more_than_16_bits_are_carried_over),
		cmocka_unit_test(both_fins_finish_after_the_linger),
		cmocka_unit_test(a_reset_finishes_after_the_linger),
		cmocka_unit_test(a_reset_after_both_fins_is_still_finished),
		cmocka_unit_test(half_closed_ends_after_its_own_timeout),
		cmocka_unit_test(a_local_syn_while_lingering_opens_the_next),
		cmocka_unit_test(a_syn_with_another_sequence_number_replaces),
		cmocka_unit_test(a_syn_from_the_server_does_not_replace),
		cmocka_unit_test(
		    a_local_server_syn_while_lingering_turns_the_sides),
		cmocka_unit_test(
		    a_remote_syn_while_lingering_ends_it_and_is_inbound),
		cmocka_unit_test(unanswered_ends_after_the_opening_timeout),
		cmocka_unit_test(
		    an_answered_exchange_is_idle_after_its_own_timeout),
		cmocka_unit_test(udp_is_idle_after_both_sides_were_silent),
		cmocka_unit_test(udp_idle_either_ends_when_one_side_was_silent),
		cmocka_unit_test(a_timeout_passes_exactly_and_without_a_timer),
		cmocka_unit_test(a_late_packet_that_may_not_open_is_unmatched),
		cmocka_unit_test(the_active_timeout_cuts_parts_of_one_flow),
		cmocka_unit_test(
		    a_silent_exchange_is_cut_by_the_clock_and_makes_no_empty_part),
		cmocka_unit_test(lingering_at_the_end_of_input_is_finished),
		cmocka_unit_test(
		    one_that_lingers_is_evicted_first_and_is_finished),
		cmocka_unit_test(
		    an_unanswered_one_is_evicted_next_the_oldest_first),
		cmocka_unit_test(else_the_one_nearest_to_its_expiry_is_evicted),
		cmocka_unit_test(
		    what_is_overdue_goes_before_anything_is_evicted),
		cmocka_unit_test(many_exchanges_in_batches_are_all_told_apart),
		cmocka_unit_test(after_the_end_of_input_it_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
