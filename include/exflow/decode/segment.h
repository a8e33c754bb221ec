/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment: what the meter needs to know of one packet.  The decoder makes it
 * and the meter consumes it; it holds no pointers into the packet.
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
enum { /* their bit numbers */
	FLAG_FIN,
	FLAG_SYN,
	FLAG_RST,
	FLAG_PSH,
	FLAG_ACK,
	FLAG_URG,
	FLAG_ECE,
	FLAG_CWR
};

/*
 * The 5-tuple without a direction.  Both directions of an exchange have the
 * same key: the endpoint whose (address, port) is smaller, octet by octet,
 * is number 0.  Addresses are in network order, an IPv4 address in the first
 * four octets with zeros behind it; ports are in host order.  Every octet
 * is defined, so keys are compared and hashed as memory.
 *
 * A protocol other than TCP and UDP has no ports, and 0 for both; of an ICMP
 * echo, request or reply, number 0 is its identifier and number 1 is 1.
 *
 * VLAN tags and a tunnel's id do not fit into the key, and most runs do not
 * ask for them: with key_vlan or key_tunnel the key has 16 bits that depend
 * on them (FLOW_SCOPE_…), which spread the hash and reject nearly all others.
 * Two segments of equal keys belong together if segment_has_key() says
 * so; without the two settings it always does, by one comparison.
 */
struct flow_key {
	uint8_t address[2][16];
	uint16_t port[2];
	uint8_t protocol;   /* IP protocol number */
	uint8_t ip_version; /* 4 or 6 */
	uint16_t scope;     /* FLOW_SCOPE_…; 0 without both settings */
};
_Static_assert(sizeof(struct flow_key) == 40, "a key is hashed as memory");

#define FLOW_SCOPE_VLAN 0x8000   /* the VLAN tags tell exchanges apart */
#define FLOW_SCOPE_TUNNEL 0x7000 /* kind of tunnel whose id does, 0: none */
#define FLOW_SCOPE_FOLD 0x0fff   /* of the tags and the id */

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
	uint16_t customer_vlan;   /* of the tag behind it, 0 if none */
	uint8_t tcp_flags;
	uint8_t tos;             /* IPv4's type of service, IPv6's class */
	uint8_t ttl;             /* IPv6: hop limit; 0: not known */
	bool sender : 1;         /* which endpoint of key sent it: 0 or 1 */
	bool later_fragment : 1; /* fragment behind the first: no header */
};

/*
 * The hardware addresses of the frame that a segment came in: beside the
 * segment and not in it, as few runs ask for them.
 */
#define MAC_OCTETS 6
enum {
	MAC_SENDER,
	MAC_RECEIVER
};

struct segment_macs {
	uint8_t address[2][MAC_OCTETS]; /* of MAC_SENDER, MAC_RECEIVER */
	uint8_t known;                  /* bits: 1 << MAC_SENDER, … */
};

/*
 * Does a segment belong to what has this key?  VLAN ids and tunnel are those
 * of its first segment.
 */
static inline bool
segment_has_key(const struct segment *segment, const struct flow_key *key,
    uint16_t vlan, uint16_t customer_vlan, uint32_t tunnel)
{
	unsigned scope = segment->key.scope;

	if (memcmp(&segment->key, key, sizeof(*key)) != 0)
		return false;
	return scope == 0 ||
	       (((scope & FLOW_SCOPE_VLAN) == 0 ||
	            (segment->vlan == vlan &&
	                segment->customer_vlan == customer_vlan)) &&
	           ((scope & FLOW_SCOPE_TUNNEL) == 0 ||
	               segment->tunnel == tunnel));
}

/* Why a packet is in no exchange (STATISTICS in exflow(8)). */
enum unmatched {
	UNMATCHED_NOT_IP,
	UNMATCHED_NOT_TCP_UDP,
	UNMATCHED_MALFORMED,
	UNMATCHED_TRUNCATED_HEADER,
	UNMATCHED_FRAGMENT,        /* its first never came */
	UNMATCHED_TUNNEL_FRAGMENT, /* of an outer packet: counted inside */
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
