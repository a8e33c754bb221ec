/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges end: a test for each rule, by name.  check_meter.c has the
 * timeouts.
 */
#include "ending.h"

static struct bench *
bench_finished_at_2(void)
{
	struct bench *bench = bench_shaken();

	client_says(bench, 2, TCP_FIN | TCP_ACK, ISN + 1, 0);
	server_says(bench, 2, TCP_FIN | TCP_ACK, SERVER_ISN + 1, 0);
	return bench;
}

static uint64_t
out_of_window(struct bench *bench)
{
	return books(bench)->resets_out_of_window;
}

/* --- signs of the server */

static void
an_ack_of_the_client_s_is_a_sign_of_the_server(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 0, TCP_SYN, ISN, 0);
	client_says(bench, 1, TCP_ACK, ISN + 1, 10);
	client_says(bench, 46, TCP_ACK, ISN + 11, 10);
	client_says(bench, 90, TCP_ACK | TCP_FIN, ISN + 21, 0);
	advance(bench, 149);
	assert_int_equal(bench->count, 0);
	advance(bench, 151);
	assert_int_equal(ended(bench, END_HALF_CLOSED), 1);
	assert_packets(&bench->ended[0], 4, 0);
	bench_free(bench);
}

static void
a_fin_of_the_client_s_is_no_sign_of_the_server(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 0, TCP_SYN, ISN, 0);
	client_says(bench, 1, TCP_FIN, ISN + 1, 0);
	advance(bench, 30);
	assert_int_equal(bench->count, 0);
	advance(bench, 32);
	assert_int_equal(ended(bench, END_UNANSWERED), 1);
	bench_free(bench);
}

/* --- lingering */

static void
a_syn_with_another_number_ends_what_lingers_as_what_it_is(void **state)
{
	struct bench *bench = bench_finished_at_2();
	(void)state;

	client_says(bench, 3, TCP_SYN, ISN + 9000, 0);
	assert_int_equal(ended(bench, END_FINISHED), 1);
	assert_int_equal(bench->ended[0].end_reason, 3);
	client_says(bench, 3.1, TCP_RST, ISN + 9001, 0);
	client_says(bench, 3.2, TCP_SYN, ISN, 0);
	assert_int_equal(ended(bench, END_RESET), 1);
	assert_int_equal(ended(bench, END_REPLACED), 0);
	assert_int_equal(opened(bench), 3);
	bench_free(bench);
}

static void
a_syn_with_the_same_number_counts_while_it_lingers(void **state)
{
	struct bench *bench = bench_finished_at_2();
	(void)state;

	client_says(bench, 3, TCP_SYN, ISN, 0);
	advance(bench, 7.9);
	assert_int_equal(bench->count, 0);
	advance(bench, 9);
	assert_int_equal(ended(bench, END_FINISHED), 1);
	assert_packets(&bench->ended[0], 4, 2);
	bench_free(bench);
}

static void
a_refused_syn_that_is_tried_again_is_one_exchange(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	for (int i = 0; i < 3; i++) {
		client_says(bench, 1 + i, TCP_SYN, ISN, 0);
		server_says(bench, 1.1 + i, TCP_RST | TCP_ACK, 0, 0);
	}
	assert_packets(record(bench, 0), 3, 3);
	assert_int_equal(bench->ended[0].end, END_RESET);
	bench_free(bench);
}

static void
a_syn_ack_that_accepts_the_copy_opens_it_again(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 1, TCP_SYN, ISN, 0);
	server_says(bench, 1.1, TCP_RST | TCP_ACK, 0, 0);
	client_says(bench, 2, TCP_SYN, ISN, 0);
	server_says(bench, 2.1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	client_says(bench, 2.2, TCP_ACK, ISN + 1, 10);
	advance(bench, 60);
	assert_int_equal(bench->count, 0); /* it does not linger */
	server_says(bench, 61, TCP_RST, SERVER_ISN + 1, 0);
	assert_packets(record(bench, 0), 3, 3);
	assert_int_equal(bench->ended[0].end, END_RESET);
	assert_int_equal(opened(bench), 1);
	bench_free(bench);
}

static void
without_a_copy_of_the_syn_a_syn_ack_opens_nothing_again(void **state)
{
	struct bench *bench = bench_finished_at_2();
	(void)state;

	server_says(bench, 3, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	assert_int_equal(undecided(bench), 0);
	advance(bench, 9);
	assert_int_equal(ended(bench, END_FINISHED), 1);
	assert_packets(&bench->ended[0], 3, 3);
	bench_free(bench);
}

/* --- replaced */

static void
a_syn_of_either_end_replaces_where_the_client_was_guessed(void **state)
{
	(void)state;
	for (int from_server = 0; from_server < 2; from_server++) {
		struct bench *bench = bench_of(METER_ALL, false);

		tcp(bench, 1, client, server, TCP_ACK, 5);
		tcp(bench, 2, from_server ? server : client,
		    from_server ? client : server, TCP_SYN, 0);
		assert_int_equal(ended(bench, END_REPLACED), 1);
		assert_int_equal(bench->ended[0].end_reason, 4);
		assert_int_equal(record(bench, 1)->port[CLIENT],
		    from_server ? server.port : client.port);
		bench_free(bench);
	}
}

static void
a_syn_of_the_client_replaces_what_was_resumed(void **state)
{
	struct bench *bench = bench_shaken();
	(void)state;

	client_says(bench, 400, TCP_ACK, ISN + 1, 5);
	client_says(bench, 401, TCP_SYN, ISN, 0);
	assert_int_equal(ended(bench, END_REPLACED), 1);
	assert_int_equal(opened(bench), 3);
	bench_free(bench);
}

/* --- resets that are not believed */

static void
a_reset_out_of_window_ends_nothing_and_is_counted(void **state)
{
	struct bench *bench = bench_shaken();
	(void)state;

	server_says(bench, 2, TCP_RST, 3000000000, 0);
	assert_int_equal(out_of_window(bench), 1);
	client_says(bench, 100, TCP_ACK, ISN + 1, 10);
	assert_int_equal(opened(bench), 1);
	assert_packets(record(bench, 0), 3, 2);
	assert_int_equal(flag(&bench->ended[0], SERVER, TCP_RST), 1);
	bench_free(bench);
}

static void
a_fin_with_such_a_reset_closes_no_side(void **state)
{
	struct bench *bench = bench_shaken();
	(void)state;

	server_says(bench, 2, TCP_RST | TCP_FIN, 3000000000, 0);
	advance(bench, 200); /* not half closed */
	assert_int_equal(bench->count, 0);
	bench_free(bench);
}

static void
what_the_other_side_acknowledged_is_the_window_of_a_silent_side(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 1, TCP_SYN, ISN, 0);
	numbered(bench, 2, client, server, TCP_ACK, ISN + 1, 7000, 5);
	server_says(bench, 3, TCP_RST, 7000 + METER_RESET_WINDOW + 1, 0);
	assert_int_equal(out_of_window(bench), 1);
	numbered(bench, 4, client, server, TCP_ACK, ISN + 6, 0x40000000, 5);
	server_says(bench, 5, TCP_RST, 7000, 0);
	assert_int_equal(out_of_window(bench), 2);
	server_says(bench, 6, TCP_RST, 0x40000000, 0);
	assert_int_equal(record(bench, 0)->end, END_RESET);
	bench_free(bench);
}

static void
with_neither_any_reset_is_inside(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 1, TCP_SYN, ISN, 0);
	server_says(bench, 1, TCP_RST | TCP_ACK, 0x70000000, 0);
	assert_int_equal(out_of_window(bench), 0);
	assert_int_equal(record(bench, 0)->end, END_RESET);
	bench_free(bench);
}

static void
a_reset_that_acknowledges_before_the_first_number_is_not_believed(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	/* The tuple is used again; a reset of the exchange before comes. */
	client_says(bench, 1, TCP_SYN, 900000, 0);
	numbered(
	    bench, 1, server, client, TCP_RST | TCP_ACK, SERVER_ISN, 102, 0);
	assert_int_equal(out_of_window(bench), 1);
	numbered(bench, 2, server, client, TCP_SYN | TCP_ACK, 77, 900001, 0);
	numbered(bench, 2, client, server, TCP_RST | TCP_ACK, 900001, 76, 0);
	assert_int_equal(out_of_window(bench), 2);
	numbered(bench, 2, client, server, TCP_RST | TCP_ACK, 900001, 77, 0);
	assert_int_equal(out_of_window(bench), 2);
	assert_int_equal(record(bench, 0)->end, END_RESET);
	bench_free(bench);
}

static void
a_segment_of_the_exchange_before_does_not_keep_the_window(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 1, TCP_SYN, 900000, 0);
	server_says(bench, 1, TCP_ACK, 0x40000000, 0); /* an old one */
	numbered(bench, 2, server, client, TCP_SYN | TCP_ACK, 77, 900001, 0);
	numbered(bench, 3, server, client, TCP_RST, 0x40000000, 0, 0);
	assert_int_equal(out_of_window(bench), 1);
	numbered(bench, 3, server, client, TCP_RST, 78, 0, 0);
	assert_int_equal(record(bench, 0)->end, END_RESET);
	bench_free(bench);
}

/* --- eviction: 16 places, clients numbered by their ports */

#define MAX 16

static struct bench *
bench_of_16(void)
{
	struct bench *bench = bench_new();

	bench->options.max_exchanges = MAX;
	start(bench);
	return bench;
}

static void
answered(struct bench *bench, double at, int n)
{
	tcp(bench, at, nth(n), server, TCP_SYN, 0);
	tcp(bench, at, server, nth(n), TCP_SYN | TCP_ACK, 0);
}

static void
what_can_only_be_resumed_goes_first_the_oldest_first(void **state)
{
	struct bench *bench = bench_of_16();
	(void)state;

	answered(bench, 1, 0);
	answered(bench, 2, 1);
	for (int n = 2; n < MAX; n++)
		tcp(bench, 400, visitor, nth(n), TCP_SYN, 0);
	advance(bench, 400.5);
	assert_load(bench, 0, MAX - 2, 2);
	tcp(bench, 401, nth(20), server, TCP_SYN, 0);
	assert_load(bench, 1, MAX - 2, 1);
	tcp(bench, 401, server, nth(0), TCP_ACK, 1); /* it is forgotten */
	assert_int_equal(resumed(bench), 0);
	tcp(bench, 401, server, nth(1), TCP_ACK, 1);
	assert_int_equal(resumed(bench), 1);
	bench_free(bench);
}

static void
remembered_ones_go_next_the_oldest_first(void **state)
{
	struct bench *bench = bench_of_16();
	(void)state;

	tcp(bench, 1, visitor, nth(30), TCP_SYN, 0);
	tcp(bench, 1, nth(30), visitor, TCP_SYN | TCP_ACK, 0);
	tcp(bench, 2, visitor, nth(31), TCP_SYN, 0);
	tcp(bench, 3, nth(0), server, TCP_SYN, 0);
	tcp(bench, 3, server, nth(0), TCP_RST, 0); /* it lingers */
	for (int n = 1; n < MAX - 2; n++)
		answered(bench, 4, n);
	assert_load(bench, MAX - 2, 2, 0);
	tcp(bench, 4, nth(20), server, TCP_SYN, 0);
	tcp(bench, 4, nth(21), server, TCP_SYN, 0);
	assert_load(bench, MAX, 0, 0);
	assert_int_equal(bench->count, 0);
	tcp(bench, 4, nth(22), server, TCP_SYN, 0);
	assert_int_equal(ended(bench, END_RESET), 1);
	bench_free(bench);
}

static void
a_datagram_s_exchange_is_answered_when_both_have_spoken(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.max_exchanges = MAX;
	bench->options.kinds = METER_ALL;
	start(bench);
	/* From port 80: the client is guessed, and has said nothing. */
	udp(bench, 1, server, nth(0), 1);
	for (int n = 1; n < MAX; n++)
		answered(bench, 2, n);
	tcp(bench, 3, nth(20), server, TCP_SYN, 0);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].protocol, PROTOCOL_UDP);
	assert_int_equal(bench->ended[0].end, END_EVICTED);
	bench_free(bench);
}

/* --- records */

static void
records_hold_the_flags_of_each_side_s_first_packet(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	start(bench);
	numbered(
	    bench, 1, client, server, TCP_SYN | TCP_ECE | TCP_CWR, ISN, 0, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK | TCP_ECE, SERVER_ISN, 0);
	client_says(bench, 1, TCP_ACK, ISN + 1, 0);
	client_says(bench, 61, TCP_ACK | TCP_PSH, ISN + 1, 5);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].side[CLIENT].initial_flags,
	    TCP_SYN | TCP_ECE | TCP_CWR);
	assert_int_equal(bench->ended[0].side[SERVER].initial_flags,
	    TCP_SYN | TCP_ACK | TCP_ECE);
	assert_int_equal(
	    record(bench, 1)->side[CLIENT].initial_flags, TCP_ACK | TCP_PSH);
	assert_int_equal(bench->ended[1].side[SERVER].initial_flags, 0);
	bench_free(bench);
}

/* A packet of this class of service. */
static void
marked(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint8_t protocol, uint8_t flags, uint8_t tos)
{
	struct segment s = segment(bench, at, from, to, protocol, flags, 9);

	s.tos = tos;
	s.vlan = s.customer_vlan = 4094;
	feed(bench, s);
}

static void
expect_tos(struct bench *bench, size_t n, uint8_t client_tos, uint8_t its)
{
	const struct exchange *exchange = record(bench, n);

	assert_int_equal(exchange->side[CLIENT].tos, client_tos);
	assert_int_equal(exchange->side[SERVER].tos, its);
	assert_int_equal(exchange->vlan, 4094);
	assert_int_equal(exchange->customer_vlan, 4094);
}

static void
records_hold_the_class_of_each_side_s_first_packet(void **state)
{
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP };
	const uint8_t ack = TCP_SYN | TCP_ACK;

	(void)state;
	for (size_t i = 0; i < sizeof(protocols); i++) {
		uint8_t p = protocols[i];
		uint8_t tcp = p == PROTOCOL_TCP ? 0xff : 0;
		struct bench *bench = bench_new();

		bench->options.active_timeout = duration_seconds(20);
		start(bench);
		marked(bench, 1, client, server, p, TCP_SYN & tcp, 0xb8);
		/* A copy of the first packet, but for its class. */
		marked(bench, 2, client, server, p, TCP_SYN & tcp, 0x01);
		marked(bench, 3, server, client, p, ack & tcp, 0x6f);
		marked(bench, 4, server, client, p, TCP_ACK & tcp, 0x02);
		marked(bench, 5, client, server, p, TCP_ACK & tcp, 0x03);
		/* The next part has first packets of its own. */
		marked(bench, 22, server, client, p, TCP_ACK & tcp, 0xf4);
		marked(bench, 23, client, server, p, TCP_ACK & tcp, 0x55);
		/* One that is not answered, and one whose client is silent. */
		marked(bench, 24, neighbour, server, p, TCP_SYN & tcp, 0xfc);
		meter_finish(bench->meter);
		assert_int_equal(bench->count, 3);
		expect_tos(bench, 0, 0xb8, 0x6f);
		expect_tos(bench, 1, 0x55, 0xf4);
		expect_tos(bench, 2, 0xfc, 0);
		bench_free(bench);
	}
}

static void
records_hold_both_vlan_ids_and_the_tunnel(void **state)
{
	struct bench *bench = bench_started();
	struct segment s =
	    segment(bench, 1, client, server, PROTOCOL_TCP, TCP_SYN, 0);
	(void)state;

	s.vlan = 7;
	s.customer_vlan = 4094;
	s.tunnel = 0xabcdef;
	feed(bench, s);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	assert_int_equal(record(bench, 0)->vlan, 7);
	assert_int_equal(bench->ended[0].customer_vlan, 4094);
	assert_int_equal(bench->ended[0].tunnel, 0xabcdef);
	bench_free(bench);
}

static void
a_flow_id_keeps_53_bits(void **state)
{
	const uint64_t most = (UINT64_C(1) << 53) - 1;
	struct bench *bench = bench_started();
	struct segment s =
	    segment(bench, 1, client, server, PROTOCOL_TCP, TCP_SYN, 0);
	(void)state;

	s.number = most;
	s.now = s.time;
	meter_segments(bench->meter, &s, 1);
	bench->number = 1;
	assert_true(record(bench, 0)->flow_id == most);
	bench_free(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_ack_of_the_client_s_is_a_sign_of_the_server),
		cmocka_unit_test(
		    a_fin_of_the_client_s_is_no_sign_of_the_server),
		cmocka_unit_test(
		    a_syn_with_another_number_ends_what_lingers_as_what_it_is),
		cmocka_unit_test(
		    a_syn_with_the_same_number_counts_while_it_lingers),
		cmocka_unit_test(
		    a_refused_syn_that_is_tried_again_is_one_exchange),
		cmocka_unit_test(
		    a_syn_ack_that_accepts_the_copy_opens_it_again),
		cmocka_unit_test(
		    without_a_copy_of_the_syn_a_syn_ack_opens_nothing_again),
		cmocka_unit_test(
		    a_syn_of_either_end_replaces_where_the_client_was_guessed),
		cmocka_unit_test(a_syn_of_the_client_replaces_what_was_resumed),
		cmocka_unit_test(
		    a_reset_out_of_window_ends_nothing_and_is_counted),
		cmocka_unit_test(a_fin_with_such_a_reset_closes_no_side),
		cmocka_unit_test(
		    what_the_other_side_acknowledged_is_the_window_of_a_silent_side),
		cmocka_unit_test(with_neither_any_reset_is_inside),
		cmocka_unit_test(
		    a_reset_that_acknowledges_before_the_first_number_is_not_believed),
		cmocka_unit_test(
		    a_segment_of_the_exchange_before_does_not_keep_the_window),
		cmocka_unit_test(
		    what_can_only_be_resumed_goes_first_the_oldest_first),
		cmocka_unit_test(remembered_ones_go_next_the_oldest_first),
		cmocka_unit_test(
		    a_datagram_s_exchange_is_answered_when_both_have_spoken),
		cmocka_unit_test(
		    records_hold_the_flags_of_each_side_s_first_packet),
		cmocka_unit_test(
		    records_hold_the_class_of_each_side_s_first_packet),
		cmocka_unit_test(records_hold_both_vlan_ids_and_the_tunnel),
		cmocka_unit_test(a_flow_id_keeps_53_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
