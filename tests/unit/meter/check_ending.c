/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges end, and the meter's side of time: a test for each rule, by
 * name.  check_meter.c has the timeouts.
 */
#include "../meter_fixture.h"

#define ISN 100u /* the client's */
#define SERVER_ISN 500u

static void
client_says(struct bench *bench, double at, uint8_t flags, uint32_t sequence,
    uint32_t payload)
{
	numbered(bench, at, client, server, flags, sequence, SERVER_ISN + 1,
	    payload);
}

static void
server_says(struct bench *bench, double at, uint8_t flags, uint32_t sequence,
    uint32_t payload)
{
	numbered(bench, at, server, client, flags, sequence, ISN + 1, payload);
}

static struct bench *
bench_shaken(void)
{
	struct bench *bench = bench_started();

	client_says(bench, 1, TCP_SYN, ISN, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	client_says(bench, 1, TCP_ACK, ISN + 1, 0);
	return bench;
}

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

static struct end_point
nth(int n)
{
	return (struct end_point){ client.address, (uint16_t)(2000 + n) };
}

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
assert_load(
    struct bench *bench, uint64_t live, uint64_t remembered, uint64_t resumable)
{
	struct meter_load load;

	meter_load(bench->meter, &load);
	assert_int_equal(load.live, live);
	assert_int_equal(load.remembered, remembered);
	assert_int_equal(load.resumable, resumable);
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

/* --- the sums over the parts */

static struct bench *
bench_with_sums(void)
{
	struct bench *bench = bench_new();

	bench->options.active_timeout = duration_seconds(60);
	bench->options.sums = true;
	start(bench);
	return bench;
}

/* Sums are no records of the ledger. */
static void
free_with_sums(struct bench *bench, size_t sums)
{
	assert_int_equal(books(bench)->records + sums, bench->count);
	bench->count -= sums;
	bench_free(bench);
}

/* A reload brings the first csv: nothing is left of an exchange cut before. */
static void
sums_that_begin_late_are_never_empty(void **state)
{
	struct bench *bench = bench_new();
	struct meter_options options;
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	start(bench);
	client_says(bench, 1, TCP_SYN, ISN, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	meter_advance(bench->meter, timestamp_from(70, 0));
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].extent, EXTENT_PART);
	options = bench->options;
	options.sums = true;
	meter_reconfigure(bench->meter, &options);
	meter_finish(bench->meter);
	free_with_sums(bench, 0);
}

static void
an_exchange_that_was_cut_comes_once_more_as_a_whole(void **state)
{
	struct bench *bench = bench_with_sums();
	const struct exchange *sum = &bench->ended[3];
	(void)state;

	client_says(bench, 1, TCP_SYN, ISN, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	client_says(bench, 30, TCP_ACK, ISN + 1, 10);
	client_says(bench, 70, TCP_ACK, ISN + 11, 20);
	server_says(bench, 140, TCP_ACK, SERVER_ISN + 1, 40);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 4);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench->ended[i].extent, EXTENT_PART);
	assert_int_equal(sum->extent, EXTENT_SUM);
	assert_int_equal(sum->end, END_SHUTDOWN);
	assert_int_equal(sum->flow_id, bench->ended[0].flow_id);
	assert_packets(sum, 3, 2);
	assert_int_equal(sum->side[CLIENT].payload_octets, 30);
	assert_int_equal(sum->side[SERVER].payload_octets, 40);
	assert_int_equal(sum->side[CLIENT].first.ns, 1 * NS_PER_SECOND);
	assert_int_equal(sum->side[CLIENT].last.ns, 70 * NS_PER_SECOND);
	assert_int_equal(sum->side[SERVER].last.ns, 140 * NS_PER_SECOND);
	assert_int_equal(flag(sum, CLIENT, TCP_SYN), 1);
	assert_int_equal(flag(sum, SERVER, TCP_ACK), 2);
	assert_int_equal(sum->side[CLIENT].initial_flags, TCP_SYN);
	free_with_sums(bench, 1);
}

static void
it_comes_as_a_whole_though_its_last_part_is_empty(void **state)
{
	struct bench *bench = bench_with_sums();
	(void)state;

	client_says(bench, 1, TCP_SYN, ISN, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	advance(bench, 400);
	assert_int_equal(bench->count, 2);
	assert_int_equal(bench->ended[0].end, END_ACTIVE);
	assert_int_equal(bench->ended[1].extent, EXTENT_SUM);
	assert_int_equal(bench->ended[1].end, END_IDLE);
	assert_packets(&bench->ended[1], 1, 1);
	free_with_sums(bench, 1);
}

/* The handler owns the room: what is left in it after the call is its own. */
static struct exchange room;

static struct exchange *
room_for_one(void *context)
{
	struct bench *bench = context;

	return bench->count % 2 == 0 ? &room : NULL;
}

static void
keep_and_wipe(void *context, const struct exchange *exchange)
{
	struct bench *bench = context;

	if (exchange->extent == EXTENT_PART)
		assert_int_equal(exchange == &room, bench->count % 2 == 0);
	keep(bench, exchange);
	memset(&room, 0xff, sizeof(room));
}

static void
records_are_made_in_the_room_that_the_handler_has(void **state)
{
	struct bench *bench = bench_new();
	const struct exchange *sum = &bench->ended[3];
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	bench->options.sums = true;
	bench->meter = meter_new(&bench->options, keep_and_wipe, bench);
	meter_set_room(bench->meter, room_for_one);
	client_says(bench, 1, TCP_SYN, ISN, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	client_says(bench, 70, TCP_ACK, ISN + 1, 20);
	server_says(bench, 140, TCP_ACK, SERVER_ISN + 1, 40);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 4);
	assert_packets(&bench->ended[0], 1, 1);
	assert_packets(&bench->ended[1], 1, 0);
	assert_packets(&bench->ended[2], 0, 1);
	assert_packets(sum, 2, 2);
	assert_int_equal(sum->extent, EXTENT_SUM);
	assert_int_equal(sum->side[CLIENT].payload_octets, 20);
	assert_int_equal(sum->side[SERVER].payload_octets, 40);
	free_with_sums(bench, 1);
}

static void
an_exchange_that_was_never_cut_comes_once(void **state)
{
	struct bench *bench = bench_with_sums();
	(void)state;

	client_says(bench, 1, TCP_SYN, ISN, 0);
	assert_int_equal(record(bench, 0)->extent, EXTENT_WHOLE);
	assert_int_equal(bench->count, 1);
	free_with_sums(bench, 0);
}

static void
a_place_that_is_used_again_has_no_sum_of_the_one_before(void **state)
{
	struct bench *bench = bench_with_sums();
	(void)state;

	udp(bench, 1, nth(0), server, 10);
	udp(bench, 25, nth(0), server, 10);
	udp(bench, 50, nth(0), server, 10);
	udp(bench, 62, nth(0), server, 10); /* cut */
	advance(bench, 100);
	udp(bench, 101, nth(1), server, 5);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 4);
	assert_packets(&bench->ended[2], 4, 0);
	assert_int_equal(bench->ended[2].extent, EXTENT_SUM);
	assert_packets(&bench->ended[3], 1, 0);
	assert_int_equal(bench->ended[3].extent, EXTENT_WHOLE);
	free_with_sums(bench, 1);
}

/* A run of copies has the counts that the copies have one by one. */
static void
copies_of_an_opening_count_each(void **state)
{
	struct bench *bench = bench_started();
	const struct exchange_side *side = bench->ended[0].side;
	(void)state;

	for (int i = 0; i < 300; i++) /* more than a run can hold */
		client_says(bench, 1 + i / 100.0, TCP_SYN, ISN, 20);
	meter_finish(bench->meter);
	assert_packets(&bench->ended[0], 300, 0);
	assert_int_equal(side[CLIENT].payload_octets, 300 * 20);
	assert_int_equal(side[CLIENT].ip_octets, 300 * 60);
	assert_int_equal(side[CLIENT].data_packets, 300);
	assert_int_equal(flag(&bench->ended[0], CLIENT, TCP_SYN), 300);
	assert_int_equal(side[CLIENT].first.ns, 1 * NS_PER_SECOND);
	assert_int_equal(side[CLIENT].last.ns, 3990 * NS_PER_MS);
	bench_free(bench);
}

static void
says(struct bench *bench, double at, struct end_point from, struct end_point to,
    uint32_t payload, uint8_t tos)
{
	struct segment s =
	    segment(bench, at, from, to, PROTOCOL_UDP, 0, payload);

	s.tos = tos;
	feed(bench, s);
}

static void
assert_side(const struct exchange_side *side, double first, double last,
    uint64_t packets, uint64_t payload, uint8_t tos)
{
	assert_int_equal(side->packets, packets);
	assert_int_equal(side->data_packets, packets);
	assert_int_equal(side->payload_octets, payload);
	assert_int_equal(side->ip_octets, payload + packets * 28);
	assert_int_equal(side->first.ns, (uint64_t)(first * 1e9));
	assert_int_equal(side->last.ns, (uint64_t)(last * 1e9));
	assert_int_equal(side->tos, tos);
	assert_int_equal(side->initial_flags, 0);
	for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
		assert_int_equal(side->flag_packets[bit], 0);
}

static void
a_query_and_its_answer_count_on_their_sides(void **state)
{
	struct bench *bench = bench_started();
	const struct exchange_side *side = bench->ended[0].side;
	(void)state;

	says(bench, 1, client, server, 30, 0x28);
	says(bench, 1.5, server, client, 400, 0x50);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 1);
	assert_side(&side[CLIENT], 1, 1, 1, 30, 0x28);
	assert_side(&side[SERVER], 1.5, 1.5, 1, 400, 0x50);
	bench_free(bench);
}

static void
what_follows_a_query_and_its_answer_counts_too(void **state)
{
	(void)state;
	for (int from = CLIENT; from <= SERVER; from++) {
		struct bench *bench = bench_started();
		const struct exchange_side *side = bench->ended[0].side;

		says(bench, 1, client, server, 30, 0x28);
		says(bench, 1.5, server, client, 400, 0x50);
		if (from == CLIENT) /* a copy of the query */
			says(bench, 2, client, server, 30, 0x28);
		else
			says(bench, 2, server, client, 400, 0x50);
		meter_finish(bench->meter);
		assert_side(&side[CLIENT], 1, from == CLIENT ? 2 : 1,
		    from == CLIENT ? 2 : 1, from == CLIENT ? 60 : 30, 0x28);
		assert_side(&side[SERVER], 1.5, from == SERVER ? 2 : 1.5,
		    from == SERVER ? 2 : 1, from == SERVER ? 800 : 400, 0x50);
		bench_free(bench);
	}
}

static void
a_query_that_was_repeated_and_its_answer_count_each(void **state)
{
	struct bench *bench = bench_started();
	const struct exchange_side *side = bench->ended[0].side;
	(void)state;

	says(bench, 1, client, server, 30, 0);
	says(bench, 1.25, client, server, 30, 0);
	says(bench, 1.5, server, client, 400, 0);
	meter_finish(bench->meter);
	assert_side(&side[CLIENT], 1, 1.25, 2, 60, 0);
	assert_side(&side[SERVER], 1.5, 1.5, 1, 400, 0);
	bench_free(bench);
}

/* It is dated before the query, with the time of which it came. */
static void
an_answer_that_is_dated_back_keeps_its_date(void **state)
{
	struct bench *bench = bench_started();
	const struct exchange_side *side = bench->ended[0].side;
	(void)state;

	says(bench, 1, client, server, 30, 0);
	says(bench, 0.5, server, client, 400, 0);
	meter_finish(bench->meter);
	assert_side(&side[CLIENT], 1, 1, 1, 30, 0);
	assert_side(&side[SERVER], 0.5, 0.5, 1, 400, 0);
	bench_free(bench);
}

static void
a_part_after_a_query_and_its_answer_begins_at_nothing(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.active_timeout = duration_seconds(20);
	start(bench);
	says(bench, 1, client, server, 30, 0x28);
	says(bench, 1.5, server, client, 400, 0x50);
	says(bench, 22, server, client, 500, 0x60);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 2);
	assert_side(&bench->ended[0].side[CLIENT], 1, 1, 1, 30, 0x28);
	assert_side(&bench->ended[0].side[SERVER], 1.5, 1.5, 1, 400, 0x50);
	assert_packets(&bench->ended[1], 0, 1);
	assert_side(&bench->ended[1].side[SERVER], 22, 22, 1, 500, 0x60);
	bench_free(bench);
}

/* The client was silent for longer, until it speaks again. */
static void
udp_idle_either_knows_when_a_query_and_its_answer_came(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.udp_idle_either = true;
	start(bench);
	says(bench, 1, client, server, 30, 0);
	says(bench, 20, server, client, 400, 0);
	advance(bench, 30.9);
	assert_int_equal(bench->count, 0);
	says(bench, 30.9, client, server, 30, 0);
	advance(bench, 49.9);
	assert_int_equal(bench->count, 0);
	advance(bench, 50.2);
	assert_int_equal(ended(bench, END_IDLE), 1);
	assert_packets(&bench->ended[0], 2, 1);
	bench_free(bench);
}

/* It was looked for only in the tick in which it had been due long ago. */
static void
a_part_that_a_waiting_syn_ack_had_opened_was_not_cut(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.kinds = METER_ALL;
	bench->options.active_timeout = duration_seconds(60);
	start(bench);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	server_says(bench, 300, TCP_ACK, SERVER_ISN + 1, 10);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].end, END_ACTIVE);
	assert_packets(&bench->ended[0], 0, 1);
	assert_packets(record(bench, 1), 0, 1);
	bench_free(bench);
}

/* --- the clock is set */

static void
step(struct bench *bench, double from, double to)
{
	meter_clock_step(bench->meter, (timestamp){ (int64_t)(from * 1e9) },
	    (timestamp){ (int64_t)(to * 1e9) });
	bench->now.ns = (int64_t)(to * 1e9);
}

static void
at_a_step_back_exchanges_count_as_last_seen_at_the_new_now(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 100000, client, server, 1);
	step(bench, 100020, 500);
	advance(bench, 529.9);
	assert_int_equal(bench->count, 0);
	advance(bench, 531);
	assert_int_equal(ended(bench, END_IDLE), 1);
	/* The packets' own times stay. */
	assert_int_equal(
	    bench->ended[0].side[CLIENT].first.ns, 100000 * NS_PER_SECOND);
	assert_int_equal(
	    bench->ended[0].side[CLIENT].last.ns, 100000 * NS_PER_SECOND);
	bench_free(bench);
}

static void
datagrams_after_a_step_back_are_exchanges_of_their_own(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 100000, client, neighbour, 1);
	step(bench, 100000, 0);
	udp(bench, 0, client, server, 1);
	udp(bench, 3600, client, server, 1);
	udp(bench, 7200, client, server, 1);
	assert_int_equal(opened(bench), 3);
	bench_free(bench);
}

static void
what_was_overdue_before_a_step_back_has_ended(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 1000, client, server, 1);
	step(bench, 1030, 500);
	assert_int_equal(ended(bench, END_IDLE), 1);
	bench_free(bench);
}

static void
a_syn_ack_that_waits_moves_along(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	server_says(bench, 1000, TCP_SYN | TCP_ACK, SERVER_ISN, 0);
	step(bench, 1000.6, 500);
	advance(bench, 500.3);
	assert_int_equal(undecided(bench), 1);
	advance(bench, 500.5);
	assert_int_equal(undecided(bench), 0);
	bench_free(bench);
}

static void
what_may_be_resumed_moves_along(void **state)
{
	struct bench *bench = bench_shaken();
	(void)state;

	advance(bench, 6000); /* it ended at 301 */
	step(bench, 6000, 100);
	tcp(bench, 1600, server, client, TCP_RST, 0);
	assert_load(bench, 0, 0, 1);
	tcp(bench, 1700, server, client, TCP_ACK, 1); /* 7,299 s */
	assert_int_equal(resumed(bench), 0);
	bench_free(bench);
}

static void
what_is_remembered_moves_along(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 1000, visitor, nth(0), 1);
	step(bench, 1020, 100);
	udp(bench, 109, nth(0), visitor, 1);
	assert_int_equal(unmatched(bench, UNMATCHED_INBOUND), 2);
	udp(bench, 139, nth(0), visitor, 1);
	assert_int_equal(opened(bench), 1);
	bench_free(bench);
}

static void
the_age_of_a_part_moves_along(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	start(bench);
	udp(bench, 1000, client, server, 1);
	udp(bench, 1025, client, server, 1);
	step(bench, 1040, 100);
	udp(bench, 119, client, server, 1);
	assert_int_equal(bench->count, 0);
	udp(bench, 121, client, server, 1);
	assert_int_equal(bench->count, 1);
	bench_free(bench);
}

static void
a_step_forward_moves_now_and_timeouts_fire(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 1, client, server, 1);
	step(bench, 1, 100000);
	assert_int_equal(ended(bench, END_IDLE), 1);
	bench_free(bench);
}

static void
many_live_through_a_step_back(void **state)
{
	enum {
		EXCHANGES = 3000
	};
	struct bench *bench = bench_started();
	(void)state;

	for (int i = 0; i < EXCHANGES; i++) {
		struct end_point from = { client.address, (uint16_t)(1 + i) };

		tcp(bench, 1000 + i / 1000.0, from, server, TCP_SYN, 0);
		if (i % 2 == 0)
			tcp(bench, 1000 + i / 1000.0, server, from,
			    TCP_SYN | TCP_ACK, 0);
	}
	step(bench, 1010, 20);
	advance(bench, 49.9);
	assert_int_equal(bench->count, 0);
	advance(bench, 51);
	assert_int_equal(ended(bench, END_UNANSWERED), EXCHANGES / 2);
	advance(bench, 321);
	assert_int_equal(ended(bench, END_IDLE), EXCHANGES / 2);
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
		cmocka_unit_test(sums_that_begin_late_are_never_empty),
		cmocka_unit_test(
		    an_exchange_that_was_cut_comes_once_more_as_a_whole),
		cmocka_unit_test(
		    it_comes_as_a_whole_though_its_last_part_is_empty),
		cmocka_unit_test(
		    records_are_made_in_the_room_that_the_handler_has),
		cmocka_unit_test(an_exchange_that_was_never_cut_comes_once),
		cmocka_unit_test(
		    a_place_that_is_used_again_has_no_sum_of_the_one_before),
		cmocka_unit_test(copies_of_an_opening_count_each),
		cmocka_unit_test(a_query_and_its_answer_count_on_their_sides),
		cmocka_unit_test(
		    what_follows_a_query_and_its_answer_counts_too),
		cmocka_unit_test(
		    a_query_that_was_repeated_and_its_answer_count_each),
		cmocka_unit_test(an_answer_that_is_dated_back_keeps_its_date),
		cmocka_unit_test(
		    a_part_after_a_query_and_its_answer_begins_at_nothing),
		cmocka_unit_test(
		    udp_idle_either_knows_when_a_query_and_its_answer_came),
		cmocka_unit_test(
		    a_part_that_a_waiting_syn_ack_had_opened_was_not_cut),
		cmocka_unit_test(
		    at_a_step_back_exchanges_count_as_last_seen_at_the_new_now),
		cmocka_unit_test(
		    datagrams_after_a_step_back_are_exchanges_of_their_own),
		cmocka_unit_test(what_was_overdue_before_a_step_back_has_ended),
		cmocka_unit_test(a_syn_ack_that_waits_moves_along),
		cmocka_unit_test(what_may_be_resumed_moves_along),
		cmocka_unit_test(what_is_remembered_moves_along),
		cmocka_unit_test(the_age_of_a_part_moves_along),
		cmocka_unit_test(a_step_forward_moves_now_and_timeouts_fire),
		cmocka_unit_test(many_live_through_a_step_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
