/* SPDX-License-Identifier: BSD-2-Clause */
/* Hellos of TLS by what they are to say; what is left out is not in them. */
#ifndef EXFLOW_HELLOS_H
#define EXFLOW_HELLOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../../src/names/hello.h"
#include "exflow/base/octets.h"

#define HELLO_ROOM 8192

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
