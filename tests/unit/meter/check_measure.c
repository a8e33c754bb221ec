/* SPDX-License-Identifier: BSD-2-Clause */
/* Which exchanges have figures of their quality, and when these are read. */
#include "../meter_fixture.h"

struct kept {
	struct exchange_quality figures[16];
	bool known[16];
	uint8_t extent[16];
	uint8_t brief[16]; /* what kind it was, while it was read */
	size_t count;
};

static void
keep_figures(void *context, const struct exchange *exchange)
{
	struct kept *kept = context;

	assert_true(kept->count < 16);
	kept->known[kept->count] = exchange->quality != NULL;
	kept->extent[kept->count] = exchange->extent;
	kept->brief[kept->count] = exchange->brief.kind;
	if (exchange->quality != NULL && exchange->brief.kind == BRIEF_NONE)
		kept->figures[kept->count] = *exchange->quality;
	if (exchange->quality != NULL && exchange->brief.kind != BRIEF_NONE)
		exchange_read_brief(exchange, &kept->figures[kept->count]);
	kept->count++;
}

static struct bench *
bench_measuring(struct kept *kept, bool quality)
{
	struct bench *bench = bench_new();

	*kept = (struct kept){ .count = 0 };
	bench->options.kinds = METER_ALL | METER_MIDSTREAM;
	bench->options.quality = quality;
	bench->meter = meter_new(&bench->options, keep_figures, kept);
	assert_non_null(bench->meter);
	return bench;
}

static void
free_bench(struct bench *bench)
{
	meter_free(&bench->meter);
	network_set_free(&bench->networks);
	free(bench);
}

/* The next segment, whatever its detail. */
static void
give(
    struct bench *bench, struct segment *s, const struct segment_detail *detail)
{
	bench->now = timestamp_max(bench->now, s->time);
	s->now = bench->now;
	s->number = ++bench->number;
	meter_set_details(bench->meter, s, 1, detail);
	meter_segments(bench->meter, s, 1);
	meter_set_details(bench->meter, NULL, 0, NULL);
	books(bench);
}

static void
measured(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint8_t flags, uint32_t sequence,
    uint32_t acknowledgement, uint32_t payload)
{
	struct segment s =
	    segment(bench, at, from, to, PROTOCOL_TCP, flags, payload);
	struct segment_detail detail = { .known = DETAIL_WINDOW |
		                                  DETAIL_OPTIONS | DETAIL_MSS,
		.window = 7000,
		.maximum_segment_size = 1400 };

	s.ttl = 61;
	s.sequence = sequence;
	s.acknowledgement = acknowledgement;
	give(bench, &s, &detail);
}

static void
shake_hands(struct bench *bench, double at)
{
	measured(bench, at, client, server, TCP_SYN, 1, 0, 0);
	measured(bench, at + 0.01, server, client, TCP_SYN | TCP_ACK, 1, 2, 0);
	measured(bench, at + 0.015, client, server, TCP_ACK, 2, 2, 0);
}

static void
without_quality_there_are_no_figures(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, false);

	(void)state;
	shake_hands(bench, 1);
	meter_finish(bench->meter);
	assert_int_equal(kept.count, 1);
	assert_false(kept.known[0]);
	assert_int_equal(books(bench)->sequenced, 0);
	free_bench(bench);
}

static void
an_opening_that_nobody_answers_has_those_of_its_syn(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);

	(void)state;
	measured(bench, 1, client, server, TCP_SYN, 1, 0, 0);
	meter_finish(bench->meter);
	assert_true(kept.known[0]);
	assert_int_equal(kept.figures[0].side[CLIENT].segments[LOSS_NONE], 1);
	assert_int_equal(
	    kept.figures[0].side[CLIENT].maximum_segment_size, 1400);
	assert_int_equal(kept.figures[0].side[CLIENT].ttl_maximum, 61);
	assert_int_equal(kept.figures[0].side[CLIENT].window_maximum, 7000);
	assert_int_equal(
	    kept.figures[0].side[SERVER].ttl_maximum, QUALITY_TTL_UNKNOWN);
	free_bench(bench);
}

/* The same where it is sent again, which makes a state of it. */
static void
a_syn_with_a_closed_window_counts_as_one(void **state)
{
	const struct segment_detail detail = { .known = DETAIL_WINDOW };

	(void)state;
	for (unsigned times = 1; times <= 2; times++) {
		struct kept kept;
		struct bench *bench = bench_measuring(&kept, true);

		for (unsigned i = 0; i < times; i++) {
			struct segment s = segment(bench, 1 + i, client, server,
			    PROTOCOL_TCP, TCP_SYN, 0);

			give(bench, &s, &detail);
		}
		meter_finish(bench->meter);
		assert_int_equal(
		    kept.figures[0].side[CLIENT].zero_window_packets, times);
		assert_int_equal(
		    kept.figures[0].side[CLIENT].window_maximum, 0);
		free_bench(bench);
	}
}

static void
datagram(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint32_t payload, uint8_t ttl)
{
	struct segment s =
	    segment(bench, at, from, to, PROTOCOL_UDP, 0, payload);
	struct segment_detail detail;

	/* Nobody looks at it. */
	memset(&detail, 0xee, sizeof(detail));
	s.ttl = ttl;
	give(bench, &s, &detail);
}

static void
assert_answered(const struct exchange_quality *figures)
{
	const struct quality_side *asked = &figures->side[CLIENT];
	const struct quality_side *answered = &figures->side[SERVER];

	assert_int_equal(figures->response_time, 1500000);
	assert_int_equal(figures->idle_time, 1500000);
	assert_int_equal(asked->ttl_minimum, 64);
	assert_int_equal(asked->ttl_maximum, 64);
	assert_int_equal(asked->payload_maximum, 40);
	assert_int_equal(asked->handshake_rtt, QUALITY_UNKNOWN);
	assert_int_equal(answered->ttl_minimum, 57);
	assert_int_equal(answered->payload_minimum, 200);
	assert_int_equal(answered->size_bins[2], 1);
	assert_int_equal(quality_segments(asked), 0);
}

static void
a_query_and_its_answer_have_the_same_figures_with_and_without_a_third(
    void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);

	(void)state;
	datagram(bench, 1, client, server, 40, 64);
	datagram(bench, 2.5, server, client, 200, 57);
	meter_finish(bench->meter);
	assert_true(kept.known[0]);
	assert_answered(&kept.figures[0]);
	assert_int_equal(kept.figures[0].side[CLIENT].size_bins[1], 1);
	free_bench(bench);
	bench = bench_measuring(&kept, true);
	datagram(bench, 1, client, server, 40, 64);
	datagram(bench, 2.5, server, client, 200, 57);
	datagram(bench, 2.6, client, server, 40, 64);
	meter_finish(bench->meter);
	assert_answered(&kept.figures[0]);
	assert_int_equal(kept.figures[0].side[CLIENT].size_bins[1], 2);
	free_bench(bench);
}

static void
a_syn_with_payload_has_its_octets_and_time(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);

	(void)state;
	measured(bench, 1, client, server, TCP_SYN, 1, 0, 100);
	meter_finish(bench->meter);
	assert_int_equal(kept.figures[0].side[CLIENT].unique_octets, 100);
	assert_int_equal(kept.figures[0].side[CLIENT].payload_maximum, 100);
	assert_int_equal(kept.figures[0].side[CLIENT].first_payload.ns,
	    UINT64_C(1000000000));
	free_bench(bench);
}

struct roomy {
	struct exchange exchange;
	struct exchange_quality figures;
	struct kept kept;
};

static struct exchange *
roomy_room(void *context)
{
	struct roomy *roomy = context;

	roomy->exchange.quality = &roomy->figures;
	return &roomy->exchange;
}

static void
roomy_keep(void *context, const struct exchange *exchange)
{
	struct roomy *roomy = context;

	keep_figures(&roomy->kept, exchange);
}

/* No figures are written where the handler has room. */
static void
one_packet_of_a_side_makes_figures_brief_in_the_room(void **state)
{
	struct roomy roomy = { .kept.count = 0 };
	struct exchange_quality *figures = roomy.kept.figures;
	struct bench *bench = bench_measuring(&roomy.kept, true);

	(void)state;
	meter_free(&bench->meter);
	bench->meter = meter_new(&bench->options, roomy_keep, &roomy);
	assert_non_null(bench->meter);
	meter_set_room(bench->meter, roomy_room);
	datagram(bench, 1, client, server, 40, 64);
	datagram(bench, 2.5, server, client, 200, 57);
	measured(bench, 3, client, server, TCP_SYN, 1, 0, 0);
	meter_finish(bench->meter);
	assert_int_equal(roomy.kept.count, 2);
	assert_int_equal(roomy.kept.brief[0], BRIEF_DATAGRAMS);
	assert_answered(&figures[0]);
	assert_int_equal(roomy.kept.brief[1], BRIEF_SYN);
	assert_int_equal(figures[1].side[CLIENT].window_maximum, 7000);
	assert_int_equal(figures[1].side[CLIENT].segments[LOSS_NONE], 1);
	assert_int_equal(books(bench)->segments[LOSS_NONE], 1);
	free_bench(bench);
}

static void
copies_of_the_syn_are_classified(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);

	(void)state;
	measured(bench, 1, client, server, TCP_SYN, 1, 0, 0);
	measured(bench, 3, client, server, TCP_SYN, 1, 0, 0);
	measured(bench, 3.5, client, server, TCP_SYN, 1, 0, 0);
	meter_finish(bench->meter);
	assert_int_equal(
	    kept.figures[0].side[CLIENT].segments[LOSS_TIMEOUT], 1);
	assert_int_equal(kept.figures[0].side[CLIENT].segments[LOSS_OTHER], 1);
	assert_int_equal(kept.figures[0].side[CLIENT].syn_retransmissions, 2);
	assert_int_equal(books(bench)->sequenced, 3);
	free_bench(bench);
}

static void
a_syn_ack_that_waited_for_its_syn_has_its_detail(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);

	(void)state;
	measured(bench, 1, server, client, TCP_SYN | TCP_ACK, 1, 2, 0);
	measured(bench, 1.01, client, server, TCP_SYN, 1, 0, 0);
	measured(bench, 1.02, client, server, TCP_ACK, 2, 2, 0);
	meter_finish(bench->meter);
	assert_int_equal(
	    kept.figures[0].side[SERVER].maximum_segment_size, 1400);
	/* The SYN-ACK was seen before the SYN: no time is known. */
	assert_int_equal(
	    kept.figures[0].side[SERVER].handshake_rtt, QUALITY_UNKNOWN);
	free_bench(bench);
}

static void
parts_have_their_counts_and_the_sum_has_all(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);
	struct meter_options options = bench->options;

	(void)state;
	options.active_timeout = duration_seconds(60);
	options.sums = true;
	meter_reconfigure(bench->meter, &options);
	shake_hands(bench, 1);
	measured(bench, 2, client, server, TCP_ACK, 2, 2, 100);
	measured(bench, 2.01, server, client, TCP_ACK, 2, 102, 0);
	measured(bench, 90, client, server, TCP_ACK, 102, 2, 50);
	meter_finish(bench->meter);
	assert_int_equal(kept.count, 3);
	assert_int_equal(kept.figures[0].side[CLIENT].unique_octets, 100);
	assert_int_equal(kept.figures[1].side[CLIENT].unique_octets, 50);
	assert_int_equal(kept.figures[1].side[SERVER].handshake_rtt, 10000);
	assert_int_equal(kept.extent[2], EXTENT_SUM);
	assert_int_equal(kept.figures[2].side[CLIENT].unique_octets, 150);
	assert_int_equal(kept.figures[2].side[CLIENT].segments[LOSS_NONE], 3);
	free_bench(bench);
}

/* They were those of the last part, so that a probe's long flows had none. */
static void
retransmissions_of_every_part_are_among_those_of_all(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);
	struct meter_options options = bench->options;

	(void)state;
	options.active_timeout = duration_seconds(60);
	meter_reconfigure(bench->meter, &options);
	shake_hands(bench, 1);
	measured(bench, 2, client, server, TCP_ACK, 2, 2, 100);
	measured(bench, 4, client, server, TCP_ACK, 2, 2, 100);
	measured(bench, 90, client, server, TCP_ACK, 102, 2, 50);
	meter_finish(bench->meter);
	assert_int_equal(kept.count, 2);
	assert_int_equal(
	    quality_totals_retransmitted(meter_totals(bench->meter)),
	    1000000 / 5);
	free_bench(bench);
}

static void
turned_on_it_measures_what_begins_from_then_on(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, false);
	struct meter_options options = bench->options;

	(void)state;
	shake_hands(bench, 1);
	options.quality = true;
	meter_reconfigure(bench->meter, &options);
	measured(bench, 2, client, server, TCP_ACK, 2, 2, 100);
	measured(bench, 2, client, neighbour, TCP_SYN, 1, 0, 0);
	meter_finish(bench->meter);
	assert_int_equal(kept.count, 2);
	assert_int_equal(kept.known[0] + kept.known[1], 1);
	free_bench(bench);
	/* And off: nothing has figures any more, nor when it is on again. */
	bench = bench_measuring(&kept, true);
	options = bench->options;
	shake_hands(bench, 1);
	options.quality = false;
	meter_reconfigure(bench->meter, &options);
	measured(bench, 2, client, server, TCP_ACK, 2, 2, 100);
	options.quality = true;
	meter_reconfigure(bench->meter, &options);
	measured(bench, 3, client, server, TCP_ACK, 102, 2, 100);
	meter_finish(bench->meter);
	assert_int_equal(kept.count, 1);
	assert_false(kept.known[0]);
	free_bench(bench);
}

static void
more_packets_than_counters_hold_are_carried_over(void **state)
{
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);

	(void)state;
	shake_hands(bench, 1);
	for (uint32_t i = 0; i < 150000; i++)
		measured(bench, 2 + i * 1e-5, client, server, TCP_ACK,
		    2 + 10 * i, 2, 10);
	meter_finish(bench->meter);
	assert_int_equal(kept.count, 1);
	assert_int_equal(
	    kept.figures[0].side[CLIENT].segments[LOSS_NONE], 150001);
	assert_int_equal(kept.figures[0].side[CLIENT].unique_octets, 1500000);
	assert_int_equal(kept.figures[0].side[CLIENT].size_bins[0], 150002);
	free_bench(bench);
}

/* They are two octets of the sequence and one segment, however often sent. */
static void
a_syn_with_fin_has_one_class(void **state)
{
	const uint8_t both = TCP_SYN | TCP_FIN;
	struct kept kept;
	struct bench *bench = bench_measuring(&kept, true);
	const struct quality_side *from = &kept.figures[0].side[CLIENT];

	(void)state;
	measured(bench, 1, client, server, both, 1, 0, 0);
	measured(bench, 3, client, server, both, 1, 0, 0);
	measured(bench, 3.01, server, client, both | TCP_ACK, 1, 3, 0);
	measured(bench, 3.02, client, server, TCP_ACK, 3, 3, 0);
	meter_finish(bench->meter);
	assert_int_equal(kept.count, 1);
	assert_int_equal(from->segments[LOSS_NONE], 1);
	assert_int_equal(from->segments[LOSS_TIMEOUT], 1);
	assert_int_equal(from->unique_octets, 0);
	assert_int_equal(from->missed_octets, 0);
	assert_int_equal(kept.figures[0].side[SERVER].segments[LOSS_NONE], 1);
	assert_int_equal(kept.figures[0].side[SERVER].missed_octets, 0);
	assert_int_equal(books(bench)->sequenced, 3);
	free_bench(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_quality_there_are_no_figures),
		cmocka_unit_test(
		    an_opening_that_nobody_answers_has_those_of_its_syn),
		cmocka_unit_test(a_syn_with_a_closed_window_counts_as_one),
		cmocka_unit_test(
		    a_query_and_its_answer_have_the_same_figures_with_and_without_a_third),
		cmocka_unit_test(a_syn_with_payload_has_its_octets_and_time),
		cmocka_unit_test(
		    one_packet_of_a_side_makes_figures_brief_in_the_room),
		cmocka_unit_test(copies_of_the_syn_are_classified),
		cmocka_unit_test(
		    a_syn_ack_that_waited_for_its_syn_has_its_detail),
		cmocka_unit_test(parts_have_their_counts_and_the_sum_has_all),
		cmocka_unit_test(
		    retransmissions_of_every_part_are_among_those_of_all),
		cmocka_unit_test(
		    turned_on_it_measures_what_begins_from_then_on),
		cmocka_unit_test(
		    more_packets_than_counters_hold_are_carried_over),
		cmocka_unit_test(a_syn_with_fin_has_one_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
