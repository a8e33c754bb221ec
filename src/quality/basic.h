/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is counted of a side of any protocol: packets by size, payload's
 * extremes, TTL, ECN in the IP header.
 */
#ifndef EXFLOW_SRC_QUALITY_BASIC_H
#define EXFLOW_SRC_QUALITY_BASIC_H

#include "exflow/quality/brief.h"
#include "exflow/quality/quality.h"

/* Minima begin at the top, maxima at 0, which means that there was none. */
static inline void
basic_begin(struct quality_basic *basic)
{
	*basic = (struct quality_basic){
		.payload_minimum = UINT16_MAX,
		.ttl_minimum = UINT8_MAX,
	};
}

static inline void
basic_payload(struct quality_basic *basic, uint32_t octets)
{
	/* The greatest number stands for unknown. */
	uint16_t payload = octets < QUALITY_UNKNOWN_16 ? (uint16_t)octets
	                                               : QUALITY_UNKNOWN_16 - 1;

	if (payload < basic->payload_minimum)
		basic->payload_minimum = payload;
	if (payload > basic->payload_maximum)
		basic->payload_maximum = payload;
}

static inline void
basic_ttl(struct quality_basic *basic, uint8_t ttl)
{
	if (ttl < basic->ttl_minimum)
		basic->ttl_minimum = ttl;
	if (ttl > basic->ttl_maximum)
		basic->ttl_maximum = ttl;
}

static inline void
basic_segment(struct quality_basic *basic, const struct segment *segment)
{
	unsigned ecn = segment->tos & QUALITY_ECN_MASK;

	basic->size_bins[quality_size_bin(segment->ip_octets)]++;
	if (__builtin_expect(ecn == QUALITY_ECN_CE, 0))
		basic->ce_packets++;
	else if (ecn != 0)
		basic->ect_packets++;
	if (segment->payload_octets > 0)
		basic_payload(basic, segment->payload_octets);
	if (segment->ttl != QUALITY_TTL_UNKNOWN)
		basic_ttl(basic, segment->ttl);
}

static inline void
basic_read(const struct quality_basic *basic, struct quality_side *side)
{
	bool payload = basic->payload_maximum > 0;
	bool ttl = basic->ttl_maximum > 0;

	side->payload_minimum =
	    payload ? basic->payload_minimum : QUALITY_UNKNOWN_16;
	side->payload_maximum =
	    payload ? basic->payload_maximum : QUALITY_UNKNOWN_16;
	side->ttl_minimum = ttl ? basic->ttl_minimum : QUALITY_TTL_UNKNOWN;
	side->ttl_maximum = ttl ? basic->ttl_maximum : QUALITY_TTL_UNKNOWN;
	side->ect_packets = basic->ect_packets;
	side->ce_packets = basic->ce_packets;
	for (int bin = 0; bin < QUALITY_SIZE_BINS; bin++)
		side->size_bins[bin] = basic->size_bins[bin];
}

#endif
