/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round-trip times (QUALITY, "Round-trip times").
 *
 * Handshake.  While a side's SYN is not acknowledged, its marks are the copies
 * of the SYN: TSval and time.  One copy makes the sample; of several the one
 * whose TSval the acknowledgement echoes, if that is one.
 *
 * Data.  A segment of new octets leaves a mark, as long as there is a place:
 *
 *	      left                 highest
 *	        │                     │
 *	────────┼──────●──────●───────●      an acknowledgement takes all
 *	 ambiguous    range of samples       marks at or before it, and the
 *	                                     newest of them makes a sample
 *
 * A hole, what fills one and a retransmission collapse the range: left moves
 * to the highest octet, as what acknowledges octets before it may have waited
 * for the hole to be filled, or answer either copy (Karn's rule).  The marks
 * stay, for they say when their octets were sent.
 *
 * With timestamps (RFC 7323) the TSecr of an acknowledgement decides about
 * marks before left: it echoes what the receiver had when it last moved on.
 * So where it is older than the TSval of the first retransmission, the
 * original was acknowledged, and the mark makes a sample; where it is that
 * TSval, the retransmission was, and the sample begins with that.
 *
 * The timeout of RFC 6298 is that of the sender, who sees both halves: each
 * sample of a half, together with the last one of the other half, is a sample
 * of the whole way.  The handshake's are among these, but not among the
 * figures of data.
 */
#include <config.h>

#include <math.h>

#include "stream.h"

#define TIMEOUT_MIN UINT64_C(200000) /* microseconds */
#define TIMEOUT_WITHOUT UINT32_C(1000000)
#define MINIMUM_WITHOUT UINT32_C(3000)

void
rtt_begin(struct quality_rtt *rtt)
{
	*rtt = (struct quality_rtt){
		.minimum = QUALITY_UNKNOWN,
		.handshake = QUALITY_UNKNOWN,
	};
}

/* --- samples */

/* RFC 6298, 2, in whole microseconds. */
static void
smooth(struct quality_stream *stream, struct quality_rtt *half, uint32_t sample)
{
	uint64_t sum, apart;
	uint32_t whole;

	half->last = sample > 0 ? sample : 1;
	sum = (uint64_t)stream->side[0].rtt.last + stream->side[1].rtt.last;
	whole = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
	if (stream->smoothed == 0) {
		stream->smoothed = whole;
		stream->variation = whole / 2;
		return;
	}
	apart = whole > stream->smoothed ? whole - stream->smoothed
	                                 : stream->smoothed - whole;
	stream->variation =
	    (uint32_t)(((uint64_t)stream->variation * 3 + apart) / 4);
	stream->smoothed =
	    (uint32_t)(((uint64_t)stream->smoothed * 7 + whole) / 8);
	stream->smoothed += stream->smoothed == 0;
}

/* Welford's way: the sum of squares stays exact where the mean is large. */
static void
add_sample(struct quality_stream *stream, int half, uint32_t sample)
{
	struct quality_rtt *rtt = &stream->side[half].rtt;
	struct quality_moments *moments = &stream->moments[half];
	double before, after;

	if (sample == QUALITY_UNKNOWN)
		return;
	smooth(stream, rtt, sample);
	before =
	    rtt->samples > 0 ? (double)moments->sum / rtt->samples : sample;
	moments->sum += sample;
	rtt->samples++;
	after = (double)moments->sum / rtt->samples;
	moments->squares += (sample - before) * (sample - after);
	if (sample < rtt->minimum)
		rtt->minimum = sample;
	if (sample > rtt->maximum)
		rtt->maximum = sample;
}

void
rtt_read(
    const struct quality_stream *stream, int half, struct quality_side *figures)
{
	const struct quality_moments *moments = &stream->moments[half];
	const struct quality_rtt *rtt = &stream->side[half].rtt;

	figures->handshake_rtt = rtt->handshake;
	figures->rtt_samples = rtt->samples;
	if (rtt->samples == 0) {
		figures->rtt_minimum = figures->rtt_mean = QUALITY_UNKNOWN;
		figures->rtt_maximum = QUALITY_UNKNOWN;
		figures->rtt_deviation = QUALITY_UNKNOWN;
		return;
	}
	figures->rtt_minimum = rtt->minimum;
	figures->rtt_maximum = rtt->maximum;
	figures->rtt_mean = (uint32_t)(moments->sum / rtt->samples);
	figures->rtt_deviation =
	    rtt->samples > 1
	        ? (uint32_t)sqrt(moments->squares / (rtt->samples - 1))
	        : 0;
}

/* --- handshake */

/* With more copies than marks the last one takes the place of its neighbour. */
void
rtt_syn(struct quality_tcp_side *side, const struct placed *placed)
{
	if (side->mark_count == QUALITY_MARKS)
		side->mark_count--;
	side->flags |= SIDE_HANDSHAKE;
	side->marks[side->mark_count++] = (struct quality_mark){
		.stamp =
		    placed->has_stamp ? placed->detail->timestamp_value : 0,
		.time = placed->time,
	};
}

/* The time of the copy that was answered; 0: not known. */
static uint32_t
answered_copy(const struct quality_tcp_side *side, const struct placed *placed)
{
	uint32_t time = 0;

	if (side->mark_count == 1)
		return side->marks[0].time;
	if (!placed->has_stamp)
		return 0;
	for (unsigned i = 0; i < side->mark_count; i++) {
		if (side->marks[i].stamp != placed->detail->timestamp_echo)
			continue;
		if (time != 0)
			return 0;
		time = side->marks[i].time;
	}
	return time;
}

/* The server answers a SYN with a SYN of its own. */
static bool
ends_handshake(const struct placed *placed)
{
	return placed->side == 0 || placed->segment->tcp_flags & TCP_SYN;
}

static void
end_handshake(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[!placed->side];
	struct quality_rtt *rtt = &stream->side[placed->side].rtt;
	uint32_t sent = answered_copy(side, placed);

	side->flags &= (uint16_t)~SIDE_HANDSHAKE;
	side->mark_count = 0;
	if (sent == 0 || placed->time < sent || !ends_handshake(placed))
		return;
	rtt->handshake = placed->time - sent;
	smooth(stream, rtt, rtt->handshake);
}

/* --- data */

/* Does the mark make a sample? */
static bool
unambiguous(const struct quality_tcp_side *side, uint32_t end,
    const struct placed *placed)
{
	if (ahead(end, side->left) > 0)
		return true;
	return side->flags & SIDE_AGAIN && placed->has_stamp &&
	       ahead(placed->detail->timestamp_echo, side->again_stamp) < 0;
}

/* The retransmission itself, where its TSval comes back. */
static void
sample_again(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[!placed->side];

	if (!(side->flags & SIDE_AGAIN_SENT) || !placed->has_stamp ||
	    ahead(placed->segment->acknowledgement, side->again_end) < 0)
		return;
	side->flags &= (uint16_t)~SIDE_AGAIN_SENT;
	if (placed->detail->timestamp_echo == side->again_stamp &&
	    side->again_time != 0 && placed->time >= side->again_time)
		add_sample(
		    stream, placed->side, placed->time - side->again_time);
}

/* Of all the marks that are reached the newest one makes the sample. */
static inline void
take_marks(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[!placed->side];
	uint32_t acknowledgement = placed->segment->acknowledgement;
	struct quality_mark newest;
	unsigned taken = 0;

	while (taken < side->mark_count &&
	       ahead(acknowledgement, side->marks[taken].end) >= 0)
		taken++;
	if (taken == 0)
		return;
	newest = side->marks[taken - 1];
	side->mark_count -= (uint8_t)taken;
	for (unsigned i = 0; i < side->mark_count; i++)
		side->marks[i] = side->marks[i + taken];
	if (newest.time != 0 && placed->time >= newest.time &&
	    unambiguous(side, newest.end, placed))
		add_sample(stream, placed->side, placed->time - newest.time);
}

void
rtt_acknowledged(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[!placed->side];

	if (side->flags & SIDE_HANDSHAKE) {
		end_handshake(stream, placed);
		return;
	}
	if (side->mark_count > 0)
		take_marks(stream, placed);
	if (!(side->flags & SIDE_AGAIN))
		return;
	sample_again(stream, placed);
	if (ahead(placed->segment->acknowledgement, side->left) >= 0)
		side->flags &= (uint16_t) ~(SIDE_AGAIN | SIDE_AGAIN_SENT);
}

/* A mark that can make no sample any more leaves its place to a new one. */
static void
drop_ambiguous(struct quality_tcp_side *side)
{
	if (ahead(side->marks[0].end, side->left) > 0)
		return;
	side->mark_count--;
	for (unsigned i = 0; i < side->mark_count; i++)
		side->marks[i] = side->marks[i + 1];
}

void
rtt_mark(struct quality_tcp_side *side, const struct placed *placed)
{
	if (side->flags & SIDE_HANDSHAKE ||
	    placed->payload_begin == placed->payload_end)
		return;
	if (side->mark_count == QUALITY_MARKS)
		drop_ambiguous(side);
	if (side->mark_count == QUALITY_MARKS)
		return;
	side->marks[side->mark_count++] = (struct quality_mark){
		.end = placed->payload_end,
		.time = placed->time,
	};
}

void
rtt_collapse(struct quality_tcp_side *side)
{
	side->left = side->highest;
}

/*
 * Its TSval tells nothing where the one before had it, too.  Samples are of
 * data: a FIN makes none, neither the first time nor again.
 */
void
rtt_again(struct quality_tcp_side *side, const struct placed *placed)
{
	rtt_collapse(side);
	if (placed->payload_begin == placed->payload_end)
		return;
	if (side->flags & SIDE_AGAIN || !placed->has_stamp ||
	    !(side->flags & SIDE_LAST_STAMP) ||
	    ahead(placed->detail->timestamp_value, side->last_stamp) <= 0)
		return;
	side->flags |= SIDE_AGAIN | SIDE_AGAIN_SENT;
	side->again_end = placed->end;
	side->again_stamp = placed->detail->timestamp_value;
	side->again_time = placed->time;
}

/*
 * The last segment, if it had the octet; else the first mark behind it, as
 * marks have ascending ends; else the last segment, which was sent later.
 */
uint32_t
rtt_age(const struct quality_tcp_side *side, uint32_t octet, uint32_t now)
{
	bool last = side->flags & SIDE_LAST &&
	            ahead(octet, side->last_begin) >= 0 &&
	            octet - side->last_begin < side->last_octets;

	for (unsigned i = 0;
	     !last && i < side->mark_count && !(side->flags & SIDE_HANDSHAKE);
	     i++)
		if (ahead(side->marks[i].end, octet) > 0)
			return elapsed(now, side->marks[i].time);
	return side->flags & SIDE_LAST ? elapsed(now, side->last_time)
	                               : UINT32_MAX;
}

/* --- both halves */

uint32_t
rtt_timeout(const struct quality_stream *stream)
{
	uint64_t timeout = stream->smoothed + 4 * (uint64_t)stream->variation;

	if (stream->smoothed == 0)
		return TIMEOUT_WITHOUT;
	if (timeout < TIMEOUT_MIN)
		timeout = TIMEOUT_MIN;
	return timeout < UINT32_MAX ? (uint32_t)timeout : UINT32_MAX;
}

/*
 * The handshake is a round trip, too, and no delayed acknowledgement is in it.
 * Of a half that carries few requests it may be the only one without.
 */
static uint32_t
half_minimum(const struct quality_rtt *rtt)
{
	if (rtt->samples == 0 || rtt->handshake < rtt->minimum)
		return rtt->handshake;
	return rtt->minimum;
}

uint32_t
rtt_minimum(const struct quality_stream *stream)
{
	uint32_t a = half_minimum(&stream->side[0].rtt);
	uint32_t b = half_minimum(&stream->side[1].rtt);

	if (a == QUALITY_UNKNOWN || b == QUALITY_UNKNOWN)
		return MINIMUM_WITHOUT;
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}
