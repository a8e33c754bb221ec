/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where each side is in its sequence numbers (RFC 9293, 3.4), as far as it
 * takes to tell a reset that its receiver would not have believed.
 */
#ifndef EXFLOW_SRC_METER_SEQUENCE_H
#define EXFLOW_SRC_METER_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/meter/meter.h"

#include "live.h"

/* The number that follows a segment's octets; SYN and FIN take one each. */
static inline uint32_t
sequence_end(const struct segment *segment)
{
	return segment->sequence + segment->payload_octets +
	       (segment->tcp_flags >> 1 & 1) + (segment->tcp_flags & TCP_FIN);
}

/*
 * What a reset carries does not move the side on.  0 stands for a side that
 * has said nothing, so the number 0 itself is taken for 1.
 */
static inline void
sequence_follow(struct live_side *side, const struct segment *segment)
{
	uint32_t end = sequence_end(segment);

	if (segment->later_fragment || segment->tcp_flags & TCP_RST)
		return;
	if (side->next_sequence == 0 ||
	    (int32_t)(end - side->next_sequence) > 0)
		side->next_sequence = end == 0 ? 1 : end;
}

/* See resets_out_of_window in ledger.h. */
static inline bool
sequence_out_of_window(
    const struct live_side *side, const struct segment *segment)
{
	uint32_t ahead = segment->sequence - side->next_sequence;

	return side->next_sequence != 0 && ahead > METER_RESET_WINDOW &&
	       -ahead > METER_RESET_WINDOW;
}

#endif
