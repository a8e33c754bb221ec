/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JA4 by FoxIO's technical details, whose examples these are, and by hellos of
 * its published captures, as their own tools print them.
 */
#include "../../../src/names/ja4.h"

#include "visit.h"

struct made {
	uint8_t octets[HELLO_ROOM];
	struct client_hello hello;
};

static void
read_hello(struct made *made, const uint8_t *body, size_t length)
{
	assert_true(
	    client_hello_read((struct span){ body, length }, &made->hello));
}

static void
assert_ja4(const struct client_hello *hello, bool quic, const char *expected)
{
	struct digest *digest = digest_new();
	char ja4[JA4_OCTETS + 1] = { 0 };

	assert_non_null(digest);
	assert_true(ja4_make(digest, hello, quic, ja4));
	assert_string_equal(ja4, expected);
	digest_free(&digest);
}

/* Ciphers and extensions of the example, in the order that it gives. */
static const uint16_t ciphers[] = { 0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b,
	0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d,
	0x002f, 0x0035 };
static const uint16_t extensions[] = { 0x001b, 0x0000, 0x0033, 0x0010, 0x4469,
	0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b,
	0x000a, 0x0015, 0xbaba };
static const uint16_t signatures[] = { 0x0403, 0x0804, 0x0401, 0x0503, 0x0805,
	0x0501, 0x0806, 0x0601 };

static uint8_t *
put_values(uint8_t *at, const uint16_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		at = put16(at, values[i]);
	return at;
}

static uint8_t *
put_one(uint8_t *at, uint16_t type, const char *alpn)
{
	static const uint16_t versions[4] = { 0x0304, 0x0303 };
	uint8_t *end;

	switch (type) {
	case EXTENSION_SERVER_NAME:
		return put_server_name(at, "example.com");
	case EXTENSION_ALPN:
		return put_alpn(at, alpn);
	case EXTENSION_VERSIONS:
		return put_versions(at, versions);
	case EXTENSION_SIGNATURES:
		end = put16(put16(at, type), sizeof(signatures) + 2);
		end = put16(end, sizeof(signatures));
		return put_values(end, signatures, 8);
	default:
		return put_extension(at, type, "", 0);
	}
}

static void
make_example(struct made *made, const char *alpn, size_t extension_count)
{
	uint8_t *at = put16(made->octets, TLS_1_2), *list;

	memset(at, 0x11, 32);
	at = put16(put8(at + 32, 0), sizeof(ciphers));
	at = put_values(at, ciphers, 16);
	at = put8(put8(at, 1), 0);
	list = at;
	at = put16(at, 0);
	for (size_t i = 0; i < extension_count; i++)
		at = put_one(at, extensions[i], alpn);
	close_16(list, at);
	read_hello(made, made->octets, (size_t)(at - made->octets));
}

static void
the_published_example(void **state)
{
	struct made made;

	(void)state;
	make_example(&made, "h2,http/1.1", 17);
	assert_ja4(&made.hello, false, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	assert_ja4(&made.hello, true, "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

static void
alpn_has_its_first_and_last_octet(void **state)
{
	static const struct {
		const char *alpn, *shown;
	} examples[] = {
		{ "http/1.1", "h1" },
		{ "x", "xx" },
		{ "\xab", "ab" },
		{ " ", "20" },
		{ "\xab\xcd", "ad" },
		{ " a", "21" },
		{ "0\xab", "3b" },
		{ "a ", "60" },
		{ "01\xab\xcd", "3d" },
		{ "0\xab\xcd"
		  "1",
		    "01" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		char expected[] = "t13d1516.._8daaf6152771_e5627efa2ab1";
		struct made made;

		make_example(&made, examples[i].alpn, 17);
		memcpy(expected + 8, examples[i].shown, 2);
		assert_ja4(&made.hello, false, expected);
	}
}

static void
a_hello_without_extensions(void **state)
{
	uint8_t octets[HELLO_ROOM];
	struct made made;
	size_t length = make_hello(octets, &(struct spec){ .legacy = 0x0301 });

	(void)state;
	read_hello(&made, octets + 4, length - 4);
	/* printf 002f,1301,c02f | sha256sum */
	assert_ja4(&made.hello, false, "t10i030000_54093f43ad55_000000000000");
}

/* Thousands of values, none of them sorted, do not overrun anything. */
static void
a_hello_of_nothing_but_ciphers(void **state)
{
	struct made made;
	uint8_t *at = put16(made.octets, TLS_1_2);
	const uint16_t count = (NAMES_STREAM_OCTETS - 100) / 2;
	struct digest *digest = digest_new();
	char ja4[JA4_OCTETS + 1] = { 0 };

	(void)state;
	memset(at, 0x11, 32);
	at = put16(put8(at + 32, 0), (uint16_t)(2 * count));
	for (uint16_t i = count; i > 0; i--)
		at = put16(at, i);
	at = put8(put8(at, 1), 0);
	read_hello(&made, made.octets, (size_t)(at - made.octets));
	assert_true(ja4_make(digest, &made.hello, false, ja4));
	assert_memory_equal(ja4, "t12i990000_", 11);
	digest_free(&digest);
}

static void
names_have_it_if_asked(void **state)
{
	uint8_t octets[HELLO_ROOM];
	size_t length = make_hello_record(
	    octets, &(struct spec){ .legacy = 0x0301, .name = "a.example" });
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS | NAMES_FINGERPRINT);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	assert_text(visit_read(&visit), NAMES_JA4,
	    "t10d030100_54093f43ad55_000000000000");
	visit_end(&visit);
	visit_begin(&visit, NAMES_TLS);
	visit_tcp(&visit, CLIENT, 0, octets, length);
	assert_text(visit_read(&visit), NAMES_JA4, "");
	visit_end(&visit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_example),
		cmocka_unit_test(alpn_has_its_first_and_last_octet),
		cmocka_unit_test(a_hello_without_extensions),
		cmocka_unit_test(a_hello_of_nothing_but_ciphers),
		cmocka_unit_test(names_have_it_if_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
