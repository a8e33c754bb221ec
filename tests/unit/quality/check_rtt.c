/* SPDX-License-Identifier: BSD-2-Clause */
/* Round-trip times of both halves, and the rest of a side's figures. */
#include "talk.h"

static void
the_handshake_has_two_halves(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 30, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	SEND(&talk, .ms = 35, .seq = 1, .ack = 1);
	assert_int_equal(talk.figures.side[SERVER].handshake_rtt, 30000);
	assert_int_equal(talk.figures.side[CLIENT].handshake_rtt, 5000);
	assert_int_equal(talk.figures.side[CLIENT].rtt_samples, 0);
	assert_int_equal(
	    talk.figures.side[CLIENT].rtt_minimum, QUALITY_UNKNOWN);
}

static void
of_repeated_syns_the_one_that_is_echoed_counts(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true, .value = 100);
	SEND(
	    &talk, .ms = 1000, .flags = TCP_SYN, .no_ack = true, .value = 1100);
	SEND(&talk, .ms = 1020, .from = SERVER, .flags = TCP_SYN, .ack = 1,
	    .value = 7, .echo = 1100);
	assert_int_equal(talk.figures.side[SERVER].handshake_rtt, 20000);
	/* Without timestamps nobody knows. */
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 1000, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 1020, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	assert_int_equal(
	    talk.figures.side[SERVER].handshake_rtt, QUALITY_UNKNOWN);
}

static void
copies_without_timestamps_hide_no_other_copy(void **state)
{
	const uint32_t echo[] = { 100, 1100, 7100, 5 };
	const uint32_t rtt[] = { 8000000, 7000000, 1000000, QUALITY_UNKNOWN };
	struct talk talk;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		talk_begin(&talk);
		for (uint32_t ms = 0; ms < 8000; ms += 1000)
			SEND(&talk, .ms = ms, .flags = TCP_SYN, .no_ack = true,
			    .value = ms % 3000 == 2000 ? 0 : 100 + ms);
		SEND(&talk, .ms = 8000, .from = SERVER, .flags = TCP_SYN,
		    .ack = 1, .value = 7, .echo = echo[i]);
		assert_int_equal(
		    talk.figures.side[SERVER].handshake_rtt, rtt[i]);
	}
	/* Two copies; one could be told. */
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true, .value = 100);
	SEND(&talk, .ms = 1000, .flags = TCP_SYN, .no_ack = true);
	SEND(&talk, .ms = 1020, .from = SERVER, .flags = TCP_SYN, .ack = 1,
	    .value = 7, .echo = 100);
	assert_int_equal(talk.figures.side[SERVER].handshake_rtt, 1020000);
	/* Three that cannot be told. */
	talk_begin(&talk);
	for (uint32_t ms = 0; ms < 3000; ms += 1000)
		SEND(&talk, .ms = ms, .flags = TCP_SYN, .no_ack = true,
		    .value = 100);
	SEND(&talk, .ms = 3020, .from = SERVER, .flags = TCP_SYN, .ack = 1,
	    .value = 7, .echo = 100);
	assert_int_equal(
	    talk.figures.side[SERVER].handshake_rtt, QUALITY_UNKNOWN);
}

static void
data_has_minimum_mean_maximum_and_deviation(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	for (uint32_t i = 0; i < 3; i++) {
		SEND(&talk, .ms = 100 + 100 * i, .seq = 1 + 10 * i,
		    .payload = 10);
		SEND(&talk, .ms = 110 + 110 * i, .from = SERVER, .seq = 1,
		    .ack = 11 + 10 * i);
	}
	/* 10, 20, 30 ms. */
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 3);
	assert_int_equal(talk.figures.side[SERVER].rtt_minimum, 10000);
	assert_int_equal(talk.figures.side[SERVER].rtt_mean, 20000);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 30000);
	assert_int_equal(talk.figures.side[SERVER].rtt_deviation, 10000);
	assert_int_equal(talk.figures.side[CLIENT].rtt_samples, 0);
}

static void
one_acknowledgement_is_one_sample_of_the_newest_segment(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 100, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 140, .seq = 11, .payload = 10);
	SEND(&talk, .ms = 150, .from = SERVER, .seq = 1, .ack = 21);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 10000);
}

/* Nobody knows when the octet before it was sent. */
static void
an_acknowledgement_within_a_segment_makes_no_sample(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 100, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 101, .seq = 11, .payload = 10);
	SEND(&talk, .ms = 110, .from = SERVER, .seq = 1, .ack = 15);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
	SEND(&talk, .ms = 120, .from = SERVER, .seq = 1, .ack = 21);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 19000);
}

static void
as_many_segments_are_outstanding_as_there_are(void **state)
{
	const uint32_t count = 1000;
	struct talk talk;

	(void)state;
	talk_open(&talk);
	for (uint32_t i = 0; i < count; i++)
		SEND(&talk, .ms = 100 + i, .seq = 1 + 10 * i, .payload = 10);
	for (uint32_t i = 0; i < count; i++)
		SEND(&talk, .ms = 2000 + i, .from = SERVER, .seq = 1,
		    .ack = 11 + 10 * i);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, count);
	assert_int_equal(talk.figures.side[SERVER].rtt_minimum, 1900000);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 1900000);
	assert_int_equal(talk.evicted, 0);
}

/* Many segments: their counts go into others in between. */
static void
send_many(struct talk *talk, struct sent sent)
{
	struct exchange_quality carried;

	talk->carried = true;
	talk_send(talk, sent);
	if (quality_stream_full(&talk->stream))
		quality_stream_carry(&talk->stream, &carried);
}

/* They are counted by a sample of them. */
static void
samples_that_give_way_are_counted(void **state)
{
	const uint32_t places = QUALITY_MARKS * QUALITY_MARK_SETS;
	const uint32_t count = 2 * places;
	const struct quality_side *side;
	struct talk talk;

	(void)state;
	talk_open(&talk);
	for (uint32_t i = 0; i < count; i++)
		send_many(
		    &talk, (struct sent){
		               .ms = 100, .seq = 1 + 10 * i, .payload = 10 });
	for (uint32_t i = 0; i < count; i++)
		send_many(&talk, (struct sent){ .ms = 200,
		                     .from = SERVER,
		                     .seq = 1,
		                     .ack = 11 + 10 * i });
	side = &talk.figures.side[SERVER];
	assert_in_range(side->rtt_samples, places / 2, places);
	assert_in_range(
	    side->rtt_samples + talk.evicted, 0.95 * count, 1.05 * count);
	/* What was acknowledged gives way without being missed. */
	for (uint32_t i = count; i < 2 * count; i++) {
		send_many(&talk,
		    (struct sent){
		        .ms = 300 + i, .seq = 1 + 10 * i, .payload = 10 });
		send_many(&talk, (struct sent){ .ms = 301 + i,
		                     .from = SERVER,
		                     .seq = 1,
		                     .ack = 11 + 10 * i });
	}
	assert_in_range(side->rtt_samples, count + places / 2, count + places);
	assert_in_range(
	    side->rtt_samples + talk.evicted, 1.95 * count, 2.05 * count);
}

static void
a_part_keeps_what_is_outstanding(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 100, .seq = 1, .payload = 10);
	quality_stream_part(&talk.stream);
	SEND(&talk, .ms = 110, .from = SERVER, .seq = 1, .ack = 11);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 10000);
}

/* The place in memory is the same, and so may be the numbers. */
static void
no_sample_of_an_exchange_that_is_over_is_met(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 100, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 101, .seq = 11, .payload = 10);
	quality_stream_begin(
	    &talk.stream, (timestamp){ START_NS + 200000000 }, true);
	SEND(&talk, .ms = 200, .seq = 1, .payload = 20);
	SEND(&talk, .ms = 210, .from = SERVER, .seq = 1, .ack = 11);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
	SEND(&talk, .ms = 220, .from = SERVER, .seq = 1, .ack = 21);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 20000);
}

/* Exchanges that share the table do not take each other's. */
static void
every_exchange_has_samples_of_its_own(void **state)
{
	static struct talk talks[64];

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		talk_open(&talks[i]);
		talks[i].owner = 257 * i;
	}
	for (uint32_t i = 0; i < 64; i++)
		SEND(&talks[i], .ms = 100 + i, .seq = 1, .payload = 10);
	for (uint32_t i = 0; i < 64; i += 2)
		SEND(&talks[i], .ms = 200, .from = SERVER, .seq = 1, .ack = 11);
	for (uint32_t i = 0; i < 64; i++) {
		const struct quality_side *side =
		    &talks[i].figures.side[SERVER];

		assert_int_equal(side->rtt_samples, (i + 1) % 2);
		if (side->rtt_samples > 0)
			assert_int_equal(side->rtt_maximum, 1000 * (100 - i));
	}
}

/* 4 GB later an acknowledgement ends within a segment, where one ended then. */
static void
no_sample_of_the_round_before_is_met(void **state)
{
	const uint32_t piece = 65000;
	struct talk talk;
	uint32_t seq = 1;
	double ms = 30;

	(void)state;
	talk_open(&talk);
	do {
		send_many(&talk,
		    (struct sent){ .ms = ms, .seq = seq, .payload = piece });
		seq += piece;
		ms += 0.1;
	} while (ms < 31 || seq - (1 + piece) >= piece);
	SEND(&talk, .ms = ms, .from = SERVER, .seq = 1, .ack = 1 + piece);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
}

/* Karn's rule: which copy was acknowledged? */
static void
a_retransmission_without_timestamps_makes_no_sample(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 100, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 400, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 405, .from = SERVER, .seq = 1, .ack = 11);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
	talk_data(&talk, 500, 11, 10);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
}

static void
what_the_acknowledgement_echoes_decides(void **state)
{
	struct talk talk;

	(void)state;
	for (int original = 0; original < 2; original++) {
		talk_open(&talk);
		SEND(&talk, .ms = 100, .seq = 1, .payload = 10, .value = 100);
		SEND(&talk, .ms = 400, .seq = 1, .payload = 10, .value = 400);
		SEND(&talk, .ms = 405, .from = SERVER, .seq = 1, .ack = 11,
		    .value = 9, .echo = original ? 100 : 400);
		assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
		assert_int_equal(talk.figures.side[SERVER].rtt_maximum,
		    original ? 305000 : 5000);
	}
	/* The same TSval in both tells nothing. */
	talk_open(&talk);
	SEND(&talk, .ms = 100, .seq = 1, .payload = 10, .value = 7);
	SEND(&talk, .ms = 400, .seq = 1, .payload = 10, .value = 7);
	SEND(&talk, .ms = 405, .from = SERVER, .seq = 1, .ack = 11, .value = 9,
	    .echo = 7);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
}

static void
what_waited_for_a_hole_makes_no_sample(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 100, .seq = 11, .payload = 10);
	SEND(&talk, .ms = 300, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 310, .from = SERVER, .seq = 1, .ack = 21);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
}

/* Ten segments, of which the second one comes later, or not at all. */
static void
send_holed(struct talk *talk, uint32_t value)
{
	talk_open(talk);
	SEND(talk, .ms = 100, .seq = 1, .payload = 10, .value = value);
	for (uint32_t i = 2; i < 10; i++)
		SEND(talk, .ms = 100 + i, .seq = 1 + 10 * i, .payload = 10,
		    .value = value);
}

static void
what_is_under_way_before_a_hole_makes_samples(void **state)
{
	struct talk talk;

	(void)state;
	for (uint32_t stamp = 0; stamp < 2; stamp++) {
		send_holed(&talk, stamp);
		SEND(&talk, .ms = 120, .from = SERVER, .seq = 1, .ack = 11,
		    .value = stamp, .echo = stamp);
		assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
		assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 20000);
	}
}

/* Late by a millisecond; its TSval is that of all others, or it has none. */
static void
what_comes_late_causes_no_acknowledgement_of_less(void **state)
{
	struct talk talk;

	(void)state;
	for (uint32_t stamp = 0; stamp < 2; stamp++) {
		send_holed(&talk, stamp);
		SEND(
		    &talk, .ms = 110, .seq = 11, .payload = 10, .value = stamp);
		SEND(&talk, .ms = 120, .from = SERVER, .seq = 1, .ack = 11,
		    .value = stamp, .echo = stamp);
		assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
		assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 20000);
		/* All that waited for it. */
		SEND(&talk, .ms = 130, .from = SERVER, .seq = 1, .ack = 101,
		    .value = stamp, .echo = stamp);
		assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
		/* From then on all is as before. */
		SEND(&talk, .ms = 200, .seq = 101, .payload = 10,
		    .value = stamp);
		SEND(&talk, .ms = 230, .from = SERVER, .seq = 1, .ack = 111,
		    .value = stamp, .echo = stamp);
		assert_int_equal(talk.figures.side[SERVER].rtt_samples, 2);
	}
}

/* The least of both: an older one that comes late, and one of less octets. */
static void
of_two_that_come_again_neither_makes_a_wrong_sample(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	for (uint32_t i = 0; i < 5; i++)
		SEND(&talk, .ms = 100 + i, .seq = 1 + 10 * i, .payload = 10,
		    .value = 100 + i);
	SEND(&talk, .ms = 400, .seq = 31, .payload = 10, .value = 400);
	SEND(&talk, .ms = 410, .seq = 1, .payload = 10, .value = 410);
	/* What the first one alone would not have caused. */
	SEND(&talk, .ms = 420, .from = SERVER, .seq = 1, .ack = 11, .value = 9,
	    .echo = 410);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
	SEND(&talk, .ms = 430, .from = SERVER, .seq = 1, .ack = 31, .value = 9,
	    .echo = 102);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 328000);
}

static void
an_acknowledgement_of_new_and_repeated_octets_is_one_sample(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 100, .seq = 1, .payload = 10, .value = 100);
	SEND(&talk, .ms = 400, .seq = 1, .payload = 10, .value = 400);
	SEND(&talk, .ms = 401, .seq = 11, .payload = 10, .value = 401);
	SEND(&talk, .ms = 420, .from = SERVER, .seq = 1, .ack = 21, .value = 9,
	    .echo = 400);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 19000);
}

static void
a_clock_that_goes_back_makes_no_sample(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 1000, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 500, .from = SERVER, .seq = 1, .ack = 11);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
	SEND(&talk, .ms = 1000, .seq = 11, .payload = 10);
	quality_stream_clock_step(&talk.stream);
	SEND(&talk, .ms = 2000, .from = SERVER, .seq = 1, .ack = 21);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 0);
}

/* 2^32 microseconds are 71 minutes. */
static void
a_long_exchange_keeps_its_times(void **state)
{
	const double hours = 3600e3;
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 10);
	SEND(&talk, .ms = 10 * hours, .seq = 11, .payload = 10);
	SEND(&talk, .ms = 10 * hours + 10, .from = SERVER, .seq = 1, .ack = 21);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 1);
	assert_int_equal(talk.figures.side[SERVER].rtt_maximum, 10000);
	assert_int_equal(
	    talk.figures.idle_time, (uint64_t)(10 * hours * 1000) - 30000);
	talk_data(&talk, 10 * hours + 4000e3, 21, 10);
	assert_int_equal(talk.figures.side[SERVER].rtt_samples, 2);
}

/* --- the rest */

static void
the_response_begins_after_the_whole_request(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	/* A greeting is no answer. */
	SEND(&talk, .ms = 25, .from = SERVER, .seq = 1, .payload = 20);
	assert_int_equal(talk.figures.response_time, QUALITY_UNKNOWN);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100, .ack = 21);
	SEND(&talk, .ms = 40, .seq = 101, .payload = 100);
	SEND(&talk, .ms = 41, .seq = 101, .payload = 100); /* a copy */
	SEND(&talk, .ms = 90, .from = SERVER, .seq = 21, .payload = 20,
	    .ack = 201);
	SEND(&talk, .ms = 99, .seq = 201, .payload = 100, .ack = 41);
	assert_int_equal(talk.figures.response_time, 50000);
}

static void
in_the_middle_the_first_request_is_not_known(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	quality_stream_begin(&talk.stream, (timestamp){ START_NS }, false);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100, .ack = 1);
	SEND(&talk, .ms = 90, .from = SERVER, .seq = 1, .payload = 20,
	    .ack = 101);
	assert_int_equal(talk.figures.response_time, QUALITY_UNKNOWN);
	assert_int_equal(
	    talk.figures.side[CLIENT].window_maximum, QUALITY_UNKNOWN);
	assert_int_equal(
	    talk.figures.side[CLIENT].tcp_options, QUALITY_UNKNOWN_8);
	assert_int_equal(
	    talk.figures.side[CLIENT].initial_in_flight, QUALITY_UNKNOWN);
}

static void
windows_are_scaled_where_both_syns_say_so(void **state)
{
	struct talk talk;

	(void)state;
	for (int both = 0; both < 2; both++) {
		talk_begin(&talk);
		SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true,
		    .window = 65535, .scale = 1 + 7, .mss = 1460,
		    .sack_permitted = true, .value = 1);
		SEND(&talk, .ms = 10, .from = SERVER, .flags = TCP_SYN,
		    .ack = 1, .window = 1000, .scale = both ? 1 + 2 : 0);
		SEND(&talk, .ms = 20, .seq = 1, .ack = 1, .window = 600);
		SEND(&talk, .ms = 30, .from = SERVER, .seq = 1, .window = 500);
		assert_int_equal(talk.figures.side[CLIENT].window_maximum,
		    both ? 600 << 7 : 65535);
		assert_int_equal(talk.figures.side[CLIENT].window_minimum,
		    both ? 65535 : 600);
		assert_int_equal(talk.figures.side[SERVER].window_maximum,
		    both ? 500 << 2 : 1000);
	}
	assert_int_equal(talk.figures.side[CLIENT].maximum_segment_size, 1460);
	assert_int_equal(talk.figures.side[CLIENT].window_scale, 7);
	assert_int_equal(talk.figures.side[CLIENT].tcp_options,
	    QUALITY_SACK_PERMITTED | QUALITY_TIMESTAMPS | QUALITY_WINDOW_SCALE);
	assert_int_equal(
	    talk.figures.side[SERVER].tcp_options, QUALITY_WINDOW_SCALE);
	assert_int_equal(
	    talk.figures.side[SERVER].maximum_segment_size, QUALITY_UNKNOWN_16);
}

/* Windows does so from the third SYN on. */
static void
a_syn_again_without_options_has_none(void **state)
{
	struct talk talk;

	(void)state;
	talk_begin(&talk);
	SEND(&talk, .ms = 0, .flags = TCP_SYN, .no_ack = true, .scale = 1 + 8,
	    .mss = 1460);
	SEND(&talk, .ms = 3000, .flags = TCP_SYN, .no_ack = true);
	assert_int_equal(
	    talk.figures.side[CLIENT].window_scale, QUALITY_UNKNOWN_8);
	assert_int_equal(
	    talk.figures.side[CLIENT].maximum_segment_size, QUALITY_UNKNOWN_16);
	assert_int_equal(talk.figures.side[CLIENT].tcp_options, 0);
}

static void
octets_in_flight_are_those_not_acknowledged(void **state)
{
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
	SEND(&talk, .ms = 31, .seq = 101, .payload = 100);
	assert_int_equal(talk.figures.side[CLIENT].initial_in_flight, 200);
	SEND(&talk, .ms = 40, .from = SERVER, .seq = 1, .ack = 201);
	for (uint32_t i = 0; i < 4; i++)
		SEND(&talk, .ms = 50, .seq = 201 + 100 * i, .payload = 100);
	SEND(&talk, .ms = 51, .seq = 601, .payload = 100, .flags = TCP_FIN);
	assert_int_equal(talk.figures.side[CLIENT].in_flight_maximum, 500);
	assert_int_equal(talk.figures.side[CLIENT].in_flight_minimum, 100);
	assert_int_equal(talk.figures.side[CLIENT].initial_in_flight, 200);
}

static void
sizes_hop_limits_and_congestion_are_counted(void **state)
{
	const struct quality_side *client;
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 30, .seq = 1, .payload = 24, .ttl = 255, .tos = 2);
	SEND(&talk, .ms = 31, .seq = 25, .payload = 1000, .ttl = 60, .tos = 1);
	SEND(&talk, .ms = 32, .seq = 1025, .payload = 9000, .tos = 3);
	client = &talk.figures.side[CLIENT];
	assert_int_equal(client->ttl_minimum, 60);
	assert_int_equal(client->ttl_maximum, 255);
	assert_int_equal(client->payload_minimum, 24);
	assert_int_equal(client->payload_maximum, 9000);
	assert_int_equal(client->size_bins[0], 2);
	assert_int_equal(client->size_bins[1], 1); /* 64 */
	assert_int_equal(client->size_bins[5], 1); /* 1040 */
	assert_int_equal(client->size_bins[7], 1); /* 9040 */
	assert_int_equal(client->ect_packets, 2);
	assert_int_equal(client->ce_packets, 1);
	assert_int_equal(client->pure_acks, 1);
	assert_int_equal(client->first_payload.ns, START_NS + 30000000);
	assert_int_equal(client->last_payload.ns, START_NS + 32000000);
	assert_int_equal(client->first_ack.ns, START_NS + 20000000);
	assert_int_equal(talk.figures.side[SERVER].first_payload.ns, 0);
}

/* Also where the clock was set back: the times are the packets' own. */
static void
the_last_payload_is_the_latest(void **state)
{
	const struct quality_side *client;
	struct talk talk;

	(void)state;
	talk_open(&talk);
	SEND(&talk, .ms = 5000, .from = SERVER, .seq = 1, .ack = 1,
	    .payload = 10);
	SEND(&talk, .ms = 10000, .seq = 1, .ack = 11, .payload = 10);
	quality_stream_clock_step(&talk.stream);
	SEND(&talk, .ms = 7000, .seq = 11, .ack = 11, .payload = 10);
	client = &talk.figures.side[CLIENT];
	assert_int_equal(client->unique_octets, 20);
	assert_int_equal(
	    client->last_payload.ns, START_NS + UINT64_C(10000000000));
}

static void
datagrams_have_a_response_time(void **state)
{
	struct quality_datagrams datagrams;
	struct exchange_quality figures;
	struct segment s = { .ip_octets = 60, .payload_octets = 32, .ttl = 64 };

	(void)state;
	quality_datagrams_begin(&datagrams);
	/* The server speaks first where a capture begins in the middle. */
	s.time.ns = START_NS;
	quality_datagrams_segment(&datagrams, SERVER, &s);
	s.time.ns = START_NS + 5 * (uint64_t)NS_PER_SECOND;
	quality_datagrams_segment(&datagrams, CLIENT, &s);
	s.time.ns += 1000000;
	quality_datagrams_segment(&datagrams, CLIENT, &s);
	s.time.ns += 7000000;
	quality_datagrams_segment(&datagrams, SERVER, &s);
	s.time.ns += 7000000;
	quality_datagrams_segment(&datagrams, SERVER, &s);
	quality_datagrams_read(&datagrams, &figures);
	assert_int_equal(figures.response_time, 8000);
	assert_int_equal(figures.idle_time, 5000000);
	assert_int_equal(figures.side[SERVER].size_bins[0], 3);
	assert_int_equal(figures.side[CLIENT].ttl_maximum, 64);
	quality_datagrams_part(&datagrams);
	quality_datagrams_read(&datagrams, &figures);
	assert_int_equal(figures.response_time, 8000);
	assert_int_equal(figures.idle_time, 0);
	assert_int_equal(figures.side[CLIENT].ttl_maximum, QUALITY_TTL_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_handshake_has_two_halves),
		cmocka_unit_test(
		    of_repeated_syns_the_one_that_is_echoed_counts),
		cmocka_unit_test(copies_without_timestamps_hide_no_other_copy),
		cmocka_unit_test(data_has_minimum_mean_maximum_and_deviation),
		cmocka_unit_test(
		    one_acknowledgement_is_one_sample_of_the_newest_segment),
		cmocka_unit_test(
		    an_acknowledgement_within_a_segment_makes_no_sample),
		cmocka_unit_test(as_many_segments_are_outstanding_as_there_are),
		cmocka_unit_test(samples_that_give_way_are_counted),
		cmocka_unit_test(a_part_keeps_what_is_outstanding),
		cmocka_unit_test(no_sample_of_an_exchange_that_is_over_is_met),
		cmocka_unit_test(every_exchange_has_samples_of_its_own),
		cmocka_unit_test(no_sample_of_the_round_before_is_met),
		cmocka_unit_test(
		    a_retransmission_without_timestamps_makes_no_sample),
		cmocka_unit_test(what_the_acknowledgement_echoes_decides),
		cmocka_unit_test(what_waited_for_a_hole_makes_no_sample),
		cmocka_unit_test(what_is_under_way_before_a_hole_makes_samples),
		cmocka_unit_test(
		    what_comes_late_causes_no_acknowledgement_of_less),
		cmocka_unit_test(
		    of_two_that_come_again_neither_makes_a_wrong_sample),
		cmocka_unit_test(
		    an_acknowledgement_of_new_and_repeated_octets_is_one_sample),
		cmocka_unit_test(a_clock_that_goes_back_makes_no_sample),
		cmocka_unit_test(a_long_exchange_keeps_its_times),
		cmocka_unit_test(the_response_begins_after_the_whole_request),
		cmocka_unit_test(in_the_middle_the_first_request_is_not_known),
		cmocka_unit_test(windows_are_scaled_where_both_syns_say_so),
		cmocka_unit_test(a_syn_again_without_options_has_none),
		cmocka_unit_test(octets_in_flight_are_those_not_acknowledged),
		cmocka_unit_test(sizes_hop_limits_and_congestion_are_counted),
		cmocka_unit_test(the_last_payload_is_the_latest),
		cmocka_unit_test(datagrams_have_a_response_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
