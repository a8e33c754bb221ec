/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP protocols other than TCP and UDP (`meter = other`): two addresses and a
 * protocol make a key.  Of ICMP type and code are kept, and the identifier of
 * an echo tells one ping from another.
 */
#include "transport.h"

#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO 8
#define ICMP6_ECHO 128
#define ICMP6_ECHO_REPLY 129

static bool
is_echo(uint8_t protocol, uint8_t type)
{
	return protocol == PROTOCOL_ICMP
	           ? type == ICMP_ECHO || type == ICMP_ECHO_REPLY
	           : type == ICMP6_ECHO || type == ICMP6_ECHO_REPLY;
}

/* RFC 792 and 4443: type, code, checksum; of an echo then the identifier. */
static enum layer
icmp_decode(struct packet *packet, const struct datagram *datagram)
{
	struct segment *segment = packet->segment;
	const uint8_t *header;

	if (datagram->payload < 4 && !datagram->open)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	header = cursor_take(&packet->cursor, 2);
	if (header == NULL)
		return packet_refuse_cut(packet);
	segment->sequence = load16(header);
	if (!is_echo(datagram->protocol, header[0]))
		return DECIDED_SEGMENT;
	if (datagram->payload < 8 && !datagram->open)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	header = cursor_take(&packet->cursor, 4);
	if (header == NULL)
		return packet_refuse_cut(packet);
	segment->key.port[0] = load16(header + 2);
	segment->key.port[1] = 1;
	return DECIDED_SEGMENT;
}

enum layer
other_decode(struct packet *packet, struct datagram datagram)
{
	static const uint8_t no_ports[4] = { 0 };
	struct segment *segment = packet->segment;

	packet->decoder->headers.transport = NULL;
	set_segment(packet, &datagram, no_ports, transport_scope(packet));
	segment->payload_octets = datagram.payload;
	segment->sequence = segment->acknowledgement = 0;
	segment->tcp_flags = 0;
	if (datagram.protocol == PROTOCOL_ICMP ||
	    datagram.protocol == PROTOCOL_ICMP6)
		return icmp_decode(packet, &datagram);
	return DECIDED_SEGMENT;
}

enum layer
other_refuse(struct packet *packet, unsigned protocol)
{
	switch (protocol) {
	case 4:
		return packet_refuse_tunnel(packet, TUNNEL_IPIP);
	case 41:
		return packet_refuse_tunnel(packet, TUNNEL_6IN4);
	case 47:
		return tunnel_refuse_gre(packet);
	default:
		return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
	}
}
