/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Initial packets of QUIC: the vectors of the RFCs, and packets that are sealed
 * here in every way that clients do it.
 */
#include <config.h>

#include "../../../src/quic/quic_keys.h"

#include "rfc_packets.h"
#include "visit.h"

#ifdef HAVE_OPENSSL
#include <openssl/evp.h>
#endif
#if defined(HAVE_OPENSSL) && OPENSSL_VERSION_NUMBER >= 0x30000000L
#define HAVE_QUIC

#define DATAGRAM 1200
#define V1 0x00000001
#define V2 0x6b3343cf
#define DRAFT_29 0xff00001d

static size_t
from_hex(uint8_t *room, const char *hex)
{
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		room[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return length;
}

/* --- sealing */

/* A packet to be; what is left out is 0. */
struct initial {
	uint32_t version;
	const char *id;    /* destination */
	const char *keyed; /* the id that keys come from; NULL: `id` */
	uint32_t number;
	const uint8_t *frames;
	size_t length;
	size_t padded; /* octets of the whole packet; 0: as it is */
	bool token;
};

static void
seal(struct quic_opener *opener, const struct quic_keys *keys, uint8_t *packet,
    size_t header, size_t plain, uint32_t number)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t nonce[QUIC_IV_OCTETS], mask[5];
	int octets;

	memcpy(nonce, keys->iv, sizeof(nonce));
	for (int i = 0; i < 4; i++)
		nonce[11 - i] ^= (uint8_t)(number >> 8 * i);
	assert_int_equal(EVP_EncryptInit_ex2(context, EVP_aes_128_gcm(),
	                     keys->key, nonce, NULL),
	    1);
	EVP_EncryptUpdate(context, NULL, &octets, packet, (int)header);
	EVP_EncryptUpdate(
	    context, packet + header, &octets, packet + header, (int)plain);
	EVP_EncryptFinal_ex(context, packet + header + plain, &octets);
	EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, QUIC_TAG_OCTETS,
	    packet + header + plain);
	EVP_CIPHER_CTX_free(context);
	assert_true(quic_header_mask(opener, keys, packet + header, mask));
	packet[0] ^= mask[0] & 0x0f;
	for (size_t i = 0; i < 4; i++)
		packet[header - 4 + i] ^= mask[1 + i];
}

static void
derive(struct quic_opener *opener, const struct initial *initial,
    struct quic_keys *keys)
{
	const char *id = initial->keyed != NULL ? initial->keyed : initial->id;

	assert_true(
	    quic_keys_derive(opener, quic_version_find(initial->version),
	        (struct span){ (const uint8_t *)id, strlen(id) }, keys));
}

/* The packet's octets, with a number of four octets. */
static size_t
make_initial(uint8_t *room, const struct initial *initial)
{
	struct quic_opener *opener = quic_opener_new();
	uint8_t first = initial->version == V2 ? 0xd3 : 0xc3;
	size_t plain = initial->length, header;
	struct quic_keys keys;
	uint8_t *at = put32(put8(room, first), initial->version);

	at = put8(at, (uint8_t)strlen(initial->id));
	at = put_octets(at, initial->id, strlen(initial->id));
	at = put8(put8(at, 3), 'm');
	at = put16(at, 0x6565);
	at = initial->token ? put_octets(at, "\5token", 6) : put8(at, 0);
	header = (size_t)(at - room) + 6;
	if (initial->padded > header + plain + QUIC_TAG_OCTETS)
		plain = initial->padded - header - QUIC_TAG_OCTETS;
	at = put16(at, (uint16_t)(0x4000 | (4 + plain + QUIC_TAG_OCTETS)));
	at = put32(at, initial->number);
	memset(at, 0, plain);
	memcpy(at, initial->frames, initial->length);
	derive(opener, initial, &keys);
	seal(opener, &keys, room, header, plain, initial->number);
	quic_opener_free(&opener);
	return header + plain + QUIC_TAG_OCTETS;
}

/* A CRYPTO frame with these octets of a message. */
static uint8_t *
put_crypto(uint8_t *at, const uint8_t *message, size_t offset, size_t length)
{
	at = put16(put8(at, 6), (uint16_t)(0x4000 | offset));
	at = put16(at, (uint16_t)(0x4000 | length));
	return put_octets(at, message + offset, length);
}

struct hello {
	uint8_t octets[HELLO_ROOM];
	size_t length;
};

static void
make(struct hello *hello, size_t padding)
{
	hello->length =
	    make_hello(hello->octets, &(struct spec){ .name = "Quic.Example",
	                                  .padding = padding,
	                                  .alpn = "h3",
	                                  .versions = { 0x0304 } });
}

/* An Initial with octets of the hello, in a datagram of its own. */
static void
send_part(struct visit *visit, struct initial initial,
    const struct hello *hello, size_t offset, size_t length)
{
	uint8_t frames[DATAGRAM * 2], datagram[DATAGRAM * 2];

	if (offset + length > hello->length)
		length = hello->length - offset;
	initial.frames = frames;
	initial.length =
	    (size_t)(put_crypto(frames, hello->octets, offset, length) -
	             frames);
	initial.padded = DATAGRAM;
	visit_udp(visit, CLIENT, datagram, make_initial(datagram, &initial));
}

static void
assert_found(struct visit *visit, uint32_t version)
{
	const struct exchange_names *names = visit_read(visit);

	assert_text(names, NAMES_TLS_SERVER, "quic.example");
	assert_text(names, NAMES_SERVER, "quic.example");
	assert_text(names, NAMES_ALPN_OFFERED, "h3");
	assert_int_equal(names->source, NAME_SOURCE_QUIC);
	assert_int_equal(names->quic_version, version);
	assert_int_equal(names->tls_version_offered, 0x0304);
	assert_int_equal(names->application, APPLICATION_TLS);
	assert_int_equal(visit->names->buffers.live, 0);
	assert_false(names_wants(visit->names, visit->state, CLIENT));
}

/* --- the RFCs */

static void
assert_keys(uint32_t version, const char *key, const char *iv, const char *hp)
{
	static const char id[] = "\x83\x94\xc8\xf0\x3e\x51\x57\x08";
	struct quic_opener *opener = quic_opener_new();
	uint8_t expected[16];
	struct quic_keys keys;

	assert_non_null(opener);
	derive(
	    opener, &(struct initial){ .version = version, .id = id }, &keys);
	from_hex(expected, key);
	assert_memory_equal(keys.key, expected, 16);
	from_hex(expected, iv);
	assert_memory_equal(keys.iv, expected, 12);
	from_hex(expected, hp);
	assert_memory_equal(keys.header, expected, 16);
	quic_opener_free(&opener);
}

static void
keys_are_those_of_the_rfcs(void **state)
{
	(void)state;
	assert_keys(V1, "1f369613dd76d5467730efcbe3b1a22d",
	    "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2");
	assert_keys(V2, "8b1a0bc121284290a29e0971b5cd045d",
	    "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9");
}

static void
initials_of_the_rfcs_are_opened(void **state)
{
	static const struct {
		const char *packet;
		uint32_t version;
	} vectors[] = { { rfc_9001_initial, V1 }, { rfc_9369_initial, V2 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t datagram[DATAGRAM];
		const struct exchange_names *names;
		struct visit visit;

		assert_int_equal(
		    from_hex(datagram, vectors[i].packet), DATAGRAM);
		visit_begin(&visit, NAMES_QUIC);
		visit_udp(&visit, CLIENT, datagram, sizeof(datagram));
		names = visit_read(&visit);
		assert_text(names, NAMES_SERVER, "example.com");
		assert_text(names, NAMES_ALPN_OFFERED, "alpn");
		assert_int_equal(names->quic_version, vectors[i].version);
		assert_int_equal(names->tls_version_offered, 0x0304);
		assert_int_equal(names_counts(visit.names)->found[1], 1);
		visit_end(&visit);
	}
}

static void
a_changed_octet_opens_nothing(void **state)
{
	uint8_t datagram[DATAGRAM];
	struct visit visit;

	(void)state;
	from_hex(datagram, rfc_9001_initial);
	visit_begin(&visit, NAMES_QUIC);
	datagram[600] ^= 1;
	for (int i = 0; i < 3; i++)
		visit_udp(&visit, CLIENT, datagram, sizeof(datagram));
	assert_text(visit_read(&visit), NAMES_SERVER, "");
	assert_int_equal(visit_read(&visit)->quic_version, 0);
	assert_int_equal(names_counts(visit.names)->malformed, 1);
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	visit_end(&visit);
}

/* --- what clients do */

static void
versions_have_their_own_salts(void **state)
{
	static const uint32_t versions[] = { V1, V2, DRAFT_29, 0xff00001b,
		0xff000022 };
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 0);
	visit_begin(&visit, NAMES_QUIC);
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		send_part(&visit,
		    (struct initial){ .version = versions[i], .id = "client" },
		    &hello, 0, hello.length);
		assert_found(&visit, versions[i]);
		visit_again(&visit);
	}
	visit_end(&visit);
}

/* Post-quantum key shares: the hello needs two packets, or more. */
static void
a_hello_spans_packets_in_any_order(void **state)
{
	const struct initial initial = { .version = V1, .id = "client" };
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 2500);
	visit_begin(&visit, NAMES_QUIC);
	for (unsigned order = 0; order < 27; order++) {
		unsigned parts[3] = { order % 3, order / 3 % 3, order / 9 };
		unsigned given = 0;

		for (int i = 0; i < 3; i++) {
			given |= 1u << parts[i];
			send_part(&visit, initial, &hello, parts[i] * 900, 900);
		}
		if (given == 7)
			assert_found(&visit, V1);
		else
			assert_text(visit_read(&visit), NAMES_SERVER, "");
		visit_again(&visit);
	}
	visit_end(&visit);
}

/* The server's answer gives a new id, while the keys stay. */
static void
a_new_connection_id_keeps_the_keys(void **state)
{
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 1000);
	visit_begin(&visit, NAMES_QUIC);
	send_part(&visit, (struct initial){ .version = V1, .id = "first" },
	    &hello, 0, 800);
	send_part(&visit,
	    (struct initial){
	        .version = V1, .id = "servers", .keyed = "first" },
	    &hello, 800, 800);
	assert_found(&visit, V1);
	visit_end(&visit);
}

/* A Retry is not looked at: what follows it says enough. */
static void
a_retry_changes_the_keys(void **state)
{
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 1000);
	visit_begin(&visit, NAMES_QUIC);
	send_part(&visit, (struct initial){ .version = V1, .id = "first" },
	    &hello, 0, 800);
	send_part(&visit,
	    (struct initial){
	        .version = V1, .id = "retry", .token = true, .number = 1 },
	    &hello, 0, 800);
	send_part(&visit,
	    (struct initial){
	        .version = V1, .id = "retry", .token = true, .number = 2 },
	    &hello, 800, 800);
	assert_found(&visit, V1);
	visit_end(&visit);
}

static void
a_version_is_negotiated(void **state)
{
	uint8_t datagram[DATAGRAM] = { 0xc3, 0x1a, 0x2a, 0x3a, 0x4a, 4 };
	struct hello hello, other;
	struct visit visit;

	(void)state;
	make(&hello, 1000);
	make(&other, 900);
	visit_begin(&visit, NAMES_QUIC);
	/* A reserved version, which every server refuses. */
	visit_udp(&visit, CLIENT, datagram, sizeof(datagram));
	visit_udp(&visit, SERVER, "\x80\0\0\0\0\0\4idid\0\0\0\1", 15);
	send_part(&visit, (struct initial){ .version = V2, .id = "first" },
	    &other, 0, 800);
	/* And once more: what was put together is of another hello. */
	send_part(&visit, (struct initial){ .version = V1, .id = "second" },
	    &hello, 0, 800);
	send_part(&visit, (struct initial){ .version = V1, .id = "second" },
	    &hello, 800, 800);
	assert_found(&visit, V1);
	visit_end(&visit);
}

static void
the_server_may_choose_another_version(void **state)
{
	uint8_t datagram[DATAGRAM] = { 0xd3, 0x6b, 0x33, 0x43, 0xcf, 0, 0, 0,
		0x44, 0x00 };
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 0);
	visit_begin(&visit, NAMES_QUIC);
	send_part(&visit, (struct initial){ .version = V1, .id = "first" },
	    &hello, 0, hello.length);
	visit_udp(&visit, SERVER, datagram, sizeof(datagram));
	assert_found(&visit, V2);
	assert_false(names_wants(visit.names, visit.state, SERVER));
	visit_end(&visit);
}

/* Two Initials and a 0-RTT packet in one datagram. */
static void
packets_share_a_datagram(void **state)
{
	uint8_t frames[DATAGRAM], datagram[4 * DATAGRAM], *at = datagram;
	struct initial initial = {
		.version = V1,
		.id = "client",
		.frames = frames,
	};
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 200);
	initial.length =
	    (size_t)(put_crypto(frames, hello.octets, 100, hello.length - 100) -
	             frames);
	at += make_initial(at, &initial);
	at = put_octets(put32(put8(at, 0xd3), V1), "\0\0\x40\x40", 4);
	memset(at, 0x99, 64);
	at += 64;
	initial.number = 1;
	initial.length =
	    (size_t)(put_crypto(frames, hello.octets, 0, 100) - frames);
	at += make_initial(at, &initial);
	visit_begin(&visit, NAMES_QUIC);
	visit_udp(&visit, CLIENT, datagram, (size_t)(at - datagram));
	assert_found(&visit, V1);
	visit_end(&visit);
}

/* Chrome scatters the hello over many frames, between PING and PADDING. */
static void
frames_come_in_any_order(void **state)
{
	uint8_t frames[2 * DATAGRAM], datagram[2 * DATAGRAM], *at = frames;
	struct initial initial = {
		.version = V1,
		.id = "client",
		.frames = frames,
		.padded = DATAGRAM,
	};
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 300);
	for (size_t part = hello.length / 37 + 1; part-- > 0;) {
		size_t offset = part * 37;
		size_t length =
		    hello.length - offset < 37 ? hello.length - offset : 37;

		at = put16(at, 0x0100);
		at = put_crypto(at, hello.octets, offset, length);
	}
	at = put_octets(at, "\2\1\0\1\0\0\0", 7);   /* ACK */
	at = put_octets(at, "\3\1\0\0\0\1\2\3", 8); /* with ECN */
	at = put_octets(at, "\x1c\0\6\3why", 7);    /* CONNECTION_CLOSE */
	initial.length = (size_t)(at - frames);
	visit_begin(&visit, NAMES_QUIC);
	visit_udp(&visit, CLIENT, datagram, make_initial(datagram, &initial));
	assert_found(&visit, V1);
	visit_end(&visit);
}

static void
a_frame_that_has_no_place_there_is_malformed(void **state)
{
	static const char *const wrong[] = { "\x08", "\x06\x40", "\x1e",
		"\x06\1\x40\x7f" };
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_QUIC);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		uint8_t datagram[DATAGRAM];
		const struct initial initial = {
			.version = V1,
			.id = "client",
			.frames = (const uint8_t *)wrong[i],
			.length = strlen(wrong[i]),
		};
		uint8_t room[DATAGRAM];
		size_t length = make_initial(room, &initial);

		memcpy(datagram, room, length);
		visit_udp(&visit, CLIENT, datagram, length);
		assert_int_equal(names_counts(visit.names)->malformed, i + 1);
		assert_false(names_wants(visit.names, visit.state, CLIENT));
		visit_again(&visit);
	}
	visit_end(&visit);
}

/* --- bounds */

static void
so_many_packets_and_no_more(void **state)
{
	const struct initial initial = { .version = V1, .id = "client" };
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 1000);
	visit_begin(&visit, NAMES_QUIC);
	for (int i = 0; i < QUIC_PACKETS_MAX; i++) {
		assert_true(names_wants(visit.names, visit.state, CLIENT));
		send_part(&visit, initial, &hello, 0, 500);
	}
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	assert_int_equal(visit.names->buffers.live, 0);
	assert_int_equal(names_counts(visit.names)->incomplete, 1);
	visit_end(&visit);
}

/* Every Initial with an id of its own, each in an exchange of its own. */
static void
a_flood_keeps_to_the_rate(void **state)
{
	const struct names_options options = {
		.kinds = NAMES_QUIC,
		.states = 16,
		.buffers = 4,
		.quic_rate = 20,
	};
	struct hello hello;
	struct visit visit;

	(void)state;
	make(&hello, 0);
	visit_begin_with(&visit, &options);
	for (unsigned i = 0; i < 100; i++) {
		char id[] = "client00";

		id[6] = (char)('0' + i / 10);
		id[7] = (char)('0' + i % 10);
		send_part(&visit, (struct initial){ .version = V1, .id = id },
		    &hello, 0, hello.length);
		visit_again(&visit);
	}
	assert_int_equal(names_counts(visit.names)->found[1], 20);
	assert_int_equal(names_counts(visit.names)->quic_skipped, 80);
	visit.ns += NS_PER_SECOND;
	send_part(&visit, (struct initial){ .version = V1, .id = "next" },
	    &hello, 0, hello.length);
	assert_found(&visit, V1);
	visit_end(&visit);
}

static void
what_only_looks_like_quic_takes_no_state(void **state)
{
	static const uint8_t others[][24] = {
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },    /* ids too long */
		{ 0x80, 0x60, 0, 1, 2, 3, 4, 5, 6, 7 },    /* RTP */
		{ 0xc3, 0x51, 0x30, 0x34, 0x36, 8 },       /* Google's */
		{ 0x40, 1, 2, 3, 4, 5, 6, 7 },             /* short header */
		{ 0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0 }, /* DTLS */
	};
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_QUIC);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		visit_udp(&visit, CLIENT, others[i], sizeof(others[i]));
		assert_false(names_wants(visit.names, visit.state, CLIENT));
		assert_int_equal(visit.names->states.live, 0);
		assert_false(names_read(visit.names, visit.state, NULL, 0,
		    (struct exchange_names *)visit.room));
		visit_again(&visit);
	}
	assert_int_equal(names_counts(visit.names)->malformed, 0);
	visit_end(&visit);
}

#endif

static void
a_build_says_whether_it_has_quic(void **state)
{
	struct quic_opener *opener = quic_opener_new();

	(void)state;
	assert_int_equal(names_have_quic(), opener != NULL);
	quic_opener_free(&opener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_build_says_whether_it_has_quic),
#ifdef HAVE_QUIC
		cmocka_unit_test(keys_are_those_of_the_rfcs),
		cmocka_unit_test(initials_of_the_rfcs_are_opened),
		cmocka_unit_test(a_changed_octet_opens_nothing),
		cmocka_unit_test(versions_have_their_own_salts),
		cmocka_unit_test(a_hello_spans_packets_in_any_order),
		cmocka_unit_test(a_new_connection_id_keeps_the_keys),
		cmocka_unit_test(a_retry_changes_the_keys),
		cmocka_unit_test(a_version_is_negotiated),
		cmocka_unit_test(the_server_may_choose_another_version),
		cmocka_unit_test(packets_share_a_datagram),
		cmocka_unit_test(frames_come_in_any_order),
		cmocka_unit_test(a_frame_that_has_no_place_there_is_malformed),
		cmocka_unit_test(so_many_packets_and_no_more),
		cmocka_unit_test(a_flood_keeps_to_the_rate),
		cmocka_unit_test(what_only_looks_like_quic_takes_no_state),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
