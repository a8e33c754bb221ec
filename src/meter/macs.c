/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "macs.h"

#include "details.h"

#include <string.h>

void
macs_begin(struct meter *meter, uint32_t number, const struct segment *segment,
    unsigned client)
{
	const struct segment_macs *macs = &details_of(meter, segment)->macs;
	struct live_macs *to = pool_macs(&meter->pool, number);
	int sender = table_side(segment, client);

	memcpy(to->address[sender], macs->address[MAC_SENDER], MAC_OCTETS);
	memcpy(to->address[!sender], macs->address[MAC_RECEIVER], MAC_OCTETS);
	to->known = (uint8_t)((macs->known >> MAC_SENDER & 1) << sender |
	                      (macs->known >> MAC_RECEIVER & 1) << !sender);
}
