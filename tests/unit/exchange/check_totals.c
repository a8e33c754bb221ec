/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/exchange/totals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct ended {
	struct exchange exchange;
	struct exchange_quality quality;
};

/* TCP from 192.0.2.1 to 198.51.100.1, of which nothing is known. */
static void
begin(struct ended *ended)
{
	const uint8_t client[] = { 192, 0, 2, 1 };
	const uint8_t server[] = { 198, 51, 100, 1 };

	memset(ended, 0, sizeof(*ended));
	quality_figures_init(&ended->quality);
	ended->exchange.protocol = PROTOCOL_TCP;
	ended->exchange.ip_version = 4;
	memcpy(ended->exchange.address[CLIENT], client, sizeof(client));
	memcpy(ended->exchange.address[SERVER], server, sizeof(server));
	ended->exchange.quality = &ended->quality;
}

static struct quality_totals *
totals_new(void)
{
	struct quality_totals *totals = quality_totals_new();

	assert_non_null(totals);
	return totals;
}

static void
expect_histogram(const struct quality_totals *totals, unsigned network,
    enum quality_measure measure, uint64_t count, uint64_t sum)
{
	const struct quality_histogram *histogram =
	    quality_totals_histogram(totals, network, measure);

	assert_int_equal(quality_histogram_count(histogram), count);
	assert_int_equal(histogram->sum, sum);
}

static void
each_measure_has_its_histogram(void **state)
{
	struct quality_totals *totals = totals_new();
	struct ended one;

	(void)state;
	begin(&one);
	one.quality.side[CLIENT].handshake_rtt = 101;
	one.quality.side[SERVER].handshake_rtt = 20000;
	one.quality.side[CLIENT].rtt_mean = 103;
	one.quality.side[SERVER].rtt_mean = 6000000;
	one.quality.response_time = 105;
	one.quality.side[CLIENT].segments[LOSS_NONE] = 99;
	one.quality.side[CLIENT].segments[LOSS_TIMEOUT] = 1;
	one.quality.side[SERVER].segments[LOSS_FAST] = 1;
	quality_totals_count(totals, &one.exchange);
	expect_histogram(totals, 0, MEASURE_HANDSHAKE_CLIENT, 1, 101);
	expect_histogram(totals, 0, MEASURE_HANDSHAKE_SERVER, 1, 20000);
	expect_histogram(totals, 0, MEASURE_RTT_CLIENT, 1, 103);
	expect_histogram(totals, 0, MEASURE_RTT_SERVER, 1, 6000000);
	expect_histogram(totals, 0, MEASURE_RESPONSE, 1, 105);
	expect_histogram(totals, 0, MEASURE_RETRANSMITTED_CLIENT, 1, 10000);
	expect_histogram(totals, 0, MEASURE_RETRANSMITTED_SERVER, 1, 1000000);
	assert_int_equal(quality_totals_exchanges(totals), 1);
	quality_totals_free(&totals);
	assert_null(totals);
}

static void
a_value_is_in_the_bucket_that_it_does_not_exceed(void **state)
{
	struct quality_totals *totals = totals_new();
	const struct quality_histogram *histogram;
	unsigned count;
	const uint32_t *bounds = quality_bounds(MEASURE_RESPONSE, &count);
	struct ended one;

	(void)state;
	begin(&one);
	for (unsigned i = 0; i < count; i++) {
		one.quality.response_time = bounds[i];
		quality_totals_count(totals, &one.exchange);
		one.quality.response_time = bounds[i] + 1;
		quality_totals_count(totals, &one.exchange);
	}
	histogram = quality_totals_histogram(totals, 0, MEASURE_RESPONSE);
	assert_int_equal(histogram->within[0], 1);
	for (unsigned i = 1; i < count; i++)
		assert_int_equal(histogram->within[i], 2);
	assert_int_equal(quality_histogram_count(histogram), 2 * count);
	quality_totals_free(&totals);
}

static void
what_is_unknown_does_not_count(void **state)
{
	struct quality_totals *totals = totals_new();
	struct ended one;
	uint32_t value;

	(void)state;
	begin(&one);
	quality_totals_count(totals, &one.exchange);
	for (unsigned i = 0; i < MEASURE_COUNT; i++)
		expect_histogram(totals, 0, i, 0, 0);
	for (unsigned i = 0; i < MEDIAN_COUNT; i++)
		assert_int_equal(quality_totals_median(totals, i, &value), -1);
	assert_int_equal(quality_totals_retransmitted(totals), 0);
	one.exchange.quality = NULL; /* quality is off, or had no memory */
	quality_totals_count(totals, &one.exchange);
	assert_int_equal(quality_totals_exchanges(totals), 1);
	quality_totals_free(&totals);
}

/* Of an exchange that goes on: "of all segments" means those, too. */
static void
the_segments_of_parts_count_among_all(void **state)
{
	struct quality_totals *totals = totals_new();
	struct ended one;
	uint32_t value;

	(void)state;
	begin(&one);
	one.quality.side[SERVER].segments[LOSS_NONE] = 6;
	one.quality.side[SERVER].segments[LOSS_TIMEOUT] = 1;
	quality_totals_part(totals, &one.exchange);
	one.exchange.brief.kind = BRIEF_SYN; /* of which no figure is written */
	quality_totals_part(totals, &one.exchange);
	assert_int_equal(quality_totals_exchanges(totals), 0);
	assert_int_equal(quality_totals_retransmitted(totals), 125000);
	assert_int_equal(
	    quality_totals_median(totals, MEDIAN_RETRANSMITTED, &value), -1);
	begin(&one);
	one.quality.side[CLIENT].segments[LOSS_NONE] = 2;
	quality_totals_count(totals, &one.exchange);
	assert_int_equal(quality_totals_retransmitted(totals), 100000);
	one.exchange.quality = NULL;
	quality_totals_part(totals, &one.exchange);
	assert_int_equal(quality_totals_retransmitted(totals), 100000);
	quality_totals_free(&totals);
}

static struct network_set *
networks_of(const char *list)
{
	struct network_set *set = network_set_new();
	char error[256] = "";

	assert_non_null(set);
	assert_int_equal(
	    network_set_add_list(set, list, error, sizeof(error)), 0);
	network_set_freeze(set);
	return set;
}

static void
count_response(struct quality_totals *totals, unsigned local, uint32_t value)
{
	struct ended one;

	begin(&one);
	one.exchange.local = (uint8_t)local;
	one.quality.response_time = value;
	quality_totals_count(totals, &one.exchange);
}

static void
exchanges_are_told_apart_by_their_network(void **state)
{
	struct network_set *set =
	    networks_of("office=192.0.2.0/24,hall=198.51.100.0/24");
	struct quality_totals *totals = totals_new();

	(void)state;
	quality_totals_networks(totals, set);
	count_response(totals, 1 << CLIENT, 1);
	count_response(totals, 1 << SERVER, 20);
	count_response(totals, 1 << CLIENT | 1 << SERVER, 300);
	count_response(totals, 0, 4000);
	assert_int_equal(quality_totals_network_count(totals), 3);
	assert_string_equal(quality_totals_network(totals, 0), "");
	assert_string_equal(quality_totals_network(totals, 1), "office");
	assert_string_equal(quality_totals_network(totals, 2), "hall");
	expect_histogram(totals, 0, MEASURE_RESPONSE, 1, 4000);
	expect_histogram(totals, 1, MEASURE_RESPONSE, 2, 301);
	expect_histogram(totals, 2, MEASURE_RESPONSE, 1, 20);
	quality_totals_free(&totals);
	network_set_free(&set);
}

/* A reload may change the order of names, take some away and bring others. */
static void
names_keep_their_counts_when_networks_change(void **state)
{
	struct network_set *before =
	    networks_of("office=192.0.2.0/24,hall=198.51.100.0/24");
	struct network_set *after =
	    networks_of("lab=192.0.2.0/25,hall=198.51.100.0/24");
	struct quality_totals *totals = totals_new();

	(void)state;
	quality_totals_networks(totals, before);
	count_response(totals, 1 << CLIENT, 1);
	count_response(totals, 1 << SERVER, 2);
	quality_totals_networks(totals, after);
	network_set_free(&before);
	count_response(totals, 1 << CLIENT, 10);
	count_response(totals, 1 << SERVER, 20);
	assert_int_equal(quality_totals_network_count(totals), 4);
	expect_histogram(totals, 1, MEASURE_RESPONSE, 1, 1);
	expect_histogram(totals, 2, MEASURE_RESPONSE, 2, 22);
	assert_string_equal(quality_totals_network(totals, 3), "lab");
	expect_histogram(totals, 3, MEASURE_RESPONSE, 1, 10);
	quality_totals_networks(totals, NULL);
	network_set_free(&after);
	count_response(totals, 1 << CLIENT, 100);
	expect_histogram(totals, 0, MEASURE_RESPONSE, 1, 100);
	quality_totals_free(&totals);
}

static void
more_names_than_there_is_room_for_count_as_none(void **state)
{
	struct quality_totals *totals = totals_new();
	struct network_set *set;
	char list[64];

	(void)state;
	for (unsigned i = 0; i < NETWORK_NAMES + 2; i++) {
		snprintf(list, sizeof(list), "n%u=192.0.2.0/24", i);
		set = networks_of(list);
		quality_totals_networks(totals, set);
		count_response(totals, 1 << CLIENT, 1);
		network_set_free(&set);
	}
	assert_int_equal(
	    quality_totals_network_count(totals), 1 + NETWORK_NAMES);
	expect_histogram(totals, 0, MEASURE_RESPONSE, 2, 2);
	expect_histogram(totals, NETWORK_NAMES, MEASURE_RESPONSE, 1, 1);
	quality_totals_free(&totals);
}

static void
sums_of_meters_go_by_name(void **state)
{
	struct network_set *one = networks_of("a=192.0.2.0/24");
	struct network_set *two =
	    networks_of("b=192.0.2.0/24,a=198.51.100.0/24");
	struct quality_totals *sum = totals_new();
	struct quality_totals *first = totals_new(), *second = totals_new();
	uint32_t value;

	(void)state;
	quality_totals_networks(first, one);
	quality_totals_networks(second, two);
	count_response(first, 1 << CLIENT, 1);
	count_response(second, 1 << CLIENT, 2);
	count_response(second, 1 << SERVER, 2);
	quality_totals_add(sum, first);
	quality_totals_add(sum, second);
	assert_int_equal(quality_totals_exchanges(sum), 3);
	assert_string_equal(quality_totals_network(sum, 1), "a");
	expect_histogram(sum, 1, MEASURE_RESPONSE, 2, 3);
	assert_string_equal(quality_totals_network(sum, 2), "b");
	expect_histogram(sum, 2, MEASURE_RESPONSE, 1, 2);
	assert_int_equal(
	    quality_totals_median(sum, MEDIAN_RESPONSE, &value), 0);
	assert_int_equal(value, 2);
	quality_totals_free(&sum);
	quality_totals_free(&first);
	quality_totals_free(&second);
	network_set_free(&one);
	network_set_free(&two);
}

/* Of equal values the median is that value. */
static void
a_median_of_equal_values_is_exact(void **state)
{
	uint32_t values[] = { 0, 1, 15, 16, 17, 31, 32, 1000, 123456, 98765432,
		UINT32_MAX - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct quality_totals *totals = totals_new();
		uint32_t value;

		for (int n = 0; n < 3; n++)
			count_response(totals, 0, values[i]);
		assert_int_equal(
		    quality_totals_median(totals, MEDIAN_RESPONSE, &value), 0);
		assert_int_equal(value, values[i]);
		quality_totals_free(&totals);
	}
}

/* Of others it is within an eighth, also where they share a bin. */
static void
a_median_is_near_the_true_one(void **state)
{
	struct quality_totals *totals = totals_new();
	uint32_t value;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++)
		count_response(totals, 0, 20000 + 40 * n);
	assert_int_equal(
	    quality_totals_median(totals, MEDIAN_RESPONSE, &value), 0);
	assert_in_range(value, 40000 - 5000, 40000 + 5000);
	quality_totals_free(&totals);
}

static void
medians_are_of_both_halves_together(void **state)
{
	struct quality_totals *totals = totals_new();
	struct ended one;
	uint32_t value;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		begin(&one);
		one.quality.side[CLIENT].handshake_rtt = i;
		one.quality.side[SERVER].handshake_rtt = 2 * i;
		one.quality.side[CLIENT].rtt_mean = 1;
		one.quality.side[CLIENT].segments[LOSS_NONE] = 999999;
		one.quality.side[SERVER].segments[LOSS_OTHER] = i > 2;
		quality_totals_count(totals, &one.exchange);
	}
	assert_int_equal(
	    quality_totals_median(totals, MEDIAN_HANDSHAKE, &value), 0);
	assert_int_equal(value, 6);
	/* One half alone is no round trip. */
	assert_int_equal(quality_totals_median(totals, MEDIAN_RTT, &value), -1);
	assert_int_equal(
	    quality_totals_median(totals, MEDIAN_RETRANSMITTED, &value), 0);
	assert_int_equal(value, 0);
	quality_totals_free(&totals);
}

static void
the_rate_of_all_counts_segments(void **state)
{
	struct quality_totals *totals = totals_new();
	struct ended one;

	(void)state;
	begin(&one);
	one.quality.side[CLIENT].segments[LOSS_NONE] = 90;
	quality_totals_count(totals, &one.exchange);
	one.quality.side[CLIENT].segments[LOSS_NONE] = 0;
	one.quality.side[CLIENT].segments[LOSS_SPURIOUS] = 10;
	quality_totals_count(totals, &one.exchange);
	assert_int_equal(quality_totals_retransmitted(totals), 100000);
	quality_totals_free(&totals);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_measure_has_its_histogram),
		cmocka_unit_test(
		    a_value_is_in_the_bucket_that_it_does_not_exceed),
		cmocka_unit_test(what_is_unknown_does_not_count),
		cmocka_unit_test(the_segments_of_parts_count_among_all),
		cmocka_unit_test(exchanges_are_told_apart_by_their_network),
		cmocka_unit_test(names_keep_their_counts_when_networks_change),
		cmocka_unit_test(
		    more_names_than_there_is_room_for_count_as_none),
		cmocka_unit_test(sums_of_meters_go_by_name),
		cmocka_unit_test(a_median_of_equal_values_is_exact),
		cmocka_unit_test(a_median_is_near_the_true_one),
		cmocka_unit_test(medians_are_of_both_halves_together),
		cmocka_unit_test(the_rate_of_all_counts_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
