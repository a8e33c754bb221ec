/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exflow/base/timestamp.h"

#include "../../../src/settings/units.h"

#define MS (NS_PER_SECOND / 1000)

static const struct {
	const char *text;
	int64_t value;
} times[] = {
	{ "0", 0 },
	{ "5", 5 * NS_PER_SECOND },
	{ "0.5", NS_PER_SECOND / 2 },
	{ "1.000000001", NS_PER_SECOND + 1 },
	{ "1ms", MS },
	{ "1.5ms", 3 * MS / 2 },
	{ "90s", 90 * NS_PER_SECOND },
	{ "0.1s", 100 * MS },
	{ "5m", 300 * NS_PER_SECOND },
	{ "5min", 300 * NS_PER_SECOND },
	{ "1.5h", 5400 * NS_PER_SECOND },
	{ "1h30m", 5400 * NS_PER_SECOND },
	{ "1h30m5s250ms", 5405 * NS_PER_SECOND + 250 * MS },
	{ "1d12h", 36 * 3600 * NS_PER_SECOND },
	{ "2w", 14 * 86400 * NS_PER_SECOND },
	{ "99999999999999999999", INT64_MAX },
	{ "9223372037", INT64_MAX },
	{ "1000000000w", INT64_MAX },
}, sizes[] = {
	{ "0", 0 },
	{ "512", 512 },
	{ "512B", 512 },
	{ "4kB", 4000 },
	{ "4KB", 4000 },
	{ "4KiB", 4096 },
	{ "4MB", 4000000 },
	{ "4mb", 4000000 },
	{ "4MiB", 4194304 },
	{ "1.5MiB", 1572864 },
	{ "0.5kB", 500 },
	{ "1GB", 1000000000 },
	{ "1GiB", 1073741824 },
	{ "2TB", 2000000000000 },
	{ "2TiB", 2199023255552 },
	{ "1.000001MB", 1000001 },
	{ "99999999TiB", INT64_MAX },
};

static void
numbers_with_units_were_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (units_time(times[i].text, NS_PER_SECOND) != times[i].value)
			fail_msg("%s: %jd", times[i].text,
			    (intmax_t)units_time(times[i].text, NS_PER_SECOND));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (units_size(sizes[i].text, 1) != sizes[i].value)
			fail_msg("%s: %jd", sizes[i].text,
			    (intmax_t)units_size(sizes[i].text, 1));
}

static void
a_number_without_unit_is_the_settings_own(void **state)
{
	(void)state;
	assert_int_equal(units_size("64", 1048576), 67108864);
	assert_int_equal(units_size("64KiB", 1048576), 65536);
	assert_int_equal(
	    units_time("7", 86400 * NS_PER_SECOND), 604800 * NS_PER_SECOND);
	assert_int_equal(
	    units_time("7s", 86400 * NS_PER_SECOND), 7 * NS_PER_SECOND);
}

static void
what_is_no_number_or_has_no_unit_is_refused(void **state)
{
	static const char *const no_times[] = { "", " 5", "5 ", "5 m", "-1",
		"+1", "1e3", "0x10", "nan", "m", "1.", ".5", "1..2", "1.5.2s",
		"5M", "5H", "5y", "5hours", "1h30", "30m1h", "1m1m", "1h;",
		"0.0000000001", "0.0000001ms", "1.s" };
	static const char *const no_sizes[] = { "", " 5", "5 MB", "-1", "0x10",
		"4M", "4G", "4k", "4Mi", "4MiBs", "1GB500MB", "0.5", "1.5B",
		"0.0001kB", "1.0000001MB", "1.", ".5MB" };

	(void)state;
	for (size_t i = 0; i < sizeof(no_times) / sizeof(no_times[0]); i++)
		if (units_time(no_times[i], NS_PER_SECOND) != -1)
			fail_msg("%s was taken", no_times[i]);
	for (size_t i = 0; i < sizeof(no_sizes) / sizeof(no_sizes[0]); i++)
		if (units_size(no_sizes[i], 1) != -1)
			fail_msg("%s was taken", no_sizes[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_with_units_were_refused),
		cmocka_unit_test(a_number_without_unit_is_the_settings_own),
		cmocka_unit_test(what_is_no_number_or_has_no_unit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
