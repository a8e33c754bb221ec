/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PPP (RFC 1661) as it comes over serial lines, with or without the address
 * and control octets (RFC 1662), and over Ethernet (RFC 2516), and what Cisco
 * routers put in its place.
 */
#include "packet.h"

#define PPP_IP4 0x0021
#define PPP_IP6 0x0057
#define PPP_MPLS 0x0281
#define PPP_MPLS_UPSTREAM 0x0283

#define HDLC_UNICAST 0x0f
#define HDLC_BROADCAST 0x8f
#define ETHERTYPE_LEAST 0x0600

enum layer
ppp_frame(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *octet = cursor_peek(cursor, 1);
	unsigned protocol;

	if (octet != NULL && octet[0] == 0xff) {
		cursor_skip(cursor, 2);
		octet = cursor_peek(cursor, 1);
	}
	if (octet == NULL)
		return packet_refuse_cut(packet);
	/* An odd first octet is a compressed protocol field. */
	octet = cursor_take(cursor, (octet[0] & 1) != 0 ? 1 : 2);
	if (octet == NULL)
		return packet_refuse_cut(packet);
	protocol = (octet[0] & 1) != 0 ? octet[0] : load16(octet);
	switch (protocol) {
	case PPP_IP4:
		return LAYER_IP4;
	case PPP_IP6:
		return LAYER_IP6;
	case PPP_MPLS:
	case PPP_MPLS_UPSTREAM:
		return LAYER_MPLS;
	default:
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	}
}

/* Version and type 1, code 0 in the session stage. */
enum layer
ppp_ethernet(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 6);

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (header[0] != 0x11)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (header[1] != 0)
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	cursor_bound(&packet->cursor, load16(header + 4));
	return LAYER_PPP;
}

/* Address, control, ethertype (RFC 1547, 4.3.1). */
enum layer
ppp_cisco_hdlc(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 4);

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (load16(header + 2) < ETHERTYPE_LEAST)
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	return shim_ethertype(packet, load16(header + 2));
}

/* PPP or Cisco's HDLC: the address octet tells. */
enum layer
ppp_serial(struct packet *packet)
{
	const uint8_t *address = cursor_peek(&packet->cursor, 1);

	if (address != NULL &&
	    (*address == HDLC_UNICAST || *address == HDLC_BROADCAST))
		return LAYER_CISCO_HDLC;
	return LAYER_PPP;
}
