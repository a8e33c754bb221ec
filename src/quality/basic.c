/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "basic.h"

void
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
