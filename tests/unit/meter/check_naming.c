/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of exchanges: from payloads beside the segments to records. */
#include "../meter_fixture.h"

#include <stdio.h>

#include "exflow/names/names.h"

#define REQUEST                                                                \
	"GET /a?b=c HTTP/1.1\r\nHost: Www.Example\r\nAccept: */*\r\n\r\n"
#define ANSWER "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

/* The names of records, in their order; "" where there are none. */
struct named {
	struct bench *bench;
	size_t count;
	struct {
		char server[NAME_OCTETS_MAX + 1];
		uint8_t source, extent;
		uint16_t status;
	} record[64];
};

static void
note(void *context, const struct exchange *exchange)
{
	struct named *named = context;
	const struct exchange_names *names = exchange->names;
	size_t n = named->count++;

	assert_true(n < sizeof(named->record) / sizeof(named->record[0]));
	named->bench->count += exchange->extent != EXTENT_SUM;
	memset(&named->record[n], 0, sizeof(named->record[n]));
	named->record[n].extent = exchange->extent;
	if (names == NULL)
		return;
	snprintf(named->record[n].server, sizeof(named->record[n].server),
	    "%.*s", (int)names->length[NAMES_SERVER],
	    exchange_names_text(names, NAMES_SERVER));
	named->record[n].source = names->source;
	named->record[n].status = names->http_status;
}

static void
begin(struct named *named, void (*change)(struct meter_options *options))
{
	struct bench *bench = bench_new();

	*named = (struct named){ .bench = bench };
	bench->options.kinds = METER_ALL | METER_MIDSTREAM;
	bench->options.names.kinds = NAMES_HTTP | NAMES_DNS;
	if (change != NULL)
		change(&bench->options);
	bench->meter = meter_new(&bench->options, note, named);
	assert_non_null(bench->meter);
}

/* A segment with these octets, of a stream that begins at 2. */
static void
say(struct named *named, double at, bool from_client, uint32_t sequence,
    const char *text)
{
	struct bench *bench = named->bench;
	struct segment s = segment(bench, at, from_client ? client : server,
	    from_client ? server : client, PROTOCOL_TCP, TCP_ACK,
	    (uint32_t)strlen(text));
	const struct segment_payload payload = { .captured = s.payload_octets,
		.octets = (const uint8_t *)text,
		.sequence = sequence,
		.first = 2,
		.first_known = true };

	s.sequence = sequence;
	bench->now = timestamp_max(bench->now, s.time);
	s.now = bench->now;
	s.number = ++bench->number;
	meter_set_payloads(bench->meter, &s, &payload, 1);
	meter_segments(bench->meter, &s, 1);
	books(bench);
}

/* A SYN whose client had asked for a name. */
static void
syn_to(struct named *named, double at, const char *name)
{
	struct bench *bench = named->bench;
	struct segment s =
	    segment(bench, at, client, server, PROTOCOL_TCP, TCP_SYN, 0);
	const struct segment_payload payload = { .hunted = name,
		.hunted_octets = (uint8_t)strlen(name) };

	s.now = bench->now = timestamp_max(bench->now, s.time);
	s.number = ++bench->number;
	meter_set_payloads(bench->meter, &s, &payload, 1);
	meter_segments(bench->meter, &s, 1);
	books(bench);
}

static void
finish(struct named *named)
{
	bench_free(named->bench);
}

static void
end(struct named *named)
{
	meter_finish(named->bench->meter);
}

static void
assert_named(const struct named *named, size_t n, const char *name,
    enum name_source source)
{
	assert_true(n < named->count);
	assert_string_equal(named->record[n].server, name);
	assert_int_equal(named->record[n].source, source);
}

static void
a_request_names_its_exchange(void **state)
{
	struct named named;

	(void)state;
	begin(&named, NULL);
	handshake(named.bench, 1);
	say(&named, 2, true, 2, REQUEST);
	say(&named, 3, false, 2, ANSWER);
	end(&named);
	assert_int_equal(named.count, 1);
	assert_named(&named, 0, "www.example", NAME_SOURCE_HTTP);
	assert_int_equal(named.record[0].status, 404);
	finish(&named);
}

/* A batch: some segments have payloads, and some not. */
static void
payloads_find_their_segments_in_a_batch(void **state)
{
	struct named named;
	struct segment all[200];
	struct segment_payload payloads[100];
	char text[100][64];
	size_t n = 0, m = 0;

	(void)state;
	begin(&named, NULL);
	for (uint32_t i = 0; i < 50; i++) {
		struct end_point from = { client.address + i, 1000 };

		all[n] = segment(
		    named.bench, 1, from, server, PROTOCOL_TCP, TCP_SYN, 0);
		all[n++].number = i + 1;
	}
	for (uint32_t i = 0; i < 50; i++) {
		struct end_point from = { client.address + i, 1000 };

		snprintf(text[i], sizeof(text[i]),
		    "GET / HTTP/1.1\r\nHost: h%u\r\n\r\n", i);
		all[n] = segment(named.bench, 1, from, server, PROTOCOL_TCP,
		    TCP_ACK, (uint32_t)strlen(text[i]));
		all[n].sequence = 2;
		if (i % 2 == 0)
			payloads[m++] =
			    (struct segment_payload){ .segment = (uint32_t)n,
				    .captured = all[n].payload_octets,
				    .octets = (const uint8_t *)text[i],
				    .sequence = 2,
				    .first = 2,
				    .first_known = true };
		n++;
	}
	for (size_t i = 0; i < n; i++)
		all[i].now = all[i].time;
	named.bench->number = n;
	meter_set_payloads(named.bench->meter, all, payloads, m);
	meter_segments(named.bench->meter, all, n);
	end(&named);
	assert_int_equal(named.count, 50);
	for (uint32_t i = 0; i < 50; i++) {
		snprintf(text[i], sizeof(text[i]), "h%u", i);
		assert_named(&named, i, i % 2 == 0 ? text[i] : "",
		    i % 2 == 0 ? NAME_SOURCE_HTTP : NAME_SOURCE_NONE);
	}
	finish(&named);
}

static void
cut_parts(struct meter_options *options)
{
	options->active_timeout = duration_seconds(10);
	options->sums = true;
}

static void
the_name_stays_through_parts(void **state)
{
	struct named named;

	(void)state;
	begin(&named, cut_parts);
	handshake(named.bench, 1);
	say(&named, 2, true, 2, REQUEST);
	for (int at = 3; at < 40; at += 3)
		tcp(named.bench, at, server, client, TCP_ACK, 10);
	end(&named);
	assert_true(named.count >= 4);
	for (size_t i = 0; i < named.count; i++)
		assert_named(&named, i, "www.example", NAME_SOURCE_HTTP);
	assert_int_equal(named.record[named.count - 1].extent, EXTENT_SUM);
	finish(&named);
}

/* Idle, then it goes on: also what DNS said of it. */
static void
the_name_stays_when_it_is_resumed(void **state)
{
	struct named named;

	(void)state;
	begin(&named, NULL);
	syn_to(&named, 1, "asked.example");
	tcp(named.bench, 1, server, client, TCP_SYN | TCP_ACK, 0);
	tcp(named.bench, 1, client, server, TCP_ACK, 0);
	tcp(named.bench, 1000, server, client, TCP_ACK, 10);
	say(&named, 1001, true, 2, REQUEST);
	tcp(named.bench, 2000, server, client, TCP_ACK, 10);
	end(&named);
	assert_int_equal(resumed(named.bench), 2);
	assert_int_equal(named.count, 3);
	assert_named(&named, 0, "asked.example", NAME_SOURCE_DNS);
	assert_named(&named, 1, "www.example", NAME_SOURCE_HTTP);
	assert_named(&named, 2, "www.example", NAME_SOURCE_HTTP);
	assert_int_equal(
	    books(named.bench)->names.found[NAME_SOURCE_DNS - 1], 1);
	finish(&named);
}

static void
what_was_asked_for_is_the_name_if_nothing_better_is_found(void **state)
{
	struct named named;

	(void)state;
	begin(&named, NULL);
	syn_to(&named, 1, "asked.example");
	end(&named);
	assert_named(&named, 0, "asked.example", NAME_SOURCE_DNS);
	syn_to(&named, 10, "asked.example");
	say(&named, 11, true, 2, REQUEST);
	end(&named);
	assert_named(&named, 1, "www.example", NAME_SOURCE_HTTP);
	finish(&named);
}

/* A name must not pass on to the exchange that has the same place next. */
static void
the_next_exchange_has_no_name_of_the_one_before(void **state)
{
	struct named named;

	(void)state;
	begin(&named, NULL);
	syn_to(&named, 1, "asked.example");
	say(&named, 2, true, 2, REQUEST);
	advance(named.bench, 1000);
	assert_int_equal(named.count, 1);
	assert_named(&named, 0, "www.example", NAME_SOURCE_HTTP);
	udp(named.bench, 1001, client, server, 10);
	end(&named);
	assert_named(&named, 1, "", NAME_SOURCE_NONE);
	finish(&named);
}

static void
turn_off(struct meter_options *options)
{
	options->names.kinds = 0;
}

static void
names_can_be_turned_on_and_off(void **state)
{
	struct meter_options other;
	struct named named;

	(void)state;
	begin(&named, turn_off);
	handshake(named.bench, 1);
	say(&named, 2, true, 2, REQUEST);
	end(&named);
	assert_named(&named, 0, "", NAME_SOURCE_NONE);
	other = named.bench->options;
	other.names.kinds = NAMES_HTTP;
	meter_reconfigure(named.bench->meter, &other);
	handshake(named.bench, 10);
	say(&named, 12, true, 2, REQUEST);
	other.quality = true; /* something else */
	meter_reconfigure(named.bench->meter, &other);
	end(&named);
	assert_named(&named, 1, "www.example", NAME_SOURCE_HTTP);
	handshake(named.bench, 20);
	say(&named, 22, true, 2, REQUEST);
	meter_reconfigure(named.bench->meter, &named.bench->options);
	end(&named);
	assert_named(&named, 2, "", NAME_SOURCE_NONE);
	finish(&named);
}

static struct meter_walk walk;

static void
see_live(void *context, const struct exchange *exchange)
{
	note(context, exchange);
	((struct named *)context)->bench->count--;
}

static void
a_live_exchange_shows_its_name(void **state)
{
	struct named named;

	(void)state;
	begin(&named, NULL);
	handshake(named.bench, 1);
	say(&named, 2, true, 2, REQUEST);
	assert_false(meter_visit(
	    named.bench->meter, &walk, UINT32_MAX, see_live, &named));
	assert_named(&named, 0, "www.example", NAME_SOURCE_HTTP);
	end(&named);
	assert_named(&named, 1, "www.example", NAME_SOURCE_HTTP);
	finish(&named);
}

/* Evicted, replaced, reset, idle, left out: every state goes back. */
static void
few_places(struct meter_options *options)
{
	options->max_exchanges = MAX_EXCHANGES_MIN;
}

static void
a_flood_of_exchanges_takes_no_more_states(void **state)
{
	struct named named;
	struct meter_load first, last;

	(void)state;
	begin(&named, few_places);
	for (uint32_t i = 0; i < 20; i++) {
		for (uint32_t j = 0; j < 40; j++) {
			numbered(named.bench, i, (struct end_point){ j, 1 },
			    server, TCP_SYN, 1, 0, 0);
			syn_to(&named, i, "asked.example");
			say(&named, i, true, 2, REQUEST);
			tcp(named.bench, i, client, server, TCP_RST, 0);
			named.count = 0;
		}
		if (i == 0)
			meter_load(named.bench->meter, &first);
	}
	meter_load(named.bench->meter, &last);
	assert_int_equal(first.octets, last.octets);
	assert_int_equal(books(named.bench)->names_lost, 0);
	named.count = 0;
	end(&named);
	finish(&named);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_names_its_exchange),
		cmocka_unit_test(payloads_find_their_segments_in_a_batch),
		cmocka_unit_test(the_name_stays_through_parts),
		cmocka_unit_test(the_name_stays_when_it_is_resumed),
		cmocka_unit_test(
		    what_was_asked_for_is_the_name_if_nothing_better_is_found),
		cmocka_unit_test(
		    the_next_exchange_has_no_name_of_the_one_before),
		cmocka_unit_test(names_can_be_turned_on_and_off),
		cmocka_unit_test(a_live_exchange_shows_its_name),
		cmocka_unit_test(a_flood_of_exchanges_takes_no_more_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
