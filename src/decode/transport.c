/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rare half of transport.h: the scope of a key, first fragments, and the
 * way into tunnels.
 */
#include "transport.h"

uint16_t
transport_scope(const struct packet *packet)
{
	uint64_t scope = packet_scope(packet);
	unsigned kind = scope >> 32 & 7;

	return (uint16_t)(((scope >> 36) != 0 ? FLOW_SCOPE_VLAN : 0) |
	                  kind << 12 |
	                  ((scope >> 48 ^ scope >> 42 ^ scope >> 36 ^
	                       scope >> 24 ^ scope >> 12 ^ scope) &
	                      FLOW_SCOPE_FOLD));
}

/*
 * A first fragment of TCP.  What of the header it does not hold is in the
 * next ones: their octets are payload from header_octets of the datagram on.
 * A fragment that others follow is a multiple of eight octets long; so where
 * the flags are missing they are at the beginning of the next one.
 */
enum layer
transport_tcp_partial(struct packet *packet, struct datagram datagram)
{
	const struct first_fragment *first =
	    &packet->decoder->first[packet->firsts - 1];
	uint32_t before = first->piece.octets - datagram.payload;
	struct segment *segment = packet->segment;
	const uint8_t *header;
	unsigned offset;

	if (datagram.payload < 8)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	packet->tiny = datagram.payload < 16;
	header =
	    cursor_take(&packet->cursor, packet->tiny ? 8 : TCP_FLAGS_OCTETS);
	if (header == NULL)
		return packet_refuse_cut(packet);
	offset = packet->tiny ? 20 : (header[12] >> 4) * 4u;
	if (offset < 20)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (packet->decoder->details != NULL)
		detail_read(packet, &datagram, header);
	set_segment(packet, &datagram, header, note_segment(packet, header));
	segment->payload_octets =
	    datagram.payload > offset ? datagram.payload - offset : 0;
	segment->sequence = load32(header + 4);
	segment->acknowledgement = packet->tiny ? 0 : load32(header + 8);
	segment->tcp_flags = packet->tiny ? 0 : header[13];
	/* Of a tiny one: where the next fragment is to begin. */
	packet->header_octets = before + (packet->tiny ? 8 : offset);
	return packet->tiny ? DECIDED_WAITS : DECIDED_SEGMENT;
}

/*
 * What is behind UDP's header may be a tunnel.  Of a first fragment the
 * tunnel goes on in the next ones: its lengths are not cut to this one.
 */
enum layer
transport_udp_tunnel(struct packet *packet, struct datagram datagram,
    const uint8_t *header, uint32_t length)
{
	struct cursor *cursor = &packet->cursor;

	cursor_skip(cursor, 8);
	if (datagram.partial) {
		cursor_open(cursor, datagram.payload - 8);
		length = cursor->state == CURSOR_GOOD ? load16(header + 4) : 0;
		if (length >= 8)
			cursor_bound(cursor, length - 8);
	} else {
		cursor_bound(cursor, length - 8);
	}
	return tunnel_udp(packet, load16(header), load16(header + 2));
}

/* IP in IP and GRE.  A first fragment's inside goes on in the next ones. */
enum layer
transport_ip_tunnel(struct packet *packet, struct datagram datagram)
{
	if (datagram.partial)
		cursor_open(&packet->cursor, datagram.payload);
	else
		cursor_bound(&packet->cursor, datagram.payload);
	switch (datagram.protocol) {
	case 4:
		return packet_enter(packet, LAYER_IP4);
	case 41:
		return packet_enter(packet, LAYER_IP6);
	default:
		return tunnel_gre(packet);
	}
}
