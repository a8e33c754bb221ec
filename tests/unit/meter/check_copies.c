/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYNs that are sent again and not answered are kept in little room.  Nobody
 * can tell by the figures: after every segment they are those of a stream that
 * all segments went into as they came.
 */
#include "../meter_fixture.h"

#include "exflow/quality/quality.h"

#define SECOND UINT64_C(1000000000)
#define TALKS 3000

static struct quality_mark_set sets[QUALITY_MARK_SETS];
static void *const chunks[] = { sets };
static uint64_t evicted;
static const struct quality_marks marks = {
	.chunks = chunks,
	.secret = UINT64_C(0x9e3779b97f4a7c15),
	.evicted = &evicted,
};

/* Of the meter, and of the stream beside it. */
struct both {
	struct bench *bench;
	struct quality_stream stream;
	struct exchange_quality figures;
	bool known;
	unsigned records, segments;
	uint64_t now;
	uint32_t random;
};

static void
keep_figures(void *context, const struct exchange *exchange)
{
	struct both *both = context;

	both->records++;
	both->known = exchange->quality != NULL;
	if (!both->known)
		return;
	if (exchange->brief.kind != BRIEF_NONE)
		exchange_read_brief(exchange, &both->figures);
	else
		both->figures = *exchange->quality;
}

static void
both_begin(struct both *both, uint32_t random)
{
	struct bench *bench = bench_new();

	*both = (struct both){ .bench = bench,
		.now = 1700000000 * SECOND + 123456000,
		.random = random };
	bench->options.kinds = METER_ALL;
	bench->options.quality = true;
	bench->options.tcp_opening_timeout = duration_seconds(80000);
	bench->options.tcp_idle_timeout = duration_seconds(80000);
	bench->meter = meter_new(&bench->options, keep_figures, both);
	assert_non_null(bench->meter);
	memset(sets, 0, sizeof(sets));
}

static void
both_end(struct both *both)
{
	meter_free(&both->bench->meter);
	network_set_free(&both->bench->networks);
	free(both->bench);
}

static void
both_feed(struct both *both, int side, struct segment s,
    const struct segment_detail *detail)
{
	struct bench *bench = both->bench;

	s.now = bench->now = timestamp_max(bench->now, s.time);
	s.number = ++bench->number;
	meter_set_details(bench->meter, &s, 1, detail);
	meter_segments(bench->meter, &s, 1);
	meter_set_details(bench->meter, NULL, 0, NULL);
	books(bench);
	if (both->segments++ == 0)
		quality_stream_begin(&both->stream, s.time, true);
	quality_stream_segment(&both->stream, &marks, 0, side, &s, detail);
}

/* What the live exchange says is what the stream says. */
static void
assert_same(struct both *both)
{
	struct exchange_quality figures;
	struct meter_walk walk = { 0 };

	memset(&figures, 0, sizeof(figures));
	memset(&both->figures, 0, sizeof(both->figures));
	both->known = false;
	both->records = 0;
	while (meter_visit(both->bench->meter, &walk, 7, keep_figures, both))
		;
	assert_int_equal(both->records, 1);
	assert_true(both->known);
	quality_stream_read(&both->stream, &figures);
	assert_memory_equal(&both->figures, &figures, sizeof(figures));
}

static uint32_t
roll(struct both *both, uint32_t sides)
{
	both->random = both->random * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)both->random * sides >> 32);
}

static bool
rarely(struct both *both)
{
	return roll(both, 60) == 0;
}

/* --- what is sent */

struct syn {
	struct segment segment;
	struct segment_detail detail;
};

static struct syn
syn_of(struct both *both)
{
	struct syn syn = { .segment = segment(both->bench, 1, client, server,
		               PROTOCOL_TCP, TCP_SYN,
		               roll(both, 8) == 0 ? 10 : 0),
		.detail = { .known = DETAIL_WINDOW | DETAIL_OPTIONS |
		                     DETAIL_MSS | DETAIL_WINDOW_SCALE,
		    .window = (uint16_t)(1 + roll(both, 3) * 30000),
		    .window_scale = 7,
		    .maximum_segment_size = 1460,
		    .timestamp_value = roll(both, 3) * UINT32_C(0x7fffffff),
		    .ip_id = (uint16_t)roll(both, UINT16_MAX) } };

	if (roll(both, 3) > 0)
		syn.detail.known |= DETAIL_TIMESTAMPS;
	if (roll(both, 3) > 0)
		syn.detail.known |= DETAIL_ID;
	if (roll(both, 6) == 0)
		syn.segment.tcp_flags |= TCP_ECE | TCP_CWR;
	syn.segment.tos = (uint8_t)roll(both, 4);
	syn.segment.ttl = (uint8_t)roll(both, 3);
	syn.segment.time.ns = both->now;
	syn.segment.sequence = roll(both, 2) == 0 ? UINT32_MAX : 77;
	return syn;
}

/* As a sender or a mirror makes it, or as nobody does. */
static struct syn
copy_of(struct both *both, const struct syn *syn)
{
	static const uint64_t steps[] = { 1, 999, 50000, SECOND / 1000,
		SECOND / 1000 + 1000, SECOND, 3 * SECOND, 64 * SECOND };
	struct syn copy = *syn;

	both->now += steps[roll(both, 8)] + roll(both, 5);
	copy.segment.time.ns = both->now;
	if (roll(both, 3) > 0) {
		uint64_t after = both->now - syn->segment.time.ns;

		copy.detail.timestamp_value += (uint32_t)(after / 1000000);
		copy.detail.ip_id += (uint16_t)roll(both, 3);
	}
	copy.segment.ttl += (uint8_t)(roll(both, 8) == 0);
	if (rarely(both))
		copy.segment.time.ns -= SECOND;
	if (rarely(both))
		copy.segment.tos ^= 2;
	if (rarely(both))
		copy.detail.window ^= 1;
	if (rarely(both))
		copy.detail.maximum_segment_size = 536;
	if (rarely(both))
		copy.detail.window_scale = 2;
	if (rarely(both))
		copy.detail.known ^= DETAIL_TIMESTAMPS;
	if (rarely(both))
		copy.detail.known ^= DETAIL_WINDOW_SCALE;
	if (roll(both, 8) == 0)
		copy.detail.timestamp_value = syn->detail.timestamp_value +
		                              (UINT32_C(1) << 20) -
		                              roll(both, 2);
	if (roll(both, 8) == 0)
		copy.detail.timestamp_value =
		    syn->detail.timestamp_value - roll(both, 2);
	if (rarely(both))
		copy.segment.tcp_flags ^= TCP_ECE | TCP_CWR;
	return copy;
}

/* The answer echoes one of the TSvals, and so on. */
static void
answer(struct both *both, const struct syn *syn, const struct syn *last)
{
	struct segment s = segment(
	    both->bench, 1, server, client, PROTOCOL_TCP, TCP_SYN | TCP_ACK, 0);
	struct segment_detail detail = syn->detail;

	detail.timestamp_echo =
	    (roll(both, 2) == 0 ? syn : last)->detail.timestamp_value;
	detail.timestamp_value = 5;
	both->now += roll(both, 1000000000);
	s.time.ns = both->now;
	s.ttl = 60;
	s.acknowledgement = syn->segment.sequence + 1;
	both_feed(both, SERVER, s, &detail);
	assert_same(both);
	s = syn->segment;
	s.sequence++;
	s.tcp_flags = TCP_ACK | TCP_PSH;
	s.payload_octets = 100;
	s.ip_octets = 140;
	s.acknowledgement = 2;
	both->now += roll(both, 100000000);
	s.time.ns = both->now;
	detail.timestamp_value = last->detail.timestamp_value + 1;
	both_feed(both, CLIENT, s, &detail);
	assert_same(both);
}

static void
cut(struct both *both)
{
	struct meter_walk walk = { 0 };

	while (meter_flush(both->bench->meter, &walk, 7))
		;
	quality_stream_part(&both->stream);
	assert_same(both);
}

static void
talk(uint32_t random)
{
	struct both both;
	struct syn syn, last;

	both_begin(&both, random);
	syn = last = syn_of(&both);
	both_feed(&both, CLIENT, syn.segment, &syn.detail);
	assert_same(&both);
	for (uint32_t left = roll(&both, 15); left > 0; left--) {
		if (rarely(&both))
			cut(&both);
		last = copy_of(&both, &syn);
		both_feed(&both, CLIENT, last.segment, &last.detail);
		assert_same(&both);
	}
	if (roll(&both, 2) == 0)
		answer(&both, &syn, &last);
	both.records = 0;
	meter_finish(both.bench->meter);
	assert_int_equal(both.records, 1);
	both_end(&both);
}

static void
figures_are_those_of_a_stream_from_the_first_syn_on(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < TALKS; i++)
		talk(i * UINT32_C(2654435761));
}

/* --- what else may come */

static struct syn
plain_syn(struct both *both)
{
	struct syn syn = { .segment = segment(both->bench, 1, client, server,
		               PROTOCOL_TCP, TCP_SYN, 0),
		.detail = { .known = DETAIL_WINDOW | DETAIL_OPTIONS |
		                     DETAIL_TIMESTAMPS | DETAIL_ID,
		    .window = 1000,
		    .timestamp_value = 10 } };

	syn.segment.time.ns = both->now;
	syn.segment.ttl = 64;
	return syn;
}

static void
send_times(struct both *both, struct syn *syn, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		both_feed(both, CLIENT, syn->segment, &syn->detail);
		assert_same(both);
		both->now += SECOND;
		syn->segment.time.ns = both->now;
		syn->detail.timestamp_value += 1000;
		syn->detail.ip_id++;
	}
}

static void
the_record_of_a_syn_sent_four_times_has_all_of_it(void **state)
{
	struct both both;
	struct syn syn;
	const struct quality_side *from = &both.figures.side[CLIENT];

	(void)state;
	both_begin(&both, 1);
	syn = plain_syn(&both);
	send_times(&both, &syn, 4);
	memset(&both.figures, 0xee, sizeof(both.figures));
	meter_finish(both.bench->meter);
	assert_int_equal(from->segments[LOSS_NONE], 1);
	assert_int_equal(quality_retransmitted(from), 3);
	assert_int_equal(from->syn_retransmissions, 3);
	assert_int_equal(both.figures.idle_time, 0);
	assert_int_equal(books(both.bench)->sequenced, 4);
	both_end(&both);
}

/* The same packet, seen twice, and what is too far apart to be kept. */
static void
copies_at_any_distance_are_those_of_the_stream(void **state)
{
	static const uint64_t steps[] = { 0, 1000, 999999, 200 * SECOND,
		100 * SECOND, 5000 * SECOND };
	struct both both;
	struct syn syn;

	(void)state;
	both_begin(&both, 1);
	syn = plain_syn(&both);
	send_times(&both, &syn, 1);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		both.now += steps[i];
		syn.segment.time.ns = both.now;
		both_feed(&both, CLIENT, syn.segment, &syn.detail);
		assert_same(&both);
	}
	both_end(&both);
}

static void
a_clock_that_is_set_back_leaves_the_figures(void **state)
{
	struct both both;
	struct syn syn;
	timestamp from, to;

	(void)state;
	both_begin(&both, 1);
	syn = plain_syn(&both);
	send_times(&both, &syn, 3);
	from = both.bench->now;
	to = timestamp_shift(from, (duration){ -3600 * (int64_t)SECOND });
	meter_clock_step(both.bench->meter, from, to);
	quality_stream_clock_step(&both.stream);
	assert_same(&both);
	both.now -= 3600 * SECOND;
	syn.segment.time.ns = both.now;
	both.bench->now = to;
	send_times(&both, &syn, 2);
	both_end(&both);
}

static void
stamps_that_go_another_way_leave_the_figures(void **state)
{
	struct both both;
	struct syn syn;

	(void)state;
	both_begin(&both, 1);
	syn = plain_syn(&both);
	send_times(&both, &syn, 3);
	meter_stamps_ahead(both.bench->meter, -250);
	assert_same(&both);
	send_times(&both, &syn, 3);
	both_end(&both);
}

static void
copies_are_forgotten_where_it_is_turned_off(void **state)
{
	struct both both;
	struct meter_options options;
	struct syn syn;

	(void)state;
	both_begin(&both, 1);
	syn = plain_syn(&both);
	send_times(&both, &syn, 3);
	options = both.bench->options;
	options.quality = false;
	meter_reconfigure(both.bench->meter, &options);
	options.quality = true;
	meter_reconfigure(both.bench->meter, &options);
	both_feed(&both, CLIENT, syn.segment, &syn.detail);
	meter_finish(both.bench->meter);
	assert_false(both.known);
	both_end(&both);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    figures_are_those_of_a_stream_from_the_first_syn_on),
		cmocka_unit_test(
		    the_record_of_a_syn_sent_four_times_has_all_of_it),
		cmocka_unit_test(
		    copies_at_any_distance_are_those_of_the_stream),
		cmocka_unit_test(a_clock_that_is_set_back_leaves_the_figures),
		cmocka_unit_test(stamps_that_go_another_way_leave_the_figures),
		cmocka_unit_test(copies_are_forgotten_where_it_is_turned_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
