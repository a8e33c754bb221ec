/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a captured frame to a segment (SEMANTICS, "From a packet to a
 * segment").  Every octet is read through a bounds-checked cursor: no input
 * makes the decoder read outside the captured octets.
 */
#ifndef EXFLOW_DECODE_DECODE_H
#define EXFLOW_DECODE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/segment.h"

/* Tunnels that can be looked through; a set of these is a bit mask. */
enum tunnel {
	TUNNEL_IPIP = 1 << 0,   /* IPv4 in IPv4 or IPv6, protocol 4 */
	TUNNEL_6IN4 = 1 << 1,   /* IPv6 in IPv4 or IPv6, protocol 41 */
	TUNNEL_GRE = 1 << 2,    /* RFC 2784, 2890, 2637, ERSPAN */
	TUNNEL_VXLAN = 1 << 3,  /* RFC 7348, UDP 4789 */
	TUNNEL_GENEVE = 1 << 4, /* RFC 8926, UDP 6081 */
	TUNNEL_GTPU = 1 << 5,   /* 3GPP TS 29.281, UDP 2152 */
	TUNNEL_TEREDO = 1 << 6, /* RFC 4380, UDP 3544 */
};

/* The bit of a tunnel's name ("ipip", "6in4", …; "all"), 0 if unknown. */
unsigned tunnel_from_name(const char *name);
/* The n-th tunnel name in the order above, NULL past the last. */
const char *tunnel_name(size_t n);

#define DECODE_MAX_TUNNELS 8     /* nested tunnels; deeper: malformed */
#define DECODE_MAX_TAGS 16       /* VLAN tags, MPLS labels: likewise */
#define DECODE_MAX_EXTENSIONS 16 /* IPv6 extension headers: likewise */

#define FRAGMENT_TIMEOUT_SECONDS 30
#define FRAGMENT_TABLE_DEFAULT 4096 /* datagrams in pieces at once */

struct decode_options {
	unsigned tunnels;      /* mask of enum tunnel */
	bool key_vlan;         /* VLAN id is part of the key */
	size_t fragment_table; /* 0: the default above */
	bool other;            /* segments of other protocols, too */
};

/* One decoder serves one input stream, in its order; not thread safe. */
struct decoder;

/* NULL with errno ENOMEM where memory is short. */
struct decoder *decoder_new(const struct decode_options *options);
void decoder_free(struct decoder **decoder); /* idempotent, sets NULL */

/*
 * Tell the decoder the link type (libpcap's DLT_) of the frames to come.
 * -1 where it cannot be decoded.
 */
int decoder_set_datalink(struct decoder *decoder, int dlt);
bool decode_datalink_supported(int dlt);
/* The n-th supported link type's name and number, NULL past the last. */
const char *decode_datalink_name(size_t n, int *dlt);

/*
 * Decode one frame: captured octets at frame, wire_length octets on the wire
 * (>= captured is not relied on).  Returns 0 with everything in *segment set
 * but hash, number, now and interface; or -1 with *reason set to one of
 * UNMATCHED_NOT_IP … UNMATCHED_FRAGMENT and *segment undefined.
 */
int decode_frame(struct decoder *decoder, timestamp time, timestamp now,
    const uint8_t *frame, uint32_t captured, uint32_t wire_length,
    struct segment *segment, enum unmatched *reason);

/* Datagrams that the fragment table had to forget before their time. */
uint64_t decoder_fragments_evicted(const struct decoder *decoder);

#endif
