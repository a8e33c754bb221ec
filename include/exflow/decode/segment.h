/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment: what the meter needs to know of one packet.  decode makes it,
 * the meter consumes it; nothing in it points into the packet.
 */
#ifndef EXFLOW_DECODE_SEGMENT_H
#define EXFLOW_DECODE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "exflow/base/timestamp.h"

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_ICMP6 58

/* TCP flags as they stand in the header (RFC 9293, 3.1). */
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80
#define TCP_FLAG_COUNT 8

/*
 * The 5-tuple without a direction.  Both directions of an exchange have the
 * same key: the endpoint whose (address, port) is smaller, octet by octet,
 * is number 0.  Addresses are in network order, an IPv4 address in the first
 * four octets with zeros behind it; ports are in host order.  Every octet
 * is defined, so keys are compared and hashed as memory.
 *
 * A protocol other than TCP and UDP has no ports, and 0 for both; of an ICMP
 * echo, request or reply, number 0 is its identifier and number 1 is 1.
 */
struct flow_key {
	uint8_t address[2][16];
	uint16_t port[2];
	uint8_t protocol;   /* IP protocol number */
	uint8_t ip_version; /* 4 or 6 */
	uint16_t vlan;      /* only with key_vlan, else 0 */
};
_Static_assert(sizeof(struct flow_key) == 40, "a key is hashed as memory");

struct segment {
	struct flow_key key;
	uint64_t hash;           /* flow_hash of key */
	uint64_t number;         /* of the packet in the input, from 1 */
	timestamp time;          /* the packet's own timestamp */
	timestamp now;           /* greatest timestamp of the input so far */
	uint32_t ip_octets;      /* whole IP packet by its length fields */
	uint32_t payload_octets; /* behind the TCP or UDP header, or IP's */
	uint32_t sequence;       /* TCP's; of ICMP: type * 256 + code; else 0 */
	uint32_t acknowledgement; /* TCP's; it counts where ACK is set */
	uint32_t interface;       /* ingress interface index, 0 in a file */
	uint32_t tunnel;          /* innermost VNI, GRE key, TEID, …; or 0 */
	uint16_t vlan;            /* outermost VLAN id, 0 if untagged */
	uint16_t customer_vlan;   /* of the tag inside that, 0 if none */
	uint8_t tcp_flags;
	uint8_t sender;         /* which endpoint of key sent it: 0 or 1 */
	uint8_t later_fragment; /* fragment behind the first: no header */
};

/*
 * Does a segment belong to what has this key?  VLAN ids and tunnel are those
 * of its first segment.
 */
static inline bool
segment_has_key(const struct segment *segment, const struct flow_key *key,
    uint16_t vlan, uint16_t customer_vlan, uint32_t tunnel)
{
	(void)vlan;
	(void)customer_vlan;
	(void)tunnel;
	return memcmp(&segment->key, key, sizeof(*key)) == 0;
}

/* Why a packet is in no exchange (SEMANTICS, "Opening"). */
enum unmatched {
	UNMATCHED_NOT_IP,
	UNMATCHED_NOT_TCP_UDP,
	UNMATCHED_MALFORMED,
	UNMATCHED_TRUNCATED_HEADER,
	UNMATCHED_FRAGMENT,
	UNMATCHED_TCP_MIDSTREAM,
	UNMATCHED_OUTBOUND, /* these four: a kind that `meter` leaves out */
	UNMATCHED_INBOUND,
	UNMATCHED_FOREIGN,
	UNMATCHED_LOCAL,
	UNMATCHED_NO_MEMORY, /* nothing left, and nothing to evict */
	UNMATCHED_COUNT
};

/* "not_ip", "not_tcp_udp", …: the names used in every report. */
const char *unmatched_name(enum unmatched reason);

static inline int
segment_has_ports(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP;
}

/* Put endpoint a (the sender) and b into the key's order; set sender. */
void segment_set_endpoints(struct segment *segment, const uint8_t *address_a,
    uint16_t port_a, const uint8_t *address_b, uint16_t port_b,
    unsigned ip_version);

#endif
