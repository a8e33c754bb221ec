/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/text.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
addresses_are_those_of_inet_ntop(void **state)
{
	const char *texts[] = { "192.0.2.1", "0.0.0.0", "255.255.255.255",
		"2001:db8::1", "::", "::1",
		"fe80::", "2001:db8:0:1::", "1:0:0:2:0:0:0:3",
		"1:2:3:4:5:6:7:8", "2001:0:0:1::2" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		unsigned version = strchr(texts[i], ':') != NULL ? 6 : 4;
		char text[TEXT_ADDRESS_SIZE + 1], right[INET6_ADDRSTRLEN];
		uint8_t address[16];

		assert_int_equal(inet_pton(version == 6 ? AF_INET6 : AF_INET,
		                     texts[i], address),
		    1);
		inet_ntop(version == 6 ? AF_INET6 : AF_INET, address, right,
		    sizeof(right));
		*text_address(text, address, version) = '\0';
		assert_string_equal(text, right);
	}
}

static void
endpoints_of_ipv6_have_brackets(void **state)
{
	char text[TEXT_ENDPOINT_SIZE + 1];
	uint8_t address[16] = { 192, 0, 2, 1 };

	(void)state;
	*text_endpoint(text, address, 4, 80) = '\0';
	assert_string_equal(text, "192.0.2.1:80");
	inet_pton(AF_INET6, "2001:db8::1", address);
	*text_endpoint(text, address, 6, 65535) = '\0';
	assert_string_equal(text, "[2001:db8::1]:65535");
}

static void
numbers_have_all_their_digits(void **state)
{
	char text[TEXT_UNSIGNED_SIZE + 1];

	(void)state;
	*text_unsigned(text, 0) = '\0';
	assert_string_equal(text, "0");
	*text_unsigned(text, UINT64_MAX) = '\0';
	assert_string_equal(text, "18446744073709551615");
	*text_padded(text, 7042, 3) = '\0';
	assert_string_equal(text, "042");
}

static void
blanks_at_both_ends_are_cut_off(void **state)
{
	const struct {
		const char *given, *right;
	} cases[] = {
		{ "", "" },
		{ " \t ", "" },
		{ "a", "a" },
		{ " \ta b\t", "a b" },
		{ "a\n", "a\n" },
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s", cases[i].given);
		assert_string_equal(text_trim(text), cases[i].right);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_those_of_inet_ntop),
		cmocka_unit_test(endpoints_of_ipv6_have_brackets),
		cmocka_unit_test(numbers_have_all_their_digits),
		cmocka_unit_test(blanks_at_both_ends_are_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
