/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exflow/base/text.h"
#include "exflow/base/timestamp.h"

#define LAST (UINT64_MAX - 100000 * (uint64_t)NS_PER_SECOND)

static void
times_are_held_between_1970_and_2554(void **state)
{
	static const struct {
		int64_t seconds, nanoseconds;
		uint64_t ns;
	} times[] = {
		{ 0, 0, 0 },
		{ 0, -1, 0 },
		{ 1, -1, 999999999 },
		{ 1, INT64_MIN, 0 },
		{ -1, 999999999, 0 },
		{ -1, 1000000001, 1 },
		{ INT64_MIN, INT64_MAX, 0 },
		{ -9223372036, INT64_MAX, 854775807 },
		{ 0, INT64_MAX, INT64_MAX },
		{ 9223372037, 1, UINT64_C(9223372037000000001) },
		{ 18446644073, 0, UINT64_C(18446644073000000000) },
		{ 18446644074, 0, LAST },
		{ 18446744073, INT64_MAX, LAST },
		{ 18446744074, 0, LAST },
		{ INT64_MAX, INT64_MIN, LAST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		assert_true(
		    timestamp_from(times[i].seconds, times[i].nanoseconds).ns ==
		    times[i].ns);
	assert_true(TIMESTAMP_LAST.ns == LAST);
}

static void
sums_stop_at_the_ends_of_time(void **state)
{
	const timestamp one = { 1 };

	(void)state;
	assert_true(timestamp_add(TIMESTAMP_LAST, duration_seconds(86400)).ns ==
	            LAST + 86400 * (uint64_t)NS_PER_SECOND);
	assert_true(
	    timestamp_add(TIMESTAMP_MAX, (duration){ 1 }).ns == UINT64_MAX);
	assert_true(timestamp_add(TIMESTAMP_LAST, (duration){ INT64_MAX }).ns ==
	            UINT64_MAX);
	assert_true(timestamp_shift(one, (duration){ -1 }).ns == 0);
	assert_true(timestamp_shift(one, (duration){ -2 }).ns == 0);
	assert_true(timestamp_shift(one, (duration){ INT64_MIN }).ns == 0);
	assert_true(timestamp_shift(one, (duration){ 2 }).ns == 3);
	assert_true(
	    timestamp_shift(TIMESTAMP_MAX, (duration){ INT64_MIN }).ns ==
	    INT64_MAX);
}

/* A difference without a sign would be a step of centuries ahead. */
static void
a_span_has_a_sign_and_stops_at_292_years(void **state)
{
	const timestamp early = { 5 }, late = { INT64_MAX + UINT64_C(9) };

	(void)state;
	assert_true(timestamp_since(early, late).ns == -INT64_MAX);
	assert_true(timestamp_since(late, early).ns == INT64_MAX);
	assert_true(
	    timestamp_since(TIMESTAMP_LAST, (timestamp){ 0 }).ns == INT64_MAX);
	assert_true(timestamp_since((timestamp){ 3 }, early).ns == -2);
	assert_true(timestamp_since(early, early).ns == 0);
	assert_true(timestamp_gap(early, late) == timestamp_gap(late, early));
	assert_true(
	    timestamp_gap(TIMESTAMP_MAX, (timestamp){ 0 }) == UINT64_MAX);
}

static void
days_are_right_to_the_last_one(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} days[] = {
		{ 4294967296, "2106-02-07T06:28:16.000Z" },
		{ 9223372036, "2262-04-11T23:47:16.000Z" },
		{ 9223372037, "2262-04-11T23:47:17.000Z" },
		{ 13569465600, "2400-01-01T00:00:00.000Z" },
		{ INT64_MAX, "2554-07-20T19:47:53.709Z" },
	};
	char text[TEXT_TIME_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		*text_time(text, timestamp_from(days[i].seconds, 0), 3) = '\0';
		assert_string_equal(text, days[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_held_between_1970_and_2554),
		cmocka_unit_test(sums_stop_at_the_ends_of_time),
		cmocka_unit_test(a_span_has_a_sign_and_stops_at_292_years),
		cmocka_unit_test(days_are_right_to_the_last_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
