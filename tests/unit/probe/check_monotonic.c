/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../src/probe/monotonic.h"

#define SECOND INT64_C(1000000000)
#define WALL (1700000000 * SECOND)

static void
it_starts_as_the_wall_clock_and_goes_on_with_the_other(void **state)
{
	struct monotonic monotonic;

	(void)state;
	monotonic_start(&monotonic, WALL, 5 * SECOND);
	assert_int_equal(monotonic.now.ns, WALL);
	monotonic_read(&monotonic, WALL + 3 * SECOND, 8 * SECOND);
	assert_int_equal(monotonic.now.ns, WALL + 3 * SECOND);
	assert_int_equal(
	    monotonic_of(&monotonic, (timestamp){ WALL + 2 * SECOND }).ns,
	    WALL + 2 * SECOND);
}

static void
a_step_of_the_wall_clock_is_no_time(void **state)
{
	static const int64_t steps[] = { 3600 * SECOND, -3600 * SECOND,
		-86400 * 365 * SECOND };
	struct monotonic monotonic;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		monotonic_start(&monotonic, WALL, 0);
		monotonic_read(&monotonic, WALL + SECOND + steps[i], SECOND);
		assert_int_equal(monotonic.now.ns, WALL + SECOND);
		/* A packet that was stamped behind the step. */
		assert_int_equal(monotonic_of(&monotonic,
		                     (timestamp){ WALL + SECOND + steps[i] })
		                     .ns,
		    WALL + SECOND);
	}
}

/* Slewed, or not read at once: stamps are as far ahead of it as before. */
static void
it_goes_along_with_a_wall_clock_that_drifts(void **state)
{
	static const int64_t drifts[] = { 40, 250, -90, 5000000, -99000000,
		99000000 };
	struct monotonic monotonic;

	(void)state;
	for (int64_t step = 0; step >= -3600 * SECOND; step -= 3600 * SECOND) {
		int64_t wall = WALL + step, now = WALL, read = 0;

		monotonic_start(&monotonic, WALL, 0);
		for (size_t i = 0; i < sizeof(drifts) / sizeof(drifts[0]);
		     i++) {
			read += SECOND;
			wall += SECOND;
			now += SECOND;
			monotonic_read(&monotonic, wall, read);
			assert_int_equal(monotonic.now.ns, now);
			wall += drifts[i];
			now += drifts[i];
			read += SECOND;
			wall += SECOND;
			now += SECOND;
			monotonic_read(&monotonic, wall, read);
			assert_int_equal(monotonic.wall_ahead, step);
			assert_int_equal(monotonic.now.ns, now);
			assert_int_equal(
			    monotonic_of(&monotonic, (timestamp){ wall }).ns,
			    now);
		}
	}
}

/* Slewed back faster than time passes: it stands still. */
static void
it_never_goes_back(void **state)
{
	struct monotonic monotonic;

	(void)state;
	monotonic_start(&monotonic, WALL, 0);
	for (int i = 1; i < 9; i++) {
		monotonic_read(&monotonic, WALL - 50000000 * i, 1000 * i);
		assert_int_equal(monotonic.now.ns, WALL);
		assert_int_equal(monotonic.wall_ahead, 0);
	}
	monotonic_read(&monotonic, WALL + 50000000, 1 * SECOND);
	assert_int_equal(
	    monotonic.now.ns, WALL + 1 * SECOND - 8000 - 400000000);
}

static void
a_step_between_the_reading_and_the_packet_is_bounded(void **state)
{
	struct monotonic monotonic;
	timestamp stamped = { WALL + 7200 * SECOND };

	(void)state;
	monotonic_start(&monotonic, WALL, 0);
	assert_int_equal(monotonic_of(&monotonic, stamped).ns,
	    WALL + MONOTONIC_SLACK_MS * SECOND / 1000);
}

static void
the_systems_clocks_agree(void **state)
{
	struct monotonic monotonic;
	uint64_t before;

	(void)state;
	monotonic_start_now(&monotonic);
	before = monotonic.now.ns;
	assert_true(before > WALL);
	monotonic_read_now(&monotonic);
	assert_true(monotonic.now.ns >= before);
	assert_true(monotonic.now.ns < before + 60 * SECOND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    it_starts_as_the_wall_clock_and_goes_on_with_the_other),
		cmocka_unit_test(a_step_of_the_wall_clock_is_no_time),
		cmocka_unit_test(it_goes_along_with_a_wall_clock_that_drifts),
		cmocka_unit_test(it_never_goes_back),
		cmocka_unit_test(
		    a_step_between_the_reading_and_the_packet_is_bounded),
		cmocka_unit_test(the_systems_clocks_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
