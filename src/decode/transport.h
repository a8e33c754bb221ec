/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP (RFC 9293) and UDP (RFC 768): the end of the way.  In a header because
 * every packet passes here, inlined behind either version of IP.
 */
#ifndef EXFLOW_SRC_DECODE_TRANSPORT_H
#define EXFLOW_SRC_DECODE_TRANSPORT_H

#include <string.h>

#include "packet.h"

/* Four octets with four zeros behind them, as one word of memory. */
static inline uint64_t
widen(const uint8_t *address)
{
	uint32_t octets;

	memcpy(&octets, address, sizeof(octets));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (uint64_t)octets << 32;
#else
	return octets;
#endif
}

/*
 * segment_set_endpoints for IPv4.  Each address is written with its zeros
 * in two whole words: the hash reads words, and would have to wait for
 * shorter writes to reach memory.
 */
static inline void
set_endpoints4(struct segment *segment, const uint8_t *source,
    uint16_t source_port, const uint8_t *destination, uint16_t port)
{
	uint64_t from = (uint64_t)load32(source) << 16 | source_port;
	uint64_t to = (uint64_t)load32(destination) << 16 | port;
	unsigned sender = from > to;
	uint64_t low = widen(sender ? destination : source);
	uint64_t high = widen(sender ? source : destination);

	memset(segment->key.address, 0, sizeof(segment->key.address));
	memcpy(segment->key.address[0], &low, sizeof(low));
	memcpy(segment->key.address[1], &high, sizeof(high));
	segment->key.port[0] = sender ? port : source_port;
	segment->key.port[1] = sender ? source_port : port;
	segment->key.ip_version = 4;
	segment->sender = (uint8_t)sender;
}

/* segment_set_endpoints for IPv6, without the calls. */
static inline void
set_endpoints6(struct segment *segment, const uint8_t *source,
    uint16_t source_port, const uint8_t *destination, uint16_t port)
{
	uint64_t from = load64(source), to = load64(destination);
	unsigned sender;

	if (from == to) {
		from = load64(source + 8);
		to = load64(destination + 8);
	}
	sender = from > to || (from == to && source_port > port);
	memcpy(segment->key.address[0], sender ? destination : source, 16);
	memcpy(segment->key.address[1], sender ? source : destination, 16);
	segment->key.port[0] = sender ? port : source_port;
	segment->key.port[1] = sender ? source_port : port;
	segment->key.ip_version = 6;
	segment->sender = (uint8_t)sender;
}

/* All that TCP and UDP have in common; ports stand first in both. */
static inline void
set_segment(struct packet *packet, const struct datagram *datagram,
    const uint8_t *header)
{
	struct segment *segment = packet->segment;

	if (datagram->version == 4)
		set_endpoints4(segment, datagram->source, load16(header),
		    datagram->destination, load16(header + 2));
	else
		set_endpoints6(segment, datagram->source, load16(header),
		    datagram->destination, load16(header + 2));
	segment->key.protocol = datagram->protocol;
	segment->key.vlan = packet->decoder->key_vlan ? packet->vlan : 0;
	segment->vlan = packet->vlan;
	segment->customer_vlan = 0;
	segment->tunnel = 0;
	segment->ip_octets = datagram->octets;
	segment->later_fragment = 0;
}

static inline enum verdict
tcp_decode(struct packet *packet, const struct datagram *datagram)
{
	struct segment *segment = packet->segment;
	const uint8_t *header;
	unsigned offset;

	if (datagram->payload < 20 && !datagram->open)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	header = cursor_take(&packet->cursor, 20);
	if (header == NULL)
		return packet_refuse_cut(packet);
	offset = (header[12] >> 4) * 4u;
	if (offset < 20 || offset > datagram->payload)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	set_segment(packet, datagram, header);
	segment->payload_octets = datagram->payload - offset;
	segment->sequence = load32(header + 4);
	segment->acknowledgement = load32(header + 8);
	segment->tcp_flags = header[13];
	return DECODED;
}

static inline enum verdict
udp_decode(struct packet *packet, const struct datagram *datagram)
{
	struct segment *segment = packet->segment;
	const uint8_t *header;
	uint32_t length;

	if (datagram->payload < 8 && !datagram->open)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	header = cursor_take(&packet->cursor, 8);
	if (header == NULL)
		return packet_refuse_cut(packet);
	length = load16(header + 4);
	if (length >= 1 && length <= 7)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (datagram->partial || length == 0 || length > datagram->payload)
		length = datagram->payload;
	set_segment(packet, datagram, header);
	segment->payload_octets = length - 8;
	segment->sequence = 0;
	segment->tcp_flags = 0;
	if ((packet->decoder->tunnels & TUNNELS_IN_UDP) == 0)
		return DECODED;
	cursor_bound(&packet->cursor, length - 8);
	return tunnel_udp(packet, load16(header), load16(header + 2)) == REFUSED
	           ? REFUSED
	           : DECODED;
}

/* A protocol without ports: other.c. */
enum verdict other_decode(
    struct packet *packet, const struct datagram *datagram);

/* The cursor stands behind the IP header, or has failed within it. */
static inline enum verdict
transport_decode(struct packet *packet, const struct datagram *datagram)
{
	if (datagram->protocol == PROTOCOL_TCP)
		return tcp_decode(packet, datagram);
	if (datagram->protocol == PROTOCOL_UDP)
		return udp_decode(packet, datagram);
	if (tunnel_wants(packet->decoder->tunnels, datagram->protocol))
		return tunnel_ip(packet, datagram);
	if (packet->decoder->other)
		return other_decode(packet, datagram);
	return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
}

#endif
