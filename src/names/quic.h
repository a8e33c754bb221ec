/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of QUIC with a long header (RFC 9000, 17.2; RFC 8999), and the frames
 * of Initial packets.
 */
#ifndef EXFLOW_SRC_NAMES_QUIC_H
#define EXFLOW_SRC_NAMES_QUIC_H

#include "parsed.h"
#include "quic_keys.h"
#include "stream.h"

#define QUIC_PACKETS_MAX 10 /* Initials of a client that are looked at */
#define QUIC_PLAIN_MAX 2048 /* octets of an Initial; a larger one is not read */

enum quic_type {
	QUIC_INITIAL,
	QUIC_EARLY, /* 0-RTT */
	QUIC_OTHER, /* Handshake, Retry, Version Negotiation, unknown version */
};

/* A packet in a datagram. */
struct quic_packet {
	enum quic_type type;
	uint32_t wire_version;
	const struct quic_version *version; /* NULL: not one of ours */
	struct span destination;            /* connection id */
	struct span header;                 /* up to the packet number */
	struct span sealed; /* packet number and payload, protected */
};

/* Reserved to be refused (RFC 9000, 15): the client comes with another then. */
bool quic_is_reserved(uint32_t version);
/* The next packet, which is taken off; false: there is none, or malformed. */
bool quic_take_packet(struct span *datagram, struct quic_packet *packet);
/*
 * Open an Initial into plain, QUIC_PLAIN_MAX octets.  False: not sealed by
 * these keys.
 */
bool quic_open_packet(struct quic_opener *opener, const struct quic_keys *keys,
    const struct quic_packet *packet, uint8_t *plain, struct span *frames);
/* What CRYPTO frames carry goes into the stream.  False: malformed. */
bool quic_read_frames(struct span frames, struct stream *stream);
/* The versions whose Initials can be opened; NULL: another one. */
const struct quic_version *quic_version_find(uint32_t version);

#endif
