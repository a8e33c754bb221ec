/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What most segments are, by a shorter way to the same state, for stream.c: an
 * acknowledgement of an exchange in its course, not before the last packet, and
 * with it new octets at the highest one, a FIN behind them, or neither.
 *
 * All of it is inline, and hands no address of its own variables on: so these
 * are registers.
 */
#ifndef EXFLOW_SRC_QUALITY_PLAIN_H
#define EXFLOW_SRC_QUALITY_PLAIN_H

#include "acknowledgement.h"
#include "basic.h"
#include "marks.h"
#include "samples.h"
#include "sequence.h"
#include "stream.h"
#include "stream_time.h"
#include "window.h"

#define PLAIN_INLINE static inline __attribute__((always_inline))

/* One pointer, where the compiler would work out the index at each member. */
PLAIN_INLINE struct quality_tcp_side *
side_of(struct quality_stream *stream, int which)
{
	char *first = (char *)&stream->side[0];

	return (void *)(first + (size_t)which * sizeof(stream->side[0]));
}

/*
 * Are its octets new, at the highest one, and before a FIN?  A single octet may
 * be a window probe, and many may fill a counter.
 */
PLAIN_INLINE bool
is_plain_data(const struct quality_tcp_side *side,
    const struct segment *segment, uint32_t fin)
{
	uint32_t payload = segment->payload_octets;
	uint32_t begin = segment->sequence, end = begin + payload + fin;

	if (begin != side->highest || payload == 1 || payload > UINT16_MAX ||
	    ((begin ^ end) & SEQUENCE_FAR) != 0)
		return false;
	return !(side->flags & SIDE_FIN);
}

/*
 * now: microseconds since the base, which may be before it.  Later fragments
 * have no flags, so they are not.
 */
PLAIN_INLINE bool
is_plain(const struct quality_stream *stream,
    const struct quality_tcp_side *side, const struct quality_tcp_side *peer,
    const struct segment *segment, const struct segment_detail *detail,
    uint64_t now)
{
	const unsigned own = SIDE_SEEN | SIDE_HANDSHAKE;
	const unsigned other =
	    SIDE_SEEN | SIDE_HANDSHAKE | SIDE_ACKED | SIDE_AGAIN;
	uint32_t fin = segment->tcp_flags & TCP_FIN;

	if ((segment->tcp_flags & (TCP_ACK | TCP_SYN | TCP_RST)) != TCP_ACK ||
	    (side->flags & own) != SIDE_SEEN ||
	    (peer->flags & other) != (SIDE_SEEN | SIDE_ACKED) ||
	    stream->last == 0 || now < stream->last || now > UINT32_MAX ||
	    detail->sack_blocks != 0 || !(detail->known & DETAIL_WINDOW))
		return false;
	return (segment->payload_octets | fin) != 0
	           ? is_plain_data(side, segment, fin)
	           : segment->sequence + 1 != side->highest;
}
_Static_assert(TCP_FIN == 1, "a FIN is one number of the sequence");

PLAIN_INLINE void
place_plain(const struct quality_stream *stream, int side,
    const struct segment *segment, const struct segment_detail *detail,
    uint64_t us, struct placed *placed)
{
	placed->segment = segment;
	placed->detail = detail;
	placed->time = (uint32_t)(us - stream->base);
	placed->clock = (uint32_t)us << MARK_TIME_SHIFT;
	placed->side = side;
	placed->begin = placed->payload_begin = segment->sequence;
	placed->payload_end = segment->sequence + segment->payload_octets;
	placed->end = placed->payload_end + (segment->tcp_flags & TCP_FIN);
}

/* The same as note_time(): the last packet was not later. */
PLAIN_INLINE void
plain_now(struct quality_stream *stream, uint32_t now)
{
	if (__builtin_expect(now - stream->last > QUALITY_IDLE_US, 0))
		note_idle(stream, now);
	stream->last = now;
}

/* It is later than all times before it. */
PLAIN_INLINE void
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

/* The same as rtt_acknowledged(): nothing came again or late. */
PLAIN_INLINE void
plain_sample(struct quality_stream *stream, struct quality_tcp_side *side,
    const struct quality_tcp_side *peer, const struct placed *placed)
{
	uint32_t end = placed->segment->acknowledgement, took;

	if (ahead(end, peer->highest) > 0 || ahead(end, peer->left) <= 0)
		return;
	took = marks_age(stream, placed, placed->side ^ 1, end);
	if (took < QUALITY_MARK_LIFE)
		add_sample(
		    stream, side, peer, &stream->moments[placed->side], took);
}

/* The same as acknowledge(), without SACK, and not the first one. */
PLAIN_INLINE void
plain_acknowledge(struct quality_stream *stream, struct quality_tcp_side *side,
    struct quality_tcp_side *peer, const struct placed *placed)
{
	uint32_t acknowledgement = placed->segment->acknowledgement;
	bool pure = placed->begin == placed->end;
	int32_t on = ahead(acknowledgement, peer->acked);

	if (on > 0) {
		peer->flags |= SIDE_DATA_ACKED;
		peer->acked = acknowledgement;
		peer->duplicate_acks = 0;
		plain_sample(stream, side, peer, placed);
	} else if (pure && on == 0 && peer->duplicate_acks < UINT8_MAX &&
	           is_duplicate_ack(side, peer, placed)) {
		peer->duplicate_acks++;
	}
	if (pure)
		note_pure_ack(side, peer, placed);
}

/* The same as sequence(), of octets or a FIN that nobody saw before. */
PLAIN_INLINE void
plain_sequence(struct quality_stream *stream, struct quality_tcp_side *side,
    const struct placed *placed, uint64_t us)
{
	bool payload = placed->payload_begin != placed->payload_end;

	side->segments[LOSS_NONE]++;
	side->unique_octets += placed->segment->payload_octets;
	side->highest = placed->end;
	if (placed->segment->tcp_flags & TCP_FIN)
		side->flags |= SIDE_FIN;
	note_last(side, placed);
	stream->sequenced++;
	if (!payload)
		return;
	marks_begin(side, placed);
	marks_put(stream, placed, placed->end, placed->clock);
	note_response(stream, placed);
	note_first(side, QUALITY_FIRST_PAYLOAD, us);
	plain_time(side, us);
	note_in_flight(side);
}

/* side: its own, and peer the other one. */
PLAIN_INLINE void
plain_segment(struct quality_stream *stream, struct quality_tcp_side *side,
    struct quality_tcp_side *peer, const struct placed *placed, uint64_t us)
{
	plain_now(stream, placed->time);
	stream->packets++;
	basic_segment(&side->basic, placed->segment);
	plain_acknowledge(stream, side, peer, placed);
	note_first(side, QUALITY_FIRST_ACK, us);
	note_window(side, peer, placed->detail->window);
	if (placed->begin != placed->end)
		plain_sequence(stream, side, placed, us);
}

#endif
