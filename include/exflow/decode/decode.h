/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a captured frame to a segment.  Every octet is read through a
 * bounds-checked cursor: no input makes the decoder read outside the captured
 * octets.
 *
 * One frame makes one segment, or none, or several: a fragment that comes
 * before the first one of its datagram waits in the decoder, and the frame
 * that decides about it hands it on.  The caller's loop:
 *
 *	result = decode_frame(…, &segment, &reason);
 *	if (result == DECODE_REFUSED)
 *		count the packet as unmatched, by reason;
 *	while (result == DECODE_SEGMENT || result == DECODE_MORE) {
 *		hand the segment on;
 *		if (result == DECODE_SEGMENT)
 *			break;
 *		result = decode_next(decoder, &segment);
 *	}
 *
 * Every packet is at each moment one of: a segment handed on, refused by
 * decode_frame(), decided later (decode_counts.unmatched), or undecided.
 */
#ifndef EXFLOW_DECODE_DECODE_H
#define EXFLOW_DECODE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/segment.h"
#include "exflow/decode/segment_detail.h"

/* Tunnels that can be looked through; a set of these is a bit mask. */
enum tunnel {
	TUNNEL_IPIP = 1 << 0,   /* IPv4 in IPv4 or IPv6, protocol 4 */
	TUNNEL_6IN4 = 1 << 1,   /* IPv6 in IPv4 or IPv6, protocol 41 */
	TUNNEL_GRE = 1 << 2,    /* RFC 2784, 2890, 2637, 7637 */
	TUNNEL_VXLAN = 1 << 3,  /* RFC 7348, UDP 4789 */
	TUNNEL_GENEVE = 1 << 4, /* RFC 8926, UDP 6081 */
	TUNNEL_GTPU = 1 << 5,   /* 3GPP TS 29.281, UDP 2152 */
	TUNNEL_TEREDO = 1 << 6, /* RFC 4380, UDP 3544 */
	TUNNEL_ERSPAN = 1 << 7, /* types I, II and III, in GRE */
};

#define TUNNEL_COUNT 8

/* The bit of a tunnel's name ("ipip", "6in4", …; "all"), 0 if unknown. */
unsigned tunnel_from_name(const char *name);
/* The n-th tunnel name in the order above, NULL past the last. */
const char *tunnel_name(size_t n);

/* More of these in one packet make it malformed. */
#define DECODE_MAX_TUNNELS 8     /* nested tunnels */
#define DECODE_MAX_TAGS 16       /* tags, labels and headers below IP */
#define DECODE_MAX_EXTENSIONS 32 /* IPv6 extension headers of one packet */

#define FRAGMENT_TIMEOUT_SECONDS 30
#define FRAGMENT_COPY_SECONDS 1     /* for a mirror's copies */
#define FRAGMENT_TABLE_DEFAULT 4096 /* datagrams in pieces at once */
#define FRAGMENT_WAITING 4          /* fragments that wait, a datagram */

struct decode_options {
	unsigned tunnels;      /* mask of enum tunnel */
	bool key_vlan;         /* VLAN tags are part of the key */
	bool key_tunnel;       /* the tunnel's id is part of the key */
	size_t fragment_table; /* 0: the default above */
	bool other;            /* segments of other protocols, too */
	struct segment_detail *const *details; /* see decoder_want() */
	bool payloads;                         /* decode_payload() is called */
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

enum decode_result {
	DECODE_REFUSED = -1, /* *reason says why */
	DECODE_SEGMENT = 0,  /* *segment is set */
	DECODE_MORE = 1,     /* *segment is set; decode_next() has another */
	DECODE_WAITS = 2,    /* undecided */
};

/*
 * Decode one frame: captured octets at frame, wire_length octets on the wire
 * (>= captured is not relied on).  now is capture time as the caller keeps
 * it; where it goes back, everything that waits moves back with it.
 *
 * A segment has everything set but hash, number, now and interface.  A reason
 * is one of UNMATCHED_NOT_IP … UNMATCHED_TUNNEL_FRAGMENT.
 */
enum decode_result decode_frame(struct decoder *decoder, timestamp time,
    timestamp now, const uint8_t *frame, uint32_t captured,
    uint32_t wire_length, struct segment *segment, enum unmatched *reason);

/*
 * After DECODE_MORE, before the next frame: the next segment, with the time
 * and the sizes of its own packet.  The datagram's first fragment comes first,
 * the others in the order in which they were captured.
 * DECODE_SEGMENT or DECODE_MORE.
 */
enum decode_result decode_next(
    struct decoder *decoder, struct segment *segment);

/*
 * From the next frame on, where they are turned on or off while it runs.
 * details: where the caller keeps a pointer to the detail of the next segment;
 * NULL: none is wanted.  What else its packet said is written there by
 * decode_frame() and decode_next(), where that is a segment of TCP; else it may
 * be overwritten.
 */
void decoder_want(struct decoder *decoder,
    struct segment_detail *const *details, bool payloads);
/*
 * With payloads, after each segment and before the next frame: what is behind
 * TCP's or UDP's header; of it *captured octets are there, which may be none.
 * The frame is that of decode_frame() and still there.
 */
const uint8_t *decode_payload(const struct decoder *decoder,
    const struct segment *segment, uint32_t *captured);

/* With payloads, of the segment that was decoded last; NULL: not known. */
struct decode_headers {
	const uint8_t *transport; /* TCP's or UDP's header */
	const uint8_t *end;       /* of what there is of it, and behind it */
};
/* Where the decoder tells it, as long as there is a decoder. */
const struct decode_headers *decoder_headers(const struct decoder *decoder);

#define DECODE_NO_OCTET 256
/*
 * The first octet of a payload of TCP, or DECODE_NO_OCTET.  Without a branch on
 * whether there is one, as nothing predicts that.
 */
static inline unsigned
decode_first_octet(const struct decode_headers *headers)
{
	const uint8_t *header = headers->transport;
	size_t before, there;

	if (header == NULL || headers->end - header < 13)
		return DECODE_NO_OCTET;
	before = (size_t)4 * (header[12] >> 4);
	there = (size_t)(headers->end - header);
	return header[before < there ? before : 12] |
	       (before < there ? 0 : DECODE_NO_OCTET);
}

/*
 * The hardware addresses of a frame of the decoder's link type: of the
 * outermost Ethernet or 802.11 frame.  Linux cooked frames have the sender's
 * only, other link types none.
 */
void decode_macs(struct decoder *decoder, const uint8_t *frame,
    uint32_t captured, uint32_t wire_length, struct segment_macs *macs);

/* Time has moved on to now without a frame: what has waited too long ends. */
void decoder_advance(struct decoder *decoder, timestamp now);
/* The end of input: nothing waits any more. */
void decoder_finish(struct decoder *decoder);

struct decode_counts {
	uint64_t undecided; /* packets that wait at the moment */
	/* Packets that had waited and became part of no segment, by reason. */
	uint64_t unmatched[UNMATCHED_COUNT];
	/* Datagrams that the fragment table had to forget before their time. */
	uint64_t fragments_evicted;
	/*
	 * Of the packets refused as UNMATCHED_NOT_TCP_UDP: those in a tunnel
	 * that the options do not name, by the number of its bit.
	 */
	uint64_t tunnels_closed[TUNNEL_COUNT];
};
void decoder_counts(
    const struct decoder *decoder, struct decode_counts *counts);

#endif
