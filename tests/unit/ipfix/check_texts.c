/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts of records with names: what of them is on the wire, and that
 * records of differing length are counted by their template.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/ipfix/encoder.h"
#include "exflow/ipfix/preamble.h"

#include "../names_fixture.h"

#define SMALL 1420
#define FIRST_RECORD (MESSAGE_HEADER_OCTETS + 4)

/* The messages of an encoder, and what its templates say of them. */
struct sent {
	struct ipfix_encoder *encoder;
	struct preamble *preamble;
	uint8_t octets[MESSAGE_MAX_OCTETS]; /* of the last one */
	uint32_t length, records;           /* of it */
	uint32_t messages, counted;         /* of all */
};

static void
take(void *context, const struct message *message)
{
	struct sent *sent = context;
	const uint8_t *set = message->octets + MESSAGE_HEADER_OCTETS;
	uint32_t counted =
	    preamble_count(sent->preamble, message->octets, message->length);

	assert_int_equal(counted, message->records);
	assert_int_equal(
	    preamble_set_records(sent->preamble, (uint32_t)set[0] << 8 | set[1],
	        set + 4, message->length - FIRST_RECORD),
	    message->records);
	memcpy(sent->octets, message->octets, message->length);
	sent->length = message->length;
	sent->records = message->records;
	sent->messages++;
	sent->counted += counted;
}

static struct sent *
sent_new(uint32_t message_octets)
{
	struct ipfix_options options = { .message_octets = message_octets };
	struct sent *sent = calloc(1, sizeof(*sent));
	const struct message *templates;
	char error[256] = "";
	size_t count;

	assert_non_null(sent);
	record_options_init(&options.record);
	options.record.names = options.record.payload = true;
	sent->encoder =
	    ipfix_encoder_new(&options, take, sent, error, sizeof(error));
	assert_non_null(sent->encoder);
	templates = ipfix_encoder_templates(sent->encoder, &count);
	sent->preamble = preamble_new(templates, count, NULL, 0);
	assert_non_null(sent->preamble);
	assert_int_equal(sent->preamble->shape_count, count);
	return sent;
}

static void
sent_free(struct sent *sent)
{
	ipfix_encoder_free(&sent->encoder);
	preamble_free(&sent->preamble);
	free(sent);
}

static void
add(struct sent *sent, const struct exchange_names *names)
{
	struct exchange exchange = { .ip_version = 4,
		.protocol = PROTOCOL_TCP,
		.side = { { .packets = 1 }, { .packets = 1 } },
		.names = names };

	assert_int_equal(ipfix_encoder_add(sent->encoder, &exchange), 0);
}

/* The only record of the last message: its text of that number. */
static size_t
text_on_wire(const struct sent *sent, unsigned number, const uint8_t **octets)
{
	const struct preamble_shape *shape = NULL;
	const uint8_t *at = sent->octets + FIRST_RECORD;
	size_t length = 0;

	for (size_t i = 0; i < sent->preamble->shape_count; i++)
		if (sent->preamble->shapes[i].id ==
		    (TEMPLATE_TCP4 | TEMPLATE_NAMES))
			shape = &sent->preamble->shapes[i];
	assert_non_null(shape);
	assert_int_equal(shape->texts, NAMES_TEXT_COUNT);
	at += shape->octets;
	for (unsigned i = 0; i <= number; i++) {
		at += length;
		length = *at++;
		if (length == 255) {
			length = (size_t)at[0] << 8 | at[1];
			at += 2;
		}
	}
	*octets = at;
	return length;
}

static void
check_text(const struct sent *sent, enum names_text which, const char *expected)
{
	const uint8_t *octets;
	size_t length = text_on_wire(sent, which, &octets);

	assert_int_equal(length, strlen(expected));
	assert_memory_equal(octets, expected, length);
}

/* One record with these names, in a message of its own. */
static void
send_one(struct sent *sent, const struct exchange_names *names)
{
	add(sent, names);
	assert_int_equal(ipfix_encoder_flush(sent->encoder), 0);
	assert_int_equal(sent->records, 1);
}

static void
names_are_behind_their_lengths_and_unknown_ones_are_empty(void **state)
{
	struct sent *sent = sent_new(SMALL);
	struct exchange_names *names = names_fixture_tls();

	(void)state;
	send_one(sent, names);
	check_text(sent, NAMES_SERVER, "www.example.org");
	check_text(sent, NAMES_TLS_SERVER, "www.example.org");
	check_text(sent, NAMES_ALPN_OFFERED, "h2,http/1.1");
	check_text(sent, NAMES_CERTIFICATE, "");
	check_text(sent, NAMES_PAYLOAD_SERVER, "");
	assert_int_equal(ipfix_encoder_cut(sent->encoder), 0);
	free(names);
	sent_free(sent);
}

/* From 255 octets on a length has three octets (RFC 7011, 7). */
static void
a_long_name_has_a_length_of_three_octets(void **state)
{
	struct sent *sent = sent_new(SMALL);
	char name[NAME_OCTETS_MAX];
	const uint8_t *octets;

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t length = 253; length <= NAME_OCTETS_MAX; length++) {
		struct exchange_names *names = names_fixture_new();

		names_fixture_set(names, NAMES_HTTP_HOST, name, length);
		send_one(sent, names);
		assert_int_equal(
		    text_on_wire(sent, NAMES_HTTP_HOST, &octets), length);
		assert_int_equal(octets[-1], length == 255 ? 255 : length);
		assert_memory_equal(octets, name, length);
		check_text(sent, NAMES_DNS_QUESTION, "");
		free(names);
	}
	sent_free(sent);
}

/* A string must be UTF-8; payload stays as it came. */
static void
what_is_no_utf_8_becomes_question_marks(void **state)
{
	static const char payload[] = "\x16\3\1\0\xff";
	struct sent *sent = sent_new(SMALL);
	struct exchange_names *names = names_fixture_new();
	const uint8_t *octets;

	(void)state;
	names_fixture_set(names, NAMES_SERVER, "a\0\xff\xc3\xa9\xc3", 6);
	names_fixture_text(names, NAMES_TLS_SERVER, "b\xc3\xa4");
	names_fixture_set(
	    names, NAMES_PAYLOAD_CLIENT, payload, sizeof(payload));
	send_one(sent, names);
	check_text(sent, NAMES_SERVER, "a??\xc3\xa9?");
	check_text(sent, NAMES_TLS_SERVER, "b\xc3\xa4");
	assert_int_equal(
	    text_on_wire(sent, NAMES_PAYLOAD_CLIENT, &octets), sizeof(payload));
	assert_memory_equal(octets, payload, sizeof(payload));
	free(names);
	sent_free(sent);
}

/* The client's payload is cut to half of the room where both are too long. */
static void
payload_is_cut_to_what_the_message_holds(void **state)
{
	struct sent *sent = sent_new(SMALL);
	struct exchange_names *names = names_fixture_tls();
	char payload[NAMES_PAYLOAD_MAX];
	const uint8_t *octets;
	size_t client, server;

	(void)state;
	memset(payload, 'p', sizeof(payload));
	names_fixture_set(
	    names, NAMES_PAYLOAD_CLIENT, payload, sizeof(payload));
	names_fixture_set(
	    names, NAMES_PAYLOAD_SERVER, payload, sizeof(payload));
	send_one(sent, names);
	assert_int_equal(sent->length, SMALL);
	assert_int_equal(ipfix_encoder_cut(sent->encoder), 1);
	check_text(sent, NAMES_SERVER, "www.example.org");
	client = text_on_wire(sent, NAMES_PAYLOAD_CLIENT, &octets);
	server = text_on_wire(sent, NAMES_PAYLOAD_SERVER, &octets);
	assert_in_range(client, server, server + 1);
	names_fixture_set(names, NAMES_PAYLOAD_SERVER, payload, 20);
	send_one(sent, names);
	assert_int_equal(sent->length, SMALL);
	assert_int_equal(ipfix_encoder_cut(sent->encoder), 2);
	assert_int_equal(text_on_wire(sent, NAMES_PAYLOAD_SERVER, &octets), 20);
	free(names);
	sent_free(sent);
}

/* A message of this size holds the record to the octet, or it is cut. */
static void
a_record_that_fits_exactly_is_not_cut(void **state)
{
	struct exchange_names *names = names_fixture_tls();
	struct sent *sent = sent_new(MESSAGE_QUALITY_MIN_OCTETS);
	char payload[NAMES_PAYLOAD_MAX];
	uint32_t without;

	(void)state;
	memset(payload, 'p', sizeof(payload));
	send_one(sent, names);
	without = sent->length;
	for (uint32_t left = 0; left < 4; left++) {
		size_t length = MESSAGE_QUALITY_MIN_OCTETS - without - 2 - left;

		names_fixture_set(names, NAMES_PAYLOAD_CLIENT, payload, length);
		send_one(sent, names);
		assert_int_equal(
		    sent->length, MESSAGE_QUALITY_MIN_OCTETS - left);
		assert_int_equal(ipfix_encoder_cut(sent->encoder), 0);
	}
	free(names);
	sent_free(sent);
}

/* Names of 255 octets each do not fit: the last of them are cut. */
static void
names_are_cut_between_characters(void **state)
{
	struct sent *sent = sent_new(MESSAGE_QUALITY_MIN_OCTETS);
	struct exchange_names *names = names_fixture_new();
	char text[NAME_OCTETS_MAX];
	const uint8_t *octets;
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "\xe2\x82\xac"[i % 3];
	for (unsigned i = 0; i < NAMES_PAYLOAD_CLIENT; i++)
		names_fixture_set(
		    names, (enum names_text)i, text, sizeof(text));
	send_one(sent, names);
	assert_int_equal(ipfix_encoder_cut(sent->encoder), 1);
	assert_in_range(sent->length, MESSAGE_QUALITY_MIN_OCTETS - 20,
	    MESSAGE_QUALITY_MIN_OCTETS);
	for (unsigned i = 0; i < NAMES_PAYLOAD_CLIENT; i++) {
		length = text_on_wire(sent, i, &octets);
		assert_int_equal(length % 3, 0);
		assert_memory_equal(octets, text, length);
	}
	free(names);
	sent_free(sent);
}

/* Their lengths differ, and many are in one message. */
static void
records_are_counted_by_their_texts(void **state)
{
	static const char dots[NAME_OCTETS_MAX] = { '.' };
	struct sent *sent = sent_new(MESSAGE_MAX_OCTETS);
	struct exchange_names *names = names_fixture_tls();

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		names_fixture_set(
		    names, NAMES_SERVER, dots, i % NAME_OCTETS_MAX);
		add(sent, names);
	}
	assert_int_equal(ipfix_encoder_flush(sent->encoder), 0);
	assert_int_equal(sent->counted, 5000);
	assert_in_range(sent->messages, 2, 100);
	free(names);
	sent_free(sent);
}

/* A text that says it is longer than its set ends the count. */
static void
a_text_beyond_its_set_is_no_record(void **state)
{
	struct sent *sent = sent_new(SMALL);
	struct exchange_names *names = names_fixture_tls();
	uint32_t id = TEMPLATE_TCP4 | TEMPLATE_NAMES, whole;
	uint8_t *body = sent->octets + FIRST_RECORD;
	const uint8_t *last;

	(void)state;
	send_one(sent, names);
	whole = sent->length - FIRST_RECORD;
	for (uint32_t length = 0; length < whole; length++)
		assert_int_equal(
		    preamble_set_records(sent->preamble, id, body, length), 0);
	assert_int_equal(
	    preamble_record_octets(sent->preamble, id, body, whole), whole);
	assert_int_equal(
	    preamble_record_octets(sent->preamble, id, body, whole - 1), 0);
	(void)text_on_wire(sent, NAMES_PAYLOAD_SERVER, &last);
	body[last - body - 1] = 1;
	assert_int_equal(
	    preamble_count(sent->preamble, sent->octets, sent->length), 0);
	body[last - body - 1] = 255;
	assert_int_equal(
	    preamble_count(sent->preamble, sent->octets, sent->length), 0);
	free(names);
	sent_free(sent);
}

/* Ping has no names, whatever it is given; without names nothing changes. */
static void
only_tcp_and_udp_with_names_have_them(void **state)
{
	struct exchange_names *names = names_fixture_tls();
	struct exchange exchange = { .ip_version = 4,
		.protocol = PROTOCOL_ICMP,
		.side[CLIENT].packets = 1,
		.names = names };

	struct record_options options;
	unsigned last = IPFIX_FIXED_SHAPES - 1;

	(void)state;
	record_options_init(&options);
	options.quality = options.names = true;
	assert_in_range(ipfix_shape(&exchange, &options), 0, last);
	exchange.protocol = PROTOCOL_UDP;
	assert_in_range(ipfix_shape(&exchange, &options), IPFIX_FIXED_SHAPES,
	    IPFIX_SHAPES - 1);
	options.names = false;
	assert_in_range(ipfix_shape(&exchange, &options), 0, last);
	options.names = true;
	exchange.names = NULL;
	assert_in_range(ipfix_shape(&exchange, &options), 0, last);
	free(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    names_are_behind_their_lengths_and_unknown_ones_are_empty),
		cmocka_unit_test(a_long_name_has_a_length_of_three_octets),
		cmocka_unit_test(what_is_no_utf_8_becomes_question_marks),
		cmocka_unit_test(payload_is_cut_to_what_the_message_holds),
		cmocka_unit_test(a_record_that_fits_exactly_is_not_cut),
		cmocka_unit_test(names_are_cut_between_characters),
		cmocka_unit_test(records_are_counted_by_their_texts),
		cmocka_unit_test(a_text_beyond_its_set_is_no_record),
		cmocka_unit_test(only_tcp_and_udp_with_names_have_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
