/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of TLS over TCP (RFC 8446, 5.1), and the handshake messages in them:
 * a record may hold several messages, and a message may lie in several records.
 *
 *	records     │5│ ClientHello, part 1 │5│ part 2 │5│ …
 *	handshake      └─────────────────────┴──────────┘
 */
#ifndef EXFLOW_SRC_NAMES_TLS_H
#define EXFLOW_SRC_NAMES_TLS_H

#include "exflow/names/names.h"

#include "parsed.h"

/* Types of handshake messages. */
enum {
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_CERTIFICATE = 11,
};

/* The handshake octets of a flight, as far as they came. */
struct tls_handshake {
	struct span octets; /* in the records, or in `room` */
	bool over;          /* something else follows */
	uint8_t room[NAMES_STREAM_OCTETS];
};

/* A message of it. */
struct tls_message {
	uint8_t type;
	uint32_t length;
	struct span body; /* shorter than length: the rest has not come */
};

/* Can these octets, or more behind them, be a handshake record? */
bool tls_looks_like_handshake(struct span octets);

/* What is in the records, up to the first one that is of another type. */
void tls_read_records(struct span octets, struct tls_handshake *handshake);
/* The next message, which is taken off; false: not even its length came. */
bool tls_take_message(struct span *octets, struct tls_message *message);

#endif
