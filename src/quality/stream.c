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
	placed->has_stamp = (detail->known & DETAIL_TIMESTAMPS) != 0;
	placed->has_id = (detail->known & DETAIL_ID) != 0;
}

/* The same of a segment without SYN and FIN, whose time is behind the base. */
static inline void
place_plain(const struct quality_stream *stream, int side,
    const struct segment *segment, const struct segment_detail *detail,
    uint64_t us, struct placed *placed)
{
	placed->segment = segment;
	placed->detail = detail;
	placed->time = (uint32_t)(us - stream->base);
	placed->clock = marks_clock(stream, placed->time);
	placed->side = side;
	placed->begin = placed->payload_begin = segment->sequence;
	placed->end = placed->payload_end =
	    segment->sequence + segment->payload_octets;
	placed->has_stamp = (detail->known & DETAIL_TIMESTAMPS) != 0;
	placed->has_id = (detail->known & DETAIL_ID) != 0;
}

/* A keep-alive that carries no octet. */
static inline bool
is_empty_keep_alive(
    const struct quality_tcp_side *side, const struct placed *placed)
{
	return side->flags & SIDE_SEEN && placed->begin + 1 == side->highest;
}

/* What follows the short way adds to neither of these. */
static inline void
note_full(struct quality_stream *stream)
{
	const struct quality_tcp_side *a = &stream->side[CLIENT];
	const struct quality_tcp_side *b = &stream->side[SERVER];

	stream->full = (a->retransmitted_octets | b->retransmitted_octets |
	                   a->missed_octets | b->missed_octets) >>
	                   31 !=
	               0;
}

/* The first time of its kind; its lower part is where few segments look. */
static inline void
note_first(struct quality_tcp_side *side, unsigned which, uint64_t us)
{
	if (__builtin_expect(side->times_high[which] == 0, 0) &&
	    stream_time(side, which) == 0)
		stream_set_time(side, which, us);
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

/* --- what most segments are, by a shorter way to the same state */

/*
 * Is it a plain acknowledgement of an exchange in its course, a little later
 * than the last packet?
 */
static inline bool
is_plain(const struct quality_stream *stream,
    const struct quality_tcp_side *side, const struct quality_tcp_side *peer,
    const struct segment *segment, const struct segment_detail *detail,
    uint64_t now)
{
	const unsigned own = SIDE_SEEN | SIDE_HANDSHAKE;
	const unsigned other =
	    SIDE_SEEN | SIDE_HANDSHAKE | SIDE_ACKED | SIDE_AGAIN;

	return (segment->tcp_flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) ==
	           TCP_ACK &&
	       (side->flags & own) == SIDE_SEEN &&
	       (peer->flags & other) == (SIDE_SEEN | SIDE_ACKED) &&
	       now - stream->last <= QUALITY_IDLE_US && now <= UINT32_MAX &&
	       detail->sack_blocks == 0 && detail->known & DETAIL_WINDOW &&
	       !segment->later_fragment;
}

/*
 * Is its payload new, at the highest octet, and before a FIN?  A single octet
 * may be a window probe.
 */
static inline bool
is_plain_data(
    const struct quality_tcp_side *side, const struct segment *segment)
{
	uint32_t end = segment->sequence + segment->payload_octets;

	return segment->sequence == side->highest &&
	       segment->payload_octets - 2 < SEQUENCE_FAR - 2 &&
	       ((segment->sequence ^ end) & SEQUENCE_FAR) == 0 &&
	       !(side->flags & SIDE_FIN);
}

/* It is later than all times before it. */
static inline void
plain_time(struct quality_tcp_side *side, uint64_t us)
{
	unsigned top = side->times_top >> QUALITY_LAST_PAYLOAD * TOP_BITS;

	if (__builtin_expect(side->times_high[QUALITY_LAST_PAYLOAD] ==
	                             (uint16_t)(us >> 32) &&
	                         top == us >> 48,
	        1))
		side->times_last = (uint32_t)us;
	else
		stream_set_time(side, QUALITY_LAST_PAYLOAD, us);
}
_Static_assert(QUALITY_LAST_PAYLOAD == QUALITY_TIMES - 1,
    "nothing stands above its bits in times_top");

/* The same as acknowledge(), without SACK, and not the first one. */
static inline void
plain_acknowledge(struct quality_stream *stream, struct quality_tcp_side *side,
    struct quality_tcp_side *peer, const struct placed *placed, bool pure)
{
	uint32_t acknowledgement = placed->segment->acknowledgement;
	int32_t on = ahead(acknowledgement, peer->acked);

	if (on > 0) {
		peer->flags |= SIDE_DATA_ACKED;
		peer->acked = acknowledgement;
		peer->duplicate_acks = 0;
		rtt_acknowledged(stream, placed);
	} else if (pure && on == 0 && peer->duplicate_acks < UINT8_MAX &&
	           is_duplicate_ack(side, peer, placed)) {
		peer->duplicate_acks++;
	}
	if (pure)
		note_pure_ack(side, peer, placed);
}

static inline void
plain_data(
    struct quality_stream *stream, const struct placed *placed, uint64_t us)
{
	struct quality_tcp_side *side = &stream->side[placed->side];

	side->segments[LOSS_NONE]++;
	side->unique_octets += placed->segment->payload_octets;
	side->highest = placed->end;
	rtt_mark(stream, placed);
	note_last(side, placed);
	note_response(stream, placed);
	note_first(side, QUALITY_FIRST_PAYLOAD, us);
	plain_time(side, us);
	note_in_flight(side);
	stream->sequenced++;
}

void
quality_stream_segment(struct quality_stream *stream,
    const struct quality_marks *marks, uint32_t owner, int which,
    const struct segment *segment, const struct segment_detail *detail)
{
	struct quality_tcp_side *side = &stream->side[which];
	struct quality_tcp_side *peer = &stream->side[!which];
	uint64_t us = segment->time.ns / 1000;
	bool payload = segment->payload_octets > 0;
	struct placed placed;

	if (!is_plain(stream, side, peer, segment, detail, us - stream->base) ||
	    (payload ? !is_plain_data(side, segment)
	             : segment->sequence + 1 == side->highest)) {
		any_segment(stream, marks, owner, which, segment, detail);
		return;
	}
	placed.marks = marks;
	placed.owner = owner;
	place_plain(stream, which, segment, detail, us, &placed);
	stream->last = placed.time;
	stream->packets++;
	basic_segment(&side->basic, segment);
	plain_acknowledge(stream, side, peer, &placed, !payload);
	note_first(side, QUALITY_FIRST_ACK, us);
	note_window(side, peer, detail->window);
	if (payload)
		plain_data(stream, &placed, us);
}

void
quality_stream_clock_step(struct quality_stream *stream)
{
	shift_times(stream, UINT32_MAX);
	stream->last = 0;
}
