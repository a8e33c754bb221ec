/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meter without memory: what it cannot get while packets come costs an
 * exchange its place or makes one record more, and no packet its count.
 */
#include "../meter_fixture.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

static bool no_memory;
static unsigned allowed; /* blocks that there is still memory for */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_mmap(
    void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(
    void *at, size_t size, int protection, int flags, int fd, off_t offset);

void *
__wrap_calloc(size_t count, size_t size)
{
	if (!no_memory || (allowed > 0 && allowed-- > 0))
		return __real_calloc(count, size);
	errno = ENOMEM;
	return NULL;
}

void *
__wrap_mmap(
    void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (!no_memory)
		return __real_mmap(at, size, protection, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

static void
no_meter_without_memory(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	no_memory = true;
	bench->meter = meter_new(&bench->options, keep, bench);
	no_memory = false;
	assert_null(bench->meter);
	network_set_free(&bench->networks);
	free(bench);
}

/* Opened by clients that nobody answers, one after the other. */
static void
open_many(struct bench *bench, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct end_point from_port = { client.address + i / 50000,
			(uint16_t)(1024 + i % 50000) };

		udp(bench, 1, from_port, server, 1);
		if (bench->count > MAX_ENDED / 2)
			bench->count = 0;
	}
}

static void
an_index_that_cannot_grow_takes_one_in_place_of_another(void **state)
{
	struct bench *bench = bench_started();
	uint64_t live;
	(void)state;

	open_many(bench, 0, 100);
	no_memory = true;
	open_many(bench, 100, 5000);
	no_memory = false;
	live = books(bench)->exchanges_live;
	assert_in_range(live, 500, 4999);
	assert_int_equal(opened(bench), 5000);
	assert_int_equal(ended(bench, END_EVICTED), 5000 - live);
	assert_int_equal(unmatched(bench, UNMATCHED_NO_MEMORY), 0);
	/* And when there is memory again, it goes on as before. */
	open_many(bench, 5000, 8000);
	assert_int_equal(books(bench)->exchanges_live, live + 3000);
	bench->count = 0;
	meter_finish(bench->meter);
	bench->count = books(bench)->records;
	bench_free(bench);
}

/* What is kept in little memory needs more then. */
static void
a_step_of_the_stamps_ends_what_has_no_room_for_it(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	open_many(bench, 0, 100);
	meter_stamps_ahead(bench->meter, 0);
	assert_int_equal(books(bench)->exchanges_live, 100);
	no_memory = true;
	meter_stamps_ahead(bench->meter, 250);
	no_memory = false;
	assert_int_equal(books(bench)->exchanges_live, 0);
	assert_int_equal(ended(bench, END_EVICTED), 100);
	/* With memory they live on. */
	open_many(bench, 0, 100);
	meter_stamps_ahead(bench->meter, 0);
	assert_int_equal(books(bench)->exchanges_live, 100);
	assert_int_equal(ended(bench, END_EVICTED), 100);
	bench_free(bench);
}

static void
a_table_that_cannot_grow_takes_one_in_place_of_another(void **state)
{
	struct bench *bench = bench_started();
	uint64_t live;
	(void)state;

	/* The first piece of the table has 32,768 places. */
	open_many(bench, 0, 30000);
	no_memory = true;
	open_many(bench, 30000, 100000);
	no_memory = false;
	live = books(bench)->exchanges_live;
	assert_in_range(live, 30000, 99999);
	assert_int_equal(ended(bench, END_EVICTED), 100000 - live);
	assert_int_equal(unmatched(bench, UNMATCHED_NO_MEMORY), 0);
	bench->count = 0;
	meter_free(&bench->meter);
	network_set_free(&bench->networks);
	free(bench);
}

static void
counters_that_cannot_grow_make_a_record_and_begin_again(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	handshake(bench, 1);
	no_memory = true;
	for (int i = 0; i < 70000; i++)
		tcp(bench, 2, server, client, TCP_ACK | TCP_ECE, 10);
	no_memory = false;
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].end, END_ACTIVE);
	assert_int_equal(books(bench)->active_parts, 1);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 2);
	assert_int_equal(bench->ended[1].flow_id, bench->ended[0].flow_id);
	assert_int_equal(flag(&bench->ended[0], SERVER, TCP_ECE), 65535);
	assert_int_equal(flag(&bench->ended[1], SERVER, TCP_ECE), 4465);
	assert_int_equal(bench->ended[0].side[SERVER].packets +
	                     bench->ended[1].side[SERVER].packets,
	    70001);
	bench_free(bench);
}

/* Its part is cut without memory for sides, so it stays a run of nothing. */
static void
an_answered_query_that_was_cut_has_no_answer_any_more(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.active_timeout = duration_seconds(20);
	start(bench);
	udp(bench, 1, client, server, 30);
	udp(bench, 1.5, server, client, 400);
	no_memory = true;
	advance(bench, 22);
	assert_int_equal(bench->count, 1);
	assert_packets(&bench->ended[0], 1, 1);
	udp(bench, 23, client, server, 30);
	no_memory = false;
	assert_int_equal(unmatched(bench, UNMATCHED_NO_MEMORY), 1);
	assert_int_equal(ended(bench, END_EVICTED), 1);
	assert_int_equal(bench->count, 1);
	bench_free(bench);
}

/* The row lacked the part, and nothing told. */
static void
a_part_that_a_sum_has_no_memory_for_is_counted(void **state)
{
	struct bench *bench = bench_new();
	const struct exchange *sum = &bench->ended[3];
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	bench->options.sums = true;
	start(bench);
	handshake(bench, 1);
	no_memory = true;
	tcp(bench, 70, client, server, TCP_ACK, 10);
	no_memory = false;
	assert_int_equal(books(bench)->active_parts, 1);
	assert_int_equal(books(bench)->parts_not_summed, 1);
	tcp(bench, 140, client, server, TCP_ACK, 10);
	assert_int_equal(books(bench)->parts_not_summed, 1);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 4);
	assert_int_equal(sum->extent, EXTENT_SUM);
	/* All but the first part. */
	assert_int_equal(
	    sum->side[CLIENT].packets + bench->ended[0].side[CLIENT].packets,
	    books(bench)->packets_in_exchanges -
	        bench->ended[0].side[SERVER].packets);
	bench->count--; /* the sum is no record of the ledger */
	bench_free(bench);
}

/* The row had none, and nothing told. */
static void
figures_that_a_sum_has_no_memory_for_are_counted(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	bench->options.sums = true;
	bench->options.quality = true;
	start(bench);
	handshake(bench, 1);
	no_memory = true;
	allowed = 1; /* the sum itself */
	tcp(bench, 70, client, server, TCP_ACK, 10);
	no_memory = false;
	assert_int_equal(allowed, 0);
	assert_int_equal(books(bench)->active_parts, 1);
	assert_int_equal(books(bench)->parts_not_summed, 0);
	assert_int_equal(books(bench)->quality_lost, 1);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 3);
	assert_int_equal(bench->ended[2].extent, EXTENT_SUM);
	assert_null(bench->ended[2].quality);
	assert_non_null(bench->ended[1].quality);
	assert_int_equal(books(bench)->quality_lost, 1);
	bench->count--; /* the sum is no record of the ledger */
	bench_free(bench);
}

/* There is no place for its copies then, and none for a state. */
static void
a_syn_that_is_sent_again_without_memory_has_no_figures(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.quality = true;
	start(bench);
	tcp(bench, 1, client, server, TCP_SYN, 0);
	no_memory = true;
	tcp(bench, 2, client, server, TCP_SYN, 0);
	no_memory = false;
	assert_int_equal(books(bench)->quality_lost, 1);
	tcp(bench, 3, client, server, TCP_SYN, 0);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 1);
	assert_null(bench->ended[0].quality);
	assert_packets(&bench->ended[0], 3, 0);
	assert_int_equal(books(bench)->quality_lost, 1);
	bench_free(bench);
}

/* The exchange had its record, and nothing told that the name is missing. */
static void
a_name_that_finds_no_memory_at_an_opening_is_counted(void **state)
{
	const struct segment_payload payload = { .hunted = "a.example",
		.hunted_octets = 9 };
	struct bench *bench = bench_new();
	struct segment s;
	(void)state;

	bench->options.names.kinds = NAMES_DNS;
	start(bench);
	udp(bench, 1, client, server, 1); /* it has the pool's first piece */
	s = segment(bench, 2, client, server, PROTOCOL_TCP, TCP_SYN, 0);
	s.now = bench->now = timestamp_max(bench->now, s.time);
	s.number = ++bench->number;
	meter_set_payloads(bench->meter, &s, &payload, 1);
	no_memory = true;
	meter_segments(bench->meter, &s, 1);
	no_memory = false;
	assert_int_equal(opened(bench), 2);
	assert_int_equal(books(bench)->names_lost, 1);
	meter_finish(bench->meter);
	assert_int_equal(bench->count, 2);
	bench_free(bench);
}

/* --- what an exchange takes */

#define MANY 300000u
#define AHEAD ((uint64_t)5 << 20)

static void
forget(void *context, const struct exchange *exchange)
{
	(void)context;
	(void)exchange;
}

static struct end_point
nth(uint32_t i)
{
	return (struct end_point){ client.address + i / 50000,
		(uint16_t)(1024 + i % 50000) };
}

/* MANY SYNs from these ends; answered, if that is asked for. */
static struct bench *
bench_of_many(
    struct end_point (*from)(uint32_t), struct end_point to, bool answered)
{
	struct bench *bench = bench_new();

	bench->meter = meter_new(&bench->options, forget, bench);
	for (uint32_t i = 0; i < MANY; i++) {
		tcp(bench, 1, from(i), to, TCP_SYN, 0);
		if (answered)
			tcp(bench, 1, to, from(i), TCP_SYN | TCP_ACK, 0);
	}
	return bench;
}

/* Of each, but for the index and what is made ready ahead. */
static double
octets_each(struct bench *bench)
{
	struct meter_load load;
	uint64_t octets;

	meter_load(bench->meter, &load);
	assert_int_equal(load.live + load.remembered + load.resumable, MANY);
	octets = load.octets - load.slots * 8 - AHEAD;
	return (double)octets / MANY;
}

static void
end_many(struct bench *bench)
{
	meter_free(&bench->meter);
	network_set_free(&bench->networks);
	free(bench);
}

static void
an_unanswered_exchange_takes_at_most_128_octets(void **state)
{
	struct bench *bench = bench_of_many(nth, server, false);
	(void)state;

	assert_true(octets_each(bench) <= 128);
	for (uint32_t i = 0; i < MANY; i++) /* retransmitted */
		tcp(bench, 2, nth(i), server, TCP_SYN, 0);
	assert_true(octets_each(bench) <= 128);
	end_many(bench);
}

/* Its sides made those of all later places ready, piece by piece. */
/* MANY SYNs, each sent so many times. */
static double
octets_of_syns(bool quality, unsigned times)
{
	struct bench *bench = bench_new();
	double octets;

	bench->options.quality = quality;
	bench->meter = meter_new(&bench->options, forget, bench);
	for (unsigned sent = 0; sent < times; sent++)
		for (uint32_t i = 0; i < MANY; i++)
			tcp(bench, sent, nth(i), server, TCP_SYN, 0);
	octets = octets_each(bench);
	end_many(bench);
	return octets;
}

static void
a_syn_sent_again_takes_at_most_128_octets_for_its_quality(void **state)
{
	double without = octets_of_syns(false, 1);
	(void)state;

	assert_true(octets_of_syns(true, 1) <= without + 32);
	assert_true(octets_of_syns(true, 3) <= without + 128);
}

static void
one_answered_exchange_gave_sides_to_all_behind_it(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->meter = meter_new(&bench->options, forget, bench);
	handshake(bench, 1);
	for (uint32_t i = 1; i < MANY; i++)
		tcp(bench, 1, nth(i), server, TCP_SYN, 0);
	assert_true(octets_each(bench) <= 128);
	end_many(bench);
}

static void
a_query_with_its_answer_takes_at_most_128_octets(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->meter = meter_new(&bench->options, forget, bench);
	for (uint32_t i = 0; i < MANY; i++) {
		udp(bench, 1, nth(i), server, 30);
		udp(bench, 1, server, nth(i), 400);
	}
	assert_true(octets_each(bench) <= 128);
	end_many(bench);
}

static struct end_point
nth_outside(uint32_t i)
{
	struct end_point end = nth(i);

	end.address += visitor.address - client.address;
	return end;
}

static void
a_scan_that_is_remembered_takes_at_most_128_octets_each(void **state)
{
	struct bench *bench = bench_of_many(nth_outside, client, false);
	(void)state;

	assert_int_equal(opened(bench), 0);
	assert_true(octets_each(bench) <= 128);
	end_many(bench);
}

static void
an_exchange_takes_at_most_256_octets_with_its_share_of_the_index(void **state)
{
	struct bench *bench = bench_of_many(nth, server, true);
	struct meter_load load;
	(void)state;

	meter_load(bench->meter, &load);
	assert_true(octets_each(bench) <= 232);
	assert_true(
	    load.octets <= (uint64_t)MANY * METER_OCTETS_PER_EXCHANGE + AHEAD);
	end_many(bench);
}

static void
what_may_be_resumed_takes_64_octets(void **state)
{
	struct bench *bench = bench_of_many(nth, server, true);
	struct meter_load before, after;
	(void)state;

	meter_load(bench->meter, &before);
	advance(bench, 400);
	meter_load(bench->meter, &after);
	assert_int_equal(after.live, 0);
	assert_int_equal(after.resumable, MANY);
	assert_int_equal(after.octets - before.octets, MANY * 64);
	end_many(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_meter_without_memory),
		cmocka_unit_test(
		    an_index_that_cannot_grow_takes_one_in_place_of_another),
		cmocka_unit_test(
		    a_step_of_the_stamps_ends_what_has_no_room_for_it),
		cmocka_unit_test(
		    a_table_that_cannot_grow_takes_one_in_place_of_another),
		cmocka_unit_test(
		    counters_that_cannot_grow_make_a_record_and_begin_again),
		cmocka_unit_test(
		    an_answered_query_that_was_cut_has_no_answer_any_more),
		cmocka_unit_test(
		    a_part_that_a_sum_has_no_memory_for_is_counted),
		cmocka_unit_test(
		    figures_that_a_sum_has_no_memory_for_are_counted),
		cmocka_unit_test(
		    a_syn_that_is_sent_again_without_memory_has_no_figures),
		cmocka_unit_test(
		    a_name_that_finds_no_memory_at_an_opening_is_counted),
		cmocka_unit_test(
		    an_unanswered_exchange_takes_at_most_128_octets),
		cmocka_unit_test(
		    a_syn_sent_again_takes_at_most_128_octets_for_its_quality),
		cmocka_unit_test(
		    one_answered_exchange_gave_sides_to_all_behind_it),
		cmocka_unit_test(
		    a_query_with_its_answer_takes_at_most_128_octets),
		cmocka_unit_test(
		    a_scan_that_is_remembered_takes_at_most_128_octets_each),
		cmocka_unit_test(
		    an_exchange_takes_at_most_256_octets_with_its_share_of_the_index),
		cmocka_unit_test(what_may_be_resumed_takes_64_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
