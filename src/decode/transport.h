/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP (RFC 9293) and UDP (RFC 768), where nearly every packet ends.  These
 * functions are in a header to be inlined behind either version of IP.
 */
#ifndef EXFLOW_SRC_DECODE_TRANSPORT_H
#define EXFLOW_SRC_DECODE_TRANSPORT_H

#include <stddef.h>
#include <string.h>

#include "detail.h"
#include "packet.h"

#define TCP_FLAGS_OCTETS 14 /* of a header: up to the flags */
#define UDP_PORTS_OCTETS 4

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

/* What stands behind the addresses in a key, as one word of memory. */
static inline uint64_t
key_tail(uint16_t port0, uint16_t port1, uint8_t protocol, uint8_t ip_version,
    uint16_t scope)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (uint64_t)port0 << 48 | (uint64_t)port1 << 32 |
	       (uint32_t)protocol << 24 | (uint32_t)ip_version << 16 | scope;
#else
	return (uint64_t)scope << 48 | (uint64_t)ip_version << 40 |
	       (uint64_t)protocol << 32 | (uint32_t)port1 << 16 | port0;
#endif
}

/* The ports in the order of the key, for protocol and scope see flow_key. */
static inline void
set_tail(struct segment *segment, unsigned sender, uint16_t source_port,
    uint16_t port, uint8_t protocol, uint8_t ip_version, uint16_t scope)
{
	uint64_t tail = key_tail(sender ? port : source_port,
	    sender ? source_port : port, protocol, ip_version, scope);

	memcpy((uint8_t *)&segment->key + offsetof(struct flow_key, port),
	    &tail, sizeof(tail));
	segment->sender = sender;
}
_Static_assert(offsetof(struct flow_key, port) + sizeof(uint64_t) ==
                   sizeof(struct flow_key),
    "the tail of a key is one word");

/*
 * The key of IPv4, in the order of segment_set_endpoints.  It is written in
 * whole words: the hash reads words, and would have to wait for shorter writes
 * to reach memory.
 */
static inline void
set_key4(struct segment *segment, const uint8_t *source, uint16_t source_port,
    const uint8_t *destination, uint16_t port, uint8_t protocol, uint16_t scope)
{
	uint64_t from = (uint64_t)load32(source) << 16 | source_port;
	uint64_t to = (uint64_t)load32(destination) << 16 | port;
	unsigned sender = from > to;
	uint64_t low = widen(sender ? destination : source);
	uint64_t high = widen(sender ? source : destination);

	memset(segment->key.address, 0, sizeof(segment->key.address));
	memcpy(segment->key.address[0], &low, sizeof(low));
	memcpy(segment->key.address[1], &high, sizeof(high));
	set_tail(segment, sender, source_port, port, protocol, 4, scope);
}

/* The same for IPv6. */
static inline void
set_key6(struct segment *segment, const uint8_t *source, uint16_t source_port,
    const uint8_t *destination, uint16_t port, uint8_t protocol, uint16_t scope)
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
	set_tail(segment, sender, source_port, port, protocol, 6, scope);
}

/* transport.c: the packet's scope in 16 bits, for struct flow_key. */
uint16_t transport_scope(const struct packet *packet);

/* What few runs ask for, of TCP and UDP; the scope of the key. */
static inline __attribute__((always_inline)) uint16_t
note_segment(struct packet *packet, const uint8_t *header)
{
	struct decoder *decoder = packet->decoder;

	if (decoder->payloads) {
		decoder->headers.transport = header;
		decoder->headers.end = packet->cursor.end;
	}
	return decoder->key_vlan || decoder->key_tunnel
	           ? transport_scope(packet)
	           : 0;
}

/* The same with the detail, of TCP whose header is in no other fragment. */
static inline __attribute__((always_inline)) uint16_t
note_tcp(struct packet *packet, const struct datagram *datagram,
    const uint8_t *header, unsigned offset)
{
	if (packet->decoder->details != NULL)
		detail_write(packet, datagram, header, offset);
	return packet->decoder->noted ? note_segment(packet, header) : 0;
}

/* All that TCP and UDP have in common; ports stand first in both. */
static inline void
set_segment(struct packet *packet, const struct datagram *datagram,
    const uint8_t *header, uint16_t scope)
{
	struct segment *segment = packet->segment;

	if (datagram->version == 4)
		set_key4(segment, datagram->source, load16(header),
		    datagram->destination, load16(header + 2),
		    datagram->protocol, scope);
	else
		set_key6(segment, datagram->source, load16(header),
		    datagram->destination, load16(header + 2),
		    datagram->protocol, scope);
	segment->ttl = datagram->source[datagram->version == 4 ? -4 : -1];
	segment->tunnel = packet->tunnel;
	segment->vlan = packet->vlan;
	segment->customer_vlan = packet->customer_vlan;
	segment->ip_octets = datagram->octets;
	segment->later_fragment = false;
}

/*
 * transport.c: a first fragment of TCP, and the tunnels behind UDP's header
 * and behind IP's.
 */
enum layer transport_tcp_partial(
    struct packet *packet, struct datagram datagram);
enum layer transport_udp_tunnel(struct packet *packet, struct datagram datagram,
    const uint8_t *header, uint32_t length);
enum layer transport_ip_tunnel(struct packet *packet, struct datagram datagram);

static inline __attribute__((always_inline)) enum layer
tcp_decode(struct packet *packet, const struct datagram *datagram)
{
	struct segment *segment = packet->segment;
	const uint8_t *header;
	unsigned offset;
	uint16_t scope = 0;

	if (__builtin_expect(datagram->partial, 0))
		return transport_tcp_partial(packet, *datagram);
	if (datagram->payload < 20 && !datagram->open)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	header = cursor_take(&packet->cursor, TCP_FLAGS_OCTETS);
	if (header == NULL)
		return packet_refuse_cut(packet);
	offset = (header[12] >> 4) * 4u;
	if (offset < 20 || offset > datagram->payload)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (packet->decoder->noted_tcp)
		scope = note_tcp(packet, datagram, header, offset);
	set_segment(packet, datagram, header, scope);
	segment->payload_octets = datagram->payload - offset;
	segment->sequence = load32(header + 4);
	segment->acknowledgement = load32(header + 8);
	segment->tcp_flags = header[13];
	return DECIDED_SEGMENT;
}

/* Of a packet that was snapped inside the header the ports are enough. */
static inline __attribute__((always_inline)) enum layer
udp_decode(struct packet *packet, const struct datagram *datagram)
{
	struct segment *segment = packet->segment;
	const uint8_t *header;
	uint32_t length;
	uint16_t scope = 0;

	if (datagram->payload < 8 && !datagram->open)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	header = cursor_peek(&packet->cursor, UDP_PORTS_OCTETS);
	if (header == NULL)
		return packet_refuse_cut(packet);
	if (datagram->payload < 8)
		return packet_refuse(packet, UNMATCHED_TRUNCATED_HEADER);
	length = cursor_has(&packet->cursor, 8) ? load16(header + 4) : 0;
	if (length >= 1 && length <= 7)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (datagram->partial || length == 0 || length > datagram->payload)
		length = datagram->payload;
	if (packet->decoder->noted)
		scope = note_segment(packet, header);
	set_segment(packet, datagram, header, scope);
	segment->payload_octets = length - 8;
	segment->sequence = segment->acknowledgement = 0;
	segment->tcp_flags = 0;
	if ((packet->decoder->tunnels & TUNNELS_IN_UDP) == 0)
		return DECIDED_SEGMENT;
	return transport_udp_tunnel(packet, *datagram, header, length);
}

/* A protocol without ports: other.c.  It is metered, or refused. */
enum layer other_decode(struct packet *packet, struct datagram datagram);
enum layer other_refuse(struct packet *packet, unsigned protocol);

/* The cursor stands behind the IP header, or has failed within it. */
static inline __attribute__((always_inline)) enum layer
transport_decode(struct packet *packet, const struct datagram *datagram)
{
	if (datagram->protocol == PROTOCOL_TCP)
		return tcp_decode(packet, datagram);
	if (datagram->protocol == PROTOCOL_UDP)
		return udp_decode(packet, datagram);
	if (tunnel_wants(packet->decoder->tunnels, datagram->protocol))
		return transport_ip_tunnel(packet, *datagram);
	if (packet->decoder->other)
		return other_decode(packet, *datagram);
	return other_refuse(packet, datagram->protocol);
}

#endif
