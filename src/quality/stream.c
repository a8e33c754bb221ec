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

#include "basic.h"
#include "marks.h"
#include "stream.h"

#define CLIENT 0
#define SERVER 1

#define SCALE_MAX 14 /* RFC 7323, 2.3 */
/* The first packet's place in time: earlier ones still fit before it. */
#define BASE_BEFORE UINT64_C(60000000)
#define BASE_STEP (UINT32_C(1) << 31)

/* --- time */

static void
shift(uint32_t *time, uint32_t by)
{
	*time = *time > by ? *time - by : 0;
}

/* All times, by so much; what does not fit any more is not known. */
static void
shift_times(struct quality_stream *stream, uint32_t by)
{
	for (int i = 0; i < 2; i++) {
		struct quality_tcp_side *side = &stream->side[i];

		if (by == UINT32_MAX)
			rtt_forget(side);
		else if (side->marks_since != QUALITY_UNKNOWN)
			shift(&side->marks_since, by);
		shift(&side->passed, by);
		shift(&side->again_time, by);
		shift(&side->last_time, by);
	}
	for (unsigned i = 0; i < QUALITY_HOLES; i++)
		shift(&stream->holes[i].time, by);
	shift(&stream->last, by);
	if (stream->response_state != RESPONSE_ASKED)
		return;
	shift(&stream->response, by);
	if (stream->response == 0)
		stream->response_state = RESPONSE_UNKNOWN;
}

/* Now is so long after the base: the last packet is about to be forgotten. */
static void
note_idle(struct quality_stream *stream, uint64_t now)
{
	if (stream->last != 0 && now - stream->last > QUALITY_IDLE_US)
		stream->idle += now - stream->last;
	stream->last = 0;
}

/* A time beyond what 32 bits reach, or before the base: the base moves. */
static __attribute__((noinline)) uint32_t
move_base(struct quality_stream *stream, uint64_t us)
{
	if (us <= stream->base) { /* the clock went back by more than that */
		shift_times(stream, UINT32_MAX);
		stream->base = us > BASE_BEFORE ? us - BASE_BEFORE : 0;
		return (uint32_t)(us - stream->base);
	}
	note_idle(stream, us - stream->base);
	if (us - stream->base - BASE_STEP <= UINT32_MAX) {
		shift_times(stream, BASE_STEP);
		stream->base += BASE_STEP;
	} else {
		shift_times(stream, UINT32_MAX);
		stream->base = us - BASE_STEP;
	}
	return (uint32_t)(us - stream->base);
}

static inline uint32_t
time_of(struct quality_stream *stream, timestamp time)
{
	uint64_t us = time.ns / 1000;

	if (__builtin_expect(us - stream->base - 1 < UINT32_MAX, 1))
		return (uint32_t)(us - stream->base);
	return move_base(stream, us);
}

static inline void
note_time(struct quality_stream *stream, uint32_t now)
{
	if (now <= stream->last)
		return;
	if (stream->last != 0 && now - stream->last > QUALITY_IDLE_US)
		stream->idle += now - stream->last;
	stream->last = now;
}

/* --- acknowledgements of the other side's octets */

/* RFC 2883: octets that were acknowledged, or a part of the next block. */
static bool
is_duplicate_sack(const struct placed *placed)
{
	const struct sack_block *block = placed->detail->sack;

	if (ahead(block[0].right, placed->segment->acknowledgement) <= 0)
		return true;
	return placed->detail->sack_blocks > 1 &&
	       ahead(block[0].left, block[1].left) >= 0 &&
	       ahead(block[0].right, block[1].right) <= 0;
}

/* True where a D-SACK came, which is no duplicate ACK. */
static bool
take_sack(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *peer = &stream->side[!placed->side];
	bool duplicate = is_duplicate_sack(placed);

	stream->side[placed->side].sack_packets++;
	if (!(peer->flags & SIDE_SEEN))
		return duplicate;
	if (duplicate)
		loss_spurious(stream, !placed->side, placed->detail->sack[0]);
	for (unsigned i = duplicate; i < placed->detail->sack_blocks; i++) {
		uint32_t right = placed->detail->sack[i].right;

		if (ahead(right, peer->highest) > SEQUENCE_FAR ||
		    (peer->flags & SIDE_SACKED &&
		        ahead(right, peer->sacked) <= 0))
			continue;
		peer->sacked = right;
		peer->flags |= SIDE_SACKED;
	}
	return duplicate;
}

/* RFC 5681, 2, and a copy that a mirror made is none. */
static bool
is_duplicate_ack(const struct quality_tcp_side *side,
    const struct quality_tcp_side *peer, const struct placed *placed)
{
	if (placed->begin != placed->end || !(peer->flags & SIDE_SEEN) ||
	    ahead(peer->highest, peer->acked) <= 0)
		return false;
	if (placed->has_id && side->flags & SIDE_ACK_ID &&
	    placed->detail->ip_id == side->ack_id)
		return false;
	return placed->detail->sack_blocks > 0 ||
	       (side->flags & SIDE_WINDOW &&
	           placed->detail->window == side->window);
}

static inline void
move_on(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *peer = &stream->side[!placed->side];
	uint32_t acknowledgement = placed->segment->acknowledgement;

	if (peer->flags & (SIDE_ACKED | SIDE_SYN) &&
	    ahead(acknowledgement, peer->acked) > 0)
		peer->flags |= SIDE_DATA_ACKED;
	peer->flags |= SIDE_ACKED;
	peer->acked = acknowledgement;
	peer->duplicate_acks = 0;
	if (peer->flags & SIDE_SEEN)
		rtt_acknowledged(stream, placed);
}

static inline void
note_pure_ack(struct quality_tcp_side *side, const struct placed *placed)
{
	side->pure_acks++;
	side->flags &= (uint16_t)~SIDE_ACK_ID;
	side->flags |= placed->has_id ? SIDE_ACK_ID : 0;
	side->ack_id = placed->detail->ip_id;
}

static inline void
acknowledge(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	struct quality_tcp_side *peer = &stream->side[!placed->side];
	int32_t on = ahead(placed->segment->acknowledgement, peer->acked);
	bool duplicate_sack = false;

	if (placed->detail->sack_blocks > 0)
		duplicate_sack = take_sack(stream, placed);
	if (peer->flags & SIDE_ACKED ? on > 0
	                             : !(peer->flags & SIDE_SYN) || on >= 0) {
		move_on(stream, placed);
	} else if (on == 0 && !duplicate_sack &&
	           peer->duplicate_acks < UINT8_MAX &&
	           is_duplicate_ack(side, peer, placed)) {
		peer->duplicate_acks++;
	}
	if (placed->begin == placed->end)
		note_pure_ack(side, placed);
}

/* --- windows and options */

/* Its SYN had no window scale, so neither side's windows are scaled. */
static inline bool
never_scales(const struct quality_tcp_side *side)
{
	return side->flags & SIDE_OPTIONS &&
	       !(side->tcp_options & QUALITY_WINDOW_SCALE);
}

/* RFC 7323, 2.2: windows are scaled where both SYNs said so. */
static inline uint32_t
scaled(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	const struct quality_tcp_side *other = &stream->side[!placed->side];
	uint32_t window = placed->detail->window;

	if (placed->segment->tcp_flags & TCP_SYN)
		return window;
	if (__builtin_expect(
	        (side->flags & other->flags & SIDE_OPTIONS) != 0, 1))
		return side->tcp_options & other->tcp_options &
		               QUALITY_WINDOW_SCALE
		           ? window << (side->window_scale < SCALE_MAX
		                            ? side->window_scale
		                            : SCALE_MAX)
		           : window;
	if (!never_scales(side) && !never_scales(other))
		side->flags |= SIDE_UNSCALED;
	return window;
}

static inline void
note_window(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	uint32_t window;

	if (!(placed->detail->known & DETAIL_WINDOW))
		return;
	window = scaled(stream, placed);
	if (window < side->window_minimum)
		side->window_minimum = window;
	if (window > side->window_maximum)
		side->window_maximum = window;
	if (window == 0)
		side->zero_windows++;
	side->window = placed->detail->window;
	side->flags |= SIDE_WINDOW;
}

static void
note_options(struct quality_tcp_side *side, const struct segment_detail *detail)
{
	if (detail->known & DETAIL_MSS)
		side->maximum_segment_size = detail->maximum_segment_size;
	if (detail->known & DETAIL_WINDOW_SCALE)
		side->window_scale = detail->window_scale;
	if (!(detail->known & DETAIL_OPTIONS))
		return;
	/* A SYN that is sent again may leave out what was not answered. */
	if (!(detail->known & DETAIL_MSS))
		side->maximum_segment_size = QUALITY_UNKNOWN_16;
	if (!(detail->known & DETAIL_WINDOW_SCALE))
		side->window_scale = QUALITY_UNKNOWN_8;
	side->flags |= SIDE_OPTIONS;
	side->tcp_options = quality_syn_options(detail->known);
}

/* --- the sender's own octets */

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

static void
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

static void
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
		side->left = placed->begin;
		/* fall through */
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
		rtt_collapse(side);
		break;
	default:
		rtt_again(side, placed);
		break;
	}
}

static inline void
note_last(struct quality_tcp_side *side, const struct placed *placed)
{
	const uint16_t known = SIDE_LAST | SIDE_LAST_ID | SIDE_LAST_STAMP;

	side->flags &= (uint16_t)~known;
	side->flags |=
	    (uint16_t)(SIDE_LAST | (placed->has_id ? SIDE_LAST_ID : 0) |
	               (placed->has_stamp ? SIDE_LAST_STAMP : 0));
	side->last_begin = placed->begin;
	side->last_octets = placed_octets(placed);
	side->last_time = placed->time;
	side->last_id = placed->detail->ip_id;
	side->last_stamp = placed->detail->timestamp_value;
}

/* Octets on their way, as far as it is known where they begin. */
static inline void
note_in_flight(struct quality_tcp_side *side)
{
	int32_t flight =
	    ahead(side->highest, side->acked) - ((side->flags & SIDE_FIN) != 0);
	uint32_t octets = flight > 0 ? (uint32_t)flight : 0;

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

/* --- what the meter calls */

void
quality_stream_begin(struct quality_stream *stream, timestamp now, bool whole)
{
	uint64_t us = now.ns / 1000;

	*stream = (struct quality_stream){
		.base = us > BASE_BEFORE ? us - BASE_BEFORE : 0,
		.response_state = whole ? RESPONSE_NONE : RESPONSE_UNKNOWN,
	};
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
	basic_segment(&side->basic, segment, detail);
	if (segment->later_fragment || segment->tcp_flags & TCP_RST)
		return;
	if (segment->tcp_flags & TCP_ACK) {
		acknowledge(stream, &placed);
		if (stream_time(side, QUALITY_FIRST_ACK) == 0 &&
		    !(segment->tcp_flags & TCP_SYN))
			stream_set_time(
			    side, QUALITY_FIRST_ACK, segment->time.ns / 1000);
	}
	note_window(stream, &placed);
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
	const unsigned own = SIDE_SEEN | SIDE_HANDSHAKE | SIDE_FIN;
	const unsigned other =
	    SIDE_SEEN | SIDE_HANDSHAKE | SIDE_ACKED | SIDE_AGAIN;

	return (segment->tcp_flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) ==
	           TCP_ACK &&
	       (side->flags & own) == SIDE_SEEN &&
	       (peer->flags & other) == (SIDE_SEEN | SIDE_ACKED) &&
	       now - stream->last <= QUALITY_IDLE_US && now <= UINT32_MAX &&
	       detail->sack_blocks == 0 && detail->known & DETAIL_WINDOW &&
	       side->times[QUALITY_FIRST_ACK] != 0 && !segment->later_fragment;
}

/*
 * Is its payload new, at the highest octet, and not the first one?  A single
 * octet may be a window probe.
 */
static inline bool
is_plain_data(
    const struct quality_tcp_side *side, const struct segment *segment)
{
	uint32_t end = segment->sequence + segment->payload_octets;

	return segment->sequence == side->highest &&
	       segment->payload_octets - 2 < SEQUENCE_FAR - 2 &&
	       ((segment->sequence ^ end) & SEQUENCE_FAR) == 0 &&
	       side->times[QUALITY_FIRST_PAYLOAD] != 0;
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
		side->times[QUALITY_LAST_PAYLOAD] = (uint32_t)us;
	else
		stream_set_time(side, QUALITY_LAST_PAYLOAD, us);
}
_Static_assert(QUALITY_LAST_PAYLOAD == QUALITY_TIMES - 1,
    "nothing stands above its bits in times_top");

/* The same as acknowledge(), without SACK, and not the first one. */
static inline void
plain_acknowledge(
    struct quality_stream *stream, const struct placed *placed, bool pure)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	struct quality_tcp_side *peer = &stream->side[!placed->side];
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
		note_pure_ack(side, placed);
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
	uint64_t us = segment->time.ns / 1000;
	bool payload = segment->payload_octets > 0;
	struct placed placed;

	if (!is_plain(stream, side, &stream->side[!which], segment, detail,
	        us - stream->base) ||
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
	basic_segment(&side->basic, segment, detail);
	plain_acknowledge(stream, &placed, !payload);
	note_window(stream, &placed);
	if (payload)
		plain_data(stream, &placed, us);
}

void
quality_stream_clock_step(struct quality_stream *stream)
{
	shift_times(stream, UINT32_MAX);
	stream->last = 0;
}
