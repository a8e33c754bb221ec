/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tunnels that are looked through where `decapsulate` names them:
 *
 *	IP protocol 4, 41                IP in IP, 6in4 (transport.h)
 *	IP protocol 47, GRE              IP, Ethernet, MPLS, PPP; with PPTP's
 *	                                 header; ERSPAN, by a name of its own
 *	UDP 4789, 8472   VXLAN           Ethernet
 *	UDP 6081         Geneve          Ethernet, IP, MPLS
 *	UDP 2152         GTP-U           IP
 *	UDP 3544         Teredo          IPv6
 *
 * Where the tunnel's header is valid, the packet inside decides what becomes
 * of the whole.  Where it is not, GRE is refused, and UDP is an ordinary
 * datagram: its segment is set already when the packet comes here, so that
 * DECIDED_SEGMENT means "no tunnel".
 *
 * The innermost tunnel that has an id gives it to the packet (key_tunnel).
 */
#include "packet.h"

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_IP6 0x86dd
#define ETHERTYPE_BRIDGING 0x6558
#define ETHERTYPE_MPLS 0x8847
#define ETHERTYPE_MPLS_UPSTREAM 0x8848
#define ETHERTYPE_PPP 0x880b
#define ETHERTYPE_ERSPAN 0x88be
#define ETHERTYPE_ERSPAN3 0x22eb

#define PORT_GTPU 2152
#define PORT_TEREDO 3544
#define PORT_VXLAN 4789
#define PORT_VXLAN_LINUX 8472 /* before IANA had assigned one */
#define PORT_GENEVE 6081

#define GRE_CHECKSUM 0x80
#define GRE_ROUTING 0x40
#define GRE_KEY 0x20
#define GRE_SEQUENCE 0x10
#define GRE_ACKNOWLEDGE 0x80 /* second octet, version 1 */

#define ERSPAN_SESSION 0x03ff
#define ERSPAN3_SUBHEADER 0x01  /* last octet */
#define ERSPAN3_FRAME_TYPE 0x7c /* the one before; 0: Ethernet */
#define ERSPAN3_FRAME_IP 0x08

#define VXLAN_INSTANCE 0x08
#define GENEVE_CONTROL 0x80

#define GTP_VERSION_AND_TYPE 0xf0 /* version 1, protocol type GTP */
#define GTP_EXTENSION 0x04
#define GTP_OPTIONAL 0x07 /* any of E, S, PN */
#define GTP_DATA 255

static void
set_id(struct packet *packet, enum tunnel_kind kind, uint32_t id)
{
	packet->tunnel_kind = (uint8_t)kind;
	packet->tunnel = id;
}

/* The capture cuts a tunnel's header in UDP, or there is none. */
static enum layer
cut_in_udp(struct packet *packet)
{
	return packet->cursor.state == CURSOR_OVERRUN
	           ? DECIDED_SEGMENT
	           : packet_refuse_cut(packet);
}

/* Type II has a sequence number in GRE and a header of its own, type I not. */
static enum layer
erspan2(struct packet *packet, bool numbered)
{
	const uint8_t *header;

	if (numbered) {
		header = cursor_take(&packet->cursor, 8);
		if (header == NULL)
			return packet_refuse_cut(packet);
		set_id(
		    packet, KIND_ERSPAN, load16(header + 2) & ERSPAN_SESSION);
	}
	return packet_enter(packet, LAYER_ETHERNET);
}

static enum layer
erspan3(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 12);
	unsigned frame_type;

	if (header == NULL)
		return packet_refuse_cut(packet);
	set_id(packet, KIND_ERSPAN, load16(header + 2) & ERSPAN_SESSION);
	frame_type = header[10] & ERSPAN3_FRAME_TYPE;
	if ((header[11] & ERSPAN3_SUBHEADER) != 0)
		cursor_skip(&packet->cursor, 8);
	return packet_enter(
	    packet, frame_type == ERSPAN3_FRAME_IP ? LAYER_IP : LAYER_ETHERNET);
}

/* Source route entries of RFC 1701, up to the one that is empty. */
static void
skip_routing(struct cursor *cursor)
{
	const uint8_t *entry;

	do {
		entry = cursor_take(cursor, 4);
		if (entry != NULL && entry[3] != 0)
			cursor_skip(cursor, entry[3]);
	} while (entry != NULL && (load16(entry) != 0 || entry[3] != 0));
}

static bool
is_erspan(unsigned type)
{
	return type == ETHERTYPE_ERSPAN || type == ETHERTYPE_ERSPAN3;
}

static enum layer
gre_payload(struct packet *packet, unsigned type)
{
	switch (type) {
	case ETHERTYPE_IP4:
		return packet_enter(packet, LAYER_IP4);
	case ETHERTYPE_IP6:
		return packet_enter(packet, LAYER_IP6);
	case ETHERTYPE_BRIDGING:
		return packet_enter(packet, LAYER_ETHERNET);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		return packet_enter(packet, LAYER_MPLS);
	case ETHERTYPE_PPP:
		return packet_enter(packet, LAYER_PPP);
	default:
		return is_erspan(type)
		           ? packet_refuse_tunnel(packet, TUNNEL_ERSPAN)
		           : packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
	}
}

/*
 * Enhanced GRE of PPTP (RFC 2637): the key is the payload's length and the
 * call's id.
 */
static enum layer
gre_enhanced(struct packet *packet, const uint8_t *header)
{
	const uint8_t *key = cursor_take(&packet->cursor, 4);

	if (key == NULL)
		return packet_refuse_cut(packet);
	if (load16(header + 2) != ETHERTYPE_PPP ||
	    (header[0] & GRE_SEQUENCE) == 0) /* acknowledgment only */
		return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
	set_id(packet, KIND_PPTP, load16(key + 2));
	cursor_skip(&packet->cursor, 4);
	if ((header[1] & GRE_ACKNOWLEDGE) != 0)
		cursor_skip(&packet->cursor, 4);
	cursor_bound(&packet->cursor, load16(key));
	return packet_enter(packet, LAYER_PPP);
}

/* Everything in GRE's header behind its first four octets. */
static void
skip_options(struct packet *packet, unsigned flags)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *key;

	if ((flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0)
		cursor_skip(cursor, 4);
	if ((flags & GRE_KEY) != 0) {
		key = cursor_take(cursor, 4);
		if (key != NULL)
			set_id(packet, KIND_GRE, load32(key));
	}
	if ((flags & GRE_SEQUENCE) != 0)
		cursor_skip(cursor, 4);
	if ((flags & GRE_ROUTING) != 0)
		skip_routing(cursor);
}

/* Version 0; what follows the header depends on its type. */
static enum layer
gre_plain(struct packet *packet, unsigned flags, unsigned type)
{
	unsigned wanted = packet->decoder->tunnels;

	if (flags != 0)
		skip_options(packet, flags);
	if (packet->cursor.state != CURSOR_GOOD)
		return packet_refuse_cut(packet);
	if (type == ETHERTYPE_ERSPAN && (wanted & TUNNEL_ERSPAN) != 0)
		return erspan2(packet, (flags & GRE_SEQUENCE) != 0);
	if (type == ETHERTYPE_ERSPAN3 && (wanted & TUNNEL_ERSPAN) != 0)
		return erspan3(packet);
	if ((wanted & TUNNEL_GRE) == 0)
		return packet_refuse_tunnel(packet, TUNNEL_GRE);
	return gre_payload(packet, type);
}

enum layer
tunnel_refuse_gre(struct packet *packet)
{
	const uint8_t *header = cursor_peek(&packet->cursor, 4);

	return packet_refuse_tunnel(packet,
	    header != NULL && is_erspan(load16(header + 2)) ? TUNNEL_ERSPAN
	                                                    : TUNNEL_GRE);
}

enum layer
tunnel_gre(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 4);
	unsigned version;

	if (header == NULL)
		return packet_refuse_cut(packet);
	version = header[1] & 7;
	if (version == 0)
		return gre_plain(packet, header[0], load16(header + 2));
	if (version == 1 && (packet->decoder->tunnels & TUNNEL_GRE) != 0)
		return gre_enhanced(packet, header);
	return version == 1 ? packet_refuse_tunnel(packet, TUNNEL_GRE)
	                    : packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
}

static enum layer
vxlan(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 8);

	if (header == NULL)
		return cut_in_udp(packet);
	if ((header[0] & VXLAN_INSTANCE) == 0)
		return DECIDED_SEGMENT;
	set_id(packet, KIND_VXLAN, load32(header + 4) >> 8);
	return packet_enter(packet, LAYER_ETHERNET);
}

static enum layer
geneve(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 8);

	if (header == NULL)
		return cut_in_udp(packet);
	if (header[0] >> 6 != 0 || (header[1] & GENEVE_CONTROL) != 0)
		return DECIDED_SEGMENT;
	if ((header[0] & 0x3f) != 0 &&
	    cursor_take(&packet->cursor, (size_t)(header[0] & 0x3f) * 4) ==
	        NULL)
		return cut_in_udp(packet);
	set_id(packet, KIND_GENEVE, load32(header + 4) >> 8);
	switch (load16(header + 2)) {
	case ETHERTYPE_BRIDGING:
		return packet_enter(packet, LAYER_ETHERNET);
	case ETHERTYPE_IP4:
		return packet_enter(packet, LAYER_IP4);
	case ETHERTYPE_IP6:
		return packet_enter(packet, LAYER_IP6);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		return packet_enter(packet, LAYER_MPLS);
	default:
		return DECIDED_SEGMENT;
	}
}

/* Extension headers: their length in words, content, type of the next. */
static enum layer
skip_gtp_extensions(struct packet *packet, unsigned type)
{
	for (unsigned n = 0; type != 0; n++) {
		const uint8_t *extension = cursor_peek(&packet->cursor, 1);
		size_t octets;

		if (n == DECODE_MAX_EXTENSIONS)
			return packet_refuse(packet, UNMATCHED_MALFORMED);
		if (extension == NULL)
			return cut_in_udp(packet);
		octets = (size_t)*extension * 4;
		if (octets == 0)
			return DECIDED_SEGMENT;
		extension = cursor_take(&packet->cursor, octets);
		if (extension == NULL)
			return cut_in_udp(packet);
		type = extension[octets - 1];
	}
	return LAYER_IP;
}

static enum layer
gtpu(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 8);
	const uint8_t *optional;
	enum layer next = LAYER_IP;

	if (header == NULL)
		return cut_in_udp(packet);
	if ((header[0] & GTP_VERSION_AND_TYPE) != 0x30 || header[1] != GTP_DATA)
		return DECIDED_SEGMENT;
	cursor_bound(&packet->cursor, load16(header + 2));
	if ((header[0] & GTP_OPTIONAL) != 0) {
		optional = cursor_take(&packet->cursor, 4);
		if (optional == NULL)
			return cut_in_udp(packet);
		if ((header[0] & GTP_EXTENSION) != 0)
			next = skip_gtp_extensions(packet, optional[3]);
	}
	if (next != LAYER_IP)
		return next;
	set_id(packet, KIND_GTPU, load32(header + 4));
	return packet_enter(packet, LAYER_IP);
}

/* Optional authentication, optional origin, then IPv6 (RFC 4380, 5.1.1). */
static enum layer
teredo(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *header = cursor_peek(cursor, 4);

	if (header != NULL && load16(header) == 0x0001) {
		cursor_skip(cursor, 4u + header[2] + header[3] + 8 + 1);
		header = cursor_peek(cursor, 4);
	}
	if (header != NULL && load16(header) == 0x0000) {
		cursor_skip(cursor, 8);
		header = cursor_peek(cursor, 4);
	}
	if (header == NULL)
		return cut_in_udp(packet);
	if (header[0] >> 4 != 6 || cursor_rest(cursor) < 40)
		return DECIDED_SEGMENT;
	return packet_enter(packet, LAYER_IP6);
}

enum layer
tunnel_udp(struct packet *packet, uint16_t source, uint16_t destination)
{
	unsigned tunnels = packet->decoder->tunnels;

	if ((tunnels & TUNNEL_VXLAN) != 0 &&
	    (destination == PORT_VXLAN || destination == PORT_VXLAN_LINUX))
		return vxlan(packet);
	if ((tunnels & TUNNEL_GENEVE) != 0 && destination == PORT_GENEVE)
		return geneve(packet);
	if ((tunnels & TUNNEL_GTPU) != 0 &&
	    (source == PORT_GTPU || destination == PORT_GTPU))
		return gtpu(packet);
	if ((tunnels & TUNNEL_TEREDO) != 0 &&
	    (source == PORT_TEREDO || destination == PORT_TEREDO))
		return teredo(packet);
	return DECIDED_SEGMENT;
}
