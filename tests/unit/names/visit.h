/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exchange whose payloads are made by hand, and hellos of TLS by what they
 * are to say.
 *
 *	visit_begin(&visit, NAMES_TLS);
 *	length = make_hello(message, &(struct spec){ .name = "a.example" });
 *	visit_tcp(&visit, CLIENT, 0, octets, length);
 *	assert_text(visit_read(&visit), NAMES_TLS_SERVER, "a.example");
 *	visit_end(&visit);
 */
#ifndef EXFLOW_VISIT_H
#define EXFLOW_VISIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../src/names/hello.h"
#include "../../../src/names/state.h"
#include "exflow/base/octets.h"
#include "exflow/decode/segment.h"
#include "exflow/names/names.h"

#define HELLO_ROOM 8192
#define START_NS UINT64_C(1700000000000000000)

struct visit {
	struct names *names;
	names_state state;
	uint64_t ns;
	uint16_t port;
	uint32_t first[2];
	bool joined; /* no SYN was seen */
	uint64_t room[(EXCHANGE_NAMES_OCTETS_MAX + 7) / 8];
};

static inline void
visit_begin_with(struct visit *visit, const struct names_options *options)
{
	memset(visit, 0, sizeof(*visit));
	visit->names = names_new(options);
	assert_non_null(visit->names);
	visit->ns = START_NS;
	visit->port = 443;
	visit->first[0] = 0xfffffff0; /* wraps */
	visit->first[1] = 1000;
}

static inline void
visit_begin(struct visit *visit, unsigned kinds)
{
	const struct names_options options = {
		.kinds = kinds,
		.states = 16,
		.buffers = 4,
	};

	visit_begin_with(visit, &options);
}

/* Of `length` octets on the wire `captured` were. */
static inline void
visit_give(struct visit *visit, uint8_t protocol, int side, uint32_t sequence,
    const void *octets, size_t captured, size_t length)
{
	const struct names_packet packet = {
		.octets = octets,
		.captured = (uint32_t)captured,
		.length = (uint32_t)length,
		.sequence = sequence,
		.time = { visit->ns },
		.protocol = protocol,
		.side = (uint8_t)side,
		.first_known = !visit->joined,
		.first = visit->first[side],
		.port = visit->port,
	};

	names_payload(visit->names, &visit->state, &packet);
}

/* At this offset of the side's stream. */
static inline void
visit_tcp(struct visit *visit, int side, size_t offset, const void *octets,
    size_t length)
{
	visit_give(visit, PROTOCOL_TCP, side,
	    visit->first[side] + (uint32_t)offset, octets, length, length);
}

static inline void
visit_text(struct visit *visit, int side, size_t offset, const char *text)
{
	visit_tcp(visit, side, offset, text, strlen(text));
}

static inline void
visit_udp(struct visit *visit, int side, const void *octets, size_t length)
{
	visit_give(visit, PROTOCOL_UDP, side, 0, octets, length, length);
}

static inline const struct exchange_names *
visit_read(struct visit *visit)
{
	struct exchange_names *names = (struct exchange_names *)visit->room;

	names_read(visit->names, visit->state, NULL, 0, names);
	return names;
}

/* The exchange is over: everything it had is given back. */
static inline void
visit_again(struct visit *visit)
{
	names_end(visit->names, &visit->state);
	assert_int_equal(visit->state, 0);
	assert_int_equal(visit->names->states.live, 0);
	assert_int_equal(visit->names->cells.live, 0);
	assert_int_equal(visit->names->buffers.live, 0);
}

static inline void
visit_end(struct visit *visit)
{
	visit_again(visit);
	names_free(&visit->names);
}

static inline void
assert_text(
    const struct exchange_names *names, enum names_text which, const char *text)
{
	assert_int_equal(names->length[which], strlen(text));
	assert_memory_equal(
	    exchange_names_text(names, which), text, strlen(text));
}

/* --- hellos; what is left out is not in them */

struct spec {
	const char *name;     /* server name */
	const char *alpn;     /* names with a comma between two */
	uint16_t versions[4]; /* supported_versions */
	uint16_t legacy;      /* 0: TLS 1.2 */
	size_t padding;       /* octets of that extension */
	uint8_t session;      /* octets of the session id */
	const char *ticket;   /* content of session_ticket */
	bool ech, early_data, shared_key, grease;
	const char *signatures; /* 2 octets each */
	uint8_t signature_octets;
};

static inline uint8_t *
put_octets(uint8_t *at, const void *octets, size_t length)
{
	memcpy(at, octets, length);
	return at + length;
}

/* Set the 16 bits at `length` to the octets between it and `at`. */
static inline void
close_16(uint8_t *length, const uint8_t *at)
{
	put16(length, (uint16_t)(at - length - 2));
}

static inline uint8_t *
put_extension(uint8_t *at, uint16_t type, const void *octets, size_t length)
{
	at = put16(put16(at, type), (uint16_t)length);
	return put_octets(at, octets, length);
}

static inline uint8_t *
put_server_name(uint8_t *at, const char *name)
{
	size_t length = strlen(name);

	at = put16(put16(at, EXTENSION_SERVER_NAME), (uint16_t)(length + 5));
	at = put8(put16(at, (uint16_t)(length + 3)), 0);
	return put_octets(put16(at, (uint16_t)length), name, length);
}

static inline uint8_t *
put_alpn(uint8_t *at, const char *names)
{
	uint8_t *extension = put16(at, EXTENSION_ALPN);
	uint8_t *list = put16(extension, 0);

	at = put16(list, 0);
	while (*names != '\0') {
		size_t length = strcspn(names, ",");

		at = put_octets(put8(at, (uint8_t)length), names, length);
		names += length + (names[length] == ',');
	}
	close_16(list, at);
	close_16(extension, at);
	return at;
}

static inline uint8_t *
put_versions(uint8_t *at, const uint16_t versions[4])
{
	uint8_t *extension = put16(at, EXTENSION_VERSIONS);
	uint8_t *list = put16(extension, 0);

	at = list + 1;
	for (int i = 0; i < 4 && versions[i] != 0; i++)
		at = put16(at, versions[i]);
	*list = (uint8_t)(at - list - 1);
	close_16(extension, at);
	return at;
}

static inline uint8_t *
put_extensions(uint8_t *at, const struct spec *spec)
{
	static const uint8_t zeros[HELLO_ROOM];
	uint8_t *list = at;

	at = put16(at, 0);
	if (spec->grease)
		at = put_extension(at, 0x1a1a, zeros, 0);
	if (spec->name != NULL)
		at = put_server_name(at, spec->name);
	if (spec->alpn != NULL)
		at = put_alpn(at, spec->alpn);
	if (spec->versions[0] != 0)
		at = put_versions(at, spec->versions);
	if (spec->signatures != NULL) {
		at = put16(put16(at, EXTENSION_SIGNATURES),
		    (uint16_t)(spec->signature_octets + 2));
		at = put16(at, spec->signature_octets);
		at = put_octets(at, spec->signatures, spec->signature_octets);
	}
	if (spec->padding > 0)
		at = put_extension(at, 21, zeros, spec->padding);
	if (spec->ticket != NULL)
		at = put_extension(at, EXTENSION_SESSION_TICKET, spec->ticket,
		    strlen(spec->ticket));
	if (spec->ech)
		at = put_extension(at, EXTENSION_ECH, zeros, 100);
	if (spec->early_data)
		at = put_extension(at, EXTENSION_EARLY_DATA, zeros, 0);
	if (spec->shared_key)
		at = put_extension(at, EXTENSION_PRE_SHARED_KEY, zeros, 40);
	close_16(list, at);
	return at - list > 2 ? at : list;
}

/* A handshake message of a client hello; its octets. */
static inline size_t
make_hello(uint8_t room[HELLO_ROOM], const struct spec *spec)
{
	static const uint8_t ciphers[] = { 0x13, 0x01, 0xc0, 0x2f, 0x00, 0x2f };
	uint8_t *at = room + 4;

	at = put16(at, spec->legacy != 0 ? spec->legacy : TLS_1_2);
	memset(at, 0x55, 32);
	at = put8(at + 32, spec->session);
	memset(at, 0x66, spec->session);
	at = put16(at + spec->session, sizeof(ciphers));
	at = put_octets(at, ciphers, sizeof(ciphers));
	at = put8(put8(at, 1), 0);
	at = put_extensions(at, spec);
	put32(room, (uint32_t)(at - room - 4));
	room[0] = 1;
	return (size_t)(at - room);
}

/* A message in records of at most so many octets each. */
static inline size_t
make_records(uint8_t *room, const uint8_t *message, size_t length, size_t most)
{
	uint8_t *at = room;

	while (length > 0) {
		size_t part = length < most ? length : most;

		at = put16(put16(put8(at, 22), 0x0301), (uint16_t)part);
		at = put_octets(at, message, part);
		message += part;
		length -= part;
	}
	return (size_t)(at - room);
}

/* A client hello in one record. */
static inline size_t
make_hello_record(uint8_t room[HELLO_ROOM], const struct spec *spec)
{
	uint8_t message[HELLO_ROOM];
	size_t length = make_hello(message, spec);

	return make_records(room, message, length, HELLO_ROOM);
}

#endif
