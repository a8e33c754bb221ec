/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../src/live/top.h"

#define EXCHANGES 5000

static const timestamp now = { INT64_C(1700000000) * NS_PER_SECOND };

/* Numbers that look random and are the same in every run. */
static uint64_t
next_number(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return *state >> 33;
}

static struct exchange
some_exchange(uint64_t *state)
{
	struct exchange exchange = { .ip_version = 4 };

	for (int side = CLIENT; side <= SERVER; side++) {
		struct exchange_side *s = &exchange.side[side];

		s->packets = 1 + next_number(state) % 1000;
		s->ip_octets = s->packets * (20 + next_number(state) % 1480);
		s->first.ns = now.ns - (int64_t)(next_number(state) % 3600) *
		                           NS_PER_SECOND;
		s->last = now;
	}
	return exchange;
}

static int
descending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

/* The weight as it is documented, computed the long way. */
static double
weight_of(const struct exchange *e, enum top_order order)
{
	const struct exchange_side *side = e->side;
	double octets = (double)(side[0].ip_octets + side[1].ip_octets);
	double age = (double)(now.ns - exchange_first(e).ns) / 1e9;

	switch (order) {
	case TOP_PACKETS:
		return (double)(side[0].packets + side[1].packets);
	case TOP_RATE:
		return octets / (age < 1 ? 1 : age);
	case TOP_AGE:
		return age;
	case TOP_OCTETS:
	default:
		return octets;
	}
}

static void
the_list_is_what_sorting_all_would_give(void **state)
{
	static double all[EXCHANGES];

	(void)state;
	for (int order = TOP_OCTETS; order <= TOP_AGE; order++)
		for (size_t limit = 1; limit <= TOP_MAX; limit *= 10) {
			uint64_t seed = limit;
			struct top top;

			assert_int_equal(
			    top_init(&top, (enum top_order)order, limit, now),
			    0);
			for (size_t i = 0; i < EXCHANGES; i++) {
				struct exchange e = some_exchange(&seed);

				all[i] = weight_of(&e, (enum top_order)order);
				top_offer(&top, &e);
			}
			qsort(all, EXCHANGES, sizeof(all[0]), descending);
			top_sort(&top);
			assert_int_equal(top.count, limit);
			for (size_t i = 0; i < limit; i++)
				assert_true(
				    all[i] == weight_of(top.entries[i].exchange,
				                  (enum top_order)order));
			top_clear(&top);
		}
}

static void
fewer_than_the_limit_are_all_listed(void **state)
{
	uint64_t seed = 1;
	struct exchange e = some_exchange(&seed);
	struct top top;

	(void)state;
	assert_int_equal(top_init(&top, TOP_OCTETS, TOP_DEFAULT, now), 0);
	top_sort(&top);
	assert_int_equal(top.count, 0);
	top_offer(&top, &e);
	top_sort(&top);
	assert_int_equal(top.count, 1);
	top_clear(&top);
}

/* Their names, too, whatever their length; and of those that have none. */
static void
what_is_kept_has_names_of_its_own(void **state)
{
	static _Alignas(8) char place[EXCHANGE_NAMES_OCTETS_MAX];
	struct exchange_names *names = (struct exchange_names *)(void *)place;
	uint64_t numbers = 1;
	struct top top;

	(void)state;
	assert_int_equal(top_init(&top, TOP_OCTETS, 5, now), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		struct exchange exchange = some_exchange(&numbers);

		exchange.flow_id = names->dns_resolution = i;
		names->texts = (uint16_t)(i % 300);
		exchange.names = i % 3 != 0 ? names : NULL;
		top_offer(&top, &exchange);
	}
	memset(place, 0xff, sizeof(place));
	top_sort(&top);
	for (size_t i = 0; i < top.count; i++) {
		const struct exchange *one = top.entries[i].exchange;

		assert_int_equal(one->names != NULL, one->flow_id % 3 != 0);
		if (one->names != NULL)
			assert_int_equal(
			    one->names->dns_resolution, one->flow_id);
	}
	top_clear(&top);
}

static void
orders_have_names(void **state)
{
	enum top_order order = TOP_AGE;

	(void)state;
	assert_int_equal(top_order_parse("octets", &order), 0);
	assert_int_equal(order, TOP_OCTETS);
	assert_int_equal(top_order_parse("age", &order), 0);
	assert_int_equal(order, TOP_AGE);
	assert_int_equal(top_order_parse("size", &order), -1);
	assert_int_equal(top_order_parse("", &order), -1);
}

/* What is visited is gone when the list is printed. */
static void
what_is_kept_has_figures_of_its_own(void **state)
{
	struct exchange_quality figures;
	uint64_t numbers = 1;
	struct top top;

	(void)state;
	quality_figures_init(&figures);
	assert_int_equal(top_init(&top, TOP_OCTETS, 5, now), 0);
	for (uint64_t i = 0; i < 100; i++) {
		struct exchange exchange = some_exchange(&numbers);

		exchange.flow_id = figures.idle_time = i;
		exchange.quality = i % 2 == 0 ? &figures : NULL;
		top_offer(&top, &exchange);
	}
	top_sort(&top);
	assert_int_equal(top.count, 5);
	for (size_t i = 0; i < top.count; i++) {
		const struct exchange *kept = top.entries[i].exchange;

		assert_int_equal(kept->quality != NULL, kept->flow_id % 2 == 0);
		if (kept->quality != NULL)
			assert_int_equal(
			    kept->quality->idle_time, kept->flow_id);
	}
	top_clear(&top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_what_sorting_all_would_give),
		cmocka_unit_test(fewer_than_the_limit_are_all_listed),
		cmocka_unit_test(what_is_kept_has_names_of_its_own),
		cmocka_unit_test(orders_have_names),
		cmocka_unit_test(what_is_kept_has_figures_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
