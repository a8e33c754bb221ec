/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/decode/segment.h"

#include <stddef.h>
#include <string.h>

static const char *const unmatched_names[UNMATCHED_COUNT] = {
	[UNMATCHED_NOT_IP] = "not_ip",
	[UNMATCHED_NOT_TCP_UDP] = "not_tcp_udp",
	[UNMATCHED_MALFORMED] = "malformed",
	[UNMATCHED_TRUNCATED_HEADER] = "truncated_header",
	[UNMATCHED_FRAGMENT] = "fragment",
	[UNMATCHED_TUNNEL_FRAGMENT] = "tunnel_fragment",
	[UNMATCHED_TCP_MIDSTREAM] = "tcp_midstream",
	[UNMATCHED_OUTBOUND] = "outbound",
	[UNMATCHED_INBOUND] = "inbound",
	[UNMATCHED_FOREIGN] = "foreign",
	[UNMATCHED_LOCAL] = "local",
	[UNMATCHED_NO_MEMORY] = "no_memory",
};

const char *
unmatched_name(enum unmatched reason)
{
	return (unsigned)reason < UNMATCHED_COUNT ? unmatched_names[reason]
	                                          : "unknown";
}

void
segment_set_endpoints(struct segment *segment, const uint8_t *address_a,
    uint16_t port_a, const uint8_t *address_b, uint16_t port_b,
    unsigned ip_version)
{
	struct flow_key *key = &segment->key;
	size_t octets = ip_version == 4 ? 4 : 16;
	int order = memcmp(address_a, address_b, octets);
	unsigned a = order > 0 || (order == 0 && port_a > port_b);

	memset(key->address, 0, sizeof(key->address));
	memcpy(key->address[a], address_a, octets);
	memcpy(key->address[!a], address_b, octets);
	key->port[a] = port_a;
	key->port[!a] = port_b;
	key->ip_version = (uint8_t)ip_version;
	segment->sender = a;
}
