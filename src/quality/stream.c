/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment's way through the state of a TCP exchange (state.h):
 *
 *	basic ─► acknowledgement ─► window ─► SYN's options ─► sequence
 *	 sizes    samples, SACK,     scaled                     class, octets,
 *	          duplicates                                    marks, in flight
 *
 * The acknowledgement and the window say something about what the other side
 * sent; the rest is about the sender's own octets.
 *
 * A segment with RST may be forged, and its payload is no data: it moves
 * nothing, and counts in the sizes only.  So does a fragment behind the first
 * one, which has no header.
 */
#include <config.h>

#include "exflow/base/clear.h"

#include "acknowledgement.h"
#include "basic.h"
#include "marks.h"
#include "plain.h"
#include "sequence.h"
#include "stream.h"
#include "stream_time.h"
#include "window.h"

/* --- what the meter calls */

void
quality_stream_begin(struct quality_stream *stream, timestamp now, bool whole)
{
	uint64_t us = now.ns / 1000;

	clear_object(stream, sizeof(*stream));
	stream->base = us > BASE_BEFORE ? us - BASE_BEFORE : 0;
	stream->response_state = whole ? RESPONSE_NONE : RESPONSE_UNKNOWN;
	for (int i = 0; i < 2; i++) {
		struct quality_tcp_side *side = &stream->side[i];

		rtt_begin(&side->rtt);
		stream->handshake[i] = QUALITY_UNKNOWN;
		rtt_forget(side);
		basic_begin(&side->basic);
		side->window_minimum = QUALITY_UNKNOWN;
		side->in_flight_minimum = QUALITY_UNKNOWN;
		side->maximum_segment_size = QUALITY_UNKNOWN_16;
		side->window_scale = QUALITY_UNKNOWN_8;
	}
}

static inline void
place(struct quality_stream *stream, int side, const struct segment *segment,
    const struct segment_detail *detail, struct placed *placed)
{
	uint32_t syn = (segment->tcp_flags & TCP_SYN) != 0;
	uint32_t fin = (segment->tcp_flags & TCP_FIN) != 0;

	placed->segment = segment;
	placed->detail = detail;
	placed->time = time_of(stream, segment->time);
	placed->clock = marks_clock(stream, placed->time);
	placed->side = side;
	placed->begin = segment->sequence;
	placed->payload_begin = segment->sequence + syn;
	/* More than this in one segment is no length that a packet has. */
	placed->payload_end =
	    placed->payload_begin + (segment->payload_octets < SEQUENCE_FAR
	                                    ? segment->payload_octets
	                                    : SEQUENCE_FAR - 1);
	placed->end = placed->payload_end + fin;
}

/* A keep-alive that carries no octet. */
static inline bool
is_empty_keep_alive(
    const struct quality_tcp_side *side, const struct placed *placed)
{
	return side->flags & SIDE_SEEN && placed->begin + 1 == side->highest;
}

/* Of what follows the short way no octets come near to being too many. */
static inline void
note_full(struct quality_stream *stream)
{
	const struct quality_tcp_side *a = &stream->side[CLIENT];
	const struct quality_tcp_side *b = &stream->side[SERVER];
	uint32_t octets = a->retransmitted_octets | b->retransmitted_octets |
	                  a->missed_octets | b->missed_octets |
	                  a->unique_octets | b->unique_octets;

	if (octets >= QUALITY_OCTETS_FULL)
		stream->packets = QUALITY_PACKETS_FULL;
}

static __attribute__((noinline)) void
any_segment(struct quality_stream *stream, const struct quality_marks *marks,
    uint32_t owner, int which, const struct segment *segment,
    const struct segment_detail *detail)
{
	struct quality_tcp_side *side = &stream->side[which];
	struct placed placed;

	placed.marks = marks;
	placed.owner = owner;
	place(stream, which, segment, detail, &placed);
	note_time(stream, placed.time);
	stream->packets++;
	basic_segment(&side->basic, segment);
	if (segment->later_fragment || segment->tcp_flags & TCP_RST)
		return;
	if (segment->tcp_flags & TCP_ACK) {
		acknowledge(stream, &placed);
		if (!(segment->tcp_flags & TCP_SYN))
			note_first(
			    side, QUALITY_FIRST_ACK, segment->time.ns / 1000);
	}
	note_any_window(stream, &placed);
	if (__builtin_expect((segment->tcp_flags & TCP_SYN) != 0, 0))
		note_options(side, detail);
	if (placed.begin != placed.end || is_empty_keep_alive(side, &placed))
		sequence(stream, &placed);
	note_full(stream);
}

void
quality_stream_segment(struct quality_stream *stream,
    const struct quality_marks *marks, uint32_t owner, int which,
    const struct segment *segment, const struct segment_detail *detail)
{
	struct quality_tcp_side *side = side_of(stream, which);
	struct quality_tcp_side *peer = side_of(stream, which ^ 1);
	uint64_t us = segment->time.ns / 1000;
	struct placed placed;

	if (!is_plain(stream, side, peer, segment, detail, us - stream->base)) {
		any_segment(stream, marks, owner, which, segment, detail);
		return;
	}
	placed.marks = marks;
	placed.owner = owner;
	place_plain(stream, which, segment, detail, us, &placed);
	plain_segment(stream, side, peer, &placed, us);
}

void
quality_stream_clock_step(struct quality_stream *stream)
{
	shift_times(stream, UINT32_MAX);
	stream->last = 0;
}
