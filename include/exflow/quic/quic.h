/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of QUIC with a long header (RFC 9000, 17.2; RFC 8999), and what a
 * client's Initial packets carry.  Their keys (RFC 9001, 5; RFC 9369, 3.3) can
 * be derived by anybody from the connection id of the client's first one.
 *
 *	datagram ─► quic_take_packet ─► an Initial, sealed
 *	              its connection id ─► quic_keys_derive ─► keys
 *	                                                         ▼
 *	            CRYPTO frames ◄─ quic_read_frames ◄─ quic_open_packet
 */
#ifndef EXFLOW_QUIC_QUIC_H
#define EXFLOW_QUIC_QUIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/span.h"

#define QUIC_PLAIN_MAX 2048 /* octets of an Initial; a larger one is not read */
#define QUIC_IV_OCTETS 12

/* --- packets */

enum quic_type {
	QUIC_INITIAL,
	QUIC_EARLY, /* 0-RTT */
	QUIC_OTHER, /* Handshake, Retry, Version Negotiation, unknown version */
};

struct quic_version; /* one whose Initials can be opened */

/* A packet in a datagram. */
struct quic_packet {
	enum quic_type type;
	uint32_t wire_version;
	const struct quic_version *version; /* NULL: not one of ours */
	struct span destination;            /* connection id */
	struct span header;                 /* up to the packet number */
	struct span sealed; /* packet number and payload, protected */
};

/*
 * Is a datagram a packet of QUIC that is looked at: an Initial or 0-RTT of a
 * version that can be opened, or of a reserved one?
 */
bool quic_looks_like(const uint8_t *octets, uint32_t captured);
/* Reserved to be refused (RFC 9000, 15): the client comes with another then. */
bool quic_is_reserved(uint32_t version);
/* The next packet, which is taken off; false: there is none, or malformed. */
bool quic_take_packet(struct span *datagram, struct quic_packet *packet);

/* --- opening Initials: OpenSSL does HKDF and AES */

/* Of the client's Initials. */
struct quic_keys {
	uint32_t version; /* 0: none */
	uint8_t key[16];
	uint8_t iv[QUIC_IV_OCTETS];
	uint8_t header[16]; /* header protection */
};

struct quic_opener;

/* Is OpenSSL (3.0 or later) in this build? */
bool quic_keys_possible(void);
/* NULL: no memory, or OpenSSL refuses; always without OpenSSL. */
struct quic_opener *quic_opener_new(void);
void quic_opener_free(struct quic_opener **opener); /* idempotent, sets NULL */

/* False: OpenSSL refuses. */
bool quic_keys_derive(struct quic_opener *opener,
    const struct quic_version *version, struct span connection_id,
    struct quic_keys *keys);
/*
 * Open an Initial into plain, QUIC_PLAIN_MAX octets.  False: not sealed by
 * these keys.
 */
bool quic_open_packet(struct quic_opener *opener, const struct quic_keys *keys,
    const struct quic_packet *packet, uint8_t *plain, struct span *frames);

/* --- frames */

/* What a CRYPTO frame carries: octets of the stream from `offset` on. */
typedef void quic_crypto(void *context, uint64_t offset, struct span octets);

/*
 * Each CRYPTO frame is handed to crypto, with context.  False: a frame behind
 * those is malformed, or has no place in an Initial.
 */
bool quic_read_frames(struct span frames, quic_crypto *crypto, void *context);

#endif
