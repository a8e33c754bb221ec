/* SPDX-License-Identifier: BSD-2-Clause */
/* Hellos of TLS over TCP, in whatever pieces they come. */
#include "../../../src/names/tls.h"

#include "visit.h"

static void
a_hello_says_what_is_offered(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length = make_hello_record(
	    octets, &(struct spec){ .name = "Www.Example",
	                .alpn = "h2,http/1.1",
	                .versions = { 0xdada, 0x0303, 0x0304 } });
	const struct exchange_names *names;
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	names = visit_read(&visit);
	assert_text(names, NAMES_TLS_SERVER, "www.example");
	assert_text(names, NAMES_SERVER, "www.example");
	assert_text(names, NAMES_ALPN_OFFERED, "h2,http/1.1");
	assert_int_equal(names->source, NAME_SOURCE_TLS);
	assert_int_equal(names->tls_version_offered, 0x0304);
	assert_int_equal(names->tls_version_chosen, UINT16_MAX);
	assert_int_equal(names->tls_flags, 0);
	assert_int_equal(names->application, APPLICATION_TLS);
	assert_int_equal(visit.names->buffers.used, 0);
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	assert_true(names_wants(visit.names, visit.state, SERVER));
	visit_end(&visit);
}

static uint8_t
flags_of(const struct spec *spec)
{
	uint8_t octets[HELLO_ROOM];
	struct client_hello hello;
	size_t length = make_hello(octets, spec);

	assert_true(
	    client_hello_read((struct span){ octets + 4, length - 4 }, &hello));
	return (uint8_t)(hello.ech * NAMES_TLS_ECH +
	                 hello.resumes * NAMES_TLS_RESUMPTION +
	                 hello.early_data * NAMES_TLS_EARLY_DATA);
}

static void
flags_tell_ech_resumption_and_early_data(void **state)
{
	const uint16_t tls_1_3[4] = { 0x0304 };
	struct spec spec = { .name = "a.example" };

	(void)state;
	assert_int_equal(flags_of(&spec), 0);
	spec.ticket = "";
	assert_int_equal(flags_of(&spec), 0);
	spec.ticket = "ticket";
	assert_int_equal(flags_of(&spec), NAMES_TLS_RESUMPTION);
	spec.ticket = NULL;
	spec.session = 32;
	assert_int_equal(flags_of(&spec), NAMES_TLS_RESUMPTION);
	/* TLS 1.3 sends a session id that means nothing. */
	memcpy(spec.versions, tls_1_3, sizeof(tls_1_3));
	assert_int_equal(flags_of(&spec), 0);
	spec.shared_key = true;
	assert_int_equal(flags_of(&spec), NAMES_TLS_RESUMPTION);
	spec.early_data = spec.ech = true;
	assert_int_equal(flags_of(&spec), 7);
}

static void
the_outer_name_of_ech_is_no_better_than_an_answer_of_dns(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length = make_hello_record(
	    octets, &(struct spec){ .name = "outer.example", .ech = true });
	struct visit visit;
	struct exchange_names *names;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	names = (struct exchange_names *)visit.room;
	visit_read(&visit);
	assert_int_equal(names->source, NAME_SOURCE_ECH_OUTER);
	assert_text(names, NAMES_SERVER, "outer.example");
	assert_true(
	    names_read(visit.names, visit.state, "asked.example", 13, names));
	assert_int_equal(names->source, NAME_SOURCE_DNS);
	assert_text(names, NAMES_SERVER, "asked.example");
	assert_text(names, NAMES_TLS_SERVER, "outer.example");
	visit_end(&visit);
}

/* What post-quantum key shares make of a hello: two or three segments. */
static void
a_hello_spans_segments(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length = make_hello_record(
	    octets, &(struct spec){ .padding = 1800, .name = "a.example" });
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, 0, octets, 700);
	assert_int_equal(visit.names->buffers.live, 1);
	visit_tcp(&visit, CLIENT, 700, octets + 700, 700);
	visit_tcp(&visit, CLIENT, 1400, octets + 1400, length - 1400);
	assert_text(visit_read(&visit), NAMES_SERVER, "a.example");
	assert_int_equal(visit.names->buffers.live, 0);
	visit_end(&visit);
}

/* Every order of four pieces, the first of them twice. */
static void
pieces_in_any_order_say_the_same(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length = make_hello_record(
	    octets, &(struct spec){ .padding = 1800, .name = "a.example" });
	size_t piece = length / 4 + 1;
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	for (unsigned order = 0; order < 256; order++) {
		unsigned given = 0;

		for (unsigned i = 0; i < 4; i++) {
			size_t at = (order >> 2 * i & 3) * piece;
			size_t part = at + piece > length ? length - at : piece;

			given |= 1u << (order >> 2 * i & 3);
			visit_tcp(&visit, CLIENT, at, octets + at, part);
		}
		if (given == 15)
			assert_text(
			    visit_read(&visit), NAMES_SERVER, "a.example");
		else
			assert_text(visit_read(&visit), NAMES_SERVER, "");
		visit_again(&visit);
	}
	visit_end(&visit);
}

static void
a_hello_spans_records(void **state)
{
	uint8_t message[HELLO_ROOM], octets[2 * HELLO_ROOM];
	size_t length = make_hello(
	    message, &(struct spec){ .padding = 300, .name = "a.example" });
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	for (size_t most = 1; most < 60; most += 3) {
		size_t all = make_records(octets, message, length, most);

		visit_tcp(&visit, CLIENT, 0, octets, all);
		assert_text(visit_read(&visit), NAMES_SERVER, "a.example");
		visit_again(&visit);
	}
	visit_end(&visit);
}

static void
a_joined_exchange_begins_where_it_was_joined(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length =
	    make_hello_record(octets, &(struct spec){ .name = "a.example" });
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	visit.joined = true;
	visit_tcp(&visit, CLIENT, 5000, octets, 100);
	visit_tcp(&visit, CLIENT, 5100, octets + 100, length - 100);
	assert_text(visit_read(&visit), NAMES_SERVER, "a.example");
	visit_end(&visit);
}

/* A keep-alive repeats the last octet before what comes. */
static void
octets_before_the_first_are_left_out(void **state)
{
	uint8_t octets[HELLO_ROOM + 1] = { 0 };
	size_t length = make_hello_record(
	    octets + 1, &(struct spec){ .name = "a.example" });
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, (size_t)-1, octets, 1);
	visit_tcp(&visit, CLIENT, (size_t)-1, octets, length + 1);
	assert_text(visit_read(&visit), NAMES_SERVER, "a.example");
	visit_end(&visit);
}

static void
a_hello_beyond_the_bound_is_counted(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length = make_hello_record(
	    octets, &(struct spec){ .padding = 5000, .name = "a.example" });
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	for (size_t at = 0; at < length; at += 1000)
		visit_tcp(&visit, CLIENT, at, octets + at,
		    length - at < 1000 ? length - at : 1000);
	assert_text(visit_read(&visit), NAMES_SERVER, "");
	assert_int_equal(names_counts(visit.names)->incomplete, 1);
	assert_int_equal(visit.names->buffers.live, 0);
	visit_end(&visit);
}

static void
a_hello_whose_rest_never_comes_is_counted(void **state)
{
	uint8_t octets[HELLO_ROOM];
	struct visit visit;

	(void)state;
	make_hello_record(octets, &(struct spec){ .name = "a.example" });
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, 0, octets, 50);
	visit_again(&visit);
	assert_int_equal(names_counts(visit.names)->incomplete, 1);
	/* Cut by the capture: nothing is waited for. */
	visit_give(
	    &visit, PROTOCOL_TCP, CLIENT, visit.first[CLIENT], octets, 50, 90);
	assert_int_equal(visit.names->buffers.live, 0);
	assert_int_equal(names_counts(visit.names)->incomplete, 2);
	/* Far ahead of what is missing. */
	visit_again(&visit);
	visit_tcp(&visit, CLIENT, 0, octets, 50);
	visit_tcp(&visit, CLIENT, 1000000, octets, 50);
	assert_int_equal(visit.names->buffers.live, 0);
	assert_int_equal(names_counts(visit.names)->incomplete, 3);
	visit_end(&visit);
}

static void
buffers_are_bounded(void **state)
{
	uint8_t octets[HELLO_ROOM];
	names_state states[6] = { 0 };
	struct visit visit;

	(void)state;
	make_hello_record(octets, &(struct spec){ .name = "a.example" });
	visit_begin(&visit, NAMES_TLS);
	for (int i = 0; i < 6; i++) {
		visit.state = 0;
		visit_tcp(&visit, CLIENT, 0, octets, 50);
		states[i] = visit.state;
	}
	assert_int_equal(visit.names->buffers.live, 4);
	assert_int_equal(names_counts(visit.names)->buffers_full, 2);
	for (int i = 0; i < 6; i++)
		names_end(visit.names, &states[i]);
	visit.state = 0;
	visit_end(&visit);
}

static void
states_are_bounded(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length =
	    make_hello_record(octets, &(struct spec){ .name = "a.example" });
	names_state states[20] = { 0 };
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	for (int i = 0; i < 20; i++) {
		visit.state = 0;
		visit_tcp(&visit, CLIENT, 0, octets, length);
		states[i] = visit.state;
	}
	assert_int_equal(names_counts(visit.names)->states_full, 4);
	assert_false(names_wants(visit.names, states[19], SERVER));
	for (int i = 0; i < 20; i++)
		names_end(visit.names, &states[i]);
	visit.state = 0;
	visit_end(&visit);
}

/* --- what contradicts itself gives no name */

static void
assert_malformed(const uint8_t *octets, size_t length)
{
	struct visit visit;

	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	assert_int_equal(names_counts(visit.names)->malformed, 1);
	assert_text(visit_read(&visit), NAMES_SERVER, "");
	assert_int_equal(visit_read(&visit)->application, 0);
	visit_end(&visit);
}

static void
lengths_that_contradict_are_malformed(void **state)
{
	/* Where the last octet of a length stands, behind the record's. */
	static const size_t lengths[] = { 43, 45, 52, 54, 58, 60, 63 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (int change = -1; change <= 1; change += 2) {
			uint8_t octets[HELLO_ROOM];
			size_t length = make_hello_record(
			    octets, &(struct spec){ .name = "a.example" });
			uint8_t *at = &octets[lengths[i]];

			*at = (uint8_t)(*at + change);
			assert_malformed(octets, length);
		}
}

static void
an_empty_name_and_a_name_too_long_are_malformed(void **state)
{
	uint8_t octets[HELLO_ROOM];
	char name[300];
	size_t length;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[256] = '\0';
	length = make_hello_record(octets, &(struct spec){ .name = name });
	assert_malformed(octets, length);
	length = make_hello_record(octets, &(struct spec){ .name = "" });
	assert_malformed(octets, length);
	name[255] = '\0';
	length = make_hello_record(octets, &(struct spec){ .name = name });
	{
		struct visit visit;

		visit_begin(&visit, NAMES_TLS);
		visit_tcp(&visit, CLIENT, 0, octets, length);
		assert_text(visit_read(&visit), NAMES_SERVER, name);
		visit_end(&visit);
	}
}

/* --- the server */

static size_t
make_server_hello(uint8_t *room, uint16_t version, uint16_t chosen,
    const char *alpn, const uint8_t random[32])
{
	uint8_t *at = put16(room + 4, version), *list;

	at = random != NULL ? put_octets(at, random, 32)
	                    : (uint8_t *)memset(at, 0x77, 32) + 32;
	at = put8(at, 0);
	at = put8(put16(at, 0x1301), 0);
	list = at;
	at = put16(at, 0);
	if (chosen != 0)
		at = put16(put16(put16(at, EXTENSION_VERSIONS), 2), chosen);
	if (alpn != NULL)
		at = put_alpn(at, alpn);
	close_16(list, at);
	put32(room, (uint32_t)(at - room - 4));
	room[0] = 2;
	return (size_t)(at - room);
}

static void
the_server_chooses(void **state)
{
	uint8_t message[HELLO_ROOM], octets[HELLO_ROOM];
	struct visit visit;
	size_t length;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	length = make_server_hello(message, TLS_1_2, TLS_1_3, NULL, NULL);
	length = make_records(octets, message, length, 1000);
	visit_tcp(&visit, SERVER, 0, octets, length);
	assert_int_equal(visit_read(&visit)->tls_version_chosen, TLS_1_3);
	assert_false(names_wants(visit.names, visit.state, SERVER));
	visit_again(&visit);
	length = make_server_hello(message, TLS_1_2, 0, "h2", NULL);
	length = make_records(octets, message, length, 1000);
	visit_tcp(&visit, SERVER, 0, octets, length);
	assert_int_equal(visit_read(&visit)->tls_version_chosen, TLS_1_2);
	assert_text(visit_read(&visit), NAMES_ALPN_CHOSEN, "h2");
	assert_true(names_wants(visit.names, visit.state, SERVER));
	/* A session that is resumed goes on without a certificate. */
	visit_tcp(&visit, SERVER, length, "\x14\x03\x03\0\1\1", 6);
	assert_false(names_wants(visit.names, visit.state, SERVER));
	assert_int_equal(names_counts(visit.names)->incomplete, 0);
	visit_end(&visit);
}

static void
a_retry_says_the_version_as_well(void **state)
{
	static const uint8_t retry[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a,
		0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
		0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e,
		0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };
	uint8_t message[HELLO_ROOM];
	struct server_hello hello;
	size_t length =
	    make_server_hello(message, TLS_1_2, TLS_1_3, NULL, retry);

	(void)state;
	assert_true(server_hello_read(
	    (struct span){ message + 4, length - 4 }, &hello));
	assert_true(hello.retry);
	assert_int_equal(hello.version, TLS_1_3);
}

static void
an_alert_is_no_hello(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length =
	    make_hello_record(octets, &(struct spec){ .name = "a.example" });
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	visit_tcp(&visit, SERVER, 0, "\x15\x03\x03\0\2\2\x28", 7);
	assert_false(names_wants(visit.names, visit.state, SERVER));
	assert_int_equal(visit_read(&visit)->tls_version_chosen, UINT16_MAX);
	assert_int_equal(names_counts(visit.names)->malformed, 0);
	visit_end(&visit);
}

/* --- certificates */

static uint8_t *
put_der(uint8_t *at, uint8_t tag, const void *octets, size_t length)
{
	at = put16(put8(put8(at, tag), 0x82), (uint16_t)length);
	return put_octets(at, octets, length);
}

/* A subject: an organisation, and a common name of this type for each text. */
static size_t
make_subject(uint8_t *room, uint8_t tag, const char *const *names)
{
	static const uint8_t organisation[] = { 0x31, 0x0a, 0x30, 0x08, 0x06,
		0x03, 0x55, 0x04, 0x0a, 0x0c, 0x01, 'O' };
	uint8_t *at = put_octets(room, organisation, sizeof(organisation));

	for (; *names != NULL; names++) {
		uint8_t value[300], pair[400];
		uint8_t *end = put_octets(value, "\x06\x03\x55\x04\x03", 5);

		end = put_der(end, tag, *names, strlen(*names));
		end = put_der(pair, 0x30, value, (size_t)(end - value));
		at = put_der(at, 0x31, pair, (size_t)(end - pair));
	}
	return (size_t)(at - room);
}

static size_t
make_certificate(uint8_t *room, uint8_t tag, const char *const *names)
{
	uint8_t subject[1000], body[2000], whole[3000];
	size_t length = make_subject(subject, tag, names);
	uint8_t *at = put_octets(body, "\xa0\x03\x02\x01\x02", 5);

	at = put_der(at, 0x02, "\1", 1);
	for (int i = 0; i < 3; i++) /* algorithm, issuer, validity */
		at = put_der(at, 0x30, "\x05\x00", 2);
	at = put_der(at, 0x30, subject, length);
	at = put_der(at, 0x30, "key and extensions", 18);
	at = put_der(whole, 0x30, body, (size_t)(at - body));
	at = put_der(room + 10, 0x30, whole, (size_t)(at - whole));
	length = (size_t)(at - room - 10);
	/* Lengths of three octets: the message, the chain, the certificate. */
	put32(room, (uint32_t)TLS_CERTIFICATE << 24 | (uint32_t)(length + 6));
	put16(put8(room + 4, 0), (uint16_t)(length + 3));
	put16(put8(room + 7, 0), (uint16_t)length);
	return length + 10;
}

static void
assert_certificate(uint8_t tag, const char *const *names, const char *found)
{
	uint8_t messages[HELLO_ROOM], octets[HELLO_ROOM];
	size_t length = make_server_hello(messages, TLS_1_2, 0, NULL, NULL);
	struct visit visit;

	length += make_certificate(messages + length, tag, names);
	length = make_records(octets, messages, length, 400);
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, SERVER, 0, octets, length);
	assert_text(visit_read(&visit), NAMES_CERTIFICATE, found);
	assert_int_equal(names_counts(visit.names)->malformed, 0);
	visit_end(&visit);
}

static void
a_certificate_has_a_common_name(void **state)
{
	const char *const one[] = { "*.Example", NULL };
	const char *const two[] = { "Example", "www.example", NULL };
	const char *const none[] = { NULL };

	(void)state;
	assert_certificate(0x0c, one, "*.example");
	assert_certificate(0x13, one, "*.example");
	assert_certificate(0x14, one, "*.example");
	assert_certificate(0x13, two, "www.example");
	assert_certificate(0x13, none, "");
	assert_certificate(0x1e, one, ""); /* UTF-16 is left out */
}

/* The chain goes on behind what is put together, as most do. */
static void
the_begin_of_a_chain_is_enough(void **state)
{
	const char *const names[] = { "www.example", NULL };
	uint8_t messages[3 * HELLO_ROOM], octets[3 * HELLO_ROOM];
	size_t length = make_server_hello(messages, TLS_1_2, 0, NULL, NULL);
	uint8_t *certificate = messages + length;
	struct visit visit;

	(void)state;
	length += make_certificate(certificate, 0x0c, names);
	memset(messages + length, 0, 6000);
	put32(certificate, load32(certificate) + 6000);
	put16(certificate + 5, (uint16_t)(load16(certificate + 5) + 6000));
	length = make_records(octets, messages, length + 6000, 16000);
	visit_begin(&visit, NAMES_TLS);
	for (size_t at = 0; at < length; at += 1400)
		visit_tcp(&visit, SERVER, at, octets + at,
		    length - at < 1400 ? length - at : 1400);
	assert_text(visit_read(&visit), NAMES_CERTIFICATE, "www.example");
	assert_int_equal(names_counts(visit.names)->incomplete, 0);
	visit_end(&visit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_says_what_is_offered),
		cmocka_unit_test(flags_tell_ech_resumption_and_early_data),
		cmocka_unit_test(
		    the_outer_name_of_ech_is_no_better_than_an_answer_of_dns),
		cmocka_unit_test(a_hello_spans_segments),
		cmocka_unit_test(pieces_in_any_order_say_the_same),
		cmocka_unit_test(a_hello_spans_records),
		cmocka_unit_test(a_joined_exchange_begins_where_it_was_joined),
		cmocka_unit_test(octets_before_the_first_are_left_out),
		cmocka_unit_test(a_hello_beyond_the_bound_is_counted),
		cmocka_unit_test(a_hello_whose_rest_never_comes_is_counted),
		cmocka_unit_test(buffers_are_bounded),
		cmocka_unit_test(states_are_bounded),
		cmocka_unit_test(lengths_that_contradict_are_malformed),
		cmocka_unit_test(
		    an_empty_name_and_a_name_too_long_are_malformed),
		cmocka_unit_test(the_server_chooses),
		cmocka_unit_test(a_retry_says_the_version_as_well),
		cmocka_unit_test(an_alert_is_no_hello),
		cmocka_unit_test(a_certificate_has_a_common_name),
		cmocka_unit_test(the_begin_of_a_chain_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
