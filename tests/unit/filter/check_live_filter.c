/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/filter/live_filter.h"

/* 10.0.0.1:1000 > 192.0.2.1:443 */
static const struct exchange exchange = {
	.address = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 } },
	.port = { 1000, 443 },
	.protocol = PROTOCOL_TCP,
	.ip_version = 4,
};

static bool
takes(const char *text)
{
	struct live_filter filter;
	char copy[256], error[256] = "";
	bool result;

	snprintf(copy, sizeof(copy), "%s", text);
	if (live_filter_parse(&filter, copy, error, sizeof(error)) != 0)
		fail_msg("%s: %s", text, error);
	result = live_filter_takes(&filter, &exchange);
	live_filter_clear(&filter);
	return result;
}

static void
refuses(const char *text, const char *expected)
{
	struct live_filter filter;
	char copy[256], error[256] = "";

	snprintf(copy, sizeof(copy), "%s", text);
	assert_int_equal(
	    live_filter_parse(&filter, copy, error, sizeof(error)), -1);
	live_filter_clear(&filter);
	if (strstr(error, expected) == NULL)
		fail_msg("%s: %s", text, error);
}

static void
each_term_means_either_end(void **state)
{
	(void)state;
	assert_true(takes(""));
	assert_true(takes("tcp"));
	assert_false(takes("udp"));
	assert_false(takes("icmp"));
	assert_false(takes("gre and host 10.0.0.1"));
	assert_true(takes("port 443"));
	assert_true(takes("port 1000"));
	assert_false(takes("port 80"));
	assert_true(takes("host 10.0.0.1"));
	assert_true(takes("host 192.0.2.1"));
	assert_false(takes("host 192.0.2.2"));
	assert_true(takes("net 192.0.2.0/24"));
	assert_false(takes("net 2001:db8::/32"));
}

static void
all_terms_have_to_hold(void **state)
{
	(void)state;
	assert_true(takes("tcp and port 443 and net 10.0.0.0/8"));
	assert_true(takes("  host 10.0.0.1\tand   host 192.0.2.1 "));
	assert_false(takes("tcp and port 443 and host 10.0.0.2"));
	assert_true(takes("port 443 and port 1000"));
}

static void
what_is_no_filter_is_named(void **state)
{
	(void)state;
	refuses("ping", "ping: expected tcp, udp, icmp or another protocol, "
	                "host ADDRESS");
	refuses("tcp or udp", "or: expected tcp");
	refuses("tcp and", "and: expected tcp");
	refuses("port", "port: expected tcp");
	refuses("port 65536", "port 65536: expected a number");
	refuses("port -1", "port -1: expected a number");
	refuses("host example", "example");
	refuses("net 10.0.0.1/8", "10.0.0.1/8");
	refuses("port 1 and port 2 and port 3 and port 4 and port 5 and "
	        "port 6 and port 7 and port 8 and port 9",
	    "more than 8 ports");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_term_means_either_end),
		cmocka_unit_test(all_terms_have_to_hold),
		cmocka_unit_test(what_is_no_filter_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
