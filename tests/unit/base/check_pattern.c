/* SPDX-License-Identifier: BSD-2-Clause */
/* The times that names of a pattern tell. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "exflow/base/pattern.h"

#define BEGIN 1700000040 /* 2023-11-14 22:14:00 UTC, day 318 */

static void
expect_time(const char *pattern, const char *path, bool local, time_t expected)
{
	time_t time = 0;

	assert_int_equal(pattern_time(pattern, path, local, &time), 0);
	assert_int_equal(time, expected);
}

static void
a_name_tells_the_time_that_it_was_made_from(void **state)
{
	static const char *const patterns[] = { "/a/%Y/%m/%d/x-%H%M%S.ipfix",
		"%F-%H:%M:%S", "%y%j%H%M%S", "/100%%/%Y-%j/%H.%M.%S/%%%d" };

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		for (int local = 0; local < 2; local++) {
			char *path =
			    pattern_expand(patterns[i], BEGIN + 7, local);

			assert_true(pattern_tells_day(patterns[i]));
			expect_time(patterns[i], path, local, BEGIN + 7);
			free(path);
		}
}

static void
what_a_name_does_not_tell_is_zero(void **state)
{
	(void)state;
	expect_time("/x/%Y%m%d.json", "/x/20231114.json", false,
	    BEGIN - 22 * 3600 - 14 * 60);
	/* A number, or a suffix, comes behind what tells the time. */
	expect_time(
	    "/x/%F-%H%M.ipfix", "/x/2023-11-14-2214.12.ipfix.gz", false, BEGIN);
}

static void
other_names_tell_nothing(void **state)
{
	time_t time;

	(void)state;
	assert_false(pattern_tells_day("/x/%H%M"));
	assert_false(pattern_tells_day("/x/%Y/%m"));
	assert_false(pattern_tells_day("/x/%%F%%Y%%j"));
	assert_int_equal(pattern_time("%H%M", "2214", false, &time), -1);
	assert_int_equal(pattern_time("/x/%F", "/x/2023-1", false, &time), -1);
	assert_int_equal(
	    pattern_time("/x/%F", "/y/2023-11-14", false, &time), -1);
	assert_int_equal(pattern_time("/x/%F", "", false, &time), -1);
	assert_int_equal(
	    pattern_time("%F.%S", "2023-11-14.1.5", false, &time), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_tells_the_time_that_it_was_made_from),
		cmocka_unit_test(what_a_name_does_not_tell_is_zero),
		cmocka_unit_test(other_names_tell_nothing),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
