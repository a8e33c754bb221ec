/* SPDX-License-Identifier: BSD-2-Clause */
/* exflowctl top by name: sums by the server's name, or its address. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../src/live/name_answers.h"
#include "../../../src/live/top_names.h"

#include "../names_fixture.h"

static struct exchange
some_exchange(uint8_t server, const struct exchange_names *names)
{
	struct exchange exchange = { .ip_version = 4, .names = names };

	exchange.address[SERVER][3] = server;
	for (int side = CLIENT; side <= SERVER; side++) {
		exchange.side[side].packets = 1 + (uint64_t)side;
		exchange.side[side].ip_octets = 100 + (uint64_t)side;
	}
	return exchange;
}

static struct exchange_names *
named(const char *name)
{
	struct exchange_names *names = names_fixture_new();

	names_fixture_text(names, NAMES_SERVER, name);
	return names;
}

static char *
print(const struct answer_form *form, struct top_names *top, size_t limit)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	print_names(form, top, limit, 6, stream);
	fclose(stream);
	return text;
}

/* Three of one name at two addresses, one of another, two without. */
static void
offer_six(struct top_names *top)
{
	struct exchange_names *one = named("one.example.org");
	struct exchange_names *other = named("two\x1b.example.org");
	const struct exchange exchanges[] = { some_exchange(1, one),
		some_exchange(2, one), some_exchange(1, other),
		some_exchange(1, one), some_exchange(9, NULL),
		some_exchange(9, NULL) };

	for (size_t i = 0; i < 6; i++)
		top_names_offer(top, &exchanges[i]);
	free(one);
	free(other);
}

static void
exchanges_are_summed_up_by_the_name_of_the_server(void **state)
{
	static const struct answer_form form = { .json = true };
	struct top_names top;
	char *text;

	(void)state;
	assert_int_equal(top_names_init(&top), 0);
	offer_six(&top);
	assert_int_equal(top.count, 3);
	text = print(&form, &top, 10);
	assert_string_equal(text,
	    "{\"serverName\":\"one.example.org\",\"exchanges\":3,"
	    "\"packetDeltaCount\":3,\"reversePacketDeltaCount\":6,"
	    "\"octetDeltaCount\":300,\"reverseOctetDeltaCount\":303}\n"
	    "{\"destinationIPv4Address\":\"0.0.0.9\",\"exchanges\":2,"
	    "\"packetDeltaCount\":2,\"reversePacketDeltaCount\":4,"
	    "\"octetDeltaCount\":200,\"reverseOctetDeltaCount\":202}\n"
	    "{\"serverName\":\"two\\u001b.example.org\",\"exchanges\":1,"
	    "\"packetDeltaCount\":1,\"reversePacketDeltaCount\":2,"
	    "\"octetDeltaCount\":100,\"reverseOctetDeltaCount\":101}\n"
	    "{\"found\": 6, \"servers\": 3, \"shown\": 3, \"others\": 0}\n");
	free(text);
	top_names_clear(&top);
}

static void
the_table_has_the_first_of_them(void **state)
{
	static const struct answer_form form = { .width = 80 };
	struct top_names top;
	char *text;

	(void)state;
	assert_int_equal(top_names_init(&top), 0);
	offer_six(&top);
	text = print(&form, &top, 2);
	assert_non_null(strstr(text, "\none.example.org   "));
	assert_non_null(
	    strstr(text, "         3    3    6  300  303\n0.0.0.9 "));
	assert_null(strstr(text, "two"));
	assert_non_null(strstr(text, "\n2 of 3 servers of 6 live exchanges\n"));
	free(text);
	top_names_clear(&top);
}

/* Strangers choose the names: beyond the bound they are counted as others. */
static void
names_beyond_the_bound_are_summed_up_as_others(void **state)
{
	static const struct answer_form form = { .width = 80 };
	struct top_names top;
	char *text;

	(void)state;
	assert_int_equal(top_names_init(&top), 0);
	for (unsigned i = 0; i < TOP_NAMES_MAX + 100; i++) {
		char name[32];
		struct exchange_names *names;
		struct exchange exchange;

		snprintf(name, sizeof(name), "host%u.example.org", i);
		names = named(name);
		exchange = some_exchange(1, names);
		top_names_offer(&top, &exchange);
		free(names);
	}
	assert_int_equal(top.count, TOP_NAMES_MAX);
	assert_int_equal(top.others.exchanges, 100);
	assert_int_equal(top.others.octets[CLIENT], 100 * 100);
	text = print(&form, &top, 1);
	assert_non_null(strstr(text, "\n(other servers)"));
	free(text);
	top_names_clear(&top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    exchanges_are_summed_up_by_the_name_of_the_server),
		cmocka_unit_test(the_table_has_the_first_of_them),
		cmocka_unit_test(
		    names_beyond_the_bound_are_summed_up_as_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
