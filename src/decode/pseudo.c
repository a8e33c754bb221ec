/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types that are not on any wire: the system that captured put a header
 * of its own in front of the packet.
 *
 *	NFLOG           Linux netfilter's log: attributes, one is the packet
 *	PPI             a list of fields, then a frame of the link type named
 *	PKTAP           Darwin: interface and process, then a frame likewise
 *	PFLOG           OpenBSD's packet filter: rule and interface, then IP
 *	JUNIPER_ETHER   Juniper routers: flags, then Ethernet
 *
 * Lengths in these headers are written by the capturing system in its own
 * byte order, and a capture may come from any: where the format does not say
 * which, the value tells.
 */
#include "packet.h"

#define NFLOG_HEADER_OCTETS 4
#define NFLOG_PACKET_HEADER 1 /* hardware protocol (an ethertype), hook */
#define NFLOG_PAYLOAD 9
#define FAMILY_IP4 2
#define FAMILY_IP6 10 /* on Linux */

#define LINKTYPE_RAW 101

#define PPI_HEADER_OCTETS 8
#define PPI_WIRELESS_COMMON 2 /* a field: time, then flags */
#define PPI_FLAG_FCS 0x0001

#define PKTAP_LEAST_OCTETS 12 /* length, record type, link type */
#define PKTAP_PACKET 1

#define PFLOG_LEAST_OCTETS 45 /* up to the direction */

#define JUNIPER_NO_LINK 0x02
#define JUNIPER_EXTENDED 0x80

/*
 * One of the link types within another, counted like a tag.  Some programs
 * name raw IP by the number that it has in a file.
 */
static enum layer
frame_of(struct packet *packet, uint32_t dlt)
{
	int link = dlt == LINKTYPE_RAW ? LAYER_IP
	           : dlt <= INT32_MAX  ? link_find((int)dlt)
	                               : -1;

	if (!packet_add_tag(packet))
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (link == -1)
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	return (enum layer)link;
}

static enum layer
nflog_payload(struct packet *packet, unsigned family, unsigned ethertype)
{
	if (family == FAMILY_IP4)
		return LAYER_IP4;
	if (family == FAMILY_IP6)
		return LAYER_IP6;
	return shim_ethertype(packet, ethertype); /* of a bridge, … */
}

/*
 * Family, version, resource; then attributes: their length with these four
 * octets, type, value, filled up to a multiple of four.  Types are small, so
 * the octet of the type that is zero shows the byte order.
 */
enum layer
pseudo_nflog(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *header = cursor_take(cursor, NFLOG_HEADER_OCTETS);
	unsigned family, ethertype = 0;

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (header[1] != 0)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	family = header[0];
	for (;;) {
		const uint8_t *attribute = cursor_take(cursor, 4);
		uint32_t octets, type;

		if (attribute == NULL && cursor_rest(cursor) == 0)
			return packet_refuse(packet, UNMATCHED_NOT_IP);
		if (attribute == NULL)
			return packet_refuse_cut(packet);
		type = attribute[2] == 0 ? load16(attribute + 2)
		                         : load16_little(attribute + 2);
		octets = attribute[2] == 0 ? load16(attribute)
		                           : load16_little(attribute);
		if (octets < 4)
			return packet_refuse(packet, UNMATCHED_MALFORMED);
		if (type == NFLOG_PAYLOAD) {
			cursor_shorten(cursor, octets - 4);
			return nflog_payload(packet, family, ethertype);
		}
		octets = (octets + 3) / 4 * 4 - 4;
		if (octets == 0)
			continue;
		header = cursor_take(cursor, octets);
		if (header == NULL)
			return packet_refuse_cut(packet);
		if (type == NFLOG_PACKET_HEADER)
			ethertype = load16(header);
	}
}

/* Does a field say that a wireless frame ends with a check sequence? */
static bool
ppi_has_fcs(const uint8_t *fields, size_t octets)
{
	for (size_t at = 0; octets - at >= 4;) {
		size_t length = load16_little(fields + at + 2);

		if (length > octets - at - 4)
			return false;
		if (load16_little(fields + at) == PPI_WIRELESS_COMMON &&
		    length >= 10)
			return (load16_little(fields + at + 4 + 8) &
			           PPI_FLAG_FCS) != 0;
		at += 4 + length;
	}
	return false;
}

/* Version, flags, length of all of the header, link type; little-endian. */
enum layer
pseudo_ppi(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *header = cursor_peek(cursor, PPI_HEADER_OCTETS);
	size_t octets;

	if (header == NULL)
		return packet_refuse_cut(packet);
	octets = load16_little(header + 2);
	if (header[0] != 0 || octets < PPI_HEADER_OCTETS)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	header = cursor_take(cursor, octets);
	if (header == NULL)
		return packet_refuse_cut(packet);
	if (cursor_rest(cursor) >= 4 &&
	    ppi_has_fcs(header + PPI_HEADER_OCTETS, octets - PPI_HEADER_OCTETS))
		cursor_shorten(cursor, cursor_rest(cursor) - 4);
	return frame_of(packet, load32_little(header + 4));
}

/* Length of all of the header, record type, link type, names, … */
enum layer
pseudo_pktap(struct packet *packet)
{
	const uint8_t *header =
	    cursor_peek(&packet->cursor, PKTAP_LEAST_OCTETS);
	uint32_t octets, type, dlt;

	if (header == NULL)
		return packet_refuse_cut(packet);
	octets = load32_little(header);
	type = load32_little(header + 4);
	dlt = load32_little(header + 8);
	if (octets > 0xffff) {
		octets = load32(header);
		type = load32(header + 4);
		dlt = load32(header + 8);
	}
	if (octets < PKTAP_LEAST_OCTETS || octets > 0xffff)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (cursor_take(&packet->cursor, octets) == NULL)
		return packet_refuse_cut(packet);
	if (type != PKTAP_PACKET)
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	return frame_of(packet, dlt);
}

/* Length of what is used of the header, address family, … */
enum layer
pseudo_pflog(struct packet *packet)
{
	const uint8_t *header = cursor_peek(&packet->cursor, 2);
	size_t octets;
	unsigned family;

	if (header == NULL)
		return packet_refuse_cut(packet);
	octets = ((size_t)header[0] + 3) / 4 * 4;
	family = header[1];
	if (header[0] < PFLOG_LEAST_OCTETS)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (cursor_take(&packet->cursor, octets) == NULL)
		return packet_refuse_cut(packet);
	return shim_family(packet, family);
}

/* "MGC", flags; an extension with its length in front; then Ethernet. */
enum layer
pseudo_juniper_ether(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *header = cursor_take(cursor, 4);
	const uint8_t *octets;

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (load32(header) >> 8 != 0x4d4743)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if ((header[3] & JUNIPER_EXTENDED) != 0) {
		octets = cursor_take(cursor, 2);
		if (octets != NULL && load16(octets) != 0)
			cursor_skip(cursor, load16(octets));
	}
	/* Without a link header there is a protocol number, then IP. */
	if ((header[3] & JUNIPER_NO_LINK) == 0)
		return LAYER_ETHERNET;
	cursor_skip(cursor, 4);
	return LAYER_IP;
}
