/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the opening of a packet is made of: the mask of its header, and the
 * opening of what it seals (RFC 9001, 5); and what each version has of its own.
 */
#ifndef EXFLOW_SRC_QUIC_QUIC_KEYS_H
#define EXFLOW_SRC_QUIC_QUIC_KEYS_H

#include "exflow/quic/quic.h"

#define QUIC_SAMPLE_OCTETS 16
#define QUIC_TAG_OCTETS 16

/* What a version has of its own. */
struct quic_version {
	uint32_t version;
	uint8_t salt[20];
	uint8_t initial;   /* type of a long header */
	uint8_t early;     /* the same of 0-RTT */
	const char *label; /* "quic" or "quicv2", before " key" and so on */
};

/* The versions whose Initials can be opened; NULL: another one. */
const struct quic_version *quic_version_find(uint32_t version);

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
