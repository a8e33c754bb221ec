/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of an input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/capture/timeline.h"

#define YEAR (365 * 86400)
#define START 1700000000

static timestamp
at(int64_t seconds)
{
	return (timestamp){ seconds * NS_PER_SECOND };
}

static uint8_t frame[4] = { 1, 2, 3, 4 };

static void
hold(struct timeline *timeline, timestamp time)
{
	struct capture_packet packet = {
		.time = time, .frame = frame, .captured = sizeof(frame)
	};

	timeline_hold(timeline, time, &packet);
}

static struct timeline
begun(void)
{
	struct timeline timeline;

	assert_int_equal(timeline_init(&timeline, duration_seconds(300)), 0);
	assert_true(timeline_near(&timeline, at(START)));
	return timeline;
}

static void
assert_now(const struct timeline *timeline, int64_t seconds)
{
	assert_int_equal(timeline->now.ns, at(seconds).ns);
}

static void
the_first_packet_sets_the_clock(void **state)
{
	struct timeline timeline = begun();

	(void)state;
	assert_now(&timeline, START);
	timeline_clear(&timeline);
}

static void
now_is_the_greatest_time_so_far(void **state)
{
	struct timeline timeline = begun();

	(void)state;
	assert_true(timeline_near(&timeline, at(START + 10)));
	assert_true(timeline_near(&timeline, at(START + 5)));
	assert_now(&timeline, START + 10);
	timeline_clear(&timeline);
}

static void
a_packet_of_exactly_clock_jump_does_not_wait(void **state)
{
	struct timeline timeline = begun();

	(void)state;
	assert_true(timeline_near(&timeline, at(START - 300)));
	assert_now(&timeline, START);
	assert_true(timeline_near(&timeline, at(START + 300)));
	assert_now(&timeline, START + 300);
	assert_false(
	    timeline_near(&timeline, (timestamp){ at(START + 600).ns + 1 }));
	assert_now(&timeline, START + 300);
	timeline_clear(&timeline);
}

static void
one_packet_from_the_future_harms_nothing(void **state)
{
	struct timeline timeline = begun();
	timestamp from;

	(void)state;
	assert_false(timeline_near(&timeline, at(START + YEAR)));
	hold(&timeline, at(START + YEAR));
	assert_int_equal(
	    timeline_decide(&timeline, at(START + 1), &from), TIMELINE_OUTLIER);
	assert_now(&timeline, START);
	assert_true(timeline_near(&timeline, at(START + 1)));
	assert_int_equal(timeline.outliers, 1);
	assert_int_equal(timeline.steps, 0);
	timeline_clear(&timeline);
}

static void
a_gap_moves_the_clock_to_the_packet_that_waited(void **state)
{
	struct timeline timeline = begun();
	timestamp from;

	(void)state;
	hold(&timeline, at(START + 3600));
	assert_int_equal(
	    timeline_decide(&timeline, at(START + 3610), &from), TIMELINE_STEP);
	assert_int_equal(from.ns, at(START).ns);
	assert_now(&timeline, START + 3600);
	assert_true(timeline_near(&timeline, at(START + 3610)));
	assert_int_equal(timeline.steps, 1);
	timeline_clear(&timeline);
}

static void
a_step_back_is_a_step(void **state)
{
	struct timeline timeline = begun();
	timestamp from;

	(void)state;
	hold(&timeline, at(START - 3600));
	assert_int_equal(
	    timeline_decide(&timeline, at(START - 3600), &from), TIMELINE_STEP);
	assert_now(&timeline, START - 3600);
	timeline_clear(&timeline);
}

static void
after_a_step_the_next_packet_is_judged_from_there(void **state)
{
	struct timeline timeline = begun();
	timestamp from;

	(void)state;
	hold(&timeline, at(START + 3600));
	assert_int_equal(
	    timeline_decide(&timeline, at(START + YEAR), &from), TIMELINE_STEP);
	assert_now(&timeline, START + 3600);
	assert_false(timeline_near(&timeline, at(START + YEAR)));
	timeline_clear(&timeline);
}

static void
one_far_on_the_other_side_means_that_the_first_was_wrong(void **state)
{
	struct timeline timeline = begun();
	timestamp from;

	(void)state;
	hold(&timeline, at(START + YEAR));
	assert_int_equal(timeline_decide(&timeline, at(START - YEAR), &from),
	    TIMELINE_OUTLIER);
	assert_now(&timeline, START);
	assert_false(timeline_near(&timeline, at(START - YEAR)));
	timeline_clear(&timeline);
}

static void
at_the_end_what_waits_counts_as_dated(void **state)
{
	struct timeline timeline = begun();
	timestamp from;

	(void)state;
	hold(&timeline, at(START + YEAR));
	assert_int_equal(timeline_end(&timeline, &from), TIMELINE_STEP);
	assert_now(&timeline, START + YEAR);
	assert_false(timeline.waiting);
	timeline_clear(&timeline);
}

static void
a_packet_that_waits_is_a_copy(void **state)
{
	struct timeline timeline = begun();

	(void)state;
	hold(&timeline, at(START + YEAR));
	memset(frame, 0, sizeof(frame));
	assert_int_equal(timeline.held.captured, 4);
	assert_int_equal(timeline.held.frame[3], 4);
	timeline_clear(&timeline);
}

/* Its file may have been closed: the interface was read from there. */
static void
a_packet_that_waits_keeps_its_interface(void **state)
{
	struct timeline timeline = begun();
	struct capture_interface interface = { .number = 7 };
	const struct capture_packet packet = { .frame = frame,
		.captured = sizeof(frame),
		.interface = &interface };

	(void)state;
	timeline_hold(&timeline, at(START + YEAR), &packet);
	interface.number = 0;
	assert_int_equal(timeline.held.interface->number, 7);
	timeline_clear(&timeline);
}

static void
the_ends_of_time_do_not_overflow(void **state)
{
	struct timeline timeline = { .jump = duration_seconds(86400) };

	(void)state;
	assert_true(timeline_near(&timeline, (timestamp){ 0 }));
	assert_false(timeline_near(&timeline, TIMESTAMP_LAST));
	timeline.now = TIMESTAMP_LAST;
	assert_false(timeline_near(&timeline, (timestamp){ 0 }));
	/* 292 years apart, and more: where a signed difference turns over. */
	for (uint64_t ns = INT64_MAX; ns > INT64_MAX / 2; ns = ns / 8 * 7) {
		timeline.now = (timestamp){ ns };
		assert_false(timeline_near(&timeline, TIMESTAMP_LAST));
		timeline.now = TIMESTAMP_LAST;
		assert_false(timeline_near(&timeline, (timestamp){ ns }));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_packet_sets_the_clock),
		cmocka_unit_test(now_is_the_greatest_time_so_far),
		cmocka_unit_test(a_packet_of_exactly_clock_jump_does_not_wait),
		cmocka_unit_test(one_packet_from_the_future_harms_nothing),
		cmocka_unit_test(
		    a_gap_moves_the_clock_to_the_packet_that_waited),
		cmocka_unit_test(a_step_back_is_a_step),
		cmocka_unit_test(
		    after_a_step_the_next_packet_is_judged_from_there),
		cmocka_unit_test(
		    one_far_on_the_other_side_means_that_the_first_was_wrong),
		cmocka_unit_test(at_the_end_what_waits_counts_as_dated),
		cmocka_unit_test(a_packet_that_waits_is_a_copy),
		cmocka_unit_test(a_packet_that_waits_keeps_its_interface),
		cmocka_unit_test(the_ends_of_time_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
