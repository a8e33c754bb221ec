/* SPDX-License-Identifier: BSD-2-Clause */
/* The door: which name is the best, what is kept, and its bounds. */
#include "../../../src/names/name.h"

#include "visit.h"

#include <stdio.h>

static struct span
span_text(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

static void
assert_host(const char *host, const char *expected)
{
	struct span span = name_without_port(span_text(host));

	assert_int_equal(span.length, strlen(expected));
	assert_memory_equal(span.octets, expected, span.length);
}

static void
a_port_is_no_part_of_a_name(void **state)
{
	(void)state;
	assert_host("a.example:80", "a.example");
	assert_host("a.example", "a.example");
	assert_host("a.example:", "a.example");
	assert_host("192.0.2.1:8080", "192.0.2.1");
	assert_host("[2001:db8::1]:80", "[2001:db8::1]");
	assert_host("[2001:db8::1]", "[2001:db8::1]");
	assert_host("2001:db8::1", "2001:db8::1");
	assert_host("a.example:x", "a.example:x");
	assert_host("80", "80");
	assert_host(":80", ":80");
	assert_host("", "");
}

static void
letters_are_lower_case_and_nothing_else(void **state)
{
	static const char name[] = "AZaz@[`{\xc3\x84\x80\xff.-_09";
	uint8_t room[sizeof(name)];

	(void)state;
	name_lower(room, (struct span){ (const uint8_t *)name, sizeof(name) });
	assert_memory_equal(
	    room, "azaz@[`{\xc3\x84\x80\xff.-_09", sizeof(name));
}

static void
the_best_name_has_the_least_source(void **state)
{
	struct name_choice choice = { 0 };

	(void)state;
	assert_int_equal(name_best(&choice), NAME_SOURCE_NONE);
	for (int source = NAME_SOURCE_ECH_OUTER; source > 0; source--) {
		choice.by[source] = span_text("x");
		assert_int_equal(name_best(&choice), source);
	}
}

static void
what_was_asked_for_before_is_a_name(void **state)
{
	struct visit visit;
	struct exchange_names *names;

	(void)state;
	visit_begin(&visit, NAMES_DNS);
	names = (struct exchange_names *)visit.room;
	assert_false(names_read(visit.names, 0, NULL, 0, names));
	assert_int_equal(names->tls_version_offered, UINT16_MAX);
	assert_int_equal(names->texts, 0);
	assert_true(names_read(visit.names, 0, "a.example", 9, names));
	assert_text(names, NAMES_SERVER, "a.example");
	assert_int_equal(names->source, NAME_SOURCE_DNS);
	visit_end(&visit);
}

/* TLS first, as the page says, whatever else is known. */
static void
a_hello_is_better_than_an_answer_of_dns(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length =
	    make_hello_record(octets, &(struct spec){ .name = "sni.example" });
	struct visit visit;
	struct exchange_names *names;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	names = (struct exchange_names *)visit.room;
	assert_true(
	    names_read(visit.names, visit.state, "dns.example", 11, names));
	assert_text(names, NAMES_SERVER, "sni.example");
	assert_int_equal(names->source, NAME_SOURCE_TLS);
	visit_end(&visit);
}

/* --- payload */

static void
begin_payload(struct visit *visit, uint16_t octets)
{
	const struct names_options options = {
		.payload = octets,
		.states = 16,
		.buffers = 4,
	};

	visit_begin_with(visit, &options);
}

static void
the_first_octets_of_each_side_are_kept(void **state)
{
	struct visit visit;

	(void)state;
	begin_payload(&visit, 10);
	visit_text(&visit, CLIENT, 0, "HELLO");
	assert_text(visit_read(&visit), NAMES_PAYLOAD_CLIENT, "HELLO");
	visit_text(&visit, CLIENT, 8, "later");
	assert_int_equal(visit.names->buffers.used, 0);
	visit_text(&visit, CLIENT, 0, "HELLO");
	visit_text(&visit, CLIENT, 3, "LO, world");
	assert_text(visit_read(&visit), NAMES_PAYLOAD_CLIENT, "HELLO, wor");
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	assert_true(names_wants(visit.names, visit.state, SERVER));
	visit_text(&visit, SERVER, 0, "a longer answer");
	assert_text(visit_read(&visit), NAMES_PAYLOAD_SERVER, "a longer a");
	assert_false(names_wants(visit.names, visit.state, SERVER));
	assert_int_equal(visit_read(&visit)->application, 0);
	visit_end(&visit);
}

static void
of_datagrams_the_first_one_is_kept(void **state)
{
	struct visit visit;

	(void)state;
	begin_payload(&visit, NAMES_PAYLOAD_MAX);
	visit_udp(&visit, CLIENT, "first", 5);
	visit_udp(&visit, CLIENT, "second", 6);
	assert_text(visit_read(&visit), NAMES_PAYLOAD_CLIENT, "first");
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	visit_end(&visit);
}

static void
payload_and_names_do_not_disturb_each_other(void **state)
{
	const struct names_options options = {
		.kinds = NAMES_TLS,
		.payload = 20,
		.states = 16,
		.buffers = 4,
	};
	uint8_t octets[HELLO_ROOM];
	size_t length = make_hello_record(
	    octets, &(struct spec){ .name = "a.example", .padding = 2000 });
	const struct exchange_names *names;
	struct visit visit;

	(void)state;
	visit_begin_with(&visit, &options);
	visit_tcp(&visit, CLIENT, 1400, octets + 1400, length - 1400);
	visit_tcp(&visit, CLIENT, 0, octets, 1400);
	names = visit_read(&visit);
	assert_text(names, NAMES_SERVER, "a.example");
	assert_int_equal(names->length[NAMES_PAYLOAD_CLIENT], 20);
	assert_memory_equal(
	    exchange_names_text(names, NAMES_PAYLOAD_CLIENT), octets, 20);
	visit_end(&visit);
}

/* The longest of everything fits into what the header promises. */
static void
the_most_of_everything_fits(void **state)
{
	const struct names_options options = {
		.kinds = NAMES_TLS | NAMES_HTTP | NAMES_FINGERPRINT,
		.payload = NAMES_PAYLOAD_MAX,
		.states = 16,
		.buffers = 4,
	};
	uint8_t octets[HELLO_ROOM];
	char name[256], request[1500];
	const struct exchange_names *names;
	struct visit visit;
	size_t length;

	(void)state;
	memset(name, 'n', 255);
	name[255] = '\0';
	length = make_hello_record(octets,
	    &(struct spec){ .name = name, .alpn = name, .padding = 2000 });
	memset(request, ' ', sizeof(request));
	snprintf(request, sizeof(request),
	    "GET /%s%s HTTP/1.1\r\nHost: %s\r\n\r\n", name, name, name);
	visit_begin_with(&visit, &options);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	visit_tcp(&visit, SERVER, 0, request, sizeof(request));
	names = visit_read(&visit);
	assert_text(names, NAMES_SERVER, name);
	assert_text(names, NAMES_TLS_SERVER, name);
	assert_text(names, NAMES_ALPN_OFFERED, name);
	assert_int_equal(names->length[NAMES_HTTP_TARGET], 255);
	assert_int_equal(names->length[NAMES_JA4], 36);
	assert_int_equal(
	    names->length[NAMES_PAYLOAD_CLIENT], NAMES_PAYLOAD_MAX);
	assert_int_equal(
	    names->length[NAMES_PAYLOAD_SERVER], NAMES_PAYLOAD_MAX);
	assert_true(exchange_names_octets(names) <= EXCHANGE_NAMES_OCTETS_MAX);
	visit_end(&visit);
}

static void
texts_are_bounded(void **state)
{
	const struct names_options options = {
		.kinds = NAMES_TLS,
		.states = 1,
		.buffers = 1,
	};
	uint8_t octets[HELLO_ROOM];
	char name[256];
	struct visit visit;
	size_t length;

	(void)state;
	memset(name, 'n', 255);
	name[255] = '\0';
	length = make_hello_record(
	    octets, &(struct spec){ .name = name, .alpn = name });
	visit_begin_with(&visit, &options);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	assert_text(visit_read(&visit), NAMES_TLS_SERVER, name);
	assert_text(visit_read(&visit), NAMES_ALPN_OFFERED, "");
	assert_int_equal(names_counts(visit.names)->texts_full, 1);
	visit_end(&visit);
}

static void
memory_follows_the_options(void **state)
{
	struct names_options options = { .states = 1000, .buffers = 10 };
	uint64_t octets = names_memory(&options);

	(void)state;
	assert_true(
	    octets >= 1000 * sizeof(struct state) + 10 * sizeof(struct buffer));
	options.payload = NAMES_PAYLOAD_MAX;
	assert_true(
	    names_memory(&options) >= octets + 1000 * 2 * NAMES_PAYLOAD_MAX);
	options.states = UINT32_MAX; /* does not overflow */
	assert_true(names_memory(&options) >
	            UINT32_MAX * (uint64_t)sizeof(struct state));
}

static void
other_protocols_are_left_alone(void **state)
{
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS | NAMES_DNS);
	visit_give(&visit, PROTOCOL_ICMP, CLIENT, 0, "\x16\x03\x01", 3, 3);
	visit_udp(&visit, CLIENT, "", 0);
	assert_int_equal(visit.names->states.live, 0);
	visit_end(&visit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_no_part_of_a_name),
		cmocka_unit_test(letters_are_lower_case_and_nothing_else),
		cmocka_unit_test(the_best_name_has_the_least_source),
		cmocka_unit_test(what_was_asked_for_before_is_a_name),
		cmocka_unit_test(a_hello_is_better_than_an_answer_of_dns),
		cmocka_unit_test(the_first_octets_of_each_side_are_kept),
		cmocka_unit_test(of_datagrams_the_first_one_is_kept),
		cmocka_unit_test(payload_and_names_do_not_disturb_each_other),
		cmocka_unit_test(the_most_of_everything_fits),
		cmocka_unit_test(texts_are_bounded),
		cmocka_unit_test(memory_follows_the_options),
		cmocka_unit_test(other_protocols_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
