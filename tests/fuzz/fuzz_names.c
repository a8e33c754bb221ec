/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parsers of names, each by itself or behind their door.  The first octet
 * chooses: a parser, which gets the rest; or
 *
 *	DATAGRAMS  │choice│ then datagrams: │side, cut│length, 2│octets│ …
 *	STREAM     │choice│order, 16│ a stream, which comes whole in one exchange,
 *	           and in pieces in another, in an order that the 16 octets choose
 *
 * A stream says the same in whatever pieces it comes, some of them twice.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/names/certificate.h"
#include "../../src/names/dns.h"
#include "../../src/names/hello.h"
#include "../../src/names/http.h"
#include "../../src/names/ja4.h"
#include "../../src/names/state.h"
#include "../../src/names/tls.h"
#include "exflow/decode/segment.h"
#include "exflow/names/names.h"
#include "exflow/quic/quic.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

enum {
	RECORDS,
	CLIENT_HELLO,
	SERVER_HELLO,
	CERTIFICATE,
	REQUEST,
	ANSWER,
	DNS,
	PACKETS,
	FRAMES,
	DATAGRAMS,
	STREAM,
	CHOICES
};

#define PORT_DNS 0x01
#define PAYLOAD 0x02
#define FROM_SERVER 0x04
#define PAYLOAD_OCTETS 100
#define ORDER_OCTETS 16
#define PIECES_MAX 32

static void
expect(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_names: %s\n", what);
	abort();
}

static void
expect_inside(struct span part, struct span whole)
{
	expect(part.length == 0 || (part.octets >= whole.octets &&
	                               part.octets + part.length <=
	                                   whole.octets + whole.length),
	    "a span outside of its octets");
}

static void
count_address(void *context, const struct names_answer *answer)
{
	unsigned *count = context;

	expect(answer->ip_version == 4 || answer->ip_version == 6,
	    "an address of no version");
	expect(
	    answer->name_octets > 0 && answer->name_octets <= NAME_OCTETS_MAX,
	    "an address of no name");
	++*count;
}

/* --- parsers */

static void
try_records(struct span octets)
{
	struct tls_handshake *handshake = malloc(sizeof(*handshake));
	struct tls_message message;
	struct span rest;

	if (handshake == NULL)
		abort();
	if (octets.length > NAMES_STREAM_OCTETS)
		octets.length = NAMES_STREAM_OCTETS;
	tls_read_records(octets, handshake);
	rest = handshake->octets;
	while (tls_take_message(&rest, &message))
		expect_inside(message.body, handshake->octets);
	free(handshake);
}

static void
try_client_hello(struct span octets)
{
	struct digest *digest = digest_new();
	struct client_hello hello;
	char ja4[JA4_OCTETS];

	if (client_hello_read(octets, &hello)) {
		expect_inside(hello.ciphers, octets);
		expect_inside(hello.extensions, octets);
		expect_inside(hello.server_name, octets);
		expect_inside(hello.alpn, octets);
		expect_inside(hello.signatures, octets);
		expect(ja4_make(digest, &hello, false, ja4), "no JA4");
		for (size_t i = 0; i < sizeof(ja4); i++)
			expect(ja4[i] > ' ' && ja4[i] < 0x7f, "not a digit");
	}
	digest_free(&digest);
}

static void
try_server_hello(struct span octets)
{
	struct server_hello hello;

	if (server_hello_read(octets, &hello))
		expect_inside(hello.alpn, octets);
}

static void
try_certificate(struct span octets)
{
	struct span name;
	uint32_t more;

	if (octets.length < 2)
		return;
	more = load16(octets.octets);
	octets.octets += 2;
	octets.length -= 2;
	if (certificate_read_name(
	        octets, (uint32_t)octets.length + more, &name) == PARSED_DONE)
		expect_inside(name, octets);
}

static void
try_request(struct span octets)
{
	struct http_request request;

	http_read_request(octets, &request);
	expect_inside(request.method, octets);
	expect_inside(request.target, octets);
	expect_inside(request.host, octets);
}

static void
try_answer(struct span octets)
{
	uint16_t status = 0;

	if (http_read_answer(octets, &status) == PARSED_DONE)
		expect(status >= 100 && status <= 999, "an odd status");
}

static void
try_dns(struct span octets)
{
	struct dns_message message;
	unsigned count = 0;

	if (!names_read_answers(octets.octets, octets.length, (timestamp){ 1 },
	        count_address, &count))
		expect(count == 0, "addresses of a malformed answer");
	if (dns_read(octets, &message) && message.has_question)
		expect(message.name.length > 0 &&
		           message.name.length <= NAME_OCTETS_MAX,
		    "a question without a name");
}

static void
try_packets(struct span octets)
{
	struct quic_packet packet;
	struct span rest = octets;

	while (rest.length > 0 && quic_take_packet(&rest, &packet)) {
		expect_inside(packet.destination, octets);
		expect_inside(packet.header, octets);
		expect_inside(packet.sealed, octets);
		expect_inside(rest, octets);
	}
}

static void
put_crypto(void *stream, uint64_t offset, struct span octets)
{
	stream_put(stream, offset, octets.octets, octets.length);
}

static void
try_frames(struct span octets)
{
	struct stream *stream = malloc(sizeof(*stream));

	if (stream == NULL)
		abort();
	stream_begin(stream, 0);
	quic_read_frames(octets, put_crypto, stream);
	expect(stream->end <= NAMES_STREAM_OCTETS, "a stream beyond its end");
	free(stream);
}

/* --- the door */

/*
 * Made once: nothing of an exchange is left behind when it ends, which is
 * checked, too.
 */
static struct names *
get_names(uint8_t choice)
{
	static struct names *made[2];
	bool payload = (choice & PAYLOAD) != 0;
	const struct names_options options = {
		.kinds = NAMES_TLS | NAMES_QUIC | NAMES_HTTP | NAMES_DNS |
		         NAMES_FINGERPRINT,
		.payload = payload ? PAYLOAD_OCTETS : 0,
		.states = 4,
		.buffers = 4,
	};

	if (made[payload] == NULL)
		made[payload] = names_new(&options);
	if (made[payload] == NULL)
		abort();
	return made[payload];
}

static void
check_names(const struct exchange_names *names)
{
	size_t sum = 0;

	for (int i = 0; i < NAMES_TEXT_COUNT; i++) {
		expect(names->length[i] <= NAME_OCTETS_MAX ||
		           i >= NAMES_PAYLOAD_CLIENT,
		    "a long name");
		sum += names->length[i];
	}
	expect(sum == names->texts, "texts that do not add up");
	expect(exchange_names_octets(names) <= EXCHANGE_NAMES_OCTETS_MAX,
	    "more than there is room for");
}

static struct exchange_names *
read_names(const struct names *names, names_state state)
{
	struct exchange_names *room = malloc(EXCHANGE_NAMES_OCTETS_MAX);

	if (room == NULL)
		abort();
	names_read(names, state, NULL, 0, room);
	check_names(room);
	return room;
}

/* A copy of its own, so that a sanitizer sees reads behind its end. */
static void
give(struct names *names, names_state *state, const struct names_packet *packet)
{
	struct names_packet copy = *packet;
	uint8_t *octets = malloc(packet->captured + (packet->captured == 0));

	if (octets == NULL)
		abort();
	memcpy(octets, packet->octets, packet->captured);
	copy.octets = octets;
	names_payload(names, state, &copy);
	free(octets);
}

static void
end(struct names *names, names_state *first, names_state *second)
{
	names_end(names, first);
	names_end(names, second);
	expect(names->states.live == 0 && names->cells.live == 0 &&
	           names->buffers.live == 0,
	    "memory that is not given back");
}

static void
try_datagrams(struct span octets)
{
	const uint8_t *at = octets.octets + 1;
	const uint8_t *last = octets.octets + octets.length;
	struct names_packet packet = { .time = { 1 },
		.protocol = PROTOCOL_UDP };
	names_state state = 0, none = 0;
	struct names *names;

	if (octets.length < 1)
		return;
	names = get_names(octets.octets[0]);
	packet.port = (octets.octets[0] & PORT_DNS) != 0 ? 53 : 443;
	while (last - at >= 3) {
		packet.side = at[0] & 1;
		packet.captured = load16(at + 1);
		at += 3;
		if (packet.captured > last - at)
			packet.captured = (uint32_t)(last - at);
		packet.octets = at;
		packet.length = packet.captured + (at[-3] >> 7);
		packet.time.ns += (uint64_t)NS_PER_MS * at[-3];
		give(names, &state, &packet);
		at += packet.captured;
	}
	free(read_names(names, state));
	end(names, &state, &none);
}

/* Pieces of the stream, most of them several times, the last time in order. */
static void
give_pieces(struct names *names, names_state *state, struct span stream,
    struct names_packet *packet, const uint8_t order[ORDER_OCTETS])
{
	size_t piece = stream.length / (1 + order[0] % PIECES_MAX) + 1;
	size_t pieces = (stream.length + piece - 1) / piece;

	for (size_t i = 0; i < ORDER_OCTETS - 1 + pieces; i++) {
		bool mixed = i < ORDER_OCTETS - 1;
		size_t from =
		    (mixed ? order[1 + i] % pieces : i - (ORDER_OCTETS - 1)) *
		    piece;
		size_t octets = mixed ? piece + order[1 + i] / 8 : piece;

		if (octets > stream.length - from)
			octets = stream.length - from;
		packet->octets = stream.octets + from;
		packet->captured = packet->length = (uint32_t)octets;
		packet->sequence = packet->first + (uint32_t)from;
		give(names, state, packet);
	}
}

static void
try_stream(struct span octets)
{
	const uint8_t *order = octets.octets + 1;
	struct span stream = { octets.octets + 1 + ORDER_OCTETS,
		octets.length - 1 - ORDER_OCTETS };
	struct names_packet packet = {
		.time = { 1 }, .protocol = PROTOCOL_TCP, .first_known = true
	};
	names_state whole = 0, pieces = 0;
	struct exchange_names *first, *second;
	struct names *names;

	if (octets.length <= 1 + ORDER_OCTETS)
		return;
	names = get_names(octets.octets[0]);
	packet.port = (octets.octets[0] & PORT_DNS) != 0 ? 53 : 443;
	packet.side = (octets.octets[0] & FROM_SERVER) != 0;
	packet.first = packet.sequence = 0xffffff00;
	packet.octets = stream.octets;
	packet.captured = packet.length = (uint32_t)stream.length;
	give(names, &whole, &packet);
	give_pieces(names, &pieces, stream, &packet, order);
	first = read_names(names, whole);
	second = read_names(names, pieces);
	expect(memcmp(first, second, exchange_names_octets(first)) == 0,
	    "pieces say something else");
	free(first);
	free(second);
	end(names, &whole, &pieces);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[CHOICES])(struct span) = {
		[RECORDS] = try_records,
		[CLIENT_HELLO] = try_client_hello,
		[SERVER_HELLO] = try_server_hello,
		[CERTIFICATE] = try_certificate,
		[REQUEST] = try_request,
		[ANSWER] = try_answer,
		[DNS] = try_dns,
		[PACKETS] = try_packets,
		[FRAMES] = try_frames,
		[DATAGRAMS] = try_datagrams,
		[STREAM] = try_stream,
	};

	if (size > 0)
		tries[data[0] % CHOICES]((struct span){ data + 1, size - 1 });
	return 0;
}
