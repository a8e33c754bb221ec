/* SPDX-License-Identifier: BSD-2-Clause */
/* Exchanges that are cut into parts, and come once more as a whole. */
#include "ending.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
