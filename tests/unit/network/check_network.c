/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/network/network.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct network_set *
set_of(const char *list)
{
	struct network_set *set = network_set_new();
	char error[256] = "";

	assert_non_null(set);
	if (network_set_add_list(set, list, error, sizeof(error)) != 0)
		fail_msg("%s: %s", list, error);
	network_set_freeze(set);
	return set;
}

static bool
contains(const struct network_set *set, const char *text)
{
	uint8_t octets[16];
	unsigned version = strchr(text, ':') != NULL ? 6 : 4;

	assert_int_equal(
	    inet_pton(version == 4 ? AF_INET : AF_INET6, text, octets), 1);
	return network_set_contains(set, octets, version);
}

static void
check(const char *list, const char *inside, const char *outside)
{
	struct network_set *set = set_of(list);
	char buffer[512], *rest, *item;

	snprintf(buffer, sizeof(buffer), "%s", inside);
	for (rest = buffer; (item = strsep(&rest, " ")) != NULL;)
		if (*item != '\0' && !contains(set, item))
			fail_msg("%s is not in %s", item, list);
	snprintf(buffer, sizeof(buffer), "%s", outside);
	for (rest = buffer; (item = strsep(&rest, " ")) != NULL;)
		if (*item != '\0' && contains(set, item))
			fail_msg("%s is in %s", item, list);
	network_set_free(&set);
	assert_null(set);
}

static void
prefix_bounds_ipv4(void **state)
{
	(void)state;
	check("192.0.2.0/24", "192.0.2.0 192.0.2.255 192.0.2.77",
	    "192.0.1.255 192.0.3.0 0.0.0.0 255.255.255.255");
	check("10.1.2.3", "10.1.2.3", "10.1.2.2 10.1.2.4");
	check("10.1.2.3/32", "10.1.2.3", "10.1.2.2 10.1.2.4");
	check("128.0.0.0/1", "128.0.0.0 255.255.255.255", "127.255.255.255");
	check("10.0.0.2/31", "10.0.0.2 10.0.0.3", "10.0.0.1 10.0.0.4");
}

static void
prefix_bounds_ipv6(void **state)
{
	(void)state;
	check("2001:db8::/32",
	    "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9:: ::");
	check("2001:db8::/64", "2001:db8:: 2001:db8::ffff:ffff:ffff:ffff",
	    "2001:db8:0:1:: 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff");
	check("2001:db8::4/126", "2001:db8::4 2001:db8::7",
	    "2001:db8::3 2001:db8::8");
	check("2001:db8::/65", "2001:db8::7fff:ffff:ffff:ffff",
	    "2001:db8::8000:0:0:0");
	check("::1", "::1", ":: ::2 1::1");
}

static void
prefix_zero_is_everything_of_its_version(void **state)
{
	(void)state;
	check("0.0.0.0/0", "0.0.0.0 127.0.0.1 255.255.255.255", "::1 fe80::1");
	check("::/0", ":: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "10.0.0.1 0.0.0.0");
}

static void
versions_are_kept_apart(void **state)
{
	(void)state;
	check("10.0.0.0/8", "10.0.0.1", "::a00:1 ::ffff:10.0.0.1");
	check("::a00:0/104", "::a00:1", "10.0.0.1");
}

static void
overlapping_and_touching_prefixes_merge(void **state)
{
	(void)state;
	check("10.0.0.0/8,10.2.0.0/16,10.255.0.0/16,11.0.0.0/8,9.0.0.0/16",
	    "9.0.0.1 10.0.0.0 10.2.3.4 10.200.0.1 11.255.255.255",
	    "9.1.0.0 8.255.255.255 12.0.0.0");
	check("255.255.255.0/24,255.255.255.255,0.0.0.0/8",
	    "255.255.255.255 255.255.255.0 0.0.0.0", "255.255.254.255 1.0.0.0");
	check("2001:db8:0:1::/64,2001:db8::/64,ffff::/16",
	    "2001:db8:: 2001:db8:0:1:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:db8:0:2:: fffe::1");
}

static void
many_prefixes_are_searched_in_any_order_of_adding(void **state)
{
	struct network_set *set = network_set_new();
	char text[64], error[256];

	(void)state;
	for (unsigned i = 0; i < 256; i += 2) {
		unsigned n = (i * 37) % 256 & ~1u;

		snprintf(text, sizeof(text), "10.%u.0.0/16", n);
		assert_int_equal(
		    network_set_add(set, text, error, sizeof(error)), 0);
	}
	assert_int_equal(network_set_count(set), 128);
	network_set_freeze(set);
	for (unsigned i = 0; i < 256; i++) {
		snprintf(text, sizeof(text), "10.%u.255.255", i);
		assert_int_equal(contains(set, text), i % 2 == 0);
	}
	network_set_free(&set);
}

static void
empty_set_contains_nothing(void **state)
{
	struct network_set *set = network_set_new();

	(void)state;
	network_set_freeze(set);
	assert_int_equal(network_set_count(set), 0);
	assert_false(contains(set, "10.0.0.1"));
	assert_false(contains(set, "0.0.0.0"));
	assert_false(contains(set, "::"));
	network_set_free(&set);
	network_set_free(&set);
}

static void
wrong_text_is_named_with_what_was_expected(void **state)
{
	static const char *const wrong[] = { "", "10", "10/8", "10.0.0.0/",
		"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0.0/8x",
		"10.0.0.0/+8", "10.0.0.0/0008", "10.0.0.0/4294967304",
		"10.0.0.256/32", "2001:db8::/129", "2001:db8::g/64",
		"fe80::1%eth0", "example.net", "10.0.0.0/8/8", "/8",
		"111111111111111111111111111111111111111111111111111111111" };
	struct network_set *set = network_set_new();
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		error[0] = '\0';
		if (network_set_add(set, wrong[i], error, sizeof(error)) != -1)
			fail_msg("\"%s\" was taken", wrong[i]);
		assert_non_null(strstr(error, wrong[i]));
		assert_non_null(strstr(error, "expected an IPv4 or IPv6"));
	}
	assert_int_equal(network_set_count(set), 0);
	network_set_free(&set);
}

static void
host_bits_are_refused_and_the_network_is_suggested(void **state)
{
	struct network_set *set = network_set_new();
	char error[256];

	(void)state;
	assert_int_equal(
	    network_set_add(set, "10.1.2.3/8", error, sizeof(error)), -1);
	assert_string_equal(error,
	    "\"10.1.2.3/8\" has bits set behind its prefix, expected "
	    "10.0.0.0/8");
	assert_int_equal(
	    network_set_add(set, "2001:db8::1/32", error, sizeof(error)), -1);
	assert_non_null(strstr(error, "expected 2001:db8::/32"));
	assert_int_equal(
	    network_set_add(set, "128.0.0.1/0", error, sizeof(error)), -1);
	assert_non_null(strstr(error, "expected 0.0.0.0/0"));
	network_set_free(&set);
}

static void
list_takes_white_space_and_refuses_empty_items(void **state)
{
	struct network_set *set = network_set_new();
	char error[256];

	(void)state;
	check(" 10.0.0.0/8 ,\t2001:db8::/32 ", "10.0.0.1 2001:db8::1", "::1");
	assert_int_equal(
	    network_set_add_list(set, "10.0.0.0/8,,::1", error, sizeof(error)),
	    -1);
	assert_int_equal(
	    network_set_add_list(set, "10.0.0.0/8,", error, sizeof(error)), -1);
	assert_int_equal(network_set_add_list(set, "10.0.0.0/8 11.0.0.0/8",
	                     error, sizeof(error)),
	    -1);
	network_set_free(&set);
}

/* The name of an address; "": it has none. */
static const char *
name_of(const struct network_set *set, const char *text)
{
	uint8_t octets[16];
	unsigned version = strchr(text, ':') != NULL ? 6 : 4, number;

	assert_int_equal(
	    inet_pton(version == 4 ? AF_INET : AF_INET6, text, octets), 1);
	number = network_set_name(set, octets, version);
	return number == 0 ? "" : network_set_name_text(set, number);
}

static void
several_prefixes_may_have_one_name(void **state)
{
	struct network_set *set = set_of("office=192.0.2.0/24, 10.0.0.0/8, "
	                                 "office=2001:db8::/32,lab=11.0.0.0/8");

	(void)state;
	assert_int_equal(network_set_names(set), 2);
	assert_int_equal(network_set_count(set), 4);
	assert_string_equal(name_of(set, "192.0.2.0"), "office");
	assert_string_equal(name_of(set, "192.0.2.255"), "office");
	assert_string_equal(name_of(set, "2001:db8:ffff::1"), "office");
	assert_string_equal(name_of(set, "11.1.2.3"), "lab");
	assert_string_equal(name_of(set, "10.255.255.255"), "");
	assert_string_equal(name_of(set, "192.0.1.255"), "");
	assert_string_equal(name_of(set, "192.0.3.0"), "");
	assert_string_equal(name_of(set, "::1"), "");
	assert_true(contains(set, "10.1.1.1"));
	assert_true(contains(set, "192.0.2.1"));
	network_set_free(&set);
}

static void
the_longest_prefix_gives_the_name(void **state)
{
	struct network_set *set =
	    set_of("b=10.1.0.0/16, all=0.0.0.0/0, a=10.0.0.0/8, 10.1.2.0/24, "
	           "end=255.255.255.255, c=10.1.0.0/24, v6=::/0, "
	           "last=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");

	(void)state;
	assert_string_equal(name_of(set, "9.255.255.255"), "all");
	assert_string_equal(name_of(set, "10.0.0.0"), "a");
	assert_string_equal(name_of(set, "10.0.255.255"), "a");
	assert_string_equal(name_of(set, "10.1.0.0"), "c");
	assert_string_equal(name_of(set, "10.1.0.255"), "c");
	assert_string_equal(name_of(set, "10.1.1.0"), "b");
	assert_string_equal(name_of(set, "10.1.2.7"), "");
	assert_string_equal(name_of(set, "10.1.3.0"), "b");
	assert_string_equal(name_of(set, "10.2.0.0"), "a");
	assert_string_equal(name_of(set, "11.0.0.0"), "all");
	assert_string_equal(name_of(set, "0.0.0.0"), "all");
	assert_string_equal(name_of(set, "255.255.255.254"), "all");
	assert_string_equal(name_of(set, "255.255.255.255"), "end");
	assert_string_equal(name_of(set, "::"), "v6");
	assert_string_equal(
	    name_of(set, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"), "v6");
	assert_string_equal(
	    name_of(set, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "last");
	network_set_free(&set);
}

static void
expect_name_refused(struct network_set *set, const char *text, const char *why)
{
	char error[256] = "";

	assert_int_equal(
	    network_set_add_named(set, text, error, sizeof(error)), -1);
	assert_string_equal(error, why);
}

#define NO_NAME                                                                \
	"is no name of a network, expected a letter, then up to 30 letters, "  \
	"digits, \"-\", \"_\" or \".\""

static void
names_are_words(void **state)
{
	struct network_set *set = network_set_new();
	char error[256], text[64];

	(void)state;
	assert_int_equal(network_set_add_named(
	                     set, "A-b_c.9=10.0.0.0/8", error, sizeof(error)),
	    0);
	expect_name_refused(set, "=10.0.0.0/8", "\"\" " NO_NAME);
	expect_name_refused(set, "9a=10.0.0.0/8", "\"9a\" " NO_NAME);
	expect_name_refused(set, "a b=10.0.0.0/8", "\"a b\" " NO_NAME);
	expect_name_refused(set, "a12345678901234567890123456789012=10.0.0.0/8",
	    "\"a12345678901234567890123456789012\" " NO_NAME);
	expect_name_refused(set, "other=10.0.0.0/8",
	    "10.0.0.0/8 is there twice, expected one name at most");
	expect_name_refused(set, "a=b=10.0.0.0/8",
	    "\"b=10.0.0.0/8\" is not a network, expected an IPv4 or IPv6 "
	    "prefix such as 192.0.2.0/24 or 2001:db8::/32");
	for (unsigned i = network_set_names(set); i < NETWORK_NAMES; i++) {
		snprintf(text, sizeof(text), "n%u=11.0.%u.0/24", i, i);
		assert_int_equal(
		    network_set_add_named(set, text, error, sizeof(error)), 0);
	}
	expect_name_refused(set, "more=12.0.0.0/8",
	    "more: expected 32 names of networks at most");
	network_set_free(&set);
}

/* Against a look at every prefix. */
static void
names_as_a_look_at_every_prefix_finds_them(void **state)
{
	struct network_set *set = network_set_new();
	struct {
		uint32_t first;
		unsigned length, name;
	} prefixes[200];
	uint32_t seed = 1;
	size_t n = 0;
	char error[256], text[64];

	(void)state;
	while (n < 200) {
		unsigned length = 20 + (seed >> 8) % 13;
		uint32_t first =
		    (seed >> 3 & 0xfff) << (32 - length) & 0xffffffff;

		seed = seed * 1664525 + 1013904223;
		snprintf(text, sizeof(text), "n%u=%u.%u.%u.%u/%u",
		    (seed >> 16) % 9, first >> 24, first >> 16 & 255,
		    first >> 8 & 255, first & 255, length);
		prefixes[n].first = first;
		prefixes[n].length = length;
		prefixes[n].name = (seed >> 16) % 9;
		n +=
		    network_set_add_named(set, text, error, sizeof(error)) == 0;
	}
	network_set_freeze(set);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t address = (seed = seed * 1664525 + 1013904223) >> 3;
		unsigned length = 0;
		char expected[16] = "";

		for (size_t p = 0; p < n; p++)
			if (prefixes[p].length > length &&
			    (address ^ prefixes[p].first) >>
			            (32 - prefixes[p].length) ==
			        0) {
				length = prefixes[p].length;
				snprintf(expected, sizeof(expected), "n%u",
				    prefixes[p].name);
			}
		snprintf(text, sizeof(text), "%u.%u.%u.%u", address >> 24,
		    address >> 16 & 255, address >> 8 & 255, address & 255);
		assert_string_equal(name_of(set, text), expected);
	}
	network_set_free(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefix_bounds_ipv4),
		cmocka_unit_test(prefix_bounds_ipv6),
		cmocka_unit_test(prefix_zero_is_everything_of_its_version),
		cmocka_unit_test(versions_are_kept_apart),
		cmocka_unit_test(overlapping_and_touching_prefixes_merge),
		cmocka_unit_test(
		    many_prefixes_are_searched_in_any_order_of_adding),
		cmocka_unit_test(empty_set_contains_nothing),
		cmocka_unit_test(wrong_text_is_named_with_what_was_expected),
		cmocka_unit_test(
		    host_bits_are_refused_and_the_network_is_suggested),
		cmocka_unit_test(
		    list_takes_white_space_and_refuses_empty_items),
		cmocka_unit_test(several_prefixes_may_have_one_name),
		cmocka_unit_test(the_longest_prefix_gives_the_name),
		cmocka_unit_test(names_are_words),
		cmocka_unit_test(names_as_a_look_at_every_prefix_finds_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
