/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the layers of the decoder share: the packet on its way, and the list
 * of layers.
 *
 * A layer takes its header off the cursor and returns which layer comes next.
 * decoder.c calls them one after the other until one says that the packet is
 * decided.  So no file needs one that stands above it in this picture, and no
 * packet can make the stack deep:
 *
 *	link.c, pseudo.c, wireless.c     link types
 *	     │
 *	ppp.c, shim.c                    PPP, PPPoE, tags, labels, LLC
 *	     │
 *	ip.c with transport.[ch]         IP, fragments, TCP and UDP,
 *	     │    and detail.[ch]
 *	     │
 *	tunnel.c ──► a link type or IP again
 *
 * Every way back up is counted (packet_add_tag, packet_enter), so every packet
 * ends.
 */
#ifndef EXFLOW_SRC_DECODE_PACKET_H
#define EXFLOW_SRC_DECODE_PACKET_H

#include "exflow/decode/cursor.h"
#include "exflow/decode/decode.h"

#include "fragment.h"

/* Each layer and the function that takes its header off. */
#define LAYERS(X)                                                              \
	X(LAYER_ETHERNET, link_ethernet)                                       \
	X(LAYER_COOKED, link_cooked)                                           \
	X(LAYER_COOKED2, link_cooked2)                                         \
	X(LAYER_NULL, link_null)                                               \
	X(LAYER_IPOIB, link_ipoib)                                             \
	X(LAYER_DSA, link_dsa)                                                 \
	X(LAYER_EDSA, link_edsa)                                               \
	X(LAYER_BRCM, link_brcm)                                               \
	X(LAYER_BRCM_PREPEND, link_brcm_prepend)                               \
	X(LAYER_NFLOG, pseudo_nflog)                                           \
	X(LAYER_PPI, pseudo_ppi)                                               \
	X(LAYER_PKTAP, pseudo_pktap)                                           \
	X(LAYER_PFLOG, pseudo_pflog)                                           \
	X(LAYER_JUNIPER_ETHER, pseudo_juniper_ether)                           \
	X(LAYER_WIRELESS, wireless_frame)                                      \
	X(LAYER_RADIOTAP, wireless_radiotap)                                   \
	X(LAYER_PPP, ppp_frame)                                                \
	X(LAYER_PPP_SERIAL, ppp_serial)                                        \
	X(LAYER_PPPOE, ppp_ethernet)                                           \
	X(LAYER_CISCO_HDLC, ppp_cisco_hdlc)                                    \
	X(LAYER_LLC, shim_llc)                                                 \
	X(LAYER_MPLS, shim_mpls)                                               \
	X(LAYER_IP, ip_decode)                                                 \
	X(LAYER_IP4, ip4_decode)                                               \
	X(LAYER_IP6, ip6_decode)

enum layer {
	/* The packet is decided. */
	DECIDED_SEGMENT,
	DECIDED_REFUSED, /* packet->reason says why */
	DECIDED_WAITS,   /* a fragment */
#define X(name, function) name,
	LAYERS(X)
#undef X
};

/* Tunnels whose ids are numbers of their own: FLOW_SCOPE_TUNNEL, 1 … 7. */
enum tunnel_kind {
	KIND_NONE,
	KIND_GRE,
	KIND_PPTP,
	KIND_VXLAN,
	KIND_GENEVE,
	KIND_GTPU,
	KIND_ERSPAN,
};

/* A layer of the packet that is a first fragment. */
struct first_fragment {
	struct fragment_key key;
	struct fragment_piece piece;
	unsigned depth; /* tunnels around it */
};

/*
 * packet_begin() sets what the happy path reads, and no more.  What a segment
 * takes over stands apart: fields side by side would be copied as one word,
 * which has to wait for narrower writes to reach memory.
 */
struct packet {
	struct cursor cursor;
	struct decoder *decoder;
	struct segment *segment; /* its time is set */
	timestamp now;
	uint32_t tunnel;        /* id of the innermost tunnel that has one */
	uint8_t tunnel_kind;    /* enum tunnel_kind, of that tunnel */
	uint8_t tunnels;        /* passed through so far */
	uint8_t tags;           /* see DECODE_MAX_TAGS */
	uint8_t firsts;         /* first fragments so far, in decoder->first */
	uint16_t vlan;          /* outermost that is not zero */
	bool is_fragment;       /* some layer is one */
	bool later;             /* the innermost is a later one */
	uint16_t customer_vlan; /* the one behind it */
	bool tiny;              /* a first fragment, the flags are in another */
	/* Set where they are needed. */
	enum unmatched reason;
	uint32_t header_octets; /* of a first fragment: see transport.c */
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

struct decoder {
	enum layer link;
	unsigned tunnels; /* mask of enum tunnel */
	bool key_vlan, key_tunnel;
	bool other; /* protocols besides TCP and UDP */
	bool payloads;
	bool noted;     /* one of these, but for other protocols */
	bool noted_tcp; /* that or details */
	struct segment_detail *const *details; /* NULL, or see detail.h */
	struct decode_headers headers;
	struct fragment_table *fragments;
	uint64_t tunnels_closed[TUNNEL_COUNT]; /* as decode_counts has it */
	/* Of each layer of IP in the packet on its way. */
	struct first_fragment first[DECODE_MAX_TUNNELS + 1];
};

static inline void
packet_begin(struct packet *packet, struct decoder *decoder,
    struct segment *segment, timestamp now)
{
	packet->decoder = decoder;
	packet->segment = segment;
	packet->now = now;
	packet->tunnel = 0;
	packet->vlan = packet->customer_vlan = 0;
	packet->tunnel_kind = KIND_NONE;
	packet->tunnels = packet->tags = packet->firsts = 0;
	packet->is_fragment = packet->later = packet->tiny = false;
}

static inline enum layer
packet_refuse(struct packet *packet, enum unmatched reason)
{
	packet->reason = reason;
	return DECIDED_REFUSED;
}

/* Refuse for what the cursor ran into. */
static inline enum layer
packet_refuse_cut(struct packet *packet)
{
	return packet_refuse(packet, packet->cursor.state == CURSOR_OVERRUN
	                                 ? UNMATCHED_MALFORMED
	                                 : UNMATCHED_TRUNCATED_HEADER);
}

/* Refuse what is in a tunnel that is not looked into. */
static inline enum layer
packet_refuse_tunnel(struct packet *packet, enum tunnel tunnel)
{
	packet->decoder->tunnels_closed[__builtin_ctz(tunnel)]++;
	return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
}

/* What the fragment table says of a fragment decides the packet. */
static inline enum layer
packet_fragment(enum fragment_fate fate)
{
	if (fate == FRAGMENT_JOINS)
		return DECIDED_SEGMENT;
	return fate == FRAGMENT_WAITS ? DECIDED_WAITS : DECIDED_REFUSED;
}

/* Count one tag, label or header below IP; false where it is one too many. */
static inline bool
packet_add_tag(struct packet *packet)
{
	return ++packet->tags <= DECODE_MAX_TAGS;
}

/* The first two tags that are not zero are those of a stacked VLAN. */
static inline void
packet_add_vlan(struct packet *packet, unsigned tag)
{
	uint16_t vlan = tag & 0x0fff;

	if (packet->vlan == 0)
		packet->vlan = vlan;
	else if (packet->customer_vlan == 0)
		packet->customer_vlan = vlan;
}

/* Go on inside a tunnel, if that is not one too many. */
static inline enum layer
packet_enter(struct packet *packet, enum layer inside)
{
	if (++packet->tunnels > DECODE_MAX_TUNNELS)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	return inside;
}

/* Tags and tunnel id as far as they tell exchanges apart: unique. */
static inline uint64_t
packet_scope(const struct packet *packet)
{
	uint64_t scope = 0;

	if (packet->decoder->key_vlan)
		scope = (uint64_t)packet->vlan << 48 |
		        (uint64_t)packet->customer_vlan << 36;
	if (packet->decoder->key_tunnel)
		scope |= (uint64_t)packet->tunnel_kind << 32 | packet->tunnel;
	return scope;
}

#define X(name, function) enum layer function(struct packet *packet);
LAYERS(X)
#undef X

/* link.c: the layer of a link type, or -1 where it is not supported. */
int link_find(int dlt);

/*
 * shim.c: by ethertype, past every tag that may come before IP, and by an
 * address family of any system (2 is IPv4 everywhere).
 */
enum layer shim_ethertype(struct packet *packet, unsigned type);
enum layer shim_family(struct packet *packet, uint32_t family);

/*
 * tunnel.c, called by ip.c: the cursor stands behind the header of IP or UDP,
 * and ends with what that encloses.
 */
enum layer tunnel_gre(struct packet *packet);
enum layer tunnel_refuse_gre(struct packet *packet); /* not looked into */
enum layer tunnel_udp(
    struct packet *packet, uint16_t source, uint16_t destination);

/* Is this IP protocol one that is looked through? */
static inline bool
tunnel_wants(unsigned tunnels, unsigned protocol)
{
	return (protocol == 4 && (tunnels & TUNNEL_IPIP) != 0) ||
	       (protocol == 41 && (tunnels & TUNNEL_6IN4) != 0) ||
	       (protocol == 47 &&
	           (tunnels & (TUNNEL_GRE | TUNNEL_ERSPAN)) != 0);
}

#define TUNNELS_IN_UDP                                                         \
	(TUNNEL_VXLAN | TUNNEL_GENEVE | TUNNEL_GTPU | TUNNEL_TEREDO)

#endif
