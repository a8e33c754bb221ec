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
 *	 ambiguous    range of samples       marks at or before it
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
 * The timeout of RFC 6298 is that of the sender, who sees both halves: the sum
 * of both smoothed times and four times the sum of both variations.  The
 * handshake is a sample of these and of the minima, not of the figures of
 * data.
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

/* RFC 6298, 2: in microseconds, which need no further fractions. */
static void
smooth(struct quality_rtt *rtt, uint32_t sample)
{
	uint32_t apart;

	if (rtt->smoothed == 0) {
		rtt->smoothed = sample > 0 ? sample : 1;
		rtt->variation = sample / 2;
		return;
	}
	apart = sample > rtt->smoothed ? sample - rtt->smoothed
	                               : rtt->smoothed - sample;
	rtt->variation = (uint32_t)(((uint64_t)rtt->variation * 3 + apart) / 4);
	rtt->smoothed = (uint32_t)(((uint64_t)rtt->smoothed * 7 + sample) / 8);
	rtt->smoothed += rtt->smoothed == 0;
}

/* Welford's way: the sum of squares stays exact where the mean is large. */
static void
add_sample(struct quality_rtt *rtt, uint32_t sample)
{
	double before, after;

	if (sample == QUALITY_UNKNOWN)
		return;
	smooth(rtt, sample);
	before = rtt->samples > 0 ? (double)rtt->sum / rtt->samples : sample;
	rtt->sum += sample;
	rtt->samples++;
	after = (double)rtt->sum / rtt->samples;
	rtt->squares += (sample - before) * (sample - after);
	if (sample < rtt->minimum)
		rtt->minimum = sample;
	if (sample > rtt->maximum)
		rtt->maximum = sample;
}

void
rtt_read(const struct quality_rtt *rtt, struct quality_side *figures)
{
	figures->handshake_rtt = rtt->handshake;
	figures->rtt_samples = rtt->samples;
	if (rtt->samples == 0)
		return;
	figures->rtt_minimum = rtt->minimum;
	figures->rtt_maximum = rtt->maximum;
	figures->rtt_mean = (uint32_t)(rtt->sum / rtt->samples);
	figures->rtt_deviation =
	    rtt->samples > 1 ? (uint32_t)sqrt(rtt->squares / (rtt->samples - 1))
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

static void
end_handshake(struct quality_tcp_side *side, struct quality_rtt *rtt,
    const struct placed *placed)
{
	uint32_t sent = answered_copy(side, placed);

	side->flags &= (uint16_t)~SIDE_HANDSHAKE;
	side->mark_count = 0;
	if (sent == 0)
		return;
	rtt->handshake = elapsed(placed->time, sent);
	smooth(rtt, rtt->handshake);
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
sample_again(struct quality_tcp_side *side, struct quality_rtt *rtt,
    const struct placed *placed, uint32_t acknowledgement)
{
	if (!(side->flags & SIDE_AGAIN_SENT) || !placed->has_stamp ||
	    ahead(acknowledgement, side->again_end) < 0)
		return;
	side->flags &= (uint16_t)~SIDE_AGAIN_SENT;
	if (placed->detail->timestamp_echo == side->again_stamp &&
	    side->again_time != 0)
		add_sample(rtt, elapsed(placed->time, side->again_time));
}

static void
take_marks(struct quality_tcp_side *side, struct quality_rtt *rtt,
    const struct placed *placed, uint32_t acknowledgement)
{
	unsigned taken = 0;

	while (taken < side->mark_count &&
	       ahead(acknowledgement, side->marks[taken].end) >= 0) {
		const struct quality_mark *mark = &side->marks[taken++];

		if (mark->time != 0 && unambiguous(side, mark->end, placed))
			add_sample(rtt, elapsed(placed->time, mark->time));
	}
	if (taken == 0)
		return;
	side->mark_count -= (uint8_t)taken;
	for (unsigned i = 0; i < side->mark_count; i++)
		side->marks[i] = side->marks[i + taken];
}

void
rtt_acknowledged(struct quality_tcp_side *side, struct quality_rtt *rtt,
    const struct placed *placed, uint32_t acknowledgement)
{
	if (side->flags & SIDE_HANDSHAKE) {
		end_handshake(side, rtt, placed);
		return;
	}
	if (side->mark_count > 0)
		take_marks(side, rtt, placed, acknowledgement);
	if (side->flags & SIDE_AGAIN) {
		sample_again(side, rtt, placed, acknowledgement);
		if (ahead(acknowledgement, side->left) >= 0)
			side->flags &=
			    (uint16_t) ~(SIDE_AGAIN | SIDE_AGAIN_SENT);
	}
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

/* Its TSval tells nothing where the one before had it, too. */
void
rtt_again(struct quality_tcp_side *side, const struct placed *placed)
{
	rtt_collapse(side);
	if (side->flags & SIDE_AGAIN || !placed->has_stamp ||
	    !(side->flags & SIDE_LAST_STAMP) ||
	    ahead(placed->detail->timestamp_value, side->last_stamp) <= 0)
		return;
	side->flags |= SIDE_AGAIN | SIDE_AGAIN_SENT;
	side->again_end = placed->end;
	side->again_stamp = placed->detail->timestamp_value;
	side->again_time = placed->time;
}

/* Marks have ascending ends: the first at or behind it is the nearest. */
uint32_t
rtt_age(const struct quality_tcp_side *side, uint32_t end, uint32_t now)
{
	if (!(side->flags & SIDE_HANDSHAKE))
		for (unsigned i = 0; i < side->mark_count; i++)
			if (ahead(side->marks[i].end, end) >= 0)
				return elapsed(now, side->marks[i].time);
	return side->flags & SIDE_LAST ? elapsed(now, side->last_time)
	                               : UINT32_MAX;
}

/* --- both halves */

uint32_t
rtt_timeout(const struct quality_stream *stream)
{
	const struct quality_rtt *a = &stream->side[0].rtt;
	const struct quality_rtt *b = &stream->side[1].rtt;
	uint64_t timeout;

	if (a->smoothed == 0 || b->smoothed == 0)
		return TIMEOUT_WITHOUT;
	timeout = (uint64_t)a->smoothed + b->smoothed +
	          4 * ((uint64_t)a->variation + b->variation);
	if (timeout < TIMEOUT_MIN)
		timeout = TIMEOUT_MIN;
	return timeout > UINT32_MAX ? UINT32_MAX : (uint32_t)timeout;
}

static uint32_t
half_minimum(const struct quality_rtt *rtt)
{
	return rtt->minimum < rtt->handshake ? rtt->minimum : rtt->handshake;
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
