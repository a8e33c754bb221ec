/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets of a side put together, and the places that they lie in. */
#include "visit.h"

#include <stdlib.h>

static uint8_t sample[2 * NAMES_STREAM_OCTETS];

static int
make_sample(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sample); i++)
		sample[i] = (uint8_t)(i * 7 + i / 256);
	return 0;
}

static void
pieces_come_in_any_order(void **state)
{
	static struct stream stream;

	(void)state;
	for (unsigned seed = 0; seed < 50; seed++) {
		srand(seed);
		stream_begin(&stream, 0);
		for (int i = 0; i < 200; i++) {
			size_t at = (size_t)rand() % NAMES_STREAM_OCTETS;
			size_t length = (size_t)rand() % 300;

			stream_put(&stream, at, sample + at, length);
			assert_memory_equal(stream.octets, sample, stream.end);
		}
		for (size_t at = 0; at < sizeof(sample); at += 100)
			stream_put(&stream, at, sample + at, 100);
		assert_int_equal(stream.end, NAMES_STREAM_OCTETS);
		assert_memory_equal(stream.octets, sample, NAMES_STREAM_OCTETS);
	}
}

static void
a_hole_ends_what_is_in_a_row(void **state)
{
	static struct stream stream;

	(void)state;
	stream_begin(&stream, 0);
	stream_put(&stream, 0, sample, 63);
	stream_put(&stream, 64, sample + 64, 64);
	assert_int_equal(stream.end, 63);
	stream_put(&stream, 63, sample + 63, 1);
	assert_int_equal(stream.end, 128);
	stream_put(&stream, 4095, sample + 4095, 100);
	assert_int_equal(stream.end, 128);
	assert_true(stream_holds(&stream, 128));
	assert_false(stream_holds(&stream, 4096));
}

static void
what_came_first_stays(void **state)
{
	static struct stream stream;
	uint8_t other[200];

	(void)state;
	memset(other, 0xee, sizeof(other));
	stream_begin(&stream, 0);
	stream_put(&stream, 50, sample + 50, 100);
	stream_put(&stream, 0, other, 200);
	assert_int_equal(stream.end, 200);
	assert_memory_equal(stream.octets, other, 50);
	assert_memory_equal(stream.octets + 50, sample + 50, 100);
	assert_memory_equal(stream.octets + 150, other, 50);
}

static void
what_was_parsed_before_is_not_wanted(void **state)
{
	static struct stream stream;

	(void)state;
	stream_begin(&stream, 70);
	assert_int_equal(stream.end, 70);
	stream_put(&stream, 0, sample, 60);
	assert_int_equal(stream.end, 70);
	stream_put(&stream, 60, sample + 60, 20);
	assert_int_equal(stream.end, 80);
	assert_memory_equal(stream.octets + 70, sample + 70, 10);
}

static void
offsets_beyond_all_are_left_out(void **state)
{
	static struct stream stream;

	(void)state;
	stream_begin(&stream, 0);
	stream_put(&stream, UINT64_C(1) << 62, sample, 100);
	stream_put(&stream, UINT32_MAX, sample, 100);
	stream_put(&stream, NAMES_STREAM_OCTETS, sample, 100);
	assert_int_equal(stream.end, 0);
	assert_false(stream_holds(&stream, 0));
}

static void
a_chain_grows_over_its_cells(void **state)
{
	struct places cells;
	struct chain chain = { 0 };
	uint8_t room[1000];
	size_t length = 0;

	(void)state;
	assert_int_equal(
	    places_init(&cells, sizeof(struct cell), 8, 20, NULL), 0);
	for (size_t step = 1; length + step < 20 * CELL_OCTETS - 200;
	     step += 13) {
		assert_true(
		    chain_append(&cells, &chain, sample + length, step));
		length += step;
	}
	assert_int_equal(chain.octets, length);
	chain_read(&cells, &chain, room);
	assert_memory_equal(room, sample, length);
	chain_clear(&cells, &chain);
	assert_int_equal(cells.live, 0);
	places_clear(&cells);
}

static void
a_text_without_room_leaves_the_chain_as_it_was(void **state)
{
	struct places cells;
	struct chain chain = { 0 }, other = { 0 };
	uint8_t room[3 * CELL_OCTETS];

	(void)state;
	assert_int_equal(
	    places_init(&cells, sizeof(struct cell), 8, 3, NULL), 0);
	assert_true(chain_append(&cells, &chain, sample, 10));
	assert_false(chain_append(&cells, &chain, sample + 10, 200));
	assert_int_equal(cells.live, 1);
	assert_int_equal(chain.octets, 10);
	assert_false(chain_append(&cells, &other, sample, 200));
	assert_int_equal(other.first, 0);
	assert_true(chain_append(&cells, &chain, sample + 10, 150));
	chain_read(&cells, &chain, room);
	assert_memory_equal(room, sample, 160);
	chain_clear(&cells, &chain);
	places_clear(&cells);
}

static void
places_are_given_out_again(void **state)
{
	struct places places;
	uint32_t first, second;

	(void)state;
	assert_int_equal(places_init(&places, 64, 4, 2, NULL), 0);
	first = places_take(&places);
	second = places_take(&places);
	assert_int_not_equal(first, 0);
	assert_int_not_equal(second, first);
	assert_int_equal(places_take(&places), 0);
	places_give(&places, first);
	assert_int_equal(places_take(&places), first);
	assert_int_equal(places.live, 2);
	places_clear(&places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_in_any_order),
		cmocka_unit_test(a_hole_ends_what_is_in_a_row),
		cmocka_unit_test(what_came_first_stays),
		cmocka_unit_test(what_was_parsed_before_is_not_wanted),
		cmocka_unit_test(offsets_beyond_all_are_left_out),
		cmocka_unit_test(a_chain_grows_over_its_cells),
		cmocka_unit_test(
		    a_text_without_room_leaves_the_chain_as_it_was),
		cmocka_unit_test(places_are_given_out_again),
	};

	return cmocka_run_group_tests(tests, make_sample, NULL);
}
