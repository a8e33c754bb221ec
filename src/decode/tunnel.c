/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tunnels that are looked through.  Where the tunnel's header is valid, the
 * packet inside decides what becomes of the whole.
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

#define VXLAN_INSTANCE 0x08
#define GENEVE_CONTROL 0x80

#define GTP_VERSION_AND_TYPE 0xf0 /* version 1, protocol type GTP */
#define GTP_EXTENSION 0x04
#define GTP_OPTIONAL 0x07 /* any of E, S, PN */
#define GTP_DATA 255

/* Go on inside, if that is not one tunnel too many. */
static enum verdict
enter(struct packet *packet, link_function *inside)
{
	if (++packet->tunnels > DECODE_MAX_TUNNELS)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	return inside(packet);
}

/* A tunnel's header in UDP is cut by the capture, or there is none. */
static enum verdict
cut_in_udp(struct packet *packet)
{
	return packet->cursor.state == CURSOR_OVERRUN
	           ? NO_TUNNEL
	           : packet_refuse_cut(packet);
}

static enum verdict
erspan(struct packet *packet, unsigned type, bool numbered)
{
	const uint8_t *header;

	if (type == ETHERTYPE_ERSPAN) {
		/* Type I has neither sequence number nor header. */
		if (numbered)
			cursor_skip(&packet->cursor, 8);
		return enter(packet, link_ethernet);
	}
	header = cursor_take(&packet->cursor, 12);
	if (header == NULL)
		return packet_refuse_cut(packet);
	if ((header[11] & 1) != 0) /* optional subheader */
		cursor_skip(&packet->cursor, 8);
	return enter(packet, link_ethernet);
}

/* Source route entries of RFC 1701, up to the one that is empty. */
static enum verdict
skip_routing(struct packet *packet)
{
	const uint8_t *entry;

	do {
		entry = cursor_take(&packet->cursor, 4);
		if (entry == NULL)
			return packet_refuse_cut(packet);
		if (entry[3] != 0)
			cursor_skip(&packet->cursor, entry[3]);
	} while (load16(entry) != 0 || entry[3] != 0);
	return DECODED;
}

static enum verdict
gre_payload(struct packet *packet, unsigned type, bool numbered)
{
	switch (type) {
	case ETHERTYPE_IP4:
		return enter(packet, ip4_decode);
	case ETHERTYPE_IP6:
		return enter(packet, ip6_decode);
	case ETHERTYPE_BRIDGING:
		return enter(packet, link_ethernet);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		return enter(packet, link_mpls);
	case ETHERTYPE_PPP:
		return enter(packet, link_ppp);
	case ETHERTYPE_ERSPAN:
	case ETHERTYPE_ERSPAN3:
		return erspan(packet, type, numbered);
	default:
		return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
	}
}

/* Enhanced GRE of PPTP (RFC 2637): the key holds the payload's length. */
static enum verdict
gre_enhanced(struct packet *packet, const uint8_t *header)
{
	const uint8_t *key = cursor_take(&packet->cursor, 4);

	if (key == NULL)
		return packet_refuse_cut(packet);
	if (load16(header + 2) != ETHERTYPE_PPP ||
	    (header[0] & GRE_SEQUENCE) == 0) /* acknowledgment only */
		return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
	cursor_skip(&packet->cursor, 4);
	if ((header[1] & GRE_ACKNOWLEDGE) != 0)
		cursor_skip(&packet->cursor, 4);
	cursor_bound(&packet->cursor, load16(key));
	return enter(packet, link_ppp);
}

static enum verdict
gre(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *header = cursor_take(cursor, 4);

	if (header == NULL)
		return packet_refuse_cut(packet);
	if ((header[1] & 7) == 1)
		return gre_enhanced(packet, header);
	if ((header[1] & 7) != 0)
		return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
	if ((header[0] & (GRE_CHECKSUM | GRE_ROUTING)) != 0)
		cursor_skip(cursor, 4);
	if ((header[0] & GRE_KEY) != 0)
		cursor_skip(cursor, 4);
	if ((header[0] & GRE_SEQUENCE) != 0)
		cursor_skip(cursor, 4);
	if ((header[0] & GRE_ROUTING) != 0 && skip_routing(packet) != DECODED)
		return REFUSED;
	return gre_payload(
	    packet, load16(header + 2), (header[0] & GRE_SEQUENCE) != 0);
}

enum verdict
tunnel_ip(struct packet *packet, const struct datagram *datagram)
{
	cursor_bound(&packet->cursor, datagram->payload);
	switch (datagram->protocol) {
	case 4:
		return enter(packet, ip4_decode);
	case 41:
		return enter(packet, ip6_decode);
	default:
		return gre(packet);
	}
}

static enum verdict
vxlan(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 8);

	if (header == NULL)
		return cut_in_udp(packet);
	if ((header[0] & VXLAN_INSTANCE) == 0)
		return NO_TUNNEL;
	return enter(packet, link_ethernet);
}

static enum verdict
geneve(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 8);

	if (header == NULL)
		return cut_in_udp(packet);
	if (header[0] >> 6 != 0 || (header[1] & GENEVE_CONTROL) != 0)
		return NO_TUNNEL;
	if ((header[0] & 0x3f) != 0 &&
	    cursor_take(&packet->cursor, (size_t)(header[0] & 0x3f) * 4) ==
	        NULL)
		return cut_in_udp(packet);
	switch (load16(header + 2)) {
	case ETHERTYPE_BRIDGING:
		return enter(packet, link_ethernet);
	case ETHERTYPE_IP4:
		return enter(packet, ip4_decode);
	case ETHERTYPE_IP6:
		return enter(packet, ip6_decode);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		return enter(packet, link_mpls);
	default:
		return NO_TUNNEL;
	}
}

/* Extension headers: their length in words, content, type of the next. */
static enum verdict
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
			return NO_TUNNEL;
		extension = cursor_take(&packet->cursor, octets);
		if (extension == NULL)
			return cut_in_udp(packet);
		type = extension[octets - 1];
	}
	return DECODED;
}

static enum verdict
gtpu(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 8);
	const uint8_t *optional;
	enum verdict verdict;

	if (header == NULL)
		return cut_in_udp(packet);
	if ((header[0] & GTP_VERSION_AND_TYPE) != 0x30 || header[1] != GTP_DATA)
		return NO_TUNNEL;
	cursor_bound(&packet->cursor, load16(header + 2));
	if ((header[0] & GTP_OPTIONAL) != 0) {
		optional = cursor_take(&packet->cursor, 4);
		if (optional == NULL)
			return cut_in_udp(packet);
		verdict = skip_gtp_extensions(
		    packet, (header[0] & GTP_EXTENSION) != 0 ? optional[3] : 0);
		if (verdict != DECODED)
			return verdict;
	}
	return enter(packet, ip_decode);
}

/* Optional authentication, optional origin, then IPv6 (RFC 4380, 5.1.1). */
static enum verdict
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
	if (header[0] >> 4 != 6 || cursor->rest < 40)
		return NO_TUNNEL;
	return enter(packet, ip6_decode);
}

/* The cursor ends with the UDP payload. */
enum verdict
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
	return NO_TUNNEL;
}
