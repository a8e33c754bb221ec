/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures of an exchange of one packet, or of one of each side, from the little
 * that was kept of these (struct quality_brief), and from the packets.
 */
#ifndef EXFLOW_QUALITY_BRIEF_H
#define EXFLOW_QUALITY_BRIEF_H

#include "exflow/base/clear.h"
#include "exflow/decode/segment_detail.h"
#include "exflow/quality/figures.h"

#define QUALITY_INLINE static inline __attribute__((always_inline))

/* One packet of a side, as the counts of that say it. */
struct quality_packet {
	uint16_t ip_octets, payload;
	uint8_t tos, ttl; /* TTL: 0 where it is not known */
};

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
	clear_object(side, sizeof(*side));
	side->handshake_rtt = QUALITY_UNKNOWN;
	side->rtt_minimum = QUALITY_UNKNOWN;
	side->rtt_mean = QUALITY_UNKNOWN;
	side->rtt_maximum = QUALITY_UNKNOWN;
	side->rtt_deviation = QUALITY_UNKNOWN;
	side->maximum_segment_size = QUALITY_UNKNOWN_16;
	side->window_scale = QUALITY_UNKNOWN_8;
	side->tcp_options = QUALITY_UNKNOWN_8;
	side->window_minimum = QUALITY_UNKNOWN;
	side->window_maximum = QUALITY_UNKNOWN;
	side->in_flight_minimum = QUALITY_UNKNOWN;
	side->in_flight_maximum = QUALITY_UNKNOWN;
	side->initial_in_flight = QUALITY_UNKNOWN;
	side->payload_minimum = QUALITY_UNKNOWN_16;
	side->payload_maximum = QUALITY_UNKNOWN_16;
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

/* Does it offer no window? */
QUALITY_INLINE bool
quality_syn_closed(const struct quality_syn *syn)
{
	return syn->known & DETAIL_WINDOW && syn->window == 0;
}

QUALITY_INLINE void
quality_syn_read(const struct quality_syn *syn, struct quality_side *side)
{
	side->segments[LOSS_NONE] = 1;
	if (syn->known & DETAIL_MSS)
		side->maximum_segment_size = syn->maximum_segment_size;
	if (syn->known & DETAIL_WINDOW_SCALE)
		side->window_scale = syn->window_scale;
	if (syn->known & DETAIL_OPTIONS)
		side->tcp_options = quality_syn_options(syn->known);
	if (syn->known & DETAIL_WINDOW)
		side->window_minimum = side->window_maximum = syn->window;
	side->zero_window_packets = quality_syn_closed(syn);
}

/*
 * Figures of an exchange that is a brief.  packet: of CLIENT and, where it sent
 * one, of SERVER; else NULL.
 */
QUALITY_INLINE void
quality_brief_read(const struct quality_brief *brief,
    const struct quality_packet *const packet[2],
    struct exchange_quality *figures)
{
	figures->response_time = QUALITY_UNKNOWN;
	figures->idle_time = 0;
	for (int i = 0; i < 2; i++) {
		quality_side_init(&figures->side[i]);
		if (packet[i] != NULL)
			quality_packet_read(packet[i], &figures->side[i]);
	}
	if (brief->kind == BRIEF_SYN)
		quality_syn_read(&brief->syn, &figures->side[0]);
}

/* A response time of so many microseconds, as the figures have it. */
QUALITY_INLINE uint32_t
quality_response(uint64_t took)
{
	return took < QUALITY_UNKNOWN ? (uint32_t)took : QUALITY_UNKNOWN - 1;
}

/* The server's packet has answered the client's after so many microseconds. */
QUALITY_INLINE void
quality_answer_read(uint64_t took, struct exchange_quality *figures)
{
	figures->response_time = quality_response(took);
	if (took > QUALITY_IDLE_US)
		figures->idle_time = took;
}

#endif
