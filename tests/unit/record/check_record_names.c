/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of elements of names. */
#include "values.h"

#include "../names_fixture.h"

static size_t
text_of(const char *name, const struct exchange *exchange, const char **octets)
{
	size_t length;

	*octets = find(name)->text(exchange, &length);
	return length;
}

static void
check_text(
    const char *name, const struct exchange *exchange, const char *expected)
{
	const char *octets;
	size_t length = text_of(name, exchange, &octets);

	assert_int_equal(length, strlen(expected));
	assert_memory_equal(octets, expected, length);
}

static void
test_names_have_the_numbers_of_the_page(void **state)
{
	static const struct {
		const char *name;
		uint32_t pen;
		uint16_t id;
		uint8_t octets;
	} numbers[] = {
		{ "silkAppLabel", 6871, 33, 2 },
		{ "serverName", PEN_OWN, 1101, 0 },
		{ "serverNameSource", PEN_OWN, 1102, 1 },
		{ "tlsVersionOffered", PEN_OWN, 1103, 2 },
		{ "tlsVersionChosen", PEN_OWN, 1104, 2 },
		{ "alpnOffered", PEN_OWN, 1105, 0 },
		{ "alpnChosen", PEN_OWN, 1106, 0 },
		{ "tlsFlags", PEN_OWN, 1107, 1 },
		{ "tlsCertificateName", PEN_OWN, 1108, 0 },
		{ "quicVersion", PEN_OWN, 1109, 4 },
		{ "ja4", PEN_OWN, 1110, 0 },
		{ "dnsResponseCode", PEN_OWN, 1111, 1 },
		{ "dnsResolutionMicroseconds", PEN_OWN, 1112, 4 },
		{ "sslServerName", 6871, 294, 0 },
		{ "httpRequestHost", 0, 460, 0 },
		{ "httpRequestMethod", 0, 459, 0 },
		{ "httpRequestTarget", 0, 461, 0 },
		{ "httpStatusCode", 0, 457, 2 },
		{ "dnsQName", 6871, 179, 0 },
		{ "dnsQRType", 6871, 175, 2 },
		{ "payload", 6871, 18, 0 },
		{ "reversePayload", 6871, 0x4000 | 18, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct field *field = find(numbers[i].name);

		assert_int_equal(field->pen, numbers[i].pen);
		assert_int_equal(field->id, numbers[i].id);
		assert_int_equal(field->octets, numbers[i].octets);
	}
}

static void
test_names_are_those_of_the_exchange(void **state)
{
	struct exchange exchange = answered();
	struct exchange_names *names = names_fixture_tls();

	(void)state;
	names_fixture_text(names, NAMES_ALPN_CHOSEN, "h2");
	names_fixture_text(names, NAMES_PAYLOAD_SERVER, "server");
	exchange.names = names;
	assert_int_equal(value("silkAppLabel", &exchange), 443);
	assert_int_equal(value("serverNameSource", &exchange), 1);
	assert_int_equal(value("tlsVersionOffered", &exchange), 0x304);
	assert_int_equal(value("tlsFlags", &exchange), 1);
	check_text("serverName", &exchange, "www.example.org");
	check_text("alpnOffered", &exchange, "h2,http/1.1");
	check_text("alpnChosen", &exchange, "h2");
	check_text("ja4", &exchange, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	check_text("httpRequestHost", &exchange, "");
	check_text("payload", &exchange, "");
	check_text("reversePayload", &exchange, "server");
	free(names);
}

/* Numbers of names that are not known: all ones, or 0 of these three. */
static void
test_a_name_that_is_not_known_says_so(void **state)
{
	static const char *const zero[] = { "silkAppLabel", "serverNameSource",
		"quicVersion" };
	static const char *const ones[] = { "tlsVersionOffered",
		"tlsVersionChosen", "tlsFlags", "httpStatusCode", "dnsQRType",
		"dnsResponseCode", "dnsResolutionMicroseconds" };
	struct exchange exchange = answered();
	struct exchange_names *names = names_fixture_new();

	(void)state;
	exchange.names = names;
	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
		assert_int_equal(value(zero[i], &exchange), 0);
		assert_true(field_unknown(find(zero[i]), 0));
		assert_false(field_unknown(find(zero[i]), 255));
	}
	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++) {
		assert_true(
		    field_unknown(find(ones[i]), value(ones[i], &exchange)));
		assert_false(field_unknown(find(ones[i]), 0));
	}
	free(names);
}

/* Of uniflow each record has the payload of its own side, guessed or not. */
static void
test_each_half_has_its_own_payload_and_the_names_of_both(void **state)
{
	struct exchange exchange = answered(), half = { 0 };
	struct exchange_names *names = names_fixture_tls();

	(void)state;
	names_fixture_text(names, NAMES_PAYLOAD_CLIENT, "client");
	names_fixture_text(names, NAMES_PAYLOAD_SERVER, "server");
	exchange.names = names;
	for (int guessed = 0; guessed < 2; guessed++) {
		exchange.direction =
		    guessed ? DIRECTION_GUESSED : DIRECTION_INITIATOR;
		exchange_one_way(&exchange, CLIENT, &half);
		check_text("payload", &half, "client");
		check_text("serverName", &half, "www.example.org");
		exchange_one_way(&exchange, SERVER, &half);
		check_text("payload", &half, "server");
		check_text("serverName", &half, "www.example.org");
	}
	free(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_have_the_numbers_of_the_page),
		cmocka_unit_test(test_names_are_those_of_the_exchange),
		cmocka_unit_test(test_a_name_that_is_not_known_says_so),
		cmocka_unit_test(
		    test_each_half_has_its_own_payload_and_the_names_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
