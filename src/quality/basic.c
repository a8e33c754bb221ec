/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "basic.h"

void
basic_read(const struct quality_basic *basic, struct quality_side *side)
{
	if (basic->payload_maximum > 0) {
		side->payload_minimum = basic->payload_minimum;
		side->payload_maximum = basic->payload_maximum;
	}
	if (basic->ttl_maximum > 0) {
		side->ttl_minimum = basic->ttl_minimum;
		side->ttl_maximum = basic->ttl_maximum;
	}
	side->ect_packets = basic->ect_packets;
	side->ce_packets = basic->ce_packets;
	for (int bin = 0; bin < QUALITY_SIZE_BINS; bin++)
		side->size_bins[bin] = basic->size_bins[bin];
}
