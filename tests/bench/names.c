/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What names cost: whole exchanges from their first payload to their end, as
 * the meter hands them over.
 *
 * usage: names [EXCHANGES]
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/names/hellos.h"
#include "../unit/names/rfc_packets.h"
#include "exflow/decode/segment.h"
#include "exflow/names/names.h"

#include "micro.h"

#define LIVE 1000 /* exchanges at a time */

struct payload {
	uint8_t octets[HELLO_ROOM];
	size_t length;
	uint32_t offset;
	uint8_t side;
};

struct exchange {
	const char *what;
	unsigned kinds;
	uint8_t protocol;
	uint16_t port;
	unsigned count;
	struct payload payloads[4];
};

static void
add(struct exchange *exchange, uint8_t side, uint32_t offset,
    const void *octets, size_t length)
{
	struct payload *payload = &exchange->payloads[exchange->count++];

	memcpy(payload->octets, octets, length);
	payload->length = length;
	payload->offset = offset;
	payload->side = side;
}

static void
give(struct names *names, names_state *state, const struct exchange *exchange,
    const struct payload *payload, uint64_t ns)
{
	const struct names_packet packet = {
		.octets = payload->octets,
		.captured = (uint32_t)payload->length,
		.length = (uint32_t)payload->length,
		.sequence = 1 + payload->offset,
		.time = { ns },
		.protocol = exchange->protocol,
		.side = payload->side,
		.first_known = true,
		.first = 1,
		.port = exchange->port,
	};

	if (names_wants(names, *state, payload->side))
		names_payload(names, state, &packet);
}

/* Octets of what was found, so that nothing is left out. */
static uint64_t
run(struct names *names, const struct exchange *exchange, unsigned long count)
{
	static names_state states[LIVE];
	static uint64_t room[(EXCHANGE_NAMES_OCTETS_MAX + 7) / 8];
	struct exchange_names *found = (struct exchange_names *)room;
	uint64_t sum = 0;

	for (unsigned long i = 0; i < count; i++) {
		names_state *state = &states[i % LIVE];

		names_end(names, state);
		for (unsigned p = 0; p < exchange->count; p++)
			give(names, state, exchange, &exchange->payloads[p],
			    i * 1000);
		names_read(names, *state, NULL, 0, found);
		sum += found->texts;
	}
	for (unsigned i = 0; i < LIVE; i++)
		names_end(names, &states[i]);
	return sum;
}

static void
measure(const struct exchange *exchange, unsigned long count)
{
	const struct names_options options = {
		.kinds = exchange->kinds,
		.states = 2 * LIVE,
		.buffers = 16,
	};
	struct names *names = names_new(&options);
	volatile uint64_t sink = 0;
	uint64_t best = UINT64_MAX;

	if (names == NULL)
		exit(EXIT_FAILURE);
	for (int round = 0; round < 5; round++) {
		uint64_t begin = micro_clock_ns(), took;

		sink += run(names, exchange, count);
		took = micro_clock_ns() - begin;
		if (took < best)
			best = took;
	}
	micro_row(exchange->what, (double)best / (double)count, "ns/exchange");
	names_free(&names);
}

/* As a browser's: ALPN, signatures, padding up to this many octets. */
static size_t
make_browser_hello(uint8_t room[HELLO_ROOM], size_t padding)
{
	static const char signatures[] = "\4\3\10\4\4\1\5\3\10\5\5\1\10\6\6\1";
	const struct spec spec = {
		.name = "www.example.com",
		.alpn = "h2,http/1.1",
		.versions = { 0x3a3a, 0x0304, 0x0303 },
		.session = 32,
		.padding = padding,
		.grease = true,
		.signatures = signatures,
		.signature_octets = sizeof(signatures) - 1,
	};

	return make_hello_record(room, &spec);
}

static void
add_server_hello(struct exchange *exchange)
{
	static const uint8_t begin[] = { 22, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3 };
	static const uint8_t end[] = { 0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4 };
	uint8_t octets[55] = { 0 };

	memcpy(octets, begin, sizeof(begin));
	memcpy(octets + 43, end, sizeof(end));
	add(exchange, 1, 0, octets, sizeof(octets));
}

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

static void
measure_tls(unsigned long count)
{
	struct exchange exchange = { .what = "TLS",
		.kinds = NAMES_TLS,
		.protocol = PROTOCOL_TCP,
		.port = 443 };
	uint8_t octets[HELLO_ROOM];
	size_t length = make_browser_hello(octets, 350);

	add(&exchange, 0, 0, octets, length);
	add_server_hello(&exchange);
	measure(&exchange, count);
	exchange.what = "TLS, with JA4";
	exchange.kinds |= NAMES_FINGERPRINT;
	measure(&exchange, count);
	exchange.what = "TLS, a hello of two segments";
	exchange.kinds = NAMES_TLS;
	exchange.count = 0;
	length = make_browser_hello(octets, 1600);
	add(&exchange, 0, 0, octets, 1400);
	add(&exchange, 0, 1400, octets + 1400, length - 1400);
	add_server_hello(&exchange);
	measure(&exchange, count);
}

static void
measure_quic(unsigned long count)
{
	struct exchange exchange = { .what = "QUIC",
		.kinds = NAMES_QUIC,
		.protocol = PROTOCOL_UDP,
		.port = 443 };
	uint8_t octets[HELLO_ROOM];

	if (!names_have_quic())
		return;
	add(&exchange, 0, 0, octets, from_hex(octets, rfc_9001_initial));
	measure(&exchange, count);
	exchange.what = "QUIC, with JA4";
	exchange.kinds |= NAMES_FINGERPRINT;
	measure(&exchange, count);
}

static void
measure_text(unsigned long count)
{
	static const char request[] =
	    "GET /index.html HTTP/1.1\r\nUser-Agent: bench\r\n"
	    "Accept: */*\r\nHost: www.example.com\r\n\r\n";
	static const char answer[] = "HTTP/1.1 200 OK\r\n\r\n";
	static const uint8_t query[] = "\0\1\1\0\0\1\0\0\0\0\0\0"
	                               "\3www\7example\3com\0\0\1\0";
	static const uint8_t reply[] =
	    "\0\1\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1"
	    "\xc0\x0c\0\1\0\1\0\0\1\0\0\4\xc0\0\2";
	struct exchange exchange = { .what = "HTTP",
		.kinds = NAMES_HTTP,
		.protocol = PROTOCOL_TCP,
		.port = 80 };

	add(&exchange, 0, 0, request, sizeof(request) - 1);
	add(&exchange, 1, 0, answer, sizeof(answer) - 1);
	measure(&exchange, count);
	exchange = (struct exchange){ .what = "DNS",
		.kinds = NAMES_DNS,
		.protocol = PROTOCOL_UDP,
		.port = 53 };
	add(&exchange, 0, 0, query, sizeof(query));
	add(&exchange, 1, 0, reply, sizeof(reply));
	measure(&exchange, count);
	exchange = (struct exchange){ .what = "none of these",
		.kinds = NAMES_TLS | NAMES_HTTP | NAMES_DNS | NAMES_QUIC,
		.protocol = PROTOCOL_TCP,
		.port = 25 };
	add(&exchange, 0, 0, "EHLO a.example\r\n", 16);
	add(&exchange, 1, 0, "220 b.example\r\n", 15);
	measure(&exchange, count);
}

int
main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;

	if (count == 0)
		return EXIT_FAILURE;
	measure_tls(count);
	measure_quic(count);
	measure_text(count);
	return EXIT_SUCCESS;
}
