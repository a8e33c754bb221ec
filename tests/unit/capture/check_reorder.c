/* SPDX-License-Identifier: BSD-2-Clause */
/* Several interfaces in the order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/capture/reorder.h"

struct seen {
	size_t count;
	int64_t first, last; /* ms */
	char order[64];      /* a digit each */
};

static void
see(void *context, const struct reorder_entry *entry)
{
	struct seen *seen = context;
	int64_t ms = entry->time.ns / NS_PER_MS;

	if (seen->count == 0)
		seen->first = ms;
	assert_true(ms >= seen->last || seen->last == 0);
	seen->last = ms;
	if (seen->count < sizeof(seen->order) - 1)
		seen->order[seen->count] = (char)('0' + ms % 10);
	seen->count++;
}

static timestamp
ms(int64_t milliseconds)
{
	return (timestamp){ milliseconds * NS_PER_MS };
}

static void
put(struct reorder *reorder, size_t interface, int64_t milliseconds)
{
	struct reorder_entry *entry = reorder_slot(reorder, interface);

	entry->time = ms(milliseconds);
	entry->matched = true;
	reorder_put(reorder, interface);
}

static struct reorder *
made(size_t interfaces, struct seen *seen)
{
	struct reorder *reorder;

	memset(seen, 0, sizeof(*seen));
	reorder =
	    reorder_new(interfaces, (duration){ 100 * NS_PER_MS }, see, seen);
	assert_non_null(reorder);
	return reorder;
}

static void
two_directions_come_out_in_order(void **state)
{
	struct seen seen;
	struct reorder *reorder = made(2, &seen);

	(void)state;
	put(reorder, 0, 1);
	put(reorder, 0, 4);
	put(reorder, 0, 5);
	put(reorder, 1, 2);
	put(reorder, 1, 3);
	reorder_release(reorder, ms(6));
	assert_string_equal(seen.order, "123");
	assert_int_equal(reorder_waiting(reorder), 2);
	put(reorder, 1, 6);
	reorder_release(reorder, ms(6));
	assert_string_equal(seen.order, "12345");
	reorder_flush(reorder);
	assert_string_equal(seen.order, "123456");
	reorder_free(&reorder);
	assert_null(reorder);
}

static void
a_silent_interface_holds_others_back_for_the_hold_only(void **state)
{
	struct seen seen;
	struct reorder *reorder = made(2, &seen);

	(void)state;
	put(reorder, 0, 1);
	put(reorder, 0, 2);
	reorder_release(reorder, ms(100));
	assert_int_equal(seen.count, 0);
	reorder_release(reorder, ms(101));
	assert_string_equal(seen.order, "1");
	reorder_release(reorder, ms(102));
	assert_string_equal(seen.order, "12");
	reorder_free(&reorder);
}

static void
what_is_late_goes_at_once(void **state)
{
	struct seen seen;
	struct reorder *reorder = made(2, &seen);

	(void)state;
	put(reorder, 0, 500);
	put(reorder, 1, 500);
	reorder_release(reorder, ms(500));
	assert_int_equal(seen.count, 2);
	seen.last = 0;
	put(reorder, 0, 300);
	reorder_release(reorder, ms(501));
	assert_int_equal(seen.count, 3);
	reorder_free(&reorder);
}

static void
a_full_ring_lets_its_oldest_go_and_counts_it(void **state)
{
	struct seen seen;
	struct reorder *reorder = made(2, &seen);

	(void)state;
	for (int i = 0; i < REORDER_SEGMENTS + 3; i++)
		put(reorder, 0, 1000 + i);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.first, 1000);
	assert_int_equal(reorder_early(reorder), 3);
	assert_int_equal(reorder_waiting(reorder), REORDER_SEGMENTS);
	reorder_flush(reorder);
	assert_int_equal(seen.count, REORDER_SEGMENTS + 3);
	assert_int_equal(reorder_waiting(reorder), 0);
	reorder_free(&reorder);
}

/* Its oldest used to go before older ones of the others that were known. */
static void
a_full_ring_keeps_the_order_of_what_is_known(void **state)
{
	struct seen seen;
	struct reorder *reorder = made(3, &seen);

	(void)state;
	put(reorder, 1, 1001);
	put(reorder, 1, 1003);
	for (int i = 0; i < REORDER_SEGMENTS; i++)
		put(reorder, 0, 1002 + 2 * i);
	assert_int_equal(seen.count, 0);
	put(reorder, 0, 999999);
	assert_string_equal(seen.order, "12");
	assert_int_equal(reorder_early(reorder), 2);
	put(reorder, 0, 999999);
	assert_string_equal(seen.order, "1234");
	reorder_free(&reorder);
}

/* --- payloads */

static struct reorder *kept_in; /* for the handler */

struct payloads {
	size_t entries, payloads, wrong;
};

static void
fill(uint8_t *octets, size_t n, uint32_t number)
{
	for (size_t i = 0; i < n; i++)
		octets[i] = (uint8_t)(number + i / 7);
}

static void
see_payload(void *context, const struct reorder_entry *entry)
{
	struct payloads *seen = context;
	const struct segment_payload *payload;
	uint8_t expected[REORDER_KEPT_MAX];

	seen->entries++;
	if (!entry->with_payload)
		return;
	seen->payloads++;
	payload = reorder_payload(kept_in, entry);
	fill(expected, payload->captured, entry->segment.sequence);
	seen->wrong +=
	    memcmp(expected, payload->octets, payload->captured) != 0 ||
	    payload->hunted_octets != 5 ||
	    memcmp(payload->hunted, "asked", 5) != 0;
}

/* Many more than there is room for: the oldest go early, none is damaged. */
static void
payloads_are_kept_until_their_segment_goes(void **state)
{
	struct payloads seen = { 0 };
	uint8_t octets[REORDER_KEPT_MAX];
	uint32_t n = 20000;

	(void)state;
	kept_in =
	    reorder_new(2, (duration){ 100 * NS_PER_MS }, see_payload, &seen);
	assert_non_null(kept_in);
	assert_int_equal(reorder_want_payloads(kept_in, true), 0);
	for (uint32_t i = 0; i < n; i++) {
		struct reorder_entry *entry = reorder_slot(kept_in, i % 2);
		const struct segment_payload payload = { .octets = octets,
			.captured = i * 31 % 4097,
			.hunted = "asked",
			.hunted_octets = 5 };

		entry->time = ms(i);
		entry->matched = true;
		entry->segment.sequence = i;
		entry->with_payload = i % 3 != 0;
		fill(octets, payload.captured, i);
		if (entry->with_payload)
			reorder_keep(kept_in, i % 2, &payload);
		reorder_put(kept_in, i % 2);
		if (i % 10000 == 9999)
			reorder_release(kept_in, ms(i));
	}
	reorder_flush(kept_in);
	assert_int_equal(seen.entries, n);
	assert_int_equal(seen.payloads, n - (n + 2) / 3);
	assert_int_equal(seen.wrong, 0);
	assert_true(reorder_early(kept_in) > 0);
	assert_int_equal(reorder_want_payloads(kept_in, false), 0);
	reorder_free(&kept_in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payloads_are_kept_until_their_segment_goes),
		cmocka_unit_test(two_directions_come_out_in_order),
		cmocka_unit_test(
		    a_silent_interface_holds_others_back_for_the_hold_only),
		cmocka_unit_test(what_is_late_goes_at_once),
		cmocka_unit_test(a_full_ring_lets_its_oldest_go_and_counts_it),
		cmocka_unit_test(a_full_ring_keeps_the_order_of_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
