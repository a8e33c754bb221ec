/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "hello.h"

#include <string.h>

#define HOST_NAME 0

/* Drafts of TLS 1.3 up to 21 said 0x7f.. here, and had no session id. */
#define DRAFT 0x7f

/* The random of a HelloRetryRequest: SHA-256 of that word (RFC 8446, 4.1.3). */
static const uint8_t retry_random[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a,
	0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2,
	0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
	0x33, 0x9c };

/* A list behind its length of two octets, which has to fill the extension. */
static void
whole_list(struct cursor *list, struct cursor *extension)
{
	cursor_sub(list, extension, cursor_16(extension));
	if (cursor_goes_on(extension))
		cursor_reject(extension);
}

/* RFC 6066, 3: the first name of the only type that there is. */
static void
read_server_name(struct cursor *extension, struct client_hello *hello)
{
	struct cursor list, name;

	hello->has_server_name = true;
	whole_list(&list, extension);
	while (cursor_goes_on(&list)) {
		uint8_t type = cursor_8(&list);

		cursor_sub(&name, &list, cursor_16(&list));
		if (list.state != CURSOR_GOOD || name.at == name.end)
			cursor_reject(extension);
		else if (type == HOST_NAME && hello->server_name.length == 0)
			hello->server_name = span_of(&name);
	}
}

/* RFC 7301, 3.1; each name is looked at, so that readers of the list need not. */
static void
read_alpn(struct cursor *extension, struct span *names)
{
	struct cursor list, name;

	whole_list(&list, extension);
	*names = span_of(&list);
	while (cursor_goes_on(&list)) {
		cursor_sub(&name, &list, cursor_8(&list));
		if (list.state != CURSOR_GOOD || name.at == name.end)
			cursor_reject(extension);
	}
}

/* The highest one that is not GREASE; drafts (0x7f..) are above TLS 1.3. */
static void
read_versions(struct cursor *extension, struct client_hello *hello)
{
	struct cursor list;
	uint16_t highest = 0;

	cursor_sub(&list, extension, cursor_8(extension));
	while (cursor_goes_on(&list)) {
		uint16_t version = cursor_16(&list);

		if (!is_grease(version) && version > highest)
			highest = version;
	}
	if (list.state != CURSOR_GOOD)
		cursor_reject(extension);
	else if (highest != 0)
		hello->version = highest;
}

static void
read_signatures(struct cursor *extension, struct client_hello *hello)
{
	struct cursor list;

	whole_list(&list, extension);
	hello->signatures = span_of(&list);
	if (hello->signatures.length % 2 != 0)
		cursor_reject(extension);
}

static void
read_client_extension(
    uint16_t type, struct cursor *extension, struct client_hello *hello)
{
	switch (type) {
	case EXTENSION_SERVER_NAME:
		read_server_name(extension, hello);
		break;
	case EXTENSION_SIGNATURES:
		read_signatures(extension, hello);
		break;
	case EXTENSION_ALPN:
		read_alpn(extension, &hello->alpn);
		break;
	case EXTENSION_SESSION_TICKET:
		hello->resumes |= extension->at != extension->end;
		break;
	case EXTENSION_PRE_SHARED_KEY:
		hello->resumes = true;
		break;
	case EXTENSION_EARLY_DATA:
		hello->early_data = true;
		break;
	case EXTENSION_VERSIONS:
		read_versions(extension, hello);
		break;
	case EXTENSION_ESNI:
	case EXTENSION_ECH:
		hello->ech = true;
		break;
	default:
		break;
	}
}

static void
read_extensions(struct cursor *message, struct client_hello *hello)
{
	struct cursor list, extension;

	whole_list(&list, message);
	hello->extensions = span_of(&list);
	while (cursor_goes_on(&list)) {
		uint16_t type = cursor_16(&list);

		cursor_sub(&extension, &list, cursor_16(&list));
		if (list.state == CURSOR_GOOD)
			read_client_extension(type, &extension, hello);
		if (extension.state != CURSOR_GOOD)
			cursor_reject(message);
	}
	if (list.state != CURSOR_GOOD)
		cursor_reject(message);
}

bool
client_hello_read(struct span message, struct client_hello *hello)
{
	struct cursor cursor, session, ciphers;

	memset(hello, 0, sizeof(*hello));
	cursor_over(&cursor, message);
	hello->legacy_version = hello->version = cursor_16(&cursor);
	cursor_skip(&cursor, 32); /* random */
	cursor_sub(&session, &cursor, cursor_8(&cursor));
	cursor_sub(&ciphers, &cursor, cursor_16(&cursor));
	hello->ciphers = span_of(&ciphers);
	cursor_skip(&cursor, cursor_8(&cursor)); /* compression */
	if (cursor_goes_on(&cursor))
		read_extensions(&cursor, hello);
	/* TLS 1.3 has a session id that means nothing (RFC 8446, D.4). */
	if (hello->version <= TLS_1_2 && session.at != session.end)
		hello->resumes = true;
	return cursor.state == CURSOR_GOOD && hello->ciphers.length % 2 == 0 &&
	       hello->legacy_version >> 8 == 3;
}

static void
read_server_extensions(struct cursor *message, struct server_hello *hello)
{
	struct cursor list, extension;

	whole_list(&list, message);
	while (cursor_goes_on(&list)) {
		uint16_t type = cursor_16(&list);

		cursor_sub(&extension, &list, cursor_16(&list));
		if (list.state != CURSOR_GOOD)
			break;
		if (type == EXTENSION_VERSIONS)
			hello->version = cursor_16(&extension);
		else if (type == EXTENSION_ALPN)
			read_alpn(&extension, &hello->alpn);
		if (extension.state != CURSOR_GOOD)
			cursor_reject(message);
	}
	if (list.state != CURSOR_GOOD)
		cursor_reject(message);
}

bool
server_hello_read(struct span message, struct server_hello *hello)
{
	struct cursor cursor;
	const uint8_t *random;

	memset(hello, 0, sizeof(*hello));
	cursor_over(&cursor, message);
	hello->version = cursor_16(&cursor);
	if (hello->version >> 8 != 3 && hello->version >> 8 != DRAFT)
		return false;
	random = cursor_take(&cursor, sizeof(retry_random));
	if (random != NULL)
		hello->retry =
		    memcmp(random, retry_random, sizeof(retry_random)) == 0;
	if (hello->version >> 8 == DRAFT) {
		cursor_skip(&cursor, 2); /* cipher */
	} else {
		cursor_skip(&cursor, cursor_8(&cursor)); /* session id */
		cursor_skip(&cursor, 3); /* cipher, compression */
	}
	if (cursor_goes_on(&cursor))
		read_server_extensions(&cursor, hello);
	if (hello->alpn.length > 0) { /* exactly one name */
		hello->alpn.length--;
		if (hello->alpn.octets[0] != hello->alpn.length)
			return false;
		hello->alpn.octets++;
	}
	return cursor.state == CURSOR_GOOD;
}
