/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures of an exchange of one packet, or of one of each side, from the little
 * that was kept of these (struct quality_brief).  Inline, so that the encoder
 * need not write what it reads once: most of it is the same in all of them.
 */
#ifndef EXFLOW_QUALITY_BRIEF_H
#define EXFLOW_QUALITY_BRIEF_H

#include "exflow/decode/segment_detail.h"
#include "exflow/quality/figures.h"

#define QUALITY_INLINE static inline __attribute__((always_inline))

/* Bins end at 63, 127, …; the last one has all that is longer. */
QUALITY_INLINE unsigned
quality_size_bin(uint32_t octets)
{
	unsigned bits = 32 - (unsigned)__builtin_clz(octets | 63);

	return bits - 6 < QUALITY_SIZE_BINS ? bits - 6 : QUALITY_SIZE_BINS - 1;
}

/* What a SYN said, of DETAIL_…, as bits of the figures. */
QUALITY_INLINE uint8_t
quality_syn_options(uint8_t known)
{
	return (
	    uint8_t)((known & DETAIL_SACK_PERMITTED ? QUALITY_SACK_PERMITTED
	                                            : 0) |
	             (known & DETAIL_TIMESTAMPS ? QUALITY_TIMESTAMPS : 0) |
	             (known & DETAIL_WINDOW_SCALE ? QUALITY_WINDOW_SCALE : 0));
}

/* All that is unknown, and counts of 0. */
QUALITY_INLINE void
quality_side_init(struct quality_side *side)
{
	*side = (struct quality_side){
		.handshake_rtt = QUALITY_UNKNOWN,
		.rtt_minimum = QUALITY_UNKNOWN,
		.rtt_mean = QUALITY_UNKNOWN,
		.rtt_maximum = QUALITY_UNKNOWN,
		.rtt_deviation = QUALITY_UNKNOWN,
		.maximum_segment_size = QUALITY_UNKNOWN_16,
		.window_scale = QUALITY_UNKNOWN_8,
		.tcp_options = QUALITY_UNKNOWN_8,
		.window_minimum = QUALITY_UNKNOWN,
		.window_maximum = QUALITY_UNKNOWN,
		.in_flight_minimum = QUALITY_UNKNOWN,
		.in_flight_maximum = QUALITY_UNKNOWN,
		.initial_in_flight = QUALITY_UNKNOWN,
		.payload_minimum = QUALITY_UNKNOWN_16,
		.payload_maximum = QUALITY_UNKNOWN_16,
	};
}

/* What one packet says whatever its protocol. */
QUALITY_INLINE void
quality_packet_read(
    const struct quality_packet *packet, struct quality_side *side)
{
	unsigned bin = quality_size_bin(packet->ip_octets);
	unsigned ecn = packet->tos & QUALITY_ECN_MASK;

	if (packet->payload > 0)
		side->payload_minimum = side->payload_maximum =
		    packet->payload < QUALITY_UNKNOWN_16
		        ? packet->payload
		        : QUALITY_UNKNOWN_16 - 1;
	side->ttl_minimum = side->ttl_maximum = packet->ttl;
	side->ce_packets = ecn == QUALITY_ECN_CE;
	side->ect_packets = ecn != 0 && ecn != QUALITY_ECN_CE;
	for (unsigned i = 0; i < QUALITY_SIZE_BINS; i++)
		side->size_bins[i] = i == bin;
}

QUALITY_INLINE void
quality_syn_read(const struct quality_brief *brief, struct quality_side *side)
{
	side->segments[LOSS_NONE] = 1;
	if (brief->known & DETAIL_MSS)
		side->maximum_segment_size = brief->maximum_segment_size;
	if (brief->known & DETAIL_WINDOW_SCALE)
		side->window_scale = brief->window_scale;
	if (brief->known & DETAIL_OPTIONS)
		side->tcp_options = quality_syn_options(brief->known);
	if (brief->known & DETAIL_WINDOW)
		side->window_minimum = side->window_maximum = brief->window;
}

/*
 * Write the sides of figures that have a brief; it is BRIEF_NONE then.  Others
 * stay as they are.
 */
QUALITY_INLINE void
quality_figures_expand(struct exchange_quality *figures)
{
	const struct quality_brief brief = figures->brief;

	if (brief.kind == BRIEF_NONE)
		return;
	figures->brief.kind = BRIEF_NONE;
	quality_side_init(&figures->side[0]);
	quality_side_init(&figures->side[1]);
	if (brief.sides & 1)
		quality_packet_read(&brief.packet[0], &figures->side[0]);
	if (brief.sides & 2)
		quality_packet_read(&brief.packet[1], &figures->side[1]);
	if (brief.kind == BRIEF_SYN)
		quality_syn_read(&brief, &figures->side[0]);
}

#endif
