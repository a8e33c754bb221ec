/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What TCP does beside the textbook, and what clocks do: each oddity by its
 * name, and what becomes of it in the record and in the books.
 */
#include "../meter_fixture.h"

#define CLIENT_FIRST 5000u /* initial sequence numbers */
#define SERVER_FIRST 9000u

static void
say_and_acknowledge(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint8_t flags, uint32_t sequence, uint32_t payload,
    uint32_t acknowledgement)
{
	struct segment s =
	    segment(bench, at, from, to, PROTOCOL_TCP, flags, payload);

	s.sequence = sequence;
	s.acknowledgement = acknowledgement;
	feed(bench, s);
}

/* It acknowledges the other's SYN. */
static void
say(struct bench *bench, double at, struct end_point from, struct end_point to,
    uint8_t flags, uint32_t sequence, uint32_t payload)
{
	say_and_acknowledge(bench, at, from, to, flags, sequence, payload,
	    from.port == client.port ? SERVER_FIRST + 1 : CLIENT_FIRST + 1);
}

static void
client_says(struct bench *bench, double at, uint8_t flags, uint32_t sequence,
    uint32_t payload)
{
	say(bench, at, client, server, flags, sequence, payload);
}

static void
server_says(struct bench *bench, double at, uint8_t flags, uint32_t sequence,
    uint32_t payload)
{
	say(bench, at, server, client, flags, sequence, payload);
}

/* From here on the client's next number is first + 1, the server's, too. */
static struct bench *
bench_shaken(uint32_t client_first, uint32_t server_first)
{
	struct bench *bench = bench_started();

	client_says(bench, 1, TCP_SYN, client_first, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK, server_first, 0);
	client_says(bench, 1, TCP_ACK, client_first + 1, 0);
	return bench;
}

static uint64_t
out_of_window(struct bench *bench)
{
	return books(bench)->resets_out_of_window;
}

/* The one exchange that there was, and how it has to have ended. */
static const struct exchange *
only(struct bench *bench, enum exchange_end end)
{
	meter_finish(bench->meter);
	assert_int_equal(opened(bench), 1);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].end, end);
	return &bench->ended[0];
}

/* --- sequence numbers */

static void
sequence_numbers_that_wrap_are_numbers_like_others(void **state)
{
	struct bench *bench = bench_shaken(0xfffffff0, 0xffffffff);
	const struct exchange *e;
	(void)state;

	/* The server's SYN was the last number: its octets begin at 0. */
	server_says(bench, 2, TCP_ACK, 0, 100);
	client_says(bench, 2, TCP_ACK, 0xfffffff1, 1000);
	client_says(bench, 2, TCP_ACK, 0xfffffff1 + 1000, 1000);
	client_says(bench, 2, TCP_RST, 0xfffffff1 + 2000, 0);
	assert_int_equal(out_of_window(bench), 0);
	e = only(bench, END_RESET);
	assert_int_equal(e->side[CLIENT].payload_octets, 2000);
	assert_int_equal(e->side[SERVER].payload_octets, 100);
	bench_free(bench);
}

static void
overlapping_and_old_segments_count_each(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	client_says(bench, 2, TCP_ACK, CLIENT_FIRST + 1, 1000);
	client_says(bench, 2, TCP_ACK, CLIENT_FIRST + 501, 1000); /* overlaps */
	client_says(bench, 2, TCP_ACK, CLIENT_FIRST + 1, 1000);   /* again */
	client_says(bench, 2, TCP_ACK, CLIENT_FIRST - 9999, 10);  /* older */
	client_says(bench, 2, TCP_RST, CLIENT_FIRST + 1501, 0);
	assert_int_equal(out_of_window(bench), 0);
	e = only(bench, END_RESET);
	assert_int_equal(e->side[CLIENT].payload_octets, 3010);
	assert_int_equal(e->side[CLIENT].data_packets, 4);
	bench_free(bench);
}

/* --- flags */

static void
syn_with_data_opens_and_its_data_counts(void **state)
{
	struct bench *bench = bench_started();
	const struct exchange *e;
	(void)state;

	client_says(bench, 1, TCP_SYN, CLIENT_FIRST, 300); /* RFC 7413 */
	client_says(bench, 2, TCP_SYN, CLIENT_FIRST, 0);   /* without it */
	server_says(bench, 2, TCP_SYN | TCP_ACK, SERVER_FIRST, 20);
	e = only(bench, END_SHUTDOWN);
	assert_int_equal(e->side[CLIENT].payload_octets, 300);
	assert_int_equal(e->side[CLIENT].data_packets, 1);
	assert_int_equal(flag(e, CLIENT, TCP_SYN), 2);
	assert_int_equal(e->side[SERVER].payload_octets, 20);
	bench_free(bench);
}

static void
syn_fin_opens_and_is_a_fin_too(void **state)
{
	struct bench *bench = bench_started();
	const struct exchange *e;
	(void)state;

	client_says(bench, 1, TCP_SYN | TCP_FIN, CLIENT_FIRST, 0);
	assert_int_equal(opened(bench), 1);
	server_says(bench, 2, TCP_FIN | TCP_ACK, SERVER_FIRST, 0);
	advance(bench, 8); /* both FINs, and the linger is over */
	e = only(bench, END_FINISHED);
	assert_int_equal(flag(e, CLIENT, TCP_SYN), 1);
	assert_int_equal(flag(e, CLIENT, TCP_FIN), 1);
	bench_free(bench);
}

static void
syn_fin_that_nobody_answers_is_unanswered(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 1, TCP_SYN | TCP_FIN, CLIENT_FIRST, 0);
	advance(bench, 30);
	assert_int_equal(bench->count, 0);
	advance(bench, 32);
	only(bench, END_UNANSWERED);
	bench_free(bench);
}

static void
a_christmas_tree_without_syn_opens_nothing(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 1, TCP_FIN | TCP_PSH | TCP_URG, 1, 0);
	client_says(bench, 1, 0xff, 1, 0); /* SYN, but ACK as well */
	client_says(bench, 1, 0, 1, 0);    /* and the null scan */
	assert_int_equal(opened(bench), 0);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 3);
	bench_free(bench);
}

static void
a_christmas_tree_with_syn_and_rst_opens_nothing(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 1, 0xff & ~TCP_ACK, CLIENT_FIRST, 0);
	assert_int_equal(opened(bench), 0);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 1);
	bench_free(bench);
}

static void
a_christmas_tree_in_an_exchange_counts_every_flag(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	server_says(bench, 2, 0xff, SERVER_FIRST + 1, 0);
	e = only(bench, END_RESET);
	for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
		assert_true(e->side[SERVER].flag_packets[bit] >= 1);
	assert_int_equal(flag(e, SERVER, TCP_SYN), 2);
	bench_free(bench);
}

/* --- resets */

static void
a_reset_with_a_wrong_sequence_number_ends_nothing(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	server_says(bench, 2, TCP_RST, SERVER_FIRST + 0x40000000, 0);
	assert_int_equal(out_of_window(bench), 1);
	server_says(bench, 2, TCP_RST, 0 - SERVER_FIRST - 0x40000000, 0);
	assert_int_equal(out_of_window(bench), 2);
	e = only(bench, END_SHUTDOWN);
	assert_int_equal(flag(e, SERVER, TCP_RST), 2);
	bench_free(bench);
}

static void
the_window_of_resets_is_exact_both_ways(void **state)
{
	const uint32_t next = SERVER_FIRST + 1, far = METER_RESET_WINDOW;
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	(void)state;

	server_says(bench, 2, TCP_RST, next, 0);
	server_says(bench, 2, TCP_RST, next + far, 0);
	server_says(bench, 2, TCP_RST, next - far, 0);
	assert_int_equal(out_of_window(bench), 0);
	server_says(bench, 2, TCP_RST, next + far + 1, 0);
	assert_int_equal(out_of_window(bench), 1);
	server_says(bench, 2, TCP_RST, next - far - 1, 0);
	assert_int_equal(out_of_window(bench), 2);
	server_says(bench, 2, TCP_RST, next + (UINT32_C(1) << 31), 0);
	assert_int_equal(out_of_window(bench), 3);
	/* Resets have not moved the window. */
	server_says(bench, 2, TCP_RST, next + far, 0);
	assert_int_equal(out_of_window(bench), 3);
	bench_free(bench);
}

static void
a_refusal_with_sequence_number_0_has_no_window_to_be_out_of(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	client_says(bench, 1, TCP_SYN, CLIENT_FIRST, 0);
	server_says(bench, 1, TCP_RST | TCP_ACK, 0, 0); /* RFC 9293, 3.10.7.1 */
	server_says(bench, 1, TCP_RST, 0x77777777, 0);
	assert_int_equal(out_of_window(bench), 0);
	only(bench, END_RESET);
	bench_free(bench);
}

static void
the_window_goes_on_over_parts_of_an_exchange(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.active_timeout = duration_seconds(60);
	start(bench);
	client_says(bench, 1, TCP_SYN, CLIENT_FIRST, 0);
	server_says(bench, 1, TCP_SYN | TCP_ACK, SERVER_FIRST, 0);
	advance(bench, 62);
	assert_int_equal(books(bench)->active_parts, 1);
	server_says(bench, 63, TCP_RST, SERVER_FIRST + 0x50000000, 0);
	assert_int_equal(out_of_window(bench), 1);
	client_says(bench, 63, TCP_RST, CLIENT_FIRST + 0x50000000, 0);
	assert_int_equal(out_of_window(bench), 2);
	bench_free(bench);
}

static void
the_window_is_not_that_of_the_exchange_before(void **state)
{
	struct bench *bench = bench_shaken(0x10000000, 0x20000000);
	(void)state;

	server_says(bench, 2, TCP_RST, 0x20000001, 0);
	client_says(bench, 3, TCP_SYN, 0x70000000, 0); /* the same place */
	assert_int_equal(opened(bench), 2);
	say_and_acknowledge(
	    bench, 3, server, client, TCP_RST | TCP_ACK, 0, 0, 0x70000001);
	client_says(bench, 3, TCP_RST, 0x70000001, 0);
	assert_int_equal(out_of_window(bench), 0);
	client_says(bench, 3, TCP_RST, 0x10000001, 0);
	assert_int_equal(out_of_window(bench), 1);
	bench_free(bench);
}

static void
a_reset_in_midstream_has_the_window_of_what_was_seen(void **state)
{
	struct bench *bench = bench_new();
	(void)state;

	bench->options.kinds = METER_OUTBOUND | METER_MIDSTREAM;
	start(bench);
	say_and_acknowledge(
	    bench, 1, server, client, TCP_ACK, 0x30000000, 1000, 0x60000000);
	/* It said nothing yet: what the server acknowledged counts. */
	client_says(bench, 1, TCP_RST, 0x50000000, 0);
	assert_int_equal(out_of_window(bench), 1);
	client_says(bench, 1, TCP_RST, 0x60000000 + METER_RESET_WINDOW, 0);
	assert_int_equal(out_of_window(bench), 1);
	server_says(bench, 1, TCP_RST, 0x30000000 + 1000, 0);
	assert_int_equal(out_of_window(bench), 1);
	server_says(bench, 1, TCP_RST, 0, 0);
	assert_int_equal(out_of_window(bench), 2);
	bench_free(bench);
}

static void
a_later_fragment_does_not_move_the_window(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	struct segment s;
	(void)state;

	s = segment(bench, 2, server, client, PROTOCOL_TCP, 0, 1480);
	s.sequence = 0x70000000; /* it has none: nothing may look at it */
	s.later_fragment = 1;
	feed(bench, s);
	server_says(bench, 2, TCP_RST, SERVER_FIRST + 1, 0);
	assert_int_equal(out_of_window(bench), 0);
	bench_free(bench);
}

/* --- opening and closing */

static void
simultaneous_open_is_one_exchange_of_the_first_to_call(void **state)
{
	struct bench *bench = bench_started();
	const struct exchange *e;
	(void)state;

	/* RFC 9293, figure 8, with both ends local. */
	say(bench, 1, client, neighbour, TCP_SYN, 100, 0);
	say(bench, 1, neighbour, client, TCP_SYN, 300, 0);
	say(bench, 1, client, neighbour, TCP_SYN | TCP_ACK, 100, 0);
	say(bench, 1, neighbour, client, TCP_SYN | TCP_ACK, 300, 0);
	say(bench, 2, client, neighbour, TCP_ACK, 101, 10);
	e = only(bench, END_SHUTDOWN);
	assert_int_equal(e->port[CLIENT], client.port);
	assert_int_equal(flag(e, CLIENT, TCP_SYN), 2);
	assert_int_equal(flag(e, SERVER, TCP_SYN), 2);
	bench_free(bench);
}

static void
simultaneous_close_finishes_after_the_linger(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	/* RFC 9293, figure 13. */
	client_says(bench, 2, TCP_FIN | TCP_ACK, CLIENT_FIRST + 1, 0);
	server_says(bench, 2, TCP_FIN | TCP_ACK, SERVER_FIRST + 1, 0);
	client_says(bench, 2.1, TCP_ACK, CLIENT_FIRST + 2, 0);
	server_says(bench, 2.1, TCP_ACK, SERVER_FIRST + 2, 0);
	advance(bench, 7);
	assert_int_equal(bench->count, 0);
	advance(bench, 8);
	e = only(bench, END_FINISHED);
	assert_int_equal(e->side[CLIENT].packets, 4);
	assert_int_equal(e->side[SERVER].packets, 3);
	bench_free(bench);
}

static void
fins_of_one_side_however_many_close_one_half(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	for (int i = 0; i < 5; i++)
		client_says(
		    bench, 2 + i, TCP_FIN | TCP_ACK, CLIENT_FIRST + 1, 0);
	advance(bench, 20); /* the linger is not for it */
	assert_int_equal(bench->count, 0);
	advance(bench, 67);
	e = only(bench, END_HALF_CLOSED);
	assert_int_equal(flag(e, CLIENT, TCP_FIN), 5);
	bench_free(bench);
}

static void
fins_repeated_after_both_stay_in_the_exchange_and_prolong_it(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	client_says(bench, 2, TCP_FIN | TCP_ACK, CLIENT_FIRST + 1, 0);
	for (int i = 0; i < 4; i++)
		server_says(
		    bench, 2 + 4 * i, TCP_FIN | TCP_ACK, SERVER_FIRST + 1, 0);
	advance(bench, 18.5); /* the last was at 14 */
	assert_int_equal(bench->count, 0);
	advance(bench, 20);
	e = only(bench, END_FINISHED);
	assert_int_equal(flag(e, SERVER, TCP_FIN), 4);
	assert_int_equal(unmatched(bench, UNMATCHED_TCP_MIDSTREAM), 0);
	bench_free(bench);
}

static void
data_after_fin_counts_from_either_side(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	client_says(bench, 2, TCP_FIN | TCP_ACK, CLIENT_FIRST + 1, 0);
	/* The other half is open: this is what half-close is for. */
	server_says(bench, 10, TCP_ACK, SERVER_FIRST + 1, 700);
	/* What no system sends, its own after its FIN. */
	client_says(bench, 11, TCP_ACK, CLIENT_FIRST + 2, 30);
	server_says(bench, 12, TCP_FIN | TCP_ACK, SERVER_FIRST + 701, 0);
	server_says(bench, 13, TCP_ACK, SERVER_FIRST + 702, 5);
	e = only(bench, END_FINISHED);
	assert_int_equal(e->side[SERVER].payload_octets, 705);
	assert_int_equal(e->side[CLIENT].payload_octets, 30);
	bench_free(bench);
}

/* --- silence that is none */

static void
keep_alives_keep_the_exchange_and_count_as_they_are(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	/* One number back, with an octet of garbage or none (RFC 9293, 3.8.4).
	 */
	for (int i = 1; i <= 6; i++) {
		client_says(
		    bench, 200 * i, TCP_ACK, CLIENT_FIRST, (uint32_t)i & 1);
		server_says(bench, 200 * i, TCP_ACK, SERVER_FIRST + 1, 0);
	}
	client_says(bench, 1201, TCP_RST, CLIENT_FIRST + 1, 0);
	assert_int_equal(out_of_window(bench), 0);
	e = only(bench, END_RESET);
	assert_int_equal(e->side[CLIENT].data_packets, 3);
	assert_int_equal(e->side[CLIENT].payload_octets, 3);
	assert_int_equal(e->side[SERVER].packets, 7);
	bench_free(bench);
}

static void
zero_window_probes_keep_the_exchange_and_count_each(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	/* The same octet again and again, refused each time. */
	for (int i = 1; i <= 10; i++) {
		server_says(bench, 100 * i, TCP_ACK, SERVER_FIRST + 1, 1);
		client_says(bench, 100 * i, TCP_ACK, CLIENT_FIRST + 1, 0);
	}
	e = only(bench, END_SHUTDOWN);
	assert_int_equal(e->side[SERVER].data_packets, 10);
	assert_int_equal(e->side[SERVER].payload_octets, 10);
	assert_int_equal(e->side[CLIENT].data_packets, 0);
	bench_free(bench);
}

/* --- the 5-tuple again */

static struct bench *
bench_finished_at_2(void)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);

	client_says(bench, 2, TCP_FIN | TCP_ACK, CLIENT_FIRST + 1, 0);
	server_says(bench, 2, TCP_FIN | TCP_ACK, SERVER_FIRST + 1, 0);
	return bench;
}

static void
time_wait_reuse_within_the_linger_ends_what_is_finished(void **state)
{
	struct bench *bench = bench_finished_at_2();
	(void)state;

	client_says(bench, 6.9, TCP_SYN, CLIENT_FIRST + 70000, 0);
	server_says(bench, 6.9, TCP_SYN | TCP_ACK, SERVER_FIRST + 70000, 0);
	assert_int_equal(opened(bench), 2);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].end, END_FINISHED);
	assert_int_equal(bench->ended[0].end_reason, 3);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 3);
	meter_finish(bench->meter);
	assert_int_equal(bench->ended[1].side[CLIENT].packets, 1);
	assert_int_equal(bench->ended[1].side[SERVER].packets, 1);
	assert_true(bench->ended[1].flow_id != bench->ended[0].flow_id);
	bench_free(bench);
}

static void
time_wait_reuse_after_the_linger_finds_it_finished(void **state)
{
	struct bench *bench = bench_finished_at_2();
	(void)state;

	client_says(bench, 7, TCP_SYN, CLIENT_FIRST + 70000, 0); /* 5 s */
	assert_int_equal(opened(bench), 2);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].end, END_FINISHED);
	assert_int_equal(bench->ended[0].end_reason, 3);
	bench_free(bench);
}

/* --- clocks */

static void
time_going_backwards_by_a_second_ends_nothing(void **state)
{
	struct bench *bench = bench_shaken(CLIENT_FIRST, SERVER_FIRST);
	const struct exchange *e;
	(void)state;

	client_says(bench, 10, TCP_ACK, CLIENT_FIRST + 1, 10);
	server_says(bench, 9, TCP_ACK, SERVER_FIRST + 1, 20);
	client_says(bench, 9.5, TCP_ACK, CLIENT_FIRST + 11, 10);
	e = only(bench, END_SHUTDOWN);
	assert_int_equal(e->side[CLIENT].last.ns, 10 * NS_PER_SECOND);
	assert_int_equal(e->side[SERVER].last.ns, 9 * NS_PER_SECOND);
	assert_int_equal(e->side[CLIENT].packets, 4);
	bench_free(bench);
}

static void
time_going_backwards_by_a_year_ends_nothing(void **state)
{
	struct bench *bench = bench_started();
	const double year = 365 * 86400.0;
	(void)state;

	handshake(bench, year);
	tcp(bench, 1, client, server, TCP_ACK, 10);
	tcp(bench, 2, server, client, TCP_ACK, 10);
	assert_int_equal(opened(bench), 1);
	meter_finish(bench->meter);
	assert_int_equal(
	    bench->ended[0].side[CLIENT].first.ns, 1 * NS_PER_SECOND);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 3);
	bench_free(bench);
}

static void
time_leaping_by_decades_ends_everything(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	for (int i = 0; i < 1000; i++) {
		struct end_point from = { client.address,
			(uint16_t)(2000 + i) };

		udp(bench, i / 10.0, from, server, 1);
	}
	assert_in_range(bench->count, 690, 700);
	udp(bench, 4e9, client, server, 1); /* the year 2096 */
	advance(bench, 4e9 + 1);
	assert_int_equal(bench->count, 1000);
	assert_int_equal(ended(bench, END_IDLE), 1000);
	bench_free(bench);
}

static void
a_timestamp_of_zero_is_a_time_like_any_other(void **state)
{
	struct bench *bench = bench_started();
	(void)state;

	udp(bench, 0, client, server, 1);
	udp(bench, 0, server, client, 1);
	meter_finish(bench->meter);
	assert_int_equal(bench->ended[0].side[CLIENT].packets, 1);
	assert_int_equal(bench->ended[0].side[SERVER].packets, 1);
	bench_free(bench);
}

/* Timeouts pass as ever when 32 bits of seconds are, or are signed. */
static void
lives_and_ends_at(double start)
{
	struct bench *bench = bench_started();

	handshake(bench, start);
	client_says(bench, start + 200, TCP_ACK, 2, 10);
	udp(bench, start + 201, client, server, 1);
	advance(bench, start + 235);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].protocol, PROTOCOL_UDP);
	assert_true(bench->ended[0].side[CLIENT].first.ns ==
	            (uint64_t)((start + 201) * 1e9));
	advance(bench, start + 501);
	assert_int_equal(bench->count, 2);
	assert_int_equal(bench->ended[1].end, END_IDLE);
	bench_free(bench);
}

static void
a_timestamp_of_2038_is_a_time_like_any_other(void **state)
{
	(void)state;
	lives_and_ends_at(2147483647 - 100);
}

static void
a_timestamp_of_2106_is_a_time_like_any_other(void **state)
{
	(void)state;
	lives_and_ends_at(4294967295 - 100);
}

/* 2262-04-11, where nanoseconds with a sign end, and far behind it. */
static void
a_timestamp_of_2262_is_a_time_like_any_other(void **state)
{
	(void)state;
	lives_and_ends_at(9223372036 - 100);
	lives_and_ends_at(9223372036 - 202);
	lives_and_ends_at(18000000000);
}

/* A remembered opening and a resumable exchange move along, not below 1970. */
static void
a_step_back_to_1970_leaves_everything_in_order(void **state)
{
	struct bench *bench = bench_started();

	(void)state;
	handshake(bench, 9300000000);
	udp(bench, 9300000001, client, server, 1);
	meter_clock_step(
	    bench->meter, timestamp_from(9300000001, 0), timestamp_from(1, 0));
	bench->now = timestamp_from(1, 0);
	assert_int_equal(bench->count, 0);
	advance(bench, 35);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->ended[0].protocol, PROTOCOL_UDP);
	advance(bench, 305);
	assert_int_equal(bench->count, 2);
	assert_int_equal(bench->ended[1].end, END_IDLE);
	bench_free(bench);
}

static void
the_last_time_that_there_is_leaves_room_for_timeouts(void **state)
{
	struct bench *bench = bench_started();
	struct segment s =
	    segment(bench, 1, client, server, PROTOCOL_UDP, 0, 1);
	(void)state;

	s.time = timestamp_from(INT64_MAX, 0); /* of a damaged capture */
	feed(bench, s);
	udp(bench, 1, server, client, 1);
	assert_int_equal(opened(bench), 1);
	assert_int_equal(books(bench)->packets_in_exchanges, 2);
	bench_free(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    sequence_numbers_that_wrap_are_numbers_like_others),
		cmocka_unit_test(overlapping_and_old_segments_count_each),
		cmocka_unit_test(syn_with_data_opens_and_its_data_counts),
		cmocka_unit_test(syn_fin_opens_and_is_a_fin_too),
		cmocka_unit_test(syn_fin_that_nobody_answers_is_unanswered),
		cmocka_unit_test(a_christmas_tree_without_syn_opens_nothing),
		cmocka_unit_test(
		    a_christmas_tree_with_syn_and_rst_opens_nothing),
		cmocka_unit_test(
		    a_christmas_tree_in_an_exchange_counts_every_flag),
		cmocka_unit_test(
		    a_reset_with_a_wrong_sequence_number_ends_nothing),
		cmocka_unit_test(the_window_of_resets_is_exact_both_ways),
		cmocka_unit_test(
		    a_refusal_with_sequence_number_0_has_no_window_to_be_out_of),
		cmocka_unit_test(the_window_goes_on_over_parts_of_an_exchange),
		cmocka_unit_test(the_window_is_not_that_of_the_exchange_before),
		cmocka_unit_test(
		    a_reset_in_midstream_has_the_window_of_what_was_seen),
		cmocka_unit_test(a_later_fragment_does_not_move_the_window),
		cmocka_unit_test(
		    simultaneous_open_is_one_exchange_of_the_first_to_call),
		cmocka_unit_test(simultaneous_close_finishes_after_the_linger),
		cmocka_unit_test(fins_of_one_side_however_many_close_one_half),
		cmocka_unit_test(
		    fins_repeated_after_both_stay_in_the_exchange_and_prolong_it),
		cmocka_unit_test(data_after_fin_counts_from_either_side),
		cmocka_unit_test(
		    keep_alives_keep_the_exchange_and_count_as_they_are),
		cmocka_unit_test(
		    zero_window_probes_keep_the_exchange_and_count_each),
		cmocka_unit_test(
		    time_wait_reuse_within_the_linger_ends_what_is_finished),
		cmocka_unit_test(
		    time_wait_reuse_after_the_linger_finds_it_finished),
		cmocka_unit_test(time_going_backwards_by_a_second_ends_nothing),
		cmocka_unit_test(time_going_backwards_by_a_year_ends_nothing),
		cmocka_unit_test(time_leaping_by_decades_ends_everything),
		cmocka_unit_test(a_timestamp_of_zero_is_a_time_like_any_other),
		cmocka_unit_test(a_timestamp_of_2038_is_a_time_like_any_other),
		cmocka_unit_test(a_timestamp_of_2106_is_a_time_like_any_other),
		cmocka_unit_test(a_timestamp_of_2262_is_a_time_like_any_other),
		cmocka_unit_test(
		    a_step_back_to_1970_leaves_everything_in_order),
		cmocka_unit_test(
		    the_last_time_that_there_is_leaves_room_for_timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
