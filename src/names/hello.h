/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hellos of TLS (RFC 8446, 4.1; RFC 5246, 7.4.1), as they are in TLS and in
 * QUIC: the bodies of the handshake messages.
 */
#ifndef EXFLOW_SRC_NAMES_HELLO_H
#define EXFLOW_SRC_NAMES_HELLO_H

#include "parsed.h"

#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

/* Types of extensions. */
enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_SIGNATURES = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_SESSION_TICKET = 35,
	EXTENSION_PRE_SHARED_KEY = 41,
	EXTENSION_EARLY_DATA = 42,
	EXTENSION_VERSIONS = 43,
	EXTENSION_ESNI = 0xffce, /* of drafts before ECH */
	EXTENSION_ECH = 0xfe0d,
};

/* Each span is empty where the hello has no such thing. */
struct client_hello {
	uint16_t legacy_version;
	uint16_t version;        /* the highest one that is offered */
	struct span ciphers;     /* two octets each */
	struct span extensions;  /* │type│length│…, as they stand */
	struct span server_name; /* of type host_name */
	struct span alpn;        /* │length│name│… */
	struct span signatures;  /* two octets each */
	bool has_server_name;    /* the extension is there */
	bool ech;
	bool resumes; /* the client has a session to be resumed */
	bool early_data;
};

struct server_hello {
	uint16_t version; /* chosen */
	struct span alpn; /* chosen, one name; empty: not visible */
	bool retry;       /* HelloRetryRequest: another hello follows */
};

/* Values that are sent to be ignored, RFC 8701. */
static inline bool
is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* False: malformed. */
bool client_hello_read(struct span message, struct client_hello *hello);
bool server_hello_read(struct span message, struct server_hello *hello);

#endif
