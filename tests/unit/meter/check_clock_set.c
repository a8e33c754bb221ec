/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock is set, forward and back: what the meter holds moves along. */
#include "ending.h"

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
