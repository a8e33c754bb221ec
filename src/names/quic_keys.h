/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of QUIC's Initial packets (RFC 9001, 5; RFC 9369, 3.3), which
 * anybody can derive from the connection id of the client's first one, and the
 * opening of a packet by them.  OpenSSL does HKDF and AES.
 */
#ifndef EXFLOW_SRC_NAMES_QUIC_KEYS_H
#define EXFLOW_SRC_NAMES_QUIC_KEYS_H

#include "parsed.h"

#define QUIC_SAMPLE_OCTETS 16
#define QUIC_TAG_OCTETS 16
#define QUIC_IV_OCTETS 12

/* Of the client's Initials. */
struct quic_keys {
	uint32_t version; /* 0: none */
	uint8_t key[16];
	uint8_t iv[QUIC_IV_OCTETS];
	uint8_t header[16]; /* header protection */
};

/* What a version has of its own. */
struct quic_version {
	uint32_t version;
	uint8_t salt[20];
	uint8_t initial;   /* type of a long header */
	uint8_t early;     /* the same of 0-RTT */
	const char *label; /* "quic" or "quicv2", before " key" and so on */
};

struct quic_opener;

/* Is OpenSSL (3.0 or later) in this build? */
bool quic_keys_possible(void);
/* NULL: no memory, or OpenSSL refuses; always without OpenSSL. */
struct quic_opener *quic_opener_new(void);
void quic_opener_free(struct quic_opener **opener); /* idempotent, sets NULL */

bool quic_keys_derive(struct quic_opener *opener,
    const struct quic_version *version, struct span connection_id,
    struct quic_keys *keys);
/* The five octets that hide the first octet and the packet number. */
bool quic_header_mask(struct quic_opener *opener, const struct quic_keys *keys,
    const uint8_t sample[QUIC_SAMPLE_OCTETS], uint8_t mask[5]);
/*
 * Open sealed, whose last octets are the tag, into plain with room for
 * sealed.length.  header: up to the packet number, without its protection.
 * False: it was not sealed by these keys.
 */
bool quic_open(struct quic_opener *opener, const struct quic_keys *keys,
    uint64_t packet_number, struct span header, struct span sealed,
    uint8_t *plain);

#endif
