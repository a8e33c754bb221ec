/* SPDX-License-Identifier: BSD-2-Clause */
/* Openings that are remembered, and exchanges that are resumed. */
#include "opening.h"

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

/* All in one tick of the wheel, which so has not forgotten it. */
static void
it_grows_too_old_while_a_syn_ack_waits(void **state)
{
	struct bench *bench = bench_of(METER_ALL, false);
	struct meter_load load;
	(void)state;

	shake(bench, 1, client, server); /* it may be resumed until 7501 */
	syn_ack_of(bench, 7500.95, server, client, ISN + 9);
	assert_int_equal(undecided(bench), 1);
	meter_load(bench->meter, &load);
	assert_int_equal(load.resumable, 1);
	tcp(bench, 7501.05, client, server, TCP_ACK, 1);
	assert_int_equal(undecided(bench), 0);
	assert_int_equal(resumed(bench), 0);
	meter_load(bench->meter, &load);
	assert_int_equal(load.live, 1);
	assert_int_equal(load.resumable, 0);
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
		cmocka_unit_test(it_grows_too_old_while_a_syn_ack_waits),
		cmocka_unit_test(a_syn_ack_alone_resumes_nothing),
		cmocka_unit_test(
		    what_is_remembered_is_resumed_and_stays_left_out),
		cmocka_unit_test(what_nobody_answered_is_not_resumed),
		cmocka_unit_test(what_has_finished_is_not_resumed),
		cmocka_unit_test(it_is_resumed_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
