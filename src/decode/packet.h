/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the layers of the decoder share: the packet on its way, and who calls
 * whom.
 *
 *   link.c, wireless.c ──► ip.c ──► transport.h ──► tunnel.c ──┐
 *        ▲                  ▲                                  │
 *        └──────────────────┴──────────────────────────────────┘
 *
 * Each layer takes its header off the cursor and calls the next.  The only
 * way back is through a tunnel, and tunnels are counted.
 */
#ifndef EXFLOW_SRC_DECODE_PACKET_H
#define EXFLOW_SRC_DECODE_PACKET_H

#include "exflow/decode/decode.h"

#include "cursor.h"
#include "fragment.h"

/* What a layer returns. */
enum verdict {
	DECODED = 0,
	REFUSED = -1,  /* packet->reason says why */
	NO_TUNNEL = 1, /* from tunnel_udp only: the datagram is ordinary */
};

struct packet {
	struct cursor cursor;
	struct decoder *decoder;
	struct segment *segment;
	timestamp now;
	unsigned tunnels; /* passed through so far */
	unsigned tags;    /* VLAN tags and MPLS labels so far */
	unsigned firsts;  /* first fragments so far, in decoder->first */
	uint16_t vlan;    /* outermost that is not zero */
	enum unmatched reason;
};

/* An IP packet behind its header. */
struct datagram {
	const uint8_t *source;
	const uint8_t *destination;
	uint32_t octets;  /* all of it, by its length field */
	uint32_t payload; /* behind the header and its extensions */
	uint8_t version;  /* 4 or 6 */
	uint8_t protocol;
	bool open;    /* no length given: to the end of what encloses it */
	bool partial; /* the first of several fragments */
};

typedef enum verdict link_function(struct packet *packet);

struct decoder {
	link_function *link;
	unsigned tunnels; /* mask of enum tunnel */
	bool key_vlan;
	bool other; /* protocols besides TCP and UDP */
	struct fragment_table *fragments;
	/* Of each layer of IP in the packet on its way. */
	struct fragment_key first[DECODE_MAX_TUNNELS + 1];
};

static inline enum verdict
packet_refuse(struct packet *packet, enum unmatched reason)
{
	packet->reason = reason;
	return REFUSED;
}

/* Refuse for what the cursor ran into. */
static inline enum verdict
packet_refuse_cut(struct packet *packet)
{
	return packet_refuse(packet, packet->cursor.state == CURSOR_OVERRUN
	                                 ? UNMATCHED_MALFORMED
	                                 : UNMATCHED_TRUNCATED_HEADER);
}

/* Count one VLAN tag or MPLS label; false where it is one too many. */
static inline bool
packet_add_tag(struct packet *packet)
{
	return ++packet->tags <= DECODE_MAX_TAGS;
}

/* link.c */
link_function *link_find(int dlt); /* NULL: not supported */
link_function link_ethernet, link_ppp, link_llc, link_mpls;
/* By ethertype, where an IP packet, a tag or a label may come. */
enum verdict link_ethertype(struct packet *packet, unsigned type);

/* wireless.c */
link_function link_wireless, link_radiotap;

/* ip.c */
link_function ip4_decode, ip6_decode;
/* By the version in its first four bits; anything else is not IP. */
link_function ip_decode;

/* tunnel.c; the cursor stands behind the header of IP or of UDP. */
enum verdict tunnel_ip(struct packet *packet, const struct datagram *datagram);
enum verdict tunnel_udp(
    struct packet *packet, uint16_t source, uint16_t destination);

/* Is this IP protocol one that is looked through? */
static inline bool
tunnel_wants(unsigned tunnels, unsigned protocol)
{
	return (protocol == 4 && (tunnels & TUNNEL_IPIP) != 0) ||
	       (protocol == 41 && (tunnels & TUNNEL_6IN4) != 0) ||
	       (protocol == 47 && (tunnels & TUNNEL_GRE) != 0);
}

#define TUNNELS_IN_UDP                                                         \
	(TUNNEL_VXLAN | TUNNEL_GENEVE | TUNNEL_GTPU | TUNNEL_TEREDO)

#endif
