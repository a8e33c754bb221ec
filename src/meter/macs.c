/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "macs.h"

#include <string.h>

void
meter_set_macs(struct meter *meter, const struct segment *segments, size_t n,
    const struct segment_macs *macs)
{
	meter->macs_segments = segments;
	meter->macs_count = n;
	meter->macs = macs;
}

/* As numbers: a SYN-ACK that waited is a copy outside of the array. */
const struct segment_macs *
macs_of(const struct meter *meter, const struct segment *segment)
{
	uintptr_t offset = (uintptr_t)segment - (uintptr_t)meter->macs_segments;

	return offset < meter->macs_count * sizeof(*segment)
	           ? &meter->macs[offset / sizeof(*segment)]
	           : &meter->macs_early;
}

void
macs_begin(struct meter *meter, uint32_t number, const struct segment *segment,
    unsigned client)
{
	const struct segment_macs *macs = macs_of(meter, segment);
	struct live_macs *to = pool_macs(&meter->pool, number);
	int sender = table_side(segment, client);

	memcpy(to->address[sender], macs->address[MAC_SENDER], MAC_OCTETS);
	memcpy(to->address[!sender], macs->address[MAC_RECEIVER], MAC_OCTETS);
	to->known = (uint8_t)((macs->known >> MAC_SENDER & 1) << sender |
	                      (macs->known >> MAC_RECEIVER & 1) << !sender);
}
