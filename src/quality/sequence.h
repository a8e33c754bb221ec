/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sender's own octets, for stream.c: where the segment stands in its
 * sequence, which class of loss it has, what is new of it and what repeated,
 * the marks of its octets, octets in flight, request and answer.
 */
#ifndef EXFLOW_SRC_QUALITY_SEQUENCE_H
#define EXFLOW_SRC_QUALITY_SEQUENCE_H

#include "stream.h"

/* The highest octet passed a multiple of 2^30: forget what is far behind. */
static __attribute__((noinline)) void
trim(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];

	holes_trim(stream, placed->side);
	loss_trim(stream, placed->side);
	rtt_trim(side, placed);
	if (ahead(side->highest, side->acked) > SEQUENCE_FAR)
		side->flags &= (uint16_t)~SIDE_ACKED;
	if (ahead(side->highest, side->sacked) > SEQUENCE_FAR)
		side->flags &= (uint16_t)~SIDE_SACKED;
	if (side->highest - side->left > SEQUENCE_FAR) {
		side->left = side->highest - SEQUENCE_FAR;
		side->flags &= (uint16_t) ~(SIDE_AGAIN | SIDE_AGAIN_SENT);
	}
}

static inline void
reach(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	uint32_t before = side->highest;

	if (ahead(placed->end, before) <= 0)
		return;
	side->highest = placed->end;
	if (__builtin_expect(((before ^ placed->end) & SEQUENCE_FAR) != 0, 0))
		trim(stream, placed);
	if (placed->segment->tcp_flags & TCP_FIN)
		side->flags |= SIDE_FIN;
}

/*
 * The first segment of a side, or another SYN while the one before is neither
 * acknowledged nor followed by data: a server that forgot the first one
 * answers with another number.
 */
static inline bool
opens(const struct quality_tcp_side *side, const struct placed *placed)
{
	return !(side->flags & SIDE_SEEN) ||
	       (placed->segment->tcp_flags & TCP_SYN &&
	           side->flags & SIDE_HANDSHAKE && side->unique_octets == 0 &&
	           !(side->flags & SIDE_FIN) &&
	           placed->payload_begin != side->highest);
}

static inline void
open_sequence(struct quality_tcp_side *side, const struct placed *placed)
{
	const uint16_t drop = SIDE_HANDSHAKE | SIDE_SACKED | SIDE_AGAIN |
	                      SIDE_AGAIN_SENT | SIDE_LAST | SIDE_FIN;

	side->flags &= (uint16_t)~drop;
	side->flags |= SIDE_SEEN;
	side->highest = side->left = placed->begin;
	rtt_forget(side);
	if (!(placed->segment->tcp_flags & TCP_SYN))
		return;
	side->flags |= SIDE_SYN;
	if (!(side->flags & SIDE_ACKED) ||
	    ahead(side->acked, placed->begin) <= 0) {
		side->flags &= (uint16_t) ~(SIDE_ACKED | SIDE_DATA_ACKED);
		side->acked = placed->begin + 1;
	}
}

/* Octets of payload that were seen before. */
static inline uint32_t
repeated_octets(const struct quality_tcp_side *side,
    const struct placed *placed, uint32_t filled)
{
	uint32_t top = placed->payload_end, repeated;

	if (ahead(side->highest, placed->payload_begin) <= 0)
		return 0;
	if (ahead(top, side->highest) > 0)
		top = side->highest;
	repeated = top - placed->payload_begin;
	return repeated > filled ? repeated - filled : 0;
}

static inline void
count_again(struct quality_stream *stream, const struct placed *placed,
    enum loss_class class, bool late, uint32_t repeated)
{
	struct quality_tcp_side *side = &stream->side[placed->side];

	side->retransmitted_octets += repeated;
	if (class == LOSS_SPURIOUS)
		side->spurious_late += late ? 1 : 0;
	else
		loss_remember(stream, placed, class, late);
	if (!(placed->segment->tcp_flags & TCP_SYN))
		return;
	if (side->syn_repeats < UINT16_MAX)
		side->syn_repeats++;
	if (side->flags & SIDE_HANDSHAKE)
		rtt_syn(stream, placed);
}

/* What a segment of the class means for the samples to come. */
static inline void
follow(struct quality_stream *stream, const struct placed *placed,
    enum loss_class class, uint32_t before)
{
	struct quality_tcp_side *side = &stream->side[placed->side];

	/* A window probe may begin there, too. */
	if (__builtin_expect(ahead(placed->begin, before) > 0, 0))
		holes_open(stream, placed, before, placed->begin);
	switch (class) {
	case LOSS_GAP:
	case LOSS_NONE:
		if (placed->segment->tcp_flags & TCP_SYN)
			rtt_syn(stream, placed);
		else
			rtt_mark(stream, placed);
		break;
	case LOSS_DUPLICATED:
		break;
	case LOSS_KEEP_ALIVE:
	case LOSS_WINDOW_PROBE:
	case LOSS_REORDERED:
		rtt_collapse(side, placed);
		break;
	default:
		rtt_again(side, placed);
		break;
	}
}

static inline void
note_last(struct quality_tcp_side *side, const struct placed *placed)
{
	const unsigned known = SIDE_LAST_ID | SIDE_LAST_STAMP;
	unsigned flags = side->flags & ~known;

	flags |= SIDE_LAST;
	flags |= placed->detail->known * (SIDE_LAST_ID / DETAIL_ID) & known;
	side->flags = (uint16_t)flags;
	side->last_begin = placed->begin;
	side->last_octets = placed_octets(placed);
	side->last_time = placed->time;
	side->last_id = placed->detail->ip_id;
	side->last_stamp = placed->detail->timestamp_value;
}

_Static_assert(SIDE_LAST_ID / DETAIL_ID == SIDE_LAST_STAMP / DETAIL_TIMESTAMPS,
    "both flags are moved at once");

/* Octets on their way, as far as it is known where they begin. */
static inline void
note_in_flight(struct quality_tcp_side *side)
{
	int32_t flight = ahead(side->highest, side->acked);
	uint32_t fin = (side->flags & SIDE_FIN) != 0;
	uint32_t octets = flight > 0 ? (uint32_t)flight - fin : 0;

	if (!(side->flags & (SIDE_ACKED | SIDE_SYN)))
		return;
	if (octets < side->in_flight_minimum)
		side->in_flight_minimum = octets;
	if (octets > side->in_flight_maximum)
		side->in_flight_maximum = octets;
	if (!(side->flags & SIDE_DATA_ACKED))
		side->in_flight_initial = side->in_flight_maximum;
}

static inline void
note_response(struct quality_stream *stream, const struct placed *placed)
{
	if (stream->response_state >= RESPONSE_TAKEN)
		return;
	if (placed->side == CLIENT) {
		stream->response_state = RESPONSE_ASKED;
		stream->response = placed->time;
	} else if (stream->response_state == RESPONSE_ASKED) {
		stream->response_state = RESPONSE_TAKEN;
		stream->response = elapsed(placed->time, stream->response);
	}
}

static inline void
note_payload(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	uint64_t us = placed->segment->time.ns / 1000;
	uint64_t first = stream_time(side, QUALITY_FIRST_PAYLOAD);

	if (first == 0 || us < first)
		stream_set_time(side, QUALITY_FIRST_PAYLOAD, us);
	if (us > stream_time(side, QUALITY_LAST_PAYLOAD))
		stream_set_time(side, QUALITY_LAST_PAYLOAD, us);
	note_in_flight(side);
}

static inline void
sequence(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	bool payload = placed->payload_begin != placed->payload_end;
	uint32_t before, filled = 0, repeated;
	bool late = false;
	enum loss_class class;
	int hole = -1;

	if (opens(side, placed))
		open_sequence(side, placed);
	before = side->highest;
	if (__builtin_expect(ahead(before, placed->begin) > 0, 0))
		hole = holes_find(stream, placed);
	class = loss_classify(stream, placed, hole);
	if (class >= LOSS_SPURIOUS)
		late = loss_late(stream, placed, hole);
	if (hole != -1) {
		side->hole_fills++;
		filled = holes_fill(stream, placed);
	}
	repeated = repeated_octets(side, placed, filled);
	side->segments[class]++;
	side->unique_octets +=
	    placed->payload_end - placed->payload_begin - repeated;
	if (class >= LOSS_SPURIOUS)
		count_again(stream, placed, class, late, repeated);
	reach(stream, placed);
	follow(stream, placed, class, before);
	/* A copy left the sender before the last one did. */
	if (class != LOSS_DUPLICATED)
		note_last(side, placed);
	if (payload && (class == LOSS_NONE || class == LOSS_GAP ||
	                   class == LOSS_REORDERED))
		note_response(stream, placed);
	if (payload)
		note_payload(stream, placed);
	stream->sequenced++;
}

#endif
