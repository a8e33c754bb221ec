/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a TCP exchange's quality, for the files that it is made of:
 *
 *	stream.c   a segment's way through the next four:
 *	  stream_time.h  acknowledgement.h  window.h  sequence.h
 *	  plain.h        the same for most segments, in one piece
 *	part.c     figures out of the state, and the next part
 *	rtt.c      handshake and data: marks, samples, timeouts
 *	marks.c    outstanding samples, which all exchanges share
 *	holes.c    octets that were not seen
 *	loss.c     which class a segment has, and D-SACKs
 */
#ifndef EXFLOW_SRC_QUALITY_STREAM_H
#define EXFLOW_SRC_QUALITY_STREAM_H

#include <string.h>

#include "exflow/quality/quality.h"

#define CLIENT 0
#define SERVER 1

/* quality_tcp_side.flags */
enum {
	SIDE_SEEN = 1 << 0,       /* highest is known */
	SIDE_SYN = 1 << 1,        /* its SYN was seen, */
	SIDE_OPTIONS = 1 << 2,    /* with all its options */
	SIDE_HANDSHAKE = 1 << 3,  /* its SYN is not acknowledged */
	SIDE_ACKED = 1 << 4,      /* the other side has acknowledged */
	SIDE_DATA_ACKED = 1 << 5, /* of its data, too */
	SIDE_SACKED = 1 << 6,     /* sacked is known */
	SIDE_AGAIN = 1 << 7,      /* again_… are known */
	SIDE_AGAIN_SENT = 1 << 8, /* of one segment, which may make a sample */
	SIDE_LAST = 1 << 9,       /* last_… are known, */
	SIDE_LAST_ID = 1 << 10,
	SIDE_LAST_STAMP = 1 << 11,
	SIDE_ACK_ID = 1 << 12,   /* ack_id is known */
	SIDE_WINDOW = 1 << 13,   /* window is known */
	SIDE_UNSCALED = 1 << 14, /* a window came whose scale is not known */
	SIDE_FIN = 1 << 15       /* highest has its FIN */
};

/* quality_stream.response_state */
enum {
	RESPONSE_NONE,    /* nothing was asked yet */
	RESPONSE_ASKED,   /* response is when the request ended */
	RESPONSE_TAKEN,   /* response is how long it took */
	RESPONSE_UNKNOWN, /* what was asked first is not known */
};

/* Sequence numbers further apart have nothing to do with each other. */
#define SEQUENCE_FAR (1 << 30)

/* The ids that a sender uses while a mirror's copy is on its way. */
#define COPY_IDS 64

/* A segment on its way, of the side that sent it. */
struct placed {
	const struct segment *segment;
	const struct segment_detail *detail;
	const struct quality_marks *marks;
	uint32_t owner; /* of marks */
	uint32_t time;
	uint32_t clock;                      /* the same as marks have it */
	uint32_t begin, end;                 /* SYN and FIN included */
	uint32_t payload_begin, payload_end; /* without them */
	int side;
};

static inline bool
has_stamp(const struct placed *placed)
{
	return (placed->detail->known & DETAIL_TIMESTAMPS) != 0;
}

static inline bool
has_id(const struct placed *placed)
{
	return (placed->detail->known & DETAIL_ID) != 0;
}

/* Octets of a segment in 16 bits; the greatest number for more. */
static inline uint16_t
placed_octets(const struct placed *placed)
{
	uint32_t octets = placed->end - placed->begin;

	return octets < UINT16_MAX ? (uint16_t)octets : UINT16_MAX;
}

/* How far a is behind b: in the order of sequence numbers, TSvals, …. */
static inline int32_t
ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* Microseconds since then; the greatest number where it is not known. */
static inline uint32_t
elapsed(uint32_t now, uint32_t then)
{
	if (then == 0)
		return UINT32_MAX;
	return now > then ? now - then : 0;
}

/* --- times of a part, QUALITY_FIRST_ACK and so on */

#define TOP_BITS 5

/* Microseconds since 1970 fit into 53 bits until 2255. */
static inline uint64_t
stream_time(const struct quality_tcp_side *side, unsigned which)
{
	uint64_t top =
	    side->times_top >> which * TOP_BITS & ((1u << TOP_BITS) - 1);
	uint32_t low = which == QUALITY_LAST_PAYLOAD ? side->times_last
	                                             : side->times_first[which];

	return top << 48 | (uint64_t)side->times_high[which] << 32 | low;
}

static inline void
stream_set_time(struct quality_tcp_side *side, unsigned which, uint64_t us)
{
	unsigned mask = ((1u << TOP_BITS) - 1) << which * TOP_BITS;
	unsigned top = (unsigned)(us >> 48) << which * TOP_BITS;

	if (which == QUALITY_LAST_PAYLOAD)
		side->times_last = (uint32_t)us;
	else
		side->times_first[which] = (uint32_t)us;
	side->times_high[which] = (uint16_t)(us >> 32);
	side->times_top = (uint16_t)((side->times_top & ~mask) | (top & mask));
}

/* --- rtt.c */

/* The other half's figures stand at the side that acknowledges. */
static inline void
rtt_begin(struct quality_rtt *rtt)
{
	*rtt = (struct quality_rtt){
		.minimum = QUALITY_UNKNOWN,
	};
}
/* A SYN, or its copy. */
void rtt_syn(struct quality_stream *stream, const struct placed *placed);
/* An acknowledgement moves on in what the other side sent. */
void rtt_acknowledged(
    struct quality_stream *stream, const struct placed *placed);
/* New octets, which begin where the last ones ended, or behind a hole. */
void rtt_mark(struct quality_stream *stream, const struct placed *placed);
/* No mark that was set before means anything. */
static inline void
rtt_forget(struct quality_tcp_side *side)
{
	side->marks_since = QUALITY_UNKNOWN;
}
/* The highest octet passed a multiple of 2^30: those before the last one. */
void rtt_trim(struct quality_tcp_side *side, const struct placed *placed);
/*
 * A segment came behind others that were sent after it, or again: from here on
 * nothing before the highest octet is unambiguous by its number alone.
 */
void rtt_collapse(struct quality_tcp_side *side, const struct placed *placed);
/* The same by a retransmission, which may make a sample itself. */
void rtt_again(struct quality_tcp_side *side, const struct placed *placed);
/*
 * Microseconds since a segment's mark was set; QUALITY_UNKNOWN: it has none, or
 * was acknowledged.
 */
uint32_t rtt_marked(
    const struct quality_stream *stream, const struct placed *placed);
/* Microseconds since its first octet was sent, as far as is known. */
uint32_t rtt_age(
    const struct quality_stream *stream, const struct placed *placed);
/* RFC 6298 over both halves, and the sum of their minima; microseconds. */
uint32_t rtt_timeout(const struct quality_stream *stream);
uint32_t rtt_minimum(const struct quality_stream *stream);

/* --- holes.c */

void holes_open(struct quality_stream *stream, const struct placed *placed,
    uint32_t begin, uint32_t end);
/* The first hole that a segment fills, at least in part; -1: none. */
int holes_find(
    const struct quality_stream *stream, const struct placed *placed);
/* Is all of the segment in that hole? */
bool holes_contain(
    const struct quality_stream *stream, int hole, const struct placed *placed);
/* Was the segment sent before the one that opened the hole? */
bool holes_older(
    const struct quality_stream *stream, int hole, const struct placed *placed);
/* Take its octets out of all holes; how many those were. */
uint32_t holes_fill(struct quality_stream *stream, const struct placed *placed);
/* Are there any, of either side? */
static inline bool
holes_any(const struct quality_stream *stream)
{
	uint32_t kinds;

	_Static_assert(sizeof(kinds) == sizeof(stream->hole_kinds), "all");
	memcpy(&kinds, stream->hole_kinds, sizeof(kinds));
	return kinds != 0;
}
/* Octets in a side's holes that the other side has acknowledged. */
uint64_t holes_missed(const struct quality_stream *stream, int side);
/* Those have been reported: the next part does not count them again. */
void holes_part(struct quality_stream *stream);
/* Forget what is too far behind the highest octet of a side. */
void holes_trim(struct quality_stream *stream, int side);

/* --- loss.c */

/* The class of a segment whose side is known; before it counts. */
enum loss_class loss_classify(
    const struct quality_stream *stream, const struct placed *placed, int hole);
/* Is it later than the timeout?  hole: as in loss_classify. */
bool loss_late(
    const struct quality_stream *stream, const struct placed *placed, int hole);
/* Remember a retransmission, for a D-SACK. */
void loss_remember(struct quality_stream *stream, const struct placed *placed,
    enum loss_class class, bool late);
/* A D-SACK about octets of a side. */
void loss_spurious(
    struct quality_stream *stream, int side, struct sack_block block);
void loss_trim(struct quality_stream *stream, int side);
/* Counts were carried over into figures: those of what is remembered stay. */
void loss_carry(
    struct quality_stream *stream, struct exchange_quality *figures);

#endif
