/* SPDX-License-Identifier: BSD-2-Clause */
/* SYN-ACK before SYN: how it waits for its exchange. */
#include "opening.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
