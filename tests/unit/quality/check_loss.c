/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The classes of loss, row by row: each class with segments made by hand, and
 * what is near it and belongs to another one.
 */
#include "talk.h"

/* --- new and gap */

static void
what_begins_at_the_highest_octet_is_new(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	assert_class(&talk, CLIENT, LOSS_NONE, 1); /* the SYN */
	talk_data(&talk, 30, 1, 100);
	talk_data(&talk, 50, 101, 1);
	SEND(&talk, .ms = 70, .seq = 102, .flags = TCP_FIN);
	assert_class(&talk, CLIENT, LOSS_NONE, 4);
	assert_class(&talk, SERVER, LOSS_NONE, 1);
	assert_int_equal(talk.figures.side[CLIENT].unique_octets, 101);
}

static void
the_first_segment_opens_the_sequence(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk); /* in the middle */
	SEND(&talk, .ms = 0, .seq = 7000, .payload = 10, .ack = 1);
	SEND(&talk, .ms = 1, .from = SERVER, .seq = 1, .payload = 5,
	    .ack = 7010);
	assert_class(&talk, CLIENT, LOSS_NONE, 1);
	assert_class(&talk, SERVER, LOSS_NONE, 1);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 0);
}

static void
what_begins_beyond_it_is_a_gap(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_GAP, 1);
	/* Missing here, not yet acknowledged. */
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 0);
}

static void
what_the_probe_missed_is_acknowledged_but_never_seen(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100);
	SEND(&talk, .ms = 40, .from = SERVER, .seq = 1, .ack = 51);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 50);
	SEND(&talk, .ms = 41, .from = SERVER, .seq = 1, .ack = 201);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 100);
	/* They come here after all: they were seen. */
	SEND(&talk, .ms = 42, .seq = 1, .payload = 40);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 60);
}

static void
a_segment_that_was_missed_at_the_end_counts_as_well(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	SEND(&talk, .ms = 50, .from = SERVER, .seq = 1, .ack = 301);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 200);
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	/* A FIN that was not seen is no octet. */
	SEND(&talk, .ms = 50, .from = SERVER, .seq = 1, .ack = 102);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 0);
}

/* --- keep-alive and window probe */

static void
a_keep_alive_has_no_octet_or_an_old_one(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	SEND(&talk, .ms = 60000, .seq = 100);
	SEND(&talk, .ms = 60010, .from = SERVER, .seq = 1, .ack = 101);
	SEND(&talk, .ms = 120000, .seq = 100, .payload = 1);
	assert_class(&talk, CLIENT, LOSS_KEEP_ALIVE, 2);
	assert_int_equal(quality_retransmitted(&talk.figures.side[CLIENT]), 0);
	assert_int_equal(talk.figures.side[CLIENT].unique_octets, 100);
	/* The next data is new. */
	talk_data(&talk, 130000, 101, 10);
	assert_class(&talk, CLIENT, LOSS_NONE, 3);
}

static void
a_fin_is_no_keep_alive(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	SEND(&talk, .ms = 50, .seq = 101, .flags = TCP_FIN);
	SEND(&talk, .ms = 51, .seq = 101, .flags = TCP_FIN, .id = 7);
	assert_class(&talk, CLIENT, LOSS_KEEP_ALIVE, 0);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
}

static void
one_octet_into_a_window_of_0_is_a_probe(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	SEND(&talk, .ms = 50, .from = SERVER, .seq = 1, .window = NO_WINDOW);
	SEND(&talk, .ms = 300, .seq = 101, .payload = 1);
	SEND(&talk, .ms = 310, .from = SERVER, .seq = 1);
	SEND(&talk, .ms = 900, .seq = 101, .payload = 1);
	assert_class(&talk, CLIENT, LOSS_WINDOW_PROBE, 2);
	SEND(&talk, .ms = 910, .from = SERVER, .seq = 1, .ack = 102,
	    .window = 1000);
	talk_data(&talk, 920, 102, 50);
	assert_class(&talk, CLIENT, LOSS_NONE, 3);
	assert_int_equal(talk.figures.side[CLIENT].unique_octets, 151);
	assert_int_equal(talk.figures.side[SERVER].zero_window_packets, 2);
}

static void
a_window_probe_beyond_a_gap_opens_a_hole(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	SEND(&talk, .ms = 50, .from = SERVER, .seq = 1, .window = NO_WINDOW);
	SEND(&talk, .ms = 300, .seq = 111, .payload = 1);
	SEND(&talk, .ms = 310, .from = SERVER, .seq = 1, .ack = 112);
	assert_class(&talk, CLIENT, LOSS_WINDOW_PROBE, 1);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 10);
}

/* --- reordered */

static void
what_fills_a_hole_within_the_rtt_is_reordered(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100, .id = 300);
	SEND(&talk, .ms = 49, .seq = 1, .payload = 100, .id = 301);
	assert_class(&talk, CLIENT, LOSS_GAP, 1);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 1);
	assert_int_equal(talk.figures.side[CLIENT].hole_fills, 1);
	assert_int_equal(talk.figures.side[CLIENT].unique_octets, 200);
	assert_int_equal(talk.figures.side[CLIENT].retransmitted_octets, 0);
}

static void
later_it_is_reordered_with_an_older_id_only(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100, .id = 2);
	/* 65,530 is older than 2. */
	SEND(&talk, .ms = 80, .seq = 1, .payload = 100, .id = 65530);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 1);
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100, .id = 300);
	SEND(&talk, .ms = 80, .seq = 1, .payload = 100, .id = 301);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 0);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
	assert_int_equal(talk.figures.side[CLIENT].hole_fills, 1);
	/* IPv6 has no id, so that the number means nothing there. */
	talk_open(&talk);
	talk.six = true;
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100, .id = 300);
	SEND(&talk, .ms = 80, .seq = 1, .payload = 100, .id = 299);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 0);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
}

static void
an_older_timestamp_tells_the_same(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk.six = true;
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100, .value = 5);
	SEND(&talk, .ms = 80, .seq = 1, .payload = 50, .value = UINT32_MAX);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 1);
	/* A newer one is that of a retransmission. */
	SEND(&talk, .ms = 81, .seq = 51, .payload = 50, .value = 6);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 1);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
}

static void
without_rtt_reordering_takes_3_ms(void **state)
{
	struct talk talk;

	(void)state;
	for (int late = 0; late < 2; late++) {
		talk_begin(&talk);
		talk.six = true;
		SEND(&talk, .ms = 0, .seq = 1, .payload = 100);
		SEND(&talk, .ms = 1, .seq = 201, .payload = 100);
		SEND(&talk, .ms = 4 + late, .seq = 101, .payload = 100);
		assert_class(&talk, CLIENT, LOSS_REORDERED, !late);
		assert_class(&talk, CLIENT, LOSS_OTHER, late);
	}
}

/* --- duplicated */

static void
a_copy_within_1_ms_with_the_same_id_is_duplicated(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100, .id = 7);
	SEND(&talk, .ms = 31, .seq = 1, .payload = 100, .id = 7);
	assert_class(&talk, CLIENT, LOSS_DUPLICATED, 1);
	assert_int_equal(talk.figures.side[CLIENT].unique_octets, 100);
	assert_int_equal(talk.figures.side[CLIENT].retransmitted_octets, 0);
	/* Another id, or later: sent again. */
	SEND(&talk, .ms = 31.5, .seq = 1, .payload = 100, .id = 8);
	SEND(&talk, .ms = 33, .seq = 1, .payload = 100, .id = 8);
	assert_class(&talk, CLIENT, LOSS_DUPLICATED, 1);
	assert_class(&talk, CLIENT, LOSS_OTHER, 2);
}

static void
a_copy_with_the_same_timestamp_is_duplicated_too(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk.six = true;
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100, .value = 9);
	SEND(&talk, .ms = 30.1, .seq = 1, .payload = 100, .value = 9);
	assert_class(&talk, CLIENT, LOSS_DUPLICATED, 1);
	/* But not where a duplicate ACK asks for it. */
	SEND(&talk, .ms = 30.2, .from = SERVER, .seq = 1, .value = 1);
	SEND(&talk, .ms = 30.3, .from = SERVER, .seq = 1, .value = 1);
	SEND(&talk, .ms = 30.4, .seq = 1, .payload = 100, .value = 9);
	assert_class(&talk, CLIENT, LOSS_DUPLICATED, 1);
}

static void
without_id_and_timestamp_no_copy_is_told(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk.six = true;
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	SEND(&talk, .ms = 30.1, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_DUPLICATED, 0);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
}

static void
the_copies_of_a_mirror_count_once_in_everything(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	for (int copy = 0; copy < 2; copy++)
		SEND(&talk, .ms = 0.1 * copy, .flags = TCP_SYN, .no_ack = true,
		    .id = 1);
	for (int copy = 0; copy < 2; copy++)
		SEND(&talk, .ms = 10 + 0.1 * copy, .from = SERVER,
		    .flags = TCP_SYN, .ack = 1, .id = 9);
	for (int copy = 0; copy < 2; copy++)
		SEND(&talk, .ms = 20 + 0.1 * copy, .seq = 1, .ack = 1, .id = 2);
	assert_class(&talk, CLIENT, LOSS_DUPLICATED, 1);
	assert_class(&talk, SERVER, LOSS_DUPLICATED, 1);
	assert_int_equal(talk.figures.side[SERVER].handshake_rtt, 10000);
	assert_int_equal(talk.figures.side[CLIENT].syn_retransmissions, 0);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 10);
	/* A copy of an ACK is no duplicate ACK. */
	for (int copy = 0; copy < 4; copy++)
		SEND(&talk, .ms = 31 + 0.1 * copy, .from = SERVER, .seq = 1,
		    .id = 50);
	assert_int_equal(talk.stream.side[CLIENT].duplicate_acks, 1);
}

/* IPv6 and timestamps, and SACK where both permit it. */
static void
open_without_ids(struct talk *talk, bool permitted)
{
	talk_begin(talk);
	talk->six = true;
	SEND(talk, .ms = 0, .flags = TCP_SYN, .no_ack = true, .value = 1,
	    .sack_permitted = permitted);
	SEND(talk, .ms = 10, .from = SERVER, .flags = TCP_SYN, .ack = 1,
	    .value = 60, .sack_permitted = true);
	SEND(talk, .ms = 20, .seq = 1, .ack = 1, .value = 2);
}

/* Where there are no ids, the TSvals tell: a mirror copies ACKs as well. */
static void
the_copies_of_a_mirror_count_once_without_ids(void **state)
{
	struct talk talk;

	(void)state;
	open_without_ids(&talk, true);
	for (uint32_t i = 0; i < 2; i++)
		for (int copy = 0; copy < 2; copy++)
			SEND(&talk, .ms = 30 + i + 0.01 * copy,
			    .seq = 1 + 100 * i, .payload = 100, .value = 9 + i);
	for (int copy = 0; copy < 2; copy++)
		SEND(&talk, .ms = 40 + 0.01 * copy, .from = SERVER, .seq = 1,
		    .ack = 101, .value = 70);
	assert_int_equal(talk.stream.side[CLIENT].duplicate_acks, 0);
	for (int copy = 0; copy < 2; copy++)
		SEND(&talk, .ms = 41 + 0.01 * copy, .seq = 201, .payload = 100,
		    .value = 20);
	assert_class(&talk, CLIENT, LOSS_DUPLICATED, 3);
	assert_int_equal(quality_retransmitted(&talk.figures.side[CLIENT]), 0);
	/* What the receiver sends again is one, a while later, */
	SEND(
	    &talk, .ms = 42, .from = SERVER, .seq = 1, .ack = 101, .value = 71);
	assert_int_equal(talk.stream.side[CLIENT].duplicate_acks, 1);
	/* or with a SACK block of its own. */
	SEND(&talk, .ms = 42.1, .from = SERVER, .seq = 1, .ack = 101,
	    .value = 71, .sack = { 201, 301 });
	assert_int_equal(talk.stream.side[CLIENT].duplicate_acks, 2);
}

/* They come fast, and all that tells them from copies are SACK blocks. */
static void
duplicate_acks_of_a_millisecond_count_without_sack(void **state)
{
	struct talk talk;

	(void)state;
	open_without_ids(&talk, false);
	for (uint32_t i = 0; i < 5; i++)
		SEND(&talk, .ms = 30, .seq = 1 + 100 * i, .payload = 100,
		    .value = 9);
	for (int i = 0; i < 4; i++)
		SEND(&talk, .ms = 40, .from = SERVER, .seq = 1, .ack = 101,
		    .value = 70);
	assert_int_equal(talk.stream.side[CLIENT].duplicate_acks, 3);
	SEND(&talk, .ms = 50, .seq = 101, .payload = 100, .value = 29);
	assert_class(&talk, CLIENT, LOSS_FAST, 1);
}

/* --- spurious */

static void
what_was_acknowledged_already_is_spurious(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	SEND(&talk, .ms = 60, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_SPURIOUS, 1);
	assert_int_equal(talk.figures.side[CLIENT].spurious_late, 0);
	assert_int_equal(talk.figures.side[CLIENT].retransmitted_octets, 100);
	SEND(&talk, .ms = 500, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_SPURIOUS, 2);
	assert_int_equal(talk.figures.side[CLIENT].spurious_late, 1);
}

/* A mirror's copy of it speaks of the same one. */
static void
the_copy_of_a_d_sack_moves_nothing(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	SEND(&talk, .ms = 31, .seq = 101, .payload = 100);
	SEND(&talk, .ms = 400, .seq = 101, .payload = 100);
	SEND(&talk, .ms = 1000, .seq = 101, .payload = 100);
	for (int copy = 0; copy < 2; copy++)
		SEND(&talk, .ms = 1010 + 0.01 * copy, .from = SERVER, .seq = 1,
		    .ack = 201, .id = 900, .sack = { 101, 201 });
	/* Also where an ACK that was sent before it comes between. */
	SEND(&talk, .ms = 1010.2, .from = SERVER, .seq = 1, .ack = 201,
	    .id = 899);
	SEND(&talk, .ms = 1010.3, .from = SERVER, .seq = 1, .ack = 201,
	    .id = 900, .sack = { 101, 201 });
	assert_class(&talk, CLIENT, LOSS_SPURIOUS, 1);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 1);
}

/* RFC 2883, 4.1: the segment came twice, its first ACK was lost. */
static void
a_d_sack_makes_a_retransmission_spurious_later(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	SEND(&talk, .ms = 300, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 1);
	SEND(&talk, .ms = 310, .from = SERVER, .seq = 1, .ack = 101,
	    .sack = { 1, 101 });
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 0);
	assert_class(&talk, CLIENT, LOSS_SPURIOUS, 1);
	assert_int_equal(talk.figures.side[CLIENT].spurious_late, 1);
	assert_int_equal(talk.figures.side[SERVER].sack_packets, 1);
	/* The same D-SACK again moves nothing. */
	SEND(&talk, .ms = 311, .from = SERVER, .seq = 1, .ack = 101,
	    .sack = { 1, 101 });
	assert_class(&talk, CLIENT, LOSS_SPURIOUS, 1);
}

/* RFC 2883, 4.2: the duplicate lies in what is not acknowledged yet. */
static void
a_d_sack_above_the_acknowledgement_is_in_the_next_block(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	for (uint32_t i = 0; i < 4; i++)
		SEND(&talk, .ms = 30 + i, .seq = 1 + 100 * i, .payload = 100);
	SEND(&talk, .ms = 80, .seq = 201, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
	SEND(&talk, .ms = 90, .from = SERVER, .seq = 1, .ack = 1,
	    .sack = { 201, 301, 101, 401 });
	assert_class(&talk, CLIENT, LOSS_OTHER, 0);
	assert_class(&talk, CLIENT, LOSS_SPURIOUS, 1);
}

static void
the_last_four_retransmissions_are_remembered(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	for (uint32_t i = 0; i < 5; i++)
		SEND(&talk, .ms = 30 + i, .seq = 1 + 100 * i, .payload = 100);
	for (uint32_t i = 0; i < 5; i++)
		SEND(&talk, .ms = 60 + i, .seq = 1 + 100 * i, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_OTHER, 5);
	for (uint32_t i = 0; i < 5; i++)
		SEND(&talk, .ms = 80 + i, .from = SERVER, .seq = 1, .ack = 501,
		    .sack = { 1 + 100 * i, 101 + 100 * i });
	assert_class(&talk, CLIENT, LOSS_OTHER, 1); /* the first one */
	assert_class(&talk, CLIENT, LOSS_SPURIOUS, 4);
}

/* --- fast */

static void
two_duplicate_acks_make_it_fast(void **state)
{
	struct talk talk;

	(void)state;
	for (unsigned count = 1; count <= 3; count++) {
		talk_open(&talk);
		for (uint32_t i = 0; i < 4; i++)
			SEND(&talk, .ms = 30 + i, .seq = 1 + 100 * i,
			    .payload = 100);
		for (unsigned i = 0; i < count; i++)
			SEND(&talk, .ms = 50 + i, .from = SERVER, .seq = 1);
		SEND(&talk, .ms = 60, .seq = 1, .payload = 100);
		assert_class(&talk, CLIENT, LOSS_FAST, count >= 2);
		assert_class(&talk, CLIENT, LOSS_OTHER, count < 2);
	}
}

/* RACK (RFC 8985) sends again when one segment behind it was selected. */
static void
a_sack_hole_makes_it_fast_without_duplicate_acks(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	SEND(&talk, .ms = 31, .seq = 101, .payload = 100);
	SEND(&talk, .ms = 41, .from = SERVER, .seq = 1, .sack = { 101, 201 });
	SEND(&talk, .ms = 50, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_FAST, 1);
	/* What lies beyond what was selected is none. */
	SEND(&talk, .ms = 51, .seq = 201, .payload = 100);
	SEND(&talk, .ms = 60, .seq = 201, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_FAST, 1);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
}

static void
a_window_update_is_no_duplicate_ack(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	for (uint32_t i = 0; i < 3; i++)
		SEND(&talk, .ms = 40 + i, .from = SERVER, .seq = 1,
		    .window = 61000 + i);
	SEND(&talk, .ms = 60, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
}

/* --- timeout and other */

static void
later_than_the_timeout_is_a_timeout(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	SEND(&talk, .ms = 230, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1); /* 200 ms are within */
	SEND(&talk, .ms = 431, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 1);
	/* Even where duplicate ACKs came. */
	for (int i = 0; i < 3; i++)
		SEND(&talk, .ms = 440 + i, .from = SERVER, .seq = 1);
	SEND(&talk, .ms = 800, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 2);
}

static void
without_samples_the_timeout_is_1_s(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 1000, .flags = TCP_SYN, .no_ack = true);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
	SEND(&talk, .ms = 2001, .flags = TCP_SYN, .no_ack = true);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 1);
	assert_int_equal(talk.figures.side[CLIENT].syn_retransmissions, 2);
}

static void
a_long_rtt_makes_the_timeout_longer(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 300, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	SEND(&talk, .ms = 600, .seq = 1, .ack = 1);
	/* The first sample 300 ms, the second one 600. */
	SEND(&talk, .ms = 700, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 1200, .seq = 1, .payload = 10);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
}

static void
a_tail_loss_probe_is_another_retransmission(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 100);
	SEND(&talk, .ms = 60, .seq = 101, .payload = 100);
	/* Twice the smoothed round-trip time and a little (RFC 8985, 7.2). */
	SEND(&talk, .ms = 105, .seq = 101, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
}

static void
what_overlaps_in_part_is_retransmitted_in_part(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	SEND(&talk, .ms = 60, .seq = 51, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
	assert_int_equal(talk.figures.side[CLIENT].retransmitted_octets, 50);
	assert_int_equal(talk.figures.side[CLIENT].unique_octets, 150);
	talk_data(&talk, 70, 151, 10);
	assert_class(&talk, CLIENT, LOSS_NONE, 3);
}

/* --- what any of them meets */

static void
sequence_numbers_wrap(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	talk.isn[CLIENT] = UINT32_MAX - 50;
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 10, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	SEND(&talk, .ms = 20, .seq = 1, .ack = 1);
	talk_data(&talk, 30, 1, 100); /* past 2^32 */
	SEND(&talk, .ms = 50, .seq = 151, .payload = 50);
	SEND(&talk, .ms = 51, .seq = 101, .payload = 50);
	SEND(&talk, .ms = 60, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_NONE, 2);
	assert_class(&talk, CLIENT, LOSS_GAP, 1);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 1);
	assert_class(&talk, CLIENT, LOSS_SPURIOUS, 1);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
	assert_int_equal(talk.figures.side[CLIENT].unique_octets, 200);
}

static void
a_wrap_keeps_what_was_acknowledged_beyond_it(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	talk.isn[CLIENT] = UINT32_MAX;
	/* The SYN comes here behind what acknowledges more than it. */
	SEND(&talk, .ms = 0, .from = SERVER, .flags = TCP_SYN, .ack = 50);
	SEND(&talk, .ms = 1, .flags = TCP_SYN, .no_ack = true);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 49);
}

/* 10 GB in one direction: nothing of the first round is met in the third. */
static void
sequence_numbers_go_around_more_than_once(void **state)
{
	const uint32_t piece = 65000;
	struct talk talk;
	uint32_t seq = 1;
	double ms = 30;

	(void)state;
	talk_open(&talk);
	talk.carried = true;
	/* A hole that nobody acknowledges. */
	SEND(&talk, .ms = ms, .seq = seq + 10, .payload = 10);
	seq += 20;
	for (uint64_t sent = 0; sent < UINT64_C(10000000000); sent += piece) {
		struct exchange_quality carried;

		SEND(&talk, .ms = ms, .seq = seq, .payload = piece);
		seq += piece;
		ms += 0.1;
		if (quality_stream_full(&talk.stream))
			quality_stream_carry(&talk.stream, &carried);
	}
	assert_class(&talk, CLIENT, LOSS_GAP, 0);
	assert_int_equal(quality_retransmitted(&talk.figures.side[CLIENT]), 0);
	assert_int_equal(talk.stream.hole_kinds[0], 0);
}

static void
a_super_segment_is_one_packet(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	talk_data(&talk, 30, 1, 64000);
	SEND(&talk, .ms = 60, .seq = 64001, .payload = 64000);
	SEND(&talk, .ms = 300, .seq = 64001, .payload = 1448);
	assert_class(&talk, CLIENT, LOSS_NONE, 3);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 1);
	assert_int_equal(talk.figures.side[CLIENT].retransmitted_octets, 1448);
	assert_int_equal(talk.figures.side[CLIENT].payload_maximum, 64000);
	assert_int_equal(talk.figures.side[CLIENT].in_flight_maximum, 64000);
}

static void
one_direction_alone_has_its_classes(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 20, .seq = 1, .ack = 1);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	SEND(&talk, .ms = 31, .seq = 201, .payload = 100);
	SEND(&talk, .ms = 1500, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_NONE, 2);
	assert_class(&talk, CLIENT, LOSS_GAP, 1);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 1);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 0);
	assert_int_equal(
	    talk.figures.side[CLIENT].in_flight_maximum, QUALITY_UNKNOWN);
	assert_int_equal(
	    talk.figures.side[SERVER].handshake_rtt, QUALITY_UNKNOWN);
}

/* RFC 9293, 3.5, figure 7: both SYNs cross, and are answered by copies. */
static void
a_simultaneous_open_repeats_both_syns(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 1, .from = SERVER, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 11, .flags = TCP_SYN, .ack = 1);
	SEND(&talk, .ms = 12, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	assert_class(&talk, CLIENT, LOSS_NONE, 1);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
	assert_class(&talk, SERVER, LOSS_NONE, 1);
	assert_int_equal(quality_segments(&talk.figures.side[SERVER]), 2);
	talk_data(&talk, 30, 1, 10);
	assert_class(&talk, CLIENT, LOSS_NONE, 2);
}

/* RFC 7413: the SYN has data, which the SYN-ACK acknowledges or does not. */
static void
a_fast_open_syn_has_data(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true, .payload = 100);
	SEND(&talk, .ms = 10, .from = SERVER, .flags = TCP_SYN, .ack = 101);
	SEND(&talk, .ms = 20, .seq = 101, .ack = 1, .payload = 10);
	assert_class(&talk, CLIENT, LOSS_NONE, 2);
	assert_int_equal(talk.figures.side[CLIENT].initial_in_flight, 100);
	assert_int_equal(talk.figures.side[SERVER].handshake_rtt, 10000);
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true, .payload = 100);
	SEND(&talk, .ms = 10, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	SEND(&talk, .ms = 20, .seq = 1, .ack = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_OTHER, 1);
	assert_int_equal(talk.figures.side[CLIENT].retransmitted_octets, 100);
}

static void
a_syn_ack_with_another_number_begins_afresh(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 10, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	talk.isn[SERVER] = 900000;
	SEND(&talk, .ms = 1010, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	SEND(&talk, .ms = 1020, .seq = 1, .ack = 1);
	SEND(&talk, .ms = 1030, .from = SERVER, .seq = 1, .payload = 10);
	assert_class(&talk, SERVER, LOSS_NONE, 3);
	assert_class(&talk, SERVER, LOSS_GAP, 0);
	assert_int_equal(talk.figures.side[CLIENT].handshake_rtt, 10000);
}

static void
a_reset_and_a_later_fragment_have_no_class(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 5000, .payload = 20, .flags = TCP_RST);
	SEND(&talk, .ms = 31, .payload = 500, .later_fragment = true);
	assert_int_equal(quality_segments(&talk.figures.side[CLIENT]), 1);
	talk_data(&talk, 40, 1, 10);
	assert_class(&talk, CLIENT, LOSS_NONE, 2);
}

static void
more_holes_than_places_forget_the_oldest(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	for (uint32_t i = 0; i < 5; i++)
		SEND(&talk, .ms = 30 + i, .seq = 101 + 200 * i, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_GAP, 5);
	/* The first hole looks like octets that were seen. */
	SEND(&talk, .ms = 40, .seq = 1, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 0);
	for (uint32_t i = 1; i < 5; i++)
		SEND(&talk, .ms = 40 + i, .seq = 1 + 200 * i, .payload = 100);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 4);
	assert_int_equal(talk.figures.side[CLIENT].unique_octets, 900);
}

static void
a_segment_in_the_middle_splits_a_hole(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 301, .payload = 100);
	SEND(&talk, .ms = 31, .seq = 101, .payload = 100);
	SEND(&talk, .ms = 40, .from = SERVER, .seq = 1, .ack = 401);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 200);
	SEND(&talk, .ms = 41, .seq = 201, .payload = 100);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 100);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 2);
}

static void
of_two_holes_that_it_fills_the_first_one_tells_the_time(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100);
	SEND(&talk, .ms = 31, .seq = 41, .payload = 10);
	SEND(&talk, .ms = 32, .seq = 1, .payload = 40);
	/* The second hole stands before what is left of the first one. */
	SEND(&talk, .ms = 400, .seq = 301, .payload = 100);
	SEND(&talk, .ms = 401, .seq = 51, .payload = 250);
	assert_class(&talk, CLIENT, LOSS_REORDERED, 2);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 1);
}

/* --- parts, and counters that are carried over */

static void
a_part_counts_its_own_segments(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 101, .payload = 100);
	SEND(&talk, .ms = 40, .from = SERVER, .seq = 1, .ack = 201);
	SEND(&talk, .ms = 300, .seq = 101, .payload = 100);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 100);
	quality_stream_part(&talk.stream);
	quality_stream_read(&talk.stream, &talk.figures);
	assert_int_equal(quality_segments(&talk.figures.side[CLIENT]), 0);
	assert_int_equal(talk.figures.side[CLIENT].missed_octets, 0);
	/* The handshake is of the exchange so far. */
	assert_int_equal(talk.figures.side[SERVER].handshake_rtt, 10000);
	/* What a D-SACK says of the part before changes nothing. */
	SEND(&talk, .ms = 310, .from = SERVER, .seq = 1, .ack = 201,
	    .sack = { 101, 201 });
	assert_int_equal(quality_segments(&talk.figures.side[CLIENT]), 0);
	talk_data(&talk, 320, 201, 10);
	assert_class(&talk, CLIENT, LOSS_NONE, 1);
}

static void
what_is_carried_over_can_still_be_spurious(void **state)
{
	struct exchange_quality before;
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	SEND(&talk, .ms = 300, .seq = 1, .payload = 100);
	quality_stream_carry(&talk.stream, &before);
	assert_int_equal(before.side[CLIENT].segments[LOSS_TIMEOUT], 0);
	quality_stream_read(&talk.stream, &talk.figures);
	assert_class(&talk, CLIENT, LOSS_TIMEOUT, 1);
	quality_figures_add(&before, &talk.figures);
	assert_int_equal(before.side[CLIENT].segments[LOSS_TIMEOUT], 1);
	assert_int_equal(before.side[CLIENT].segments[LOSS_NONE], 2);
	assert_int_equal(before.side[CLIENT].unique_octets, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_begins_at_the_highest_octet_is_new),
		cmocka_unit_test(the_first_segment_opens_the_sequence),
		cmocka_unit_test(what_begins_beyond_it_is_a_gap),
		cmocka_unit_test(
		    what_the_probe_missed_is_acknowledged_but_never_seen),
		cmocka_unit_test(
		    a_segment_that_was_missed_at_the_end_counts_as_well),
		cmocka_unit_test(a_keep_alive_has_no_octet_or_an_old_one),
		cmocka_unit_test(a_fin_is_no_keep_alive),
		cmocka_unit_test(one_octet_into_a_window_of_0_is_a_probe),
		cmocka_unit_test(a_window_probe_beyond_a_gap_opens_a_hole),
		cmocka_unit_test(what_fills_a_hole_within_the_rtt_is_reordered),
		cmocka_unit_test(later_it_is_reordered_with_an_older_id_only),
		cmocka_unit_test(an_older_timestamp_tells_the_same),
		cmocka_unit_test(without_rtt_reordering_takes_3_ms),
		cmocka_unit_test(
		    a_copy_within_1_ms_with_the_same_id_is_duplicated),
		cmocka_unit_test(
		    a_copy_with_the_same_timestamp_is_duplicated_too),
		cmocka_unit_test(without_id_and_timestamp_no_copy_is_told),
		cmocka_unit_test(
		    the_copies_of_a_mirror_count_once_in_everything),
		cmocka_unit_test(the_copies_of_a_mirror_count_once_without_ids),
		cmocka_unit_test(
		    duplicate_acks_of_a_millisecond_count_without_sack),
		cmocka_unit_test(what_was_acknowledged_already_is_spurious),
		cmocka_unit_test(the_copy_of_a_d_sack_moves_nothing),
		cmocka_unit_test(
		    a_d_sack_makes_a_retransmission_spurious_later),
		cmocka_unit_test(
		    a_d_sack_above_the_acknowledgement_is_in_the_next_block),
		cmocka_unit_test(the_last_four_retransmissions_are_remembered),
		cmocka_unit_test(two_duplicate_acks_make_it_fast),
		cmocka_unit_test(
		    a_sack_hole_makes_it_fast_without_duplicate_acks),
		cmocka_unit_test(a_window_update_is_no_duplicate_ack),
		cmocka_unit_test(later_than_the_timeout_is_a_timeout),
		cmocka_unit_test(without_samples_the_timeout_is_1_s),
		cmocka_unit_test(a_long_rtt_makes_the_timeout_longer),
		cmocka_unit_test(a_tail_loss_probe_is_another_retransmission),
		cmocka_unit_test(
		    what_overlaps_in_part_is_retransmitted_in_part),
		cmocka_unit_test(sequence_numbers_wrap),
		cmocka_unit_test(a_wrap_keeps_what_was_acknowledged_beyond_it),
		cmocka_unit_test(sequence_numbers_go_around_more_than_once),
		cmocka_unit_test(a_super_segment_is_one_packet),
		cmocka_unit_test(one_direction_alone_has_its_classes),
		cmocka_unit_test(a_simultaneous_open_repeats_both_syns),
		cmocka_unit_test(a_fast_open_syn_has_data),
		cmocka_unit_test(a_syn_ack_with_another_number_begins_afresh),
		cmocka_unit_test(a_reset_and_a_later_fragment_have_no_class),
		cmocka_unit_test(more_holes_than_places_forget_the_oldest),
		cmocka_unit_test(a_segment_in_the_middle_splits_a_hole),
		cmocka_unit_test(
		    of_two_holes_that_it_fills_the_first_one_tells_the_time),
		cmocka_unit_test(a_part_counts_its_own_segments),
		cmocka_unit_test(what_is_carried_over_can_still_be_spurious),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
