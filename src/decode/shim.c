/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may stand between a link header and IP and is looked through always:
 *
 *	ethertype            octets behind it, up to and with the next type
 *	8100 88a8 9100 9200   4  VLAN tag (IEEE 802.1Q, 802.1ad)
 *	8926                  6  VN-Tag: flags and two interfaces
 *	893f                  8  E-Tag (802.1BR)
 *	892f 88fb             6  HSR tag, PRP's and HSR's older type: size,
 *	                         sequence number (IEC 62439-3)
 *	8909                  8  Cisco MetaData with an SGT: version, length
 *	                         in words, options
 *	88e7                 18  I-Tag (802.1ah): flags and I-SID, then the
 *	                         customer's Ethernet addresses
 *	8903                 16  FabricPath: tree and TTL, then addresses
 *	8847 8848            MPLS labels, then IP or an Ethernet pseudowire
 *	8863 8864            PPPoE
 *	below 0600           a length; LLC follows (802.3)
 *
 * They come in any order and are counted: more than DECODE_MAX_TAGS are
 * malformed.  A tag that the capture cuts is a truncated header, a type that
 * is not in the table is not IP.
 */
#include "packet.h"

#include <string.h>

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IP6 0x86dd
#define ETHERTYPE_MPLS 0x8847
#define ETHERTYPE_MPLS_UPSTREAM 0x8848
#define ETHERTYPE_PPPOE_DISCOVERY 0x8863
#define ETHERTYPE_PPPOE_SESSION 0x8864
#define ETHERTYPE_QINQ 0x88a8
#define ETHERTYPE_PBB 0x88e7
#define ETHERTYPE_PRP 0x88fb
#define ETHERTYPE_FABRICPATH 0x8903
#define ETHERTYPE_METADATA 0x8909
#define ETHERTYPE_VNTAG 0x8926
#define ETHERTYPE_HSR 0x892f
#define ETHERTYPE_ETAG 0x893f
#define ETHERTYPE_QINQ_OLD1 0x9100
#define ETHERTYPE_QINQ_OLD2 0x9200
#define ETHERTYPE_LEAST 0x0600 /* smaller ones are lengths (IEEE 802.3) */

#define ETHERNET_OCTETS 14
#define LLC_OCTETS 8 /* with SNAP: aa aa 03, OUI, ethertype */
#define SNAP_ETHERNET 0x000000
#define SNAP_BRIDGE_TUNNEL 0x0000f8 /* IEEE 802.1H */
#define CONTROL_WORD_OCTETS 4

static enum layer
not_ip(struct packet *packet)
{
	return packet_refuse(packet, UNMATCHED_NOT_IP);
}

static bool
is_vlan(unsigned type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ ||
	       type == ETHERTYPE_QINQ_OLD1 || type == ETHERTYPE_QINQ_OLD2;
}

/* Octets from behind a type to behind the next one; 0: it is no tag. */
static size_t
tag_octets(struct cursor *cursor, unsigned type)
{
	const uint8_t *metadata;

	switch (type) {
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
	case ETHERTYPE_QINQ_OLD1:
	case ETHERTYPE_QINQ_OLD2:
		return 4;
	case ETHERTYPE_VNTAG:
	case ETHERTYPE_HSR:
	case ETHERTYPE_PRP:
		return 6;
	case ETHERTYPE_ETAG:
		return 8;
	case ETHERTYPE_METADATA:
		metadata = cursor_peek(cursor, 2);
		return metadata == NULL ? 4 : 4 + 4u * metadata[1];
	case ETHERTYPE_PBB:
		return 18;
	case ETHERTYPE_FABRICPATH:
		return 16;
	default:
		return 0;
	}
}

static enum layer
behind_tags(struct packet *packet, unsigned type)
{
	switch (type) {
	case ETHERTYPE_IP4:
		return LAYER_IP4;
	case ETHERTYPE_IP6:
		return LAYER_IP6;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		return LAYER_MPLS;
	case ETHERTYPE_PPPOE_SESSION:
		return LAYER_PPPOE;
	default:
		break;
	}
	if (type < LLC_OCTETS || type >= ETHERTYPE_LEAST)
		return not_ip(packet);
	cursor_declare(&packet->cursor, type);
	return LAYER_LLC;
}

enum layer
shim_ethertype(struct packet *packet, unsigned type)
{
	size_t octets;

	/* VLAN tags are by far the most common ones. */
	while (
	    type != ETHERTYPE_IP4 &&
	    (octets = is_vlan(type) ? 4 : tag_octets(&packet->cursor, type)) !=
	        0) {
		const uint8_t *tag;

		if (!packet_add_tag(packet))
			return packet_refuse(packet, UNMATCHED_MALFORMED);
		tag = cursor_take(&packet->cursor, octets);
		if (tag == NULL)
			return packet_refuse_cut(packet);
		if (is_vlan(type))
			packet_add_vlan(packet, load16(tag));
		type = load16(tag + octets - 2);
	}
	return behind_tags(packet, type);
}

/* IPv6: 10 Linux, 24 NetBSD and OpenBSD, 28 FreeBSD, 30 Darwin. */
enum layer
shim_family(struct packet *packet, uint32_t family)
{
	switch (family) {
	case 2:
		return LAYER_IP4;
	case 10:
	case 24:
	case 28:
	case 30:
		return LAYER_IP6;
	default:
		return not_ip(packet);
	}
}

static enum layer
snap(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, LLC_OCTETS);
	uint32_t oui;

	if (header == NULL)
		return packet_refuse_cut(packet);
	oui = load32(header + 2) & 0xffffff;
	if ((oui != SNAP_ETHERNET && oui != SNAP_BRIDGE_TUNNEL) ||
	    load16(header + 6) < ETHERTYPE_LEAST)
		return not_ip(packet);
	return shim_ethertype(packet, load16(header + 6));
}

/* IEEE 802.2: unnumbered information with SNAP or of IP's own SAP. */
enum layer
shim_llc(struct packet *packet)
{
	const uint8_t *header = cursor_peek(&packet->cursor, 3);

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (memcmp(header, "\xaa\xaa\x03", 3) == 0)
		return snap(packet);
	if (memcmp(header, "\x06\x06\x03", 3) != 0)
		return not_ip(packet);
	cursor_skip(&packet->cursor, 3);
	return LAYER_IP4;
}

/* --- MPLS */

static bool
is_known_llc(const uint8_t *header)
{
	static const uint8_t known[][3] = { { 0xaa, 0xaa, 0x03 },
		{ 0x06, 0x06, 0x03 }, { 0x42, 0x42, 0x03 },
		{ 0xfe, 0xfe, 0x03 } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memcmp(header, known[i], sizeof(known[i])) == 0)
			return true;
	return false;
}

/*
 * Does an Ethernet header so many octets further on end in a type, and does
 * what follows agree with it, as far as it was captured?
 */
static bool
looks_like_ethernet(const struct cursor *cursor, size_t offset)
{
	bool more = cursor_has(cursor, offset + ETHERNET_OCTETS + 3);
	const uint8_t *header;
	unsigned type;

	if (!cursor_has(cursor, offset + ETHERNET_OCTETS))
		return false;
	header = cursor->at + offset + ETHERNET_OCTETS;
	type = load16(header - 2);
	switch (type) {
	case ETHERTYPE_IP4:
		return !more || header[0] >> 4 == 4;
	case ETHERTYPE_IP6:
		return !more || header[0] >> 4 == 6;
	case ETHERTYPE_ARP:
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
	case ETHERTYPE_PPPOE_DISCOVERY:
	case ETHERTYPE_PPPOE_SESSION:
		return true;
	default:
		break;
	}
	if (type < ETHERTYPE_LEAST)
		return more && is_known_llc(header);
	return tag_octets(
	           &(struct cursor){ .at = header, .end = header }, type) != 0;
}

/* Is it IP by its first header, although it might be an address, too? */
static bool
looks_like_ip(const struct cursor *cursor)
{
	const uint8_t *header = cursor->at;
	uint32_t length;

	if (!cursor_has(cursor, 8))
		return true;
	if (header[0] >> 4 == 6)
		return load16(header + 4) + 40u <= cursor_rest(cursor);
	length = load16(header + 2);
	return (header[0] & 0x0f) >= 5 &&
	       (length == 0 || (length >= 20 && length <= cursor_rest(cursor)));
}

/*
 * Nothing in an MPLS packet says what is behind the labels.  IP shows by its
 * version.  All else is an Ethernet pseudowire (RFC 4448), mostly with a
 * control word, whose first four bits are 0; of a channel (RFC 4385) they
 * are 1.  But these may be the beginning of an Ethernet address, too, where
 * there is no control word: then the type behind the addresses tells.
 */
static enum layer
behind_labels(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *first = cursor_peek(cursor, 1);
	unsigned nibble;

	if (first == NULL)
		return packet_refuse_cut(packet);
	nibble = *first >> 4;
	if (nibble == 0 && (looks_like_ethernet(cursor, CONTROL_WORD_OCTETS) ||
	                       !looks_like_ethernet(cursor, 0))) {
		if (cursor_take(cursor, CONTROL_WORD_OCTETS) == NULL)
			return packet_refuse_cut(packet);
		return LAYER_ETHERNET;
	}
	if ((nibble == 4 || nibble == 6) &&
	    (looks_like_ip(cursor) || !looks_like_ethernet(cursor, 0)))
		return LAYER_IP;
	if (cursor_has(cursor, ETHERNET_OCTETS) &&
	    !looks_like_ethernet(cursor, 0))
		return not_ip(packet);
	return LAYER_ETHERNET;
}

enum layer
shim_mpls(struct packet *packet)
{
	const uint8_t *label;

	do {
		if (!packet_add_tag(packet))
			return packet_refuse(packet, UNMATCHED_MALFORMED);
		label = cursor_take(&packet->cursor, 4);
		if (label == NULL)
			return packet_refuse_cut(packet);
	} while ((label[2] & 1) == 0); /* bottom of stack */
	return behind_labels(packet);
}
