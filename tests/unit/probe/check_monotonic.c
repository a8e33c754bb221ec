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
		cmocka_unit_test(
		    a_step_between_the_reading_and_the_packet_is_bounded),
		cmocka_unit_test(the_systems_clocks_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
