/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which class a segment has: the rules in their order, each with its row.
 *
 * The time since octets were sent last is that of the segment that opened
 * their hole, of the side's last segment if it had them, of the mark at their
 * end, or of the side's last segment after all.  That may have been sent after
 * them, so that a timeout may be taken for another retransmission; of what was
 * retransmitted before the last segment a mark may tell an earlier time.
 */
#include <config.h>

#include "stream.h"

#define COPY_US 1000      /* "within 1 ms" */
#define FAST_DUPLICATES 2 /* "at least 2 duplicate ACKs" */

enum {
	REPEAT_USED = 1 << 0,
	REPEAT_SERVER = 1 << 1, /* of side 1 */
	REPEAT_LATE = 1 << 2,   /* later than the timeout */
	REPEAT_CLASS_SHIFT = 4
};

/* --- the rows of the table */

/* "0 or 1 octet at highest − 1, no SYN/FIN/RST" */
static bool
is_keep_alive(const struct quality_tcp_side *side, const struct placed *placed)
{
	return placed->payload_end - placed->payload_begin <= 1 &&
	       placed->begin + 1 == side->highest &&
	       !(placed->segment->tcp_flags & (TCP_SYN | TCP_FIN));
}

/* "1 octet while the peer's window is 0" */
static bool
is_window_probe(
    const struct quality_tcp_side *peer, const struct placed *placed)
{
	return placed->end - placed->begin == 1 && peer->window == 0 &&
	       peer->flags & SIDE_WINDOW &&
	       placed->payload_begin != placed->payload_end;
}

/*
 * "fills a hole within the RTT (sum of both halves' minima; 3 ms without) of
 * the segment that opened it, or with an IPv4 id/timestamp older than that
 * segment's"
 */
static bool
is_reordered(
    const struct quality_stream *stream, const struct placed *placed, int hole)
{
	return hole != -1 && holes_contain(stream, hole, placed) &&
	       (holes_older(stream, hole, placed) ||
	           elapsed(placed->time, stream->holes[hole].time) <=
	               rtt_minimum(stream));
}

/*
 * The copy of a segment that others followed: it left the sender before the
 * last of them.  What is sent again has a newer id and TSval than that.
 */
static bool
is_copy_between(
    const struct quality_stream *stream, const struct placed *placed, int hole)
{
	const struct quality_tcp_side *side = &stream->side[placed->side];
	uint16_t older = (uint16_t)(side->last_id - placed->detail->ip_id);

	if (hole != -1)
		return false;
	if (has_id(placed) && side->flags & SIDE_LAST_ID)
		return older > 0 && older <= COPY_IDS;
	if (!has_stamp(placed) || !(side->flags & SIDE_LAST_STAMP))
		return false;
	if (placed->detail->timestamp_value == side->last_stamp)
		return side->duplicate_acks == 0 &&
		       rtt_marked(stream, placed) <= COPY_US;
	return ahead(placed->detail->timestamp_value, side->last_stamp) < 0;
}

/*
 * "the same octets again within 1 ms, with the same IPv4 id (not where DF and
 * id 0) or same TSval and no duplicate ACK"
 */
static bool
is_copy(
    const struct quality_stream *stream, const struct placed *placed, int hole)
{
	const struct quality_tcp_side *side = &stream->side[placed->side];

	if (!(side->flags & SIDE_LAST) ||
	    elapsed(placed->time, side->last_time) > COPY_US)
		return false;
	if (side->last_begin != placed->begin ||
	    side->last_octets != placed_octets(placed))
		return is_copy_between(stream, placed, hole);
	if (has_id(placed) && side->flags & SIDE_LAST_ID &&
	    placed->detail->ip_id == side->last_id)
		return true;
	return has_stamp(placed) && side->flags & SIDE_LAST_STAMP &&
	       placed->detail->timestamp_value == side->last_stamp &&
	       side->duplicate_acks == 0;
}

/* "ends at or before the other side's highest ACK" */
static bool
is_acknowledged(
    const struct quality_tcp_side *side, const struct placed *placed)
{
	return side->flags & SIDE_ACKED && ahead(placed->end, side->acked) <= 0;
}

/* "at least 2 duplicate ACKs or a SACK hole at its place" */
static bool
is_asked_for(const struct quality_tcp_side *side, const struct placed *placed)
{
	return (side->duplicate_acks >= FAST_DUPLICATES &&
	           ahead(placed->begin, side->acked) <= 0) ||
	       (side->flags & SIDE_SACKED &&
	           ahead(side->sacked, placed->begin) > 0);
}

enum loss_class
loss_classify(
    const struct quality_stream *stream, const struct placed *placed, int hole)
{
	const struct quality_tcp_side *side = &stream->side[placed->side];
	int32_t beyond = ahead(placed->begin, side->highest);

	if (is_window_probe(&stream->side[!placed->side], placed))
		return LOSS_WINDOW_PROBE;
	if (beyond == 0)
		return LOSS_NONE;
	if (is_keep_alive(side, placed))
		return LOSS_KEEP_ALIVE;
	if (beyond > 0)
		return LOSS_GAP;
	if (is_reordered(stream, placed, hole))
		return LOSS_REORDERED;
	if (is_copy(stream, placed, hole))
		return LOSS_DUPLICATED;
	if (is_acknowledged(side, placed))
		return LOSS_SPURIOUS;
	if (loss_late(stream, placed, hole))
		return LOSS_TIMEOUT;
	return is_asked_for(side, placed) ? LOSS_FAST : LOSS_OTHER;
}

/* What was not seen was sent before what opened its hole. */
bool
loss_late(
    const struct quality_stream *stream, const struct placed *placed, int hole)
{
	uint32_t age = hole != -1
	                   ? elapsed(placed->time, stream->holes[hole].time)
	                   : rtt_age(stream, placed);

	return age > rtt_timeout(stream);
}

/* --- what a D-SACK tells later */

void
loss_remember(struct quality_stream *stream, const struct placed *placed,
    enum loss_class class, bool late)
{
	unsigned place = stream->repeat_next++ % QUALITY_REPEATS;

	stream->repeats[place] =
	    (struct quality_range){ placed->begin, placed->end };
	stream->repeat_kinds[place] =
	    (uint8_t)(REPEAT_USED | (placed->side == 1 ? REPEAT_SERVER : 0) |
	              (late ? REPEAT_LATE : 0) | class << REPEAT_CLASS_SHIFT);
}

static bool
is_of(uint8_t kind, int side)
{
	return kind != 0 && ((kind & REPEAT_SERVER) != 0) == (side == 1);
}

static void
move(struct quality_stream *stream, int side, unsigned place)
{
	uint8_t kind = stream->repeat_kinds[place];
	struct quality_tcp_side *of = &stream->side[side];

	of->segments[kind >> REPEAT_CLASS_SHIFT]--;
	of->segments[LOSS_SPURIOUS]++;
	if (kind & REPEAT_LATE)
		of->spurious_late++;
	stream->repeat_kinds[place] = 0;
}

/* The oldest ones first: of two of the same octets one was needed. */
void
loss_spurious(struct quality_stream *stream, int side, struct sack_block block)
{
	for (unsigned i = 0; i < QUALITY_REPEATS; i++) {
		unsigned place = (stream->repeat_next + i) % QUALITY_REPEATS;
		struct quality_range range = stream->repeats[place];

		if (!is_of(stream->repeat_kinds[place], side) ||
		    ahead(range.end, block.left) <= 0 ||
		    ahead(block.right, range.begin) <= 0)
			continue;
		move(stream, side, place);
		if (ahead(block.right, range.end) <= 0)
			break;
		block.left = range.end;
	}
}

/* What a D-SACK may still move is not carried over, but stays. */
void
loss_carry(struct quality_stream *stream, struct exchange_quality *figures)
{
	for (unsigned i = 0; i < QUALITY_REPEATS; i++) {
		uint8_t kind = stream->repeat_kinds[i];
		unsigned class = kind >> REPEAT_CLASS_SHIFT;
		int side = (kind & REPEAT_SERVER) != 0;

		if (kind == 0)
			continue;
		figures->side[side].segments[class]--;
		stream->side[side].segments[class]++;
	}
}

void
loss_trim(struct quality_stream *stream, int side)
{
	uint32_t highest = stream->side[side].highest;

	for (unsigned i = 0; i < QUALITY_REPEATS; i++)
		if (is_of(stream->repeat_kinds[i], side) &&
		    highest - stream->repeats[i].begin > SEQUENCE_FAR)
			stream->repeat_kinds[i] = 0;
}
