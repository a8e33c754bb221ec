/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where each side is in its sequence numbers (RFC 9293, 3.4), as far as it
 * takes to tell a reset that its receiver would not believe (RFC 5961, 3).
 *
 * Of each side the meter keeps the number that follows the highest that it
 * has sent (next_sequence).  For a side that has not spoken yet that is what
 * the other one has acknowledged, if anything.  What a reset carries moves
 * nothing: it may be forged.
 */
#ifndef EXFLOW_SRC_METER_SEQUENCE_H
#define EXFLOW_SRC_METER_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/memory/live.h"
#include "exflow/meter/meter.h"

/* The number that follows a segment's octets; SYN and FIN take one each. */
static inline uint32_t
sequence_end(const struct segment *segment)
{
	return segment->sequence + segment->payload_octets +
	       (segment->tcp_flags >> 1 & 1) + (segment->tcp_flags & TCP_FIN);
}

/* No numbers are known yet. */
static inline void
sequence_clear(struct live *live, struct live_side sides[2])
{
	live->spoke = 0;
	live->acknowledged = live->server_numbered = 0;
	sides[CLIENT].next_sequence = sides[SERVER].next_sequence = 0;
}

static inline void
sequence_move_on(struct live_side *side, uint32_t end)
{
	if ((int32_t)(end - side->next_sequence) > 0)
		side->next_sequence = end;
}

/* A segment of TCP: it has a header, and is no reset. */
static inline void
sequence_follow(struct live *live, struct live_side sides[2], int side,
    const struct segment *segment)
{
	uint32_t end = sequence_end(segment);
	struct live_side *from = &sides[side];

	if (side == SERVER && segment->tcp_flags & TCP_SYN &&
	    (!live->server_numbered ||
	        from->initial_sequence != segment->sequence)) {
		from->initial_sequence = segment->sequence;
		from->next_sequence = end;
		live->server_numbered = 1;
	} else if (!(live->spoke >> side & 1)) {
		from->next_sequence = end;
	} else {
		sequence_move_on(from, end);
	}
	live->spoke |= (uint8_t)(1u << side);
	if (__builtin_expect(live->spoke == 3, 1) ||
	    !(segment->tcp_flags & TCP_ACK))
		return;
	sides[!side].next_sequence = segment->acknowledgement;
	live->acknowledged = 1;
}

/*
 * Would the receiver of a reset not believe it?  See "reset" in ENDS of
 * exflow.conf(5).
 */
static inline bool
sequence_out_of_window(const struct live *live, const struct live_side sides[2],
    int side, const struct segment *segment)
{
	uint32_t ahead = segment->sequence - sides[side].next_sequence;
	bool numbered = side == CLIENT ? live->server_numbered
	                               : live->state & LIVE_NUMBERED;
	uint32_t first = side == CLIENT ? sides[SERVER].initial_sequence
	                                : live->initial_sequence;

	if (segment->tcp_flags & TCP_ACK && numbered &&
	    (int32_t)(segment->acknowledgement - first) < 0)
		return true;
	if (!(live->spoke >> side & 1) && !live->acknowledged)
		return false;
	return ahead > METER_RESET_WINDOW && -ahead > METER_RESET_WINDOW;
}

#endif
