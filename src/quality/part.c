/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the state of a TCP exchange says of its part, and how the next part
 * begins: reading, carrying counters over, and clearing them.
 */
#include <config.h>

#include <math.h>

#include "basic.h"
#include "stream.h"

/*
 * What was acknowledged beyond the highest octet.  One more may be a FIN that
 * was not seen.
 */
static uint32_t
unseen_tail(const struct quality_tcp_side *side)
{
	const uint16_t known = SIDE_SEEN | SIDE_ACKED;
	int32_t tail = ahead(side->acked, side->highest);

	if ((side->flags & known) != known || tail <= 0)
		return 0;
	return tail > 1 || side->flags & SIDE_FIN ? (uint32_t)tail : 0;
}

/* --- reading: every figure is written, once */

/* Most sums fit into 32 bits, whose division is the faster one. */
static inline uint32_t
mean(uint64_t sum, uint32_t count)
{
	return sum <= UINT32_MAX ? (uint32_t)sum / count
	                         : (uint32_t)(sum / count);
}

static inline void
read_round_trips(
    const struct quality_stream *stream, int half, struct quality_side *to)
{
	const struct quality_moments *moments = &stream->moments[half];
	const struct quality_rtt *rtt = &stream->side[half].rtt;

	to->handshake_rtt = stream->handshake[half];
	to->rtt_samples = rtt->samples;
	if (rtt->samples == 0) {
		to->rtt_minimum = to->rtt_mean = QUALITY_UNKNOWN;
		to->rtt_maximum = to->rtt_deviation = QUALITY_UNKNOWN;
		return;
	}
	to->rtt_minimum = rtt->minimum;
	to->rtt_maximum = rtt->maximum;
	if (rtt->samples == 1) {
		to->rtt_mean = (uint32_t)moments->sum;
		to->rtt_deviation = 0;
		return;
	}
	to->rtt_mean = mean(moments->sum, rtt->samples);
	to->rtt_deviation =
	    (uint32_t)sqrt(moments->squares / (rtt->samples - 1));
}

static inline void
read_segments(const struct quality_tcp_side *from, struct quality_side *to)
{
#pragma GCC unroll 16
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		to->segments[class] = from->segments[class];
	to->retransmitted_octets = from->retransmitted_octets;
	to->unique_octets = from->unique_octets;
	to->hole_fills = from->hole_fills;
	to->spurious_late = from->spurious_late;
	to->syn_retransmissions = from->syn_repeats;
}

static inline void
read_windows(const struct quality_tcp_side *from, struct quality_side *to)
{
	bool known = from->window_minimum != QUALITY_UNKNOWN &&
	             !(from->flags & SIDE_UNSCALED);

	to->zero_window_packets = from->zero_windows;
	to->window_minimum = known ? from->window_minimum : QUALITY_UNKNOWN;
	to->window_maximum = known ? from->window_maximum : QUALITY_UNKNOWN;
}

/* Without an acknowledgement of it nobody knows what was on its way. */
static inline void
read_in_flight(const struct quality_tcp_side *from, struct quality_side *to)
{
	bool acked = from->flags & SIDE_ACKED;
	bool known = acked && from->in_flight_minimum != QUALITY_UNKNOWN;
	bool initial =
	    acked && from->flags & SIDE_SYN && from->in_flight_initial > 0;

	to->in_flight_minimum =
	    known ? from->in_flight_minimum : QUALITY_UNKNOWN;
	to->in_flight_maximum =
	    known ? from->in_flight_maximum : QUALITY_UNKNOWN;
	to->initial_in_flight =
	    initial ? from->in_flight_initial : QUALITY_UNKNOWN;
}

static inline timestamp
time_read(const struct quality_tcp_side *side, unsigned which)
{
	return (timestamp){ stream_time(side, which) * 1000 };
}

static inline __attribute__((always_inline)) void
read_side(
    const struct quality_stream *stream, int side, struct quality_side *to)
{
	const struct quality_tcp_side *from = &stream->side[side];

	basic_read(&from->basic, to);
	read_round_trips(stream, side, to);
	read_segments(from, to);
	to->missed_octets = from->missed_octets + (uint64_t)unseen_tail(from);
	if (__builtin_expect(holes_any(stream), 0))
		to->missed_octets += holes_missed(stream, side);
	to->maximum_segment_size = from->maximum_segment_size;
	to->window_scale = from->window_scale;
	to->tcp_options =
	    from->flags & SIDE_OPTIONS ? from->tcp_options : QUALITY_UNKNOWN_8;
	read_windows(from, to);
	read_in_flight(from, to);
	to->sack_packets = from->sack_packets;
	to->pure_acks = from->pure_acks;
	to->first_ack = time_read(from, QUALITY_FIRST_ACK);
	to->first_payload = time_read(from, QUALITY_FIRST_PAYLOAD);
	to->last_payload = time_read(from, QUALITY_LAST_PAYLOAD);
}

void
quality_stream_read(
    const struct quality_stream *stream, struct exchange_quality *figures)
{
	figures->response_time = stream->response_state == RESPONSE_TAKEN
	                             ? stream->response
	                             : QUALITY_UNKNOWN;
	figures->idle_time = stream->idle;
	read_side(stream, CLIENT, &figures->side[CLIENT]);
	read_side(stream, SERVER, &figures->side[SERVER]);
}

/* --- the next part */

static void
clear_side(struct quality_tcp_side *side)
{
	side->retransmitted_octets = side->unique_octets = 0;
	side->missed_octets = 0;
	for (unsigned i = 0; i < QUALITY_TIMES; i++)
		stream_set_time(side, i, 0);
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		side->segments[class] = 0;
	side->hole_fills = side->spurious_late = side->syn_repeats = 0;
	side->zero_windows = side->sack_packets = side->pure_acks = 0;
	side->window_minimum = side->in_flight_minimum = QUALITY_UNKNOWN;
	side->window_maximum = side->in_flight_maximum = 0;
	basic_begin(&side->basic);
}

static void
clear_counts(struct quality_stream *stream)
{
	stream->idle = 0;
	stream->packets = 0;
	clear_side(&stream->side[CLIENT]);
	clear_side(&stream->side[SERVER]);
}

/* It has been reported: what comes after it opens no hole. */
static void
skip_tail(struct quality_tcp_side *side)
{
	uint32_t tail = unseen_tail(side);

	if (tail == 0)
		return;
	side->highest += tail;
	side->left = side->highest;
}

void
quality_stream_part(struct quality_stream *stream)
{
	holes_part(stream);
	skip_tail(&stream->side[CLIENT]);
	skip_tail(&stream->side[SERVER]);
	for (unsigned i = 0; i < QUALITY_REPEATS; i++)
		stream->repeat_kinds[i] = 0;
	clear_counts(stream);
	stream->sequenced = 0;
	stream->side[CLIENT].flags &= (uint16_t)~SIDE_UNSCALED;
	stream->side[SERVER].flags &= (uint16_t)~SIDE_UNSCALED;
}

/* Holes stay as they are: what is missed in them is read at the end. */
void
quality_stream_carry(
    struct quality_stream *stream, struct exchange_quality *figures)
{
	quality_stream_read(stream, figures);
	for (int i = 0; i < 2; i++)
		figures->side[i].missed_octets = stream->side[i].missed_octets;
	clear_counts(stream);
	loss_carry(stream, figures);
}
