/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "basic.h"

#include <string.h>

void
basic_read(const struct quality_basic *basic, struct quality_side *side)
{
	_Static_assert(sizeof(side->size_bins) == sizeof(basic->size_bins),
	    "bins are copied as they are");

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
	memcpy(side->size_bins, basic->size_bins, sizeof(side->size_bins));
}
