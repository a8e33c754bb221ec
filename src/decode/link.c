/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types, and what may stand between a link header and IP: VLAN tags,
 * MPLS labels, PPPoE, LLC.  All of that is looked through always.
 */
#include "packet.h"

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_IP6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define ETHERTYPE_QINQ_OLD1 0x9100
#define ETHERTYPE_QINQ_OLD2 0x9200
#define ETHERTYPE_MPLS 0x8847
#define ETHERTYPE_MPLS_UPSTREAM 0x8848
#define ETHERTYPE_PPPOE_SESSION 0x8864
#define ETHERTYPE_LEAST 0x0600 /* smaller ones are lengths (IEEE 802.3) */

#define PPP_IP4 0x0021
#define PPP_IP6 0x0057
#define PPP_MPLS 0x0281
#define PPP_MPLS_UPSTREAM 0x0283

#define VLAN_ID 0x0fff
#define LLC_OCTETS 8 /* with SNAP: aa aa 03, 00 00 00, ethertype */

static enum verdict
not_ip(struct packet *packet)
{
	return packet_refuse(packet, UNMATCHED_NOT_IP);
}

/* Take the rest of the tags off; the ethertype behind them, -1 if refused. */
static int
skip_tags(struct packet *packet, unsigned type)
{
	while (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ ||
	       type == ETHERTYPE_QINQ_OLD1 || type == ETHERTYPE_QINQ_OLD2) {
		const uint8_t *tag;

		if (!packet_add_tag(packet)) {
			packet_refuse(packet, UNMATCHED_MALFORMED);
			return -1;
		}
		tag = cursor_take(&packet->cursor, 4);
		if (tag == NULL) {
			packet_refuse_cut(packet);
			return -1;
		}
		if (packet->vlan == 0)
			packet->vlan = load16(tag) & VLAN_ID;
		type = load16(tag + 2);
	}
	return (int)type;
}

enum verdict
link_mpls(struct packet *packet)
{
	const uint8_t *label;

	do {
		if (!packet_add_tag(packet))
			return packet_refuse(packet, UNMATCHED_MALFORMED);
		label = cursor_take(&packet->cursor, 4);
		if (label == NULL)
			return packet_refuse_cut(packet);
	} while ((label[2] & 1) == 0); /* bottom of stack */
	return ip_decode(packet);
}

/* Protocols behind PPP's optional address and control (RFC 1661, 1662). */
enum verdict
link_ppp(struct packet *packet)
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
		return ip4_decode(packet);
	case PPP_IP6:
		return ip6_decode(packet);
	case PPP_MPLS:
	case PPP_MPLS_UPSTREAM:
		return link_mpls(packet);
	default:
		return not_ip(packet);
	}
}

/* RFC 2516: version and type 1, code 0 in the session stage. */
static enum verdict
link_pppoe(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 6);

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (header[0] != 0x11)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (header[1] != 0)
		return not_ip(packet);
	cursor_bound(&packet->cursor, load16(header + 4));
	return link_ppp(packet);
}

/* IEEE 802.2 with SNAP; every other LLC carries something else than IP. */
enum verdict
link_llc(struct packet *packet)
{
	const uint8_t *header = cursor_peek(&packet->cursor, 3);

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (header[0] != 0xaa || header[1] != 0xaa || header[2] != 0x03)
		return not_ip(packet);
	header = cursor_take(&packet->cursor, LLC_OCTETS);
	if (header == NULL)
		return packet_refuse_cut(packet);
	if ((load32(header + 2) & 0xffffff) != 0 ||
	    load16(header + 6) < ETHERTYPE_LEAST)
		return not_ip(packet);
	return link_ethertype(packet, load16(header + 6));
}

enum verdict
link_ethertype(struct packet *packet, unsigned type)
{
	int behind_tags;

	if (__builtin_expect(type == ETHERTYPE_IP4, 1))
		return ip4_decode(packet);
	behind_tags = skip_tags(packet, type);
	switch (behind_tags) {
	case -1:
		return REFUSED;
	case ETHERTYPE_IP4:
		return ip4_decode(packet);
	case ETHERTYPE_IP6:
		return ip6_decode(packet);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		return link_mpls(packet);
	case ETHERTYPE_PPPOE_SESSION:
		return link_pppoe(packet);
	default:
		break;
	}
	if (behind_tags < LLC_OCTETS || behind_tags >= ETHERTYPE_LEAST)
		return not_ip(packet);
	cursor_bound(&packet->cursor, (uint32_t)behind_tags);
	return link_llc(packet);
}

enum verdict
link_ethernet(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 14);

	if (header == NULL)
		return packet_refuse_cut(packet);
	return link_ethertype(packet, load16(header + 12));
}

/* Linux cooked protocol: an ethertype, or a small number of its own. */
static enum verdict
cooked(struct packet *packet, unsigned protocol)
{
	if (protocol == 0x0004)
		return link_llc(packet);
	if (protocol < ETHERTYPE_LEAST)
		return not_ip(packet);
	return link_ethertype(packet, protocol);
}

static enum verdict
link_cooked(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 16);

	if (header == NULL)
		return packet_refuse_cut(packet);
	return cooked(packet, load16(header + 14));
}

static enum verdict
link_cooked2(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 20);

	if (header == NULL)
		return packet_refuse_cut(packet);
	return cooked(packet, load16(header));
}

/*
 * Four octets with the address family in the order of the machine that
 * captured.  IPv6 has another number on each system: 10 Linux, 24 NetBSD and
 * OpenBSD, 28 FreeBSD, 30 Darwin.
 */
static enum verdict
link_null(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 4);
	uint32_t family;

	if (header == NULL)
		return packet_refuse_cut(packet);
	family = load32(header);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return ip4_decode(packet);
	case 10:
	case 24:
	case 28:
	case 30:
		return ip6_decode(packet);
	default:
		return not_ip(packet);
	}
}

/* Address, control, ethertype (RFC 1547, 4.3.1). */
static enum verdict
link_cisco_hdlc(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 4);

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (load16(header + 2) < ETHERTYPE_LEAST)
		return not_ip(packet);
	return link_ethertype(packet, load16(header + 2));
}

/* PPP in HDLC-like framing or Cisco's: the address octet tells. */
static enum verdict
link_ppp_serial(struct packet *packet)
{
	const uint8_t *address = cursor_peek(&packet->cursor, 1);

	if (address != NULL && (*address == 0x0f || *address == 0x8f))
		return link_cisco_hdlc(packet);
	return link_ppp(packet);
}

/* By libpcap's numbers, which never change (pcap-linktype(7)). */
static const struct {
	int dlt;
	const char *name;
	link_function *function;
} links[] = {
	{ 1, "EN10MB", link_ethernet },
	{ 113, "LINUX_SLL", link_cooked },
	{ 276, "LINUX_SLL2", link_cooked2 },
	{ 12, "RAW", ip_decode },
	{ 14, "RAW", ip_decode }, /* on OpenBSD */
	{ 228, "IPV4", ip_decode },
	{ 229, "IPV6", ip_decode },
	{ 0, "NULL", link_null },
	{ 108, "LOOP", link_null },
	{ 9, "PPP", link_ppp },
	{ 50, "PPP_SERIAL", link_ppp_serial },
	{ 51, "PPP_ETHER", link_pppoe },
	{ 104, "C_HDLC", link_cisco_hdlc },
	{ 105, "IEEE802_11", link_wireless },
	{ 127, "IEEE802_11_RADIO", link_radiotap },
};
#define LINKS (sizeof(links) / sizeof(links[0]))

link_function *
link_find(int dlt)
{
	for (size_t i = 0; i < LINKS; i++)
		if (links[i].dlt == dlt)
			return links[i].function;
	return NULL;
}

bool
decode_datalink_supported(int dlt)
{
	return link_find(dlt) != NULL;
}

const char *
decode_datalink_name(size_t n, int *dlt)
{
	if (n >= LINKS)
		return NULL;
	*dlt = links[n].dlt;
	return links[n].name;
}
