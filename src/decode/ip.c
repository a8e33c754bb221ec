/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 (RFC 791), IPv6 (RFC 8200) and their fragments.
 */
#include "packet.h"

#include "transport.h"

#define MORE_FRAGMENTS4 0x2000
#define FRAGMENT_OFFSET4 0x1fff
#define MORE_FRAGMENTS6 0x0001
#define FRAGMENT_OFFSET6 0xfff8

#define EXTENSION_HOP_BY_HOP 0
#define EXTENSION_ROUTING 43
#define EXTENSION_FRAGMENT 44
#define EXTENSION_AUTHENTICATION 51
#define EXTENSION_DESTINATION 60

static bool
is_extension(unsigned protocol)
{
	switch (protocol) {
	case EXTENSION_HOP_BY_HOP:
	case EXTENSION_ROUTING:
	case EXTENSION_FRAGMENT:
	case EXTENSION_AUTHENTICATION:
	case EXTENSION_DESTINATION:
		return true;
	default:
		return false;
	}
}

/* Can a fragment of this protocol belong to a segment? */
static bool
is_of_interest(const struct packet *packet, const struct datagram *datagram)
{
	unsigned protocol = datagram->protocol;

	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP ||
	       packet->decoder->other ||
	       tunnel_wants(packet->decoder->tunnels, protocol) ||
	       (datagram->version == 6 && is_extension(protocol));
}

/* To be stored once it is known which segment the fragment is. */
static void
note_first_fragment(
    struct packet *packet, struct datagram *datagram, uint32_t id)
{
	datagram->partial = true;
	packet->decoder->first[packet->firsts++] =
	    fragment_key_make(datagram->source, datagram->destination,
	        datagram->version, datagram->protocol, id);
}

static enum verdict
later_fragment(
    struct packet *packet, const struct datagram *datagram, uint32_t id)
{
	struct segment *segment = packet->segment;
	struct fragment_key key;

	if (!is_of_interest(packet, datagram))
		return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
	key = fragment_key_make(datagram->source, datagram->destination,
	    datagram->version, datagram->protocol, id);
	if (fragment_table_find(
	        packet->decoder->fragments, &key, packet->now, segment) != 0)
		return packet_refuse(packet, UNMATCHED_FRAGMENT);
	segment->vlan = packet->vlan;
	segment->ip_octets = datagram->octets;
	segment->payload_octets = datagram->payload;
	segment->sequence = 0;
	segment->tcp_flags = 0;
	segment->later_fragment = 1;
	return DECODED;
}

enum verdict
ip4_decode(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	uint32_t rest = cursor->rest;
	const uint8_t *header = cursor_take(cursor, 20);
	unsigned fragment, octets;
	struct datagram datagram;

	if (header == NULL)
		return packet_refuse_cut(packet);
	octets = (header[0] & 0x0f) * 4u;
	datagram.octets = load16(header + 2);
	datagram.open = datagram.octets == 0;
	if (datagram.open)
		datagram.octets = rest;
	else if (datagram.octets < octets)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (header[0] >> 4 != 4 || octets < 20)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	if (octets > 20)
		cursor_skip(cursor, octets - 20);
	if (datagram.octets < octets)
		return packet_refuse_cut(packet);
	datagram.payload = datagram.octets - octets;
	datagram.source = header + 12;
	datagram.destination = header + 16;
	datagram.version = 4;
	datagram.protocol = header[9];
	datagram.partial = false;
	fragment = load16(header + 6);
	if ((fragment & FRAGMENT_OFFSET4) != 0)
		return later_fragment(packet, &datagram, load16(header + 4));
	if ((fragment & MORE_FRAGMENTS4) != 0)
		note_first_fragment(packet, &datagram, load16(header + 4));
	return transport_decode(packet, &datagram);
}

/* Take one extension header off; its length, or 0 where it is refused. */
static uint32_t
take_extension(
    struct packet *packet, struct datagram *datagram, const uint8_t **extension)
{
	const uint8_t *header;
	uint32_t octets;

	if (datagram->payload < 8 && !datagram->open)
		goto malformed;
	header = cursor_take(&packet->cursor, 8);
	if (header == NULL) {
		packet_refuse_cut(packet);
		return 0;
	}
	if (datagram->protocol == EXTENSION_FRAGMENT)
		octets = 8;
	else if (datagram->protocol == EXTENSION_AUTHENTICATION)
		octets = (header[1] + 2u) * 4;
	else
		octets = (header[1] + 1u) * 8;
	if (octets < 8 || (octets > datagram->payload && !datagram->open))
		goto malformed;
	/* A failure sticks until the next header is read. */
	if (octets > 8)
		cursor_skip(&packet->cursor, octets - 8);
	if (octets > datagram->payload) {
		packet_refuse_cut(packet);
		return 0;
	}
	*extension = header;
	return octets;
malformed:
	packet_refuse(packet, UNMATCHED_MALFORMED);
	return 0;
}

static enum verdict
walk_extensions(struct packet *packet, struct datagram *datagram)
{
	for (unsigned n = 0; is_extension(datagram->protocol); n++) {
		bool is_fragment = datagram->protocol == EXTENSION_FRAGMENT;
		const uint8_t *header;
		uint32_t octets;
		unsigned offset;

		if (n == DECODE_MAX_EXTENSIONS)
			return packet_refuse(packet, UNMATCHED_MALFORMED);
		octets = take_extension(packet, datagram, &header);
		if (octets == 0)
			return REFUSED;
		datagram->payload -= octets;
		datagram->protocol = header[0];
		if (!is_fragment)
			continue;
		offset = load16(header + 2);
		if ((offset & FRAGMENT_OFFSET6) != 0)
			return later_fragment(
			    packet, datagram, load32(header + 4));
		/* One header per layer: a second would overfill the list. */
		if ((offset & MORE_FRAGMENTS6) != 0 && !datagram->partial)
			note_first_fragment(
			    packet, datagram, load32(header + 4));
	}
	return transport_decode(packet, datagram);
}

enum verdict
ip6_decode(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 40);
	struct datagram datagram;

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (header[0] >> 4 != 6)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	datagram.payload = load16(header + 4);
	datagram.open = datagram.payload == 0;
	if (datagram.open)
		datagram.payload = packet->cursor.rest;
	datagram.octets = datagram.payload + 40;
	datagram.source = header + 8;
	datagram.destination = header + 24;
	datagram.version = 6;
	datagram.protocol = header[6];
	datagram.partial = false;
	if (__builtin_expect(is_extension(datagram.protocol), 0))
		return walk_extensions(packet, &datagram);
	return transport_decode(packet, &datagram);
}

enum verdict
ip_decode(struct packet *packet)
{
	const uint8_t *first = cursor_peek(&packet->cursor, 1);

	if (first == NULL)
		return packet_refuse_cut(packet);
	switch (*first >> 4) {
	case 4:
		return ip4_decode(packet);
	case 6:
		return ip6_decode(packet);
	default:
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	}
}
