/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a segment acknowledges of the other side's octets, for stream.c: samples
 * of the round-trip time, SACK blocks and D-SACKs, duplicate ACKs, what was
 * acknowledged without having been seen.
 */
#ifndef EXFLOW_SRC_QUALITY_ACKNOWLEDGEMENT_H
#define EXFLOW_SRC_QUALITY_ACKNOWLEDGEMENT_H

#include "stream.h"

/* RFC 2883: octets that were acknowledged, or a part of the next block. */
static inline bool
is_duplicate_sack(const struct placed *placed)
{
	const struct sack_block *block = placed->detail->sack;

	if (ahead(block[0].right, placed->segment->acknowledgement) <= 0)
		return true;
	return placed->detail->sack_blocks > 1 &&
	       ahead(block[0].left, block[1].left) >= 0 &&
	       ahead(block[0].right, block[1].right) <= 0;
}

/* The IPv4 id, or else the low half of the TSval. */
static inline uint16_t
ack_id(const struct placed *placed)
{
	return has_id(placed) ? placed->detail->ip_id
	                      : (uint16_t)placed->detail->timestamp_value;
}

/* Its SYN did not permit it, so neither side uses it. */
static inline bool
never_selects(const struct quality_tcp_side *side)
{
	return side->flags & SIDE_OPTIONS &&
	       !(side->tcp_options & QUALITY_SACK_PERMITTED);
}

/*
 * Was it sent once, and seen twice: a copy that a mirror made of the side's
 * last pure ACK, or of one shortly before it?  Where there is no id, the TSval
 * tells; duplicate ACKs of one millisecond share it, but have SACK blocks.
 */
static inline bool
is_copied_ack(const struct quality_tcp_side *side,
    const struct quality_tcp_side *peer, const struct placed *placed)
{
	uint16_t older = (uint16_t)(side->ack_id - ack_id(placed));

	if (placed->begin != placed->end || !(side->flags & SIDE_ACK_ID) ||
	    older >= COPY_IDS)
		return false;
	return has_id(placed) ||
	       (has_stamp(placed) && placed->detail->sack_blocks == 0 &&
	           !never_selects(side) && !never_selects(peer));
}

/* True where a D-SACK came, which is no duplicate ACK. */
static inline bool
take_sack(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	struct quality_tcp_side *peer = &stream->side[!placed->side];
	bool duplicate = is_duplicate_sack(placed);

	side->sack_packets++;
	if (!(peer->flags & SIDE_SEEN))
		return duplicate;
	if (duplicate && !is_copied_ack(side, peer, placed))
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
static inline bool
is_duplicate_ack(const struct quality_tcp_side *side,
    const struct quality_tcp_side *peer, const struct placed *placed)
{
	if (placed->begin != placed->end || !(peer->flags & SIDE_SEEN) ||
	    ahead(peer->highest, peer->acked) <= 0)
		return false;
	if (is_copied_ack(side, peer, placed))
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
note_pure_ack(struct quality_tcp_side *side,
    const struct quality_tcp_side *peer, const struct placed *placed)
{
	bool known = has_id(placed) || has_stamp(placed);

	side->pure_acks++;
	if (is_copied_ack(side, peer, placed))
		return;
	side->flags &= (uint16_t)~SIDE_ACK_ID;
	side->flags |= known ? SIDE_ACK_ID : 0;
	side->ack_id = ack_id(placed);
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
		note_pure_ack(side, peer, placed);
}

#endif
