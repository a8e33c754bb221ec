/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round-trip times ("Quality" in exflow-records(5)).
 *
 * Handshake.  One SYN and its acknowledgement make the sample; of several
 * copies the one whose TSval is echoed, if that is one.  From the second one
 * on, copies have marks (marks.h) under their TSvals.
 *
 * Data.  Each segment of new octets sets a mark:
 *
 *	      left                 highest
 *	        │                     │
 *	────────┼──────●──────●───────●      the acknowledgement of a mark's
 *	 ambiguous    range of samples       end makes a sample
 *
 * What came again or late collapses the range: left moves to the highest octet,
 * as what acknowledges octets before it may have waited for a hole to be filled,
 * or answer either copy (Karn's rule).  The marks stay, for they say when their
 * octets were sent.  One before left makes a sample where its acknowledgement
 * cannot be by what came again or late: it acknowledges less than the end of
 * that, or its TSecr (RFC 7323) is older than the TSval of that.
 *
 * Of a retransmission that is acknowledged, and whose TSval is echoed, the
 * sample begins with itself.
 *
 * The timeout of RFC 6298 is that of the sender, who sees both halves: each
 * sample of a half, together with the last one of the other half, is a sample
 * of the whole way.  The handshake's are among these, but not among the
 * figures of data.
 */
#include <config.h>

#include "marks.h"
#include "samples.h"
#include "stream.h"

#define TIMEOUT_MIN UINT64_C(200000) /* microseconds */
#define TIMEOUT_WITHOUT UINT32_C(1000000)
#define MINIMUM_WITHOUT UINT32_C(3000)

/* --- marks */

void
rtt_trim(struct quality_tcp_side *side, const struct placed *placed)
{
	if (side->marks_since == QUALITY_UNKNOWN)
		return;
	side->marks_since = side->passed;
	side->passed = placed->time;
}

uint32_t
rtt_marked(const struct quality_stream *stream, const struct placed *placed)
{
	const struct quality_tcp_side *side = &stream->side[placed->side];
	uint32_t age;

	if (side->flags & SIDE_HANDSHAKE ||
	    (side->flags & SIDE_ACKED && ahead(placed->end, side->acked) <= 0))
		return QUALITY_UNKNOWN;
	age = marks_age(stream, placed, placed->side, placed->end);
	return age < QUALITY_MARK_LIFE ? age : QUALITY_UNKNOWN;
}

/* --- handshake */

/* Two copies with the same TSval: a time in the future is never reached. */
static void
mark_copy(struct quality_stream *stream, const struct placed *placed,
    uint32_t stamp, uint32_t time)
{
	uint32_t clock = marks_clock(stream, time);

	if (marks_age(stream, placed, placed->side, stamp) != QUALITY_UNKNOWN)
		clock = placed->clock +
		        ((QUALITY_MARK_LIFE - 1) << MARK_TIME_SHIFT);
	marks_put(stream, placed, stamp, clock);
}

void
rtt_syn(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	uint32_t stamp =
	    has_stamp(placed) ? placed->detail->timestamp_value : 0;

	if (!(side->flags & SIDE_HANDSHAKE)) {
		rtt_forget(side);
		side->syn_copies = 0;
		side->flags &= (uint16_t) ~(SIDE_AGAIN | SIDE_AGAIN_SENT);
		side->flags |= SIDE_HANDSHAKE;
		side->again_stamp = stamp;
		side->again_end = has_stamp(placed);
		side->again_time = placed->time;
	} else if (has_stamp(placed)) {
		if (side->again_end && side->again_time != 0) {
			side->marks_since = side->again_time;
			mark_copy(stream, placed, side->again_stamp,
			    side->again_time);
		}
		side->again_end = false;
		marks_begin(side, placed);
		mark_copy(stream, placed, stamp, placed->time);
	}
	if (side->syn_copies < UINT8_MAX)
		side->syn_copies++;
}

/* Microseconds since the copy that was answered; or QUALITY_UNKNOWN. */
static uint32_t
answered_copy(const struct quality_stream *stream, const struct placed *placed)
{
	const struct quality_tcp_side *side = &stream->side[!placed->side];
	bool first = side->syn_copies == 1 ||
	             (side->again_end && has_stamp(placed) &&
	                 placed->detail->timestamp_echo == side->again_stamp);
	uint32_t age = QUALITY_UNKNOWN;

	if (first)
		return side->again_time != 0 && placed->time >= side->again_time
		           ? placed->time - side->again_time
		           : QUALITY_UNKNOWN;
	if (has_stamp(placed))
		age = marks_age(stream, placed, !placed->side,
		    placed->detail->timestamp_echo);
	return age < QUALITY_MARK_LIFE ? age : QUALITY_UNKNOWN;
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
	uint32_t took = answered_copy(stream, placed);

	side->flags &= (uint16_t)~SIDE_HANDSHAKE;
	rtt_forget(side);
	if (took == QUALITY_UNKNOWN || !ends_handshake(placed))
		return;
	stream->handshake[placed->side] = took;
	smooth(stream, &stream->side[placed->side], side, took);
}

/* --- data */

/*
 * Does a mark at the acknowledged octet make a sample?  Where something came
 * behind what was sent after it, or again: that causes no acknowledgement of
 * less than its own end, and none with an older TSecr.
 */
static inline bool
unambiguous(const struct quality_tcp_side *side, const struct placed *placed)
{
	uint32_t end = placed->segment->acknowledgement;

	if (ahead(end, side->highest) > 0)
		return false;
	if (ahead(end, side->left) > 0)
		return true;
	if (!(side->flags & SIDE_AGAIN))
		return false;
	return ahead(end, side->again_end) < 0 ||
	       (has_stamp(placed) && side->again_time != 0 &&
	           ahead(placed->detail->timestamp_echo, side->again_stamp) <
	               0);
}

static void
sample(struct quality_stream *stream, int half, uint32_t took)
{
	add_sample(stream, &stream->side[half], &stream->side[!half],
	    &stream->moments[half], took);
}

/* The retransmission itself, where its TSval comes back and no mark is meant. */
static void
sample_again(
    struct quality_stream *stream, const struct placed *placed, bool taken)
{
	struct quality_tcp_side *side = &stream->side[!placed->side];
	uint32_t took;

	if (!(side->flags & SIDE_AGAIN_SENT) || !has_stamp(placed) ||
	    ahead(placed->segment->acknowledgement, side->again_end) < 0)
		return;
	side->flags &= (uint16_t)~SIDE_AGAIN_SENT;
	took = placed->time - side->again_time;
	if (!taken && placed->detail->timestamp_echo == side->again_stamp &&
	    side->again_time != 0 && placed->time >= side->again_time &&
	    took != QUALITY_UNKNOWN)
		sample(stream, placed->side, took);
}

static bool
take_mark(struct quality_stream *stream, const struct placed *placed)
{
	const struct quality_tcp_side *side = &stream->side[!placed->side];
	uint32_t took;

	if (!unambiguous(side, placed))
		return false;
	took = marks_age(
	    stream, placed, !placed->side, placed->segment->acknowledgement);
	if (took >= QUALITY_MARK_LIFE)
		return false;
	sample(stream, placed->side, took);
	return true;
}

void
rtt_acknowledged(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[!placed->side];
	bool taken;

	if (side->flags & SIDE_HANDSHAKE) {
		end_handshake(stream, placed);
		return;
	}
	taken = take_mark(stream, placed);
	if (!(side->flags & SIDE_AGAIN))
		return;
	sample_again(stream, placed, taken);
	if (ahead(placed->segment->acknowledgement, side->left) >= 0)
		side->flags &= (uint16_t) ~(SIDE_AGAIN | SIDE_AGAIN_SENT);
}

void
rtt_mark(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];

	if (side->flags & SIDE_HANDSHAKE ||
	    placed->payload_begin == placed->payload_end)
		return;
	marks_begin(side, placed);
	marks_put(stream, placed, placed->end, placed->clock);
}

/* The pending one stands for both, as far as that is certain. */
static void
join_again(struct quality_tcp_side *side, const struct placed *placed)
{
	bool older =
	    ahead(placed->detail->timestamp_value, side->again_stamp) < 0;

	if (!has_stamp(placed))
		side->again_time = 0;
	else if (older)
		side->again_stamp = placed->detail->timestamp_value;
	if (ahead(placed->end, side->again_end) < 0)
		side->again_end = placed->end;
	else if (has_stamp(placed) && !older)
		return;
	side->flags &= (uint16_t)~SIDE_AGAIN_SENT;
}

void
rtt_collapse(struct quality_tcp_side *side, const struct placed *placed)
{
	side->left = side->highest;
	if (side->flags & SIDE_HANDSHAKE)
		return;
	if (side->flags & SIDE_AGAIN) {
		join_again(side, placed);
		return;
	}
	side->flags |= SIDE_AGAIN;
	side->again_end = placed->end;
	side->again_stamp = placed->detail->timestamp_value;
	side->again_time = has_stamp(placed) ? placed->time : 0;
}

/* Its TSval tells nothing of itself where the one before had it, too. */
static inline bool
is_told_by_stamp(
    const struct quality_tcp_side *side, const struct placed *placed)
{
	return has_stamp(placed) && side->flags & SIDE_LAST_STAMP &&
	       ahead(placed->detail->timestamp_value, side->last_stamp) > 0;
}

/*
 * Samples are of data: a FIN makes none, neither the first time nor again.
 */
void
rtt_again(struct quality_tcp_side *side, const struct placed *placed)
{
	bool alone = !(side->flags & (SIDE_AGAIN | SIDE_HANDSHAKE));

	rtt_collapse(side, placed);
	if (alone && placed->payload_begin != placed->payload_end &&
	    is_told_by_stamp(side, placed))
		side->flags |= SIDE_AGAIN_SENT;
}

/*
 * The last segment, if it had the octet; else the mark of the same segment;
 * else the last segment, which was sent later.
 */
uint32_t
rtt_age(const struct quality_stream *stream, const struct placed *placed)
{
	const struct quality_tcp_side *side = &stream->side[placed->side];
	bool last = side->flags & SIDE_LAST &&
	            ahead(placed->begin, side->last_begin) >= 0 &&
	            placed->begin - side->last_begin < side->last_octets;
	uint32_t age = last ? QUALITY_UNKNOWN : rtt_marked(stream, placed);

	if (age != QUALITY_UNKNOWN)
		return age;
	return side->flags & SIDE_LAST ? elapsed(placed->time, side->last_time)
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
half_minimum(const struct quality_stream *stream, int half)
{
	const struct quality_rtt *rtt = &stream->side[half].rtt;
	uint32_t handshake = stream->handshake[half];

	return rtt->samples == 0 || handshake < rtt->minimum ? handshake
	                                                     : rtt->minimum;
}

uint32_t
rtt_minimum(const struct quality_stream *stream)
{
	uint32_t a = half_minimum(stream, 0);
	uint32_t b = half_minimum(stream, 1);

	if (a == QUALITY_UNKNOWN || b == QUALITY_UNKNOWN)
		return MINIMUM_WITHOUT;
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}
