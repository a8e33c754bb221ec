/* SPDX-License-Identifier: BSD-2-Clause */
/* How long the table of fragments keeps a datagram, and how many. */
#include "fragments.h"

static void
entry_expires_30_s_after_its_first(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;
	timestamp just_before = { SECONDS(130).ns - 1 };

	(void)state;
	decode_fragment4(
	    decoder, 7, 0, true, PROTOCOL_TCP, SECONDS(100), &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_TCP,
	                     just_before, &segment),
	    -1);
	assert_int_equal(decode_fragment4(decoder, 7, 48, false, PROTOCOL_TCP,
	                     SECONDS(130), &segment),
	    WAITS);
	assert_int_equal(counts_of(decoder).fragments_evicted, 0);
	decoder_free(&decoder);
}

/* Its first piece, not its first fragment. */
static void
entry_lives_30_s_from_its_first_piece(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	decode_fragment4(
	    decoder, 7, 24, true, PROTOCOL_TCP, SECONDS(100), &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(129), &segment),
	    -1);
	expect_next(decoder, 100, 44, 24, &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 48, false, PROTOCOL_TCP,
	                     SECONDS(130), &segment),
	    WAITS);
	decoder_free(&decoder);
}

static void
complete_datagram_ends_but_for_copies_within_a_second(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment first, segment;
	timestamp within = { SECONDS(2).ns - 1 };
	timestamp again = { SECONDS(3).ns - 2 };

	(void)state;
	decode_fragment4(decoder, 7, 0, true, PROTOCOL_UDP, SECONDS(1), &first);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     SECONDS(1), &segment),
	    -1);
	/* copies, the first one's among them */
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     within, &segment),
	    -1);
	assert_memory_equal(&segment.key, &first.key, sizeof(first.key));
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_UDP,
	                     within, &segment),
	    -1);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     within, &segment),
	    -1);
	/* a second from the first one's copy */
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     again, &segment),
	    -1);
	/* the id again: its first fragment is not that one */
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     SECONDS(3), &segment),
	    WAITS);
	decoder_free(&decoder);
}

/* Pieces in any order, doubled and overlapping, complete a datagram. */
static void
datagram_is_complete_whatever_the_order_of_its_pieces(void **state)
{
	enum {
		PIECES = 46
	};

	(void)state;
	srandom(11);
	for (int round = 0; round < 200; round++) {
		struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
		struct segment segment;
		unsigned order[PIECES], got = 0;

		for (unsigned i = 0; i < PIECES; i++)
			order[i] = i;
		for (unsigned i = PIECES - 1; i > 0; i--) {
			unsigned j = (unsigned)random() % (i + 1);
			unsigned swap = order[i];

			order[i] = order[j];
			order[j] = swap;
		}
		for (unsigned i = 0; i < PIECES; i++) {
			int reason = decode_fragment4(decoder, 7, order[i] * 24,
			    order[i] != PIECES - 1, PROTOCOL_UDP, SECONDS(1),
			    &segment);

			if (reason != -1)
				continue;
			got++;
			while (counts_of(decoder).undecided > 0) {
				decode_next(decoder, &segment);
				got++;
			}
		}
		assert_int_equal(got, PIECES);
		assert_int_equal(decode_fragment4(decoder, 7, 24, true,
		                     PROTOCOL_UDP, SECONDS(2), &segment),
		    WAITS);
		decoder_free(&decoder);
	}
}

static void
datagram_with_a_hole_is_not_complete(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	decode_fragment4(
	    decoder, 7, 0, true, PROTOCOL_UDP, SECONDS(1), &segment);
	decode_fragment4(
	    decoder, 7, 48, false, PROTOCOL_UDP, SECONDS(1), &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(20), &segment),
	    -1);
	decoder_free(&decoder);
}

/* Capture time goes back by an hour: what waits moves along. */
static void
time_that_goes_back_takes_the_entries_along(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	decode_fragment4(
	    decoder, 7, 0, true, PROTOCOL_UDP, SECONDS(5000), &segment);
	decoder_advance(decoder, SECONDS(5010));
	decoder_advance(decoder, SECONDS(1400));
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(1419), &segment),
	    -1);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(1420), &segment),
	    WAITS);
	decoder_free(&decoder);
}

static void
second_first_fragment_replaces_the_entry(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	decode_fragment4(
	    decoder, 7, 0, true, PROTOCOL_TCP, SECONDS(0), &segment);
	put_fragment4(&frame, 7, 0, true, PROTOCOL_TCP);
	set16(&frame, 20, 50000); /* another port */
	decode_cut(decoder, &frame, frame.length, SECONDS(20), &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_TCP,
	                     SECONDS(40), &segment),
	    -1);
	assert_int_equal(segment.key.port[segment.sender], 50000);
	decoder_free(&decoder);
}

static void
full_table_gives_up_the_oldest_and_counts_it(void **state)
{
	struct decode_options options = { .fragment_table = 3 };
	struct decoder *decoder = decoder_new(&options);
	struct segment segment;

	(void)state;
	decoder_set_datalink(decoder, DLT_RAW_IP);
	for (unsigned id = 0; id < 5; id++)
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_TCP, SECONDS(id), &segment);
	assert_int_equal(counts_of(decoder).fragments_evicted, 2);
	for (unsigned id = 2; id < 5; id++)
		assert_int_equal(decode_fragment4(decoder, id, 32, true,
		                     PROTOCOL_TCP, SECONDS(5), &segment),
		    -1);
	/* Later fragments take no place from those that are known. */
	assert_int_equal(decode_fragment4(decoder, 1, 24, false, PROTOCOL_TCP,
	                     SECONDS(5), &segment),
	    UNMATCHED_FRAGMENT);
	assert_int_equal(counts_of(decoder).fragments_evicted, 2);
	/* Expired ones are no loss: they make room. */
	for (unsigned id = 10; id < 13; id++)
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_TCP, SECONDS(40), &segment);
	assert_int_equal(counts_of(decoder).fragments_evicted, 2);
	decoder_free(&decoder);
}

/* Complete ones are no loss, either. */
static void
full_table_gives_up_complete_datagrams_first(void **state)
{
	struct decode_options options = { .fragment_table = 2 };
	struct decoder *decoder = decoder_new(&options);
	struct segment segment;

	(void)state;
	decoder_set_datalink(decoder, DLT_RAW_IP);
	decode_fragment4(
	    decoder, 1, 0, true, PROTOCOL_UDP, SECONDS(0), &segment);
	for (unsigned id = 2; id < 6; id++) {
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_UDP, SECONDS(0), &segment);
		decode_fragment4(
		    decoder, id, 24, false, PROTOCOL_UDP, SECONDS(0), &segment);
	}
	assert_int_equal(counts_of(decoder).fragments_evicted, 0);
	assert_int_equal(decode_fragment4(decoder, 1, 24, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    -1);
	decoder_free(&decoder);
}

static void
fragments_that_wait_are_bounded_and_the_oldest_give_way(void **state)
{
	enum {
		TABLE = 4,
		PLACES = TABLE * FRAGMENT_WAITING
	};
	struct decode_options options = { .fragment_table = TABLE };
	struct decoder *decoder = decoder_new(&options);
	struct decode_counts counts;
	struct segment segment;

	(void)state;
	decoder_set_datalink(decoder, DLT_RAW_IP);
	/* One datagram that waits, then one with more than all places. */
	decode_fragment4(
	    decoder, 1, 24, true, PROTOCOL_UDP, SECONDS(0), &segment);
	for (unsigned n = 0; n < PLACES; n++)
		assert_int_equal(decode_fragment4(decoder, 2, 24 * (n + 1),
		                     true, PROTOCOL_UDP, SECONDS(0), &segment),
		    WAITS);
	counts = counts_of(decoder);
	assert_int_equal(counts.undecided, PLACES);
	assert_int_equal(counts.fragments_evicted, 1);
	assert_int_equal(counts.unmatched[UNMATCHED_FRAGMENT], 1);
	/* It gives itself up, too. */
	assert_int_equal(decode_fragment4(decoder, 2, 24, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    WAITS);
	counts = counts_of(decoder);
	assert_int_equal(counts.undecided, 1);
	assert_int_equal(counts.unmatched[UNMATCHED_FRAGMENT], 1 + PLACES);
	decoder_free(&decoder);
}

/*
 * Random fragments of few datagrams through a small table: every packet is
 * decided once, whatever is evicted, expires or comes twice.
 */
static void
books_balance_under_random_fragments(void **state)
{
	struct decode_options options = { .fragment_table = 5 };
	struct decoder *decoder = decoder_new(&options);
	struct decode_counts counts;
	uint64_t read = 0, segments = 0, refused = 0;

	(void)state;
	srandom(17);
	decoder_set_datalink(decoder, DLT_RAW_IP);
	for (int64_t now = 0; now < 100000; now++) {
		static const unsigned kinds[] = { 6, 6, 17, 17, 1 };
		unsigned kind = kinds[random() % 5];
		unsigned offset = 8 * ((unsigned)random() % 8);
		struct frame frame = { .length = 0 };
		uint32_t ip = begin_ip4(&frame, kind);
		enum unmatched reason;
		struct segment segment;
		enum decode_result result;
		timestamp time = { now * NS_PER_SECOND / 7 };

		set16(&frame, ip + 4, (unsigned)random() % 9);
		set16(&frame, ip + 6,
		    offset / 8 | (random() % 3 != 0 ? 0x2000u : 0));
		put_hex(&frame, "1389 0035");
		while (frame.length < 28 || random() % 8 != 0)
			put_hex(&frame, "5555");
		end_ip4(&frame, ip);
		result = decode_frame(decoder, time, time, frame.octets,
		    frame.length, frame.length, &segment, &reason);
		read++;
		refused += result == DECODE_REFUSED;
		segments += result == DECODE_SEGMENT || result == DECODE_MORE;
		while (result == DECODE_MORE) {
			result = decode_next(decoder, &segment);
			segments++;
		}
		decoder_counts(decoder, &counts);
		for (size_t i = 0; i < UNMATCHED_COUNT; i++)
			counts.undecided += counts.unmatched[i];
		assert_int_equal(read, segments + refused + counts.undecided);
	}
	assert_true(segments > 1000 && refused > 1000);
	assert_true(counts.fragments_evicted > 0);
	decoder_finish(decoder);
	decoder_counts(decoder, &counts);
	assert_int_equal(counts.undecided, 0);
	decoder_free(&decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_expires_30_s_after_its_first),
		cmocka_unit_test(entry_lives_30_s_from_its_first_piece),
		cmocka_unit_test(
		    complete_datagram_ends_but_for_copies_within_a_second),
		cmocka_unit_test(
		    datagram_is_complete_whatever_the_order_of_its_pieces),
		cmocka_unit_test(datagram_with_a_hole_is_not_complete),
		cmocka_unit_test(time_that_goes_back_takes_the_entries_along),
		cmocka_unit_test(second_first_fragment_replaces_the_entry),
		cmocka_unit_test(full_table_gives_up_the_oldest_and_counts_it),
		cmocka_unit_test(full_table_gives_up_complete_datagrams_first),
		cmocka_unit_test(
		    fragments_that_wait_are_bounded_and_the_oldest_give_way),
		cmocka_unit_test(books_balance_under_random_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
