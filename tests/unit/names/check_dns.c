/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions, answers and the time between them; addresses for DN-Hunter. */
#include "../../../src/names/dns.h"

#include "visit.h"

#include <stdio.h>

#define ROOM 4096
#define ANSWER 0x8180
#define QUERY 0x0100

struct message {
	size_t length;
	uint8_t octets[ROOM];
};

static uint8_t *
put_name(uint8_t *at, const char *name)
{
	while (*name != '\0') {
		size_t length = strcspn(name, ".");

		at = put_octets(put8(at, (uint8_t)length), name, length);
		name += length + (name[length] == '.');
	}
	return put8(at, 0);
}

static void
begin(struct message *message, uint16_t id, uint16_t flags, const char *name,
    uint16_t type)
{
	uint8_t *at = put16(put16(message->octets, id), flags);

	at = put64(at, UINT64_C(1) << 48); /* one question */
	at = put16(put16(put_name(at, name), type), 1);
	message->length = (size_t)(at - message->octets);
}

/* owner NULL: a pointer to the question's name. */
static void
add_record(struct message *message, const char *owner, uint16_t type,
    const void *data, size_t length)
{
	uint8_t *at = message->octets + message->length;

	at = owner == NULL ? put16(at, 0xc00c) : put_name(at, owner);
	at = put32(put16(put16(at, type), 1), 300);
	at = put_octets(put16(at, (uint16_t)length), data, length);
	message->length = (size_t)(at - message->octets);
	put16(message->octets + 6, (uint16_t)(load16(message->octets + 6) + 1));
}

static void
add_alias(struct message *message, const char *owner, const char *target)
{
	uint8_t data[300];
	size_t length = (size_t)(put_name(data, target) - data);

	add_record(message, owner, DNS_TYPE_CNAME, data, length);
}

/* --- what the handler got */

struct got {
	unsigned count;
	char text[8][300]; /* "name 192.0.2.1 300" */
};

static void
take(void *context, const struct names_answer *answer)
{
	struct got *got = context;

	assert_true(got->count < 8);
	snprintf(got->text[got->count++], sizeof(got->text[0]),
	    "%.*s %u.%u.%u.%u v%u %u", (int)answer->name_octets, answer->name,
	    answer->address[0], answer->address[1], answer->address[2],
	    answer->address[3], answer->ip_version, answer->ttl);
}

/* What a message tells; it is well-formed. */
static void
read_answers(const struct message *message, struct got *got)
{
	memset(got, 0, sizeof(*got));
	assert_true(names_read_answers(message->octets, message->length,
	    (timestamp){ START_NS }, take, got));
}

static void
begin_visit(struct visit *visit)
{
	visit_begin(visit, NAMES_DNS);
	visit->port = 53;
}

static void
send_message(struct visit *visit, int side, const struct message *message)
{
	visit_udp(visit, side, message->octets, message->length);
}

/* --- tests */

static void
a_query_and_its_answer(void **state)
{
	const struct exchange_names *names;
	struct message message;
	struct visit visit;

	(void)state;
	begin_visit(&visit);
	begin(&message, 7, QUERY, "Www.Example.COM", DNS_TYPE_AAAA);
	send_message(&visit, CLIENT, &message);
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	visit.ns += 1234567;
	begin(&message, 7, ANSWER | 3, "www.example.com", DNS_TYPE_AAAA);
	send_message(&visit, SERVER, &message);
	names = visit_read(&visit);
	assert_text(names, NAMES_DNS_QUESTION, "www.example.com");
	assert_text(names, NAMES_SERVER, "");
	assert_int_equal(names->dns_type, DNS_TYPE_AAAA);
	assert_int_equal(names->dns_response_code, 3);
	assert_int_equal(names->dns_resolution, 1234);
	assert_int_equal(names->application, APPLICATION_DNS);
	visit_end(&visit);
}

static void
the_first_query_has_the_figures(void **state)
{
	const struct exchange_names *names;
	struct message message;
	struct visit visit;

	(void)state;
	begin_visit(&visit);
	begin(&message, 1, QUERY, "a.example", DNS_TYPE_A);
	send_message(&visit, CLIENT, &message);
	begin(&message, 2, QUERY, "b.example", DNS_TYPE_AAAA);
	send_message(&visit, CLIENT, &message);
	visit.ns += 1000000;
	begin(&message, 2, ANSWER | 2, "b.example", DNS_TYPE_AAAA);
	send_message(&visit, SERVER, &message);
	visit.ns += 1000000;
	begin(&message, 1, ANSWER, "a.example", DNS_TYPE_A);
	send_message(&visit, SERVER, &message);
	send_message(&visit, SERVER, &message);
	names = visit_read(&visit);
	assert_text(names, NAMES_DNS_QUESTION, "a.example");
	assert_int_equal(names->dns_type, DNS_TYPE_A);
	assert_int_equal(names->dns_response_code, 0);
	assert_int_equal(names->dns_resolution, 2000);
	visit_end(&visit);
}

static void
an_answer_without_a_query_has_its_figures(void **state)
{
	struct message message;
	struct visit visit;

	(void)state;
	begin_visit(&visit);
	begin(&message, 7, ANSWER, "a.example", DNS_TYPE_A);
	send_message(&visit, SERVER, &message);
	assert_text(visit_read(&visit), NAMES_DNS_QUESTION, "a.example");
	assert_int_equal(visit_read(&visit)->dns_response_code, 0);
	assert_int_equal(visit_read(&visit)->dns_resolution, UINT32_MAX);
	assert_false(names_wants(visit.names, visit.state, SERVER));
	visit_end(&visit);
}

static void
over_tcp_messages_stand_behind_their_lengths(void **state)
{
	uint8_t stream[ROOM], *at = stream;
	struct message message;
	struct visit visit;

	(void)state;
	begin_visit(&visit);
	begin(&message, 5, QUERY, "a.example", DNS_TYPE_A);
	at = put16(at, (uint16_t)message.length);
	at = put_octets(at, message.octets, message.length);
	visit_tcp(&visit, CLIENT, 0, stream, (size_t)(at - stream));
	at = stream;
	for (uint8_t i = 1; i < 6; i++) {
		const char address[4] = { 10, 0, 0, (char)i };

		begin(&message, i, ANSWER | i, "a.example", DNS_TYPE_A);
		add_record(&message, NULL, DNS_TYPE_A, address, 4);
		at = put16(at, (uint16_t)message.length);
		at = put_octets(at, message.octets, message.length);
	}
	/* One and a half, the rest octet by octet, then the last ones. */
	visit_tcp(&visit, SERVER, 0, stream, 70);
	for (size_t i = 70; i < 100; i++)
		visit_tcp(&visit, SERVER, i, stream + i, 1);
	assert_true(names_wants(visit.names, visit.state, SERVER));
	assert_int_equal(visit_read(&visit)->dns_response_code, UINT8_MAX);
	visit_tcp(
	    &visit, SERVER, 100, stream + 100, (size_t)(at - stream) - 100);
	assert_int_equal(visit_read(&visit)->dns_response_code, 5);
	assert_false(names_wants(visit.names, visit.state, SERVER));
	assert_int_equal(visit.names->buffers.live, 0);
	assert_int_equal(names_counts(visit.names)->malformed, 0);
	visit_end(&visit);
}

/* --- addresses */

static void
an_answer_tells_each_address(void **state)
{
	struct message message;
	struct got got;

	(void)state;
	begin(&message, 7, ANSWER, "A.example", DNS_TYPE_A);
	add_record(&message, NULL, DNS_TYPE_A, "\xc0\0\2\1", 4);
	add_record(&message, "a.Example", DNS_TYPE_A, "\xc0\0\2\2", 4);
	add_record(&message, "b.example", DNS_TYPE_A, "\xc0\0\2\3", 4);
	read_answers(&message, &got);
	assert_int_equal(got.count, 2);
	assert_string_equal(got.text[0], "a.example 192.0.2.1 v4 300");
	assert_string_equal(got.text[1], "a.example 192.0.2.2 v4 300");
}

static void
queries_and_errors_tell_nothing(void **state)
{
	static const uint16_t flags[] = { QUERY, ANSWER | 3, 0xa800 };
	struct message message;
	struct got got;

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		begin(&message, 7, flags[i], "a.example", DNS_TYPE_A);
		add_record(&message, NULL, DNS_TYPE_A, "\xc0\0\2\1", 4);
		read_answers(&message, &got);
		assert_int_equal(got.count, 0);
	}
}

static void
aliases_are_followed_in_any_order(void **state)
{
	struct message message;
	struct got got;

	(void)state;
	begin(&message, 7, ANSWER, "a.example", DNS_TYPE_A);
	add_record(&message, "c.example", DNS_TYPE_A, "\xc0\0\2\3", 4);
	add_alias(&message, "b.example", "C.example");
	add_alias(&message, NULL, "b.example");
	add_record(&message, "d.example", DNS_TYPE_A, "\xc0\0\2\4", 4);
	add_record(&message, "C.EXAMPLE", DNS_TYPE_AAAA,
	    "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	read_answers(&message, &got);
	assert_int_equal(got.count, 2);
	assert_string_equal(got.text[0], "a.example 32.1.13.184 v6 300");
	assert_string_equal(got.text[1], "a.example 192.0.2.3 v4 300");
}

/* As servers write it: each owner is a pointer to the data before. */
static void
owners_may_point_to_what_is_sought(void **state)
{
	static const uint8_t answer[] = "\0\7\x81\x80\0\1\0\3\0\0\0\0"
	                                "\1a\2ex\0\0\1\0\1"
	                                "\xc0\x0c\0\5\0\1\0\0\1\x2c\0\4"
	                                "\1b\xc0\x0e"
	                                "\xc0\x22\0\1\0\1\0\0\1\x2c\0\4"
	                                "\xc0\0\2\1"
	                                "\xc0\x22\0\1\0\1\0\0\0\x2c\0\4"
	                                "\xc0\0\2\2";
	struct message message = { .length = sizeof(answer) - 1 };
	struct got got;

	(void)state;
	memcpy(message.octets, answer, message.length);
	read_answers(&message, &got);
	assert_int_equal(got.count, 2);
	assert_string_equal(got.text[0], "a.ex 192.0.2.1 v4 300");
	assert_string_equal(got.text[1], "a.ex 192.0.2.2 v4 44");
}

static void
aliases_in_a_circle_end(void **state)
{
	struct message message;
	struct got got;

	(void)state;
	begin(&message, 7, ANSWER, "a.example", DNS_TYPE_A);
	add_alias(&message, NULL, "b.example");
	add_alias(&message, "b.example", "a.example");
	read_answers(&message, &got);
	assert_int_equal(got.count, 0);
}

static void
hints_of_https_records_are_addresses(void **state)
{
	static const char data[] =
	    "\0\1\0" /* priority, the owner itself */
	    "\0\1\0\3\2h2"
	    "\0\4\0\10\xc0\0\2\1\xc0\0\2\2"
	    "\0\6\0\20 \1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1";
	struct message message;
	struct got got;

	(void)state;
	begin(&message, 7, ANSWER, "a.example", DNS_TYPE_HTTPS);
	add_record(&message, NULL, DNS_TYPE_HTTPS, data, sizeof(data) - 1);
	read_answers(&message, &got);
	assert_int_equal(got.count, 3);
	assert_string_equal(got.text[1], "a.example 192.0.2.2 v4 300");
	assert_string_equal(got.text[2], "a.example 32.1.13.184 v6 300");
}

/* Nor what stood before the fault. */
static void
a_malformed_answer_tells_nothing(void **state)
{
	struct message message;
	struct got got = { 0 };

	(void)state;
	begin(&message, 7, ANSWER, "a.example", DNS_TYPE_A);
	add_record(&message, NULL, DNS_TYPE_A, "\xc0\0\2\1", 4);
	add_record(&message, NULL, DNS_TYPE_A, "\xc0\0\2\1", 3);
	assert_false(names_read_answers(message.octets, message.length,
	    (timestamp){ START_NS }, take, &got));
	for (size_t cut = 0; cut < message.length; cut++)
		assert_false(names_read_answers(
		    message.octets, cut, (timestamp){ START_NS }, take, &got));
	assert_int_equal(got.count, 0);
}

/* --- names */

static void
a_name_may_be_escaped_or_the_root(void **state)
{
	static const uint8_t query[] = "\0\7\1\0\0\1\0\0\0\0\0\0"
	                               "\3a.b\2\\c\0\0\1\0";
	struct message message;
	struct visit visit;

	(void)state;
	begin_visit(&visit);
	visit_udp(&visit, CLIENT, query, sizeof(query));
	assert_text(visit_read(&visit), NAMES_DNS_QUESTION, "a\\.b.\\\\c");
	visit_again(&visit);
	begin(&message, 1, QUERY, "", 2);
	send_message(&visit, CLIENT, &message);
	assert_text(visit_read(&visit), NAMES_DNS_QUESTION, ".");
	visit_end(&visit);
}

/* To itself, to each other, forward, behind the end; labels of other types. */
static void
pointers_that_lead_nowhere_are_malformed(void **state)
{
	static const char names[][6] = { "\xc0\x0c", "\xc0\x0e\xc0\x0c",
		"\xc0\x10", "\xff\xff",
		"\x41"
		"a",
		"\x80"
		"a",
		"\1a\xc0\x0c" };
	struct visit visit;

	(void)state;
	begin_visit(&visit);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		uint8_t query[40] = "\0\7\1\0\0\1\0\0\0\0\0";

		memcpy(query + 12, names[i], sizeof(names[i]));
		visit_udp(&visit, CLIENT, query, sizeof(query));
		assert_int_equal(names_counts(visit.names)->malformed, i + 1);
		assert_text(visit_read(&visit), NAMES_DNS_QUESTION, "");
		assert_int_equal(visit_read(&visit)->application, 0);
		visit_again(&visit);
	}
	visit_end(&visit);
}

static void
a_name_too_long_is_malformed(void **state)
{
	char name[300];
	struct message message;
	struct visit visit;

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	begin_visit(&visit);
	name[255] = '\0';
	begin(&message, 1, QUERY, name, 1);
	send_message(&visit, CLIENT, &message);
	assert_text(visit_read(&visit), NAMES_DNS_QUESTION, name);
	visit_again(&visit);
	name[255] = 'a';
	name[256] = '\0';
	begin(&message, 1, QUERY, name, 1);
	send_message(&visit, CLIENT, &message);
	assert_text(visit_read(&visit), NAMES_DNS_QUESTION, "");
	assert_int_equal(names_counts(visit.names)->malformed, 1);
	visit_end(&visit);
}

static void
other_ports_are_not_looked_at(void **state)
{
	struct message message;
	struct visit visit;

	(void)state;
	begin_visit(&visit);
	begin(&message, 1, QUERY, "a.example", DNS_TYPE_A);
	visit.port = 5000;
	send_message(&visit, CLIENT, &message);
	assert_int_equal(visit.names->states.live, 0);
	visit_again(&visit);
	visit.port = 5355;
	send_message(&visit, CLIENT, &message);
	assert_text(visit_read(&visit), NAMES_DNS_QUESTION, "a.example");
	visit_end(&visit);
}

/* A client whose first datagram is damaged may ask again. */
static void
a_damaged_query_is_counted_and_the_next_one_read(void **state)
{
	struct message message;
	struct visit visit;

	(void)state;
	begin_visit(&visit);
	begin(&message, 1, QUERY, "a.example", DNS_TYPE_A);
	visit_give(&visit, PROTOCOL_UDP, CLIENT, 0, message.octets, 20,
	    message.length);
	assert_int_equal(names_counts(visit.names)->incomplete, 1);
	visit_udp(&visit, CLIENT, message.octets, 20);
	assert_int_equal(names_counts(visit.names)->malformed, 1);
	send_message(&visit, CLIENT, &message);
	assert_text(visit_read(&visit), NAMES_DNS_QUESTION, "a.example");
	visit_end(&visit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_and_its_answer),
		cmocka_unit_test(the_first_query_has_the_figures),
		cmocka_unit_test(an_answer_without_a_query_has_its_figures),
		cmocka_unit_test(an_answer_tells_each_address),
		cmocka_unit_test(queries_and_errors_tell_nothing),
		cmocka_unit_test(aliases_are_followed_in_any_order),
		cmocka_unit_test(owners_may_point_to_what_is_sought),
		cmocka_unit_test(aliases_in_a_circle_end),
		cmocka_unit_test(hints_of_https_records_are_addresses),
		cmocka_unit_test(a_malformed_answer_tells_nothing),
		cmocka_unit_test(over_tcp_messages_stand_behind_their_lengths),
		cmocka_unit_test(a_name_may_be_escaped_or_the_root),
		cmocka_unit_test(pointers_that_lead_nowhere_are_malformed),
		cmocka_unit_test(a_name_too_long_is_malformed),
		cmocka_unit_test(other_ports_are_not_looked_at),
		cmocka_unit_test(
		    a_damaged_query_is_counted_and_the_next_one_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
