/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 (RFC 791), IPv6 (RFC 8200) and their fragments.
 *
 * A first fragment goes on to TCP and UDP like a whole packet, and is noted:
 * when it is known what it is, decoder.c tells the fragment table.  A later
 * fragment ends here: the table knows what it belongs to, or lets it wait.
 */
#include "packet.h"

#include <string.h>

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
#define EXTENSION_MOBILITY 135
#define EXTENSION_HIP 139
#define EXTENSION_SHIM6 140

static bool
is_extension(unsigned protocol)
{
	switch (protocol) {
	case EXTENSION_HOP_BY_HOP:
	case EXTENSION_ROUTING:
	case EXTENSION_FRAGMENT:
	case EXTENSION_AUTHENTICATION:
	case EXTENSION_DESTINATION:
	case EXTENSION_MOBILITY:
	case EXTENSION_HIP:
	case EXTENSION_SHIM6:
		return true;
	default:
		return false;
	}
}

/* --- fragments */

/* Of IPv6 only the first fragment says what protocol it is (RFC 8200, 4.5). */
static inline bool
is_of_interest(
    const struct packet *packet, unsigned protocol, unsigned ip_version)
{
	return ip_version == 6 || protocol == PROTOCOL_TCP ||
	       protocol == PROTOCOL_UDP || packet->decoder->other ||
	       tunnel_wants(packet->decoder->tunnels, protocol);
}

static struct fragment_key
make_key(
    const struct packet *packet, const struct datagram *datagram, uint32_t id)
{
	struct fragment_key key = {
		.scope = packet_scope(packet),
		.id = id,
		.protocol = datagram->version == 4 ? datagram->protocol : 0,
		.ip_version = datagram->version,
	};
	size_t octets = datagram->version == 4 ? 4 : 16;

	memcpy(key.source, datagram->source, octets);
	memcpy(key.destination, datagram->destination, octets);
	return key;
}

/* offset in units of eight octets; the cursor stands at the fragment. */
static struct fragment_piece
make_piece(const struct packet *packet, const struct datagram *datagram,
    unsigned offset, bool more)
{
	const struct cursor *cursor = &packet->cursor;
	struct fragment_piece piece = {
		.time = packet->segment->time,
		.ip_octets = datagram->octets,
		.octets = datagram->payload,
		.offset = (uint16_t)offset,
		.last = !more,
		.tunnel = packet->tunnel,
		.vlan = packet->vlan,
		.customer_vlan = packet->customer_vlan,
		.tos = packet->segment->tos,
	};
	size_t head = sizeof(piece.head);

	while (head > 0 && (head > piece.octets || !cursor_has(cursor, head)))
		head--;
	if (head > 0)
		memcpy(piece.head, cursor->at, head);
	piece.head_octets = (uint8_t)head;
	return piece;
}

static void
note_first_fragment(
    struct packet *packet, struct datagram datagram, uint32_t id)
{
	packet->is_fragment = true;
	packet->header_octets = 0;
	packet->decoder->first[packet->firsts++] = (struct first_fragment){
		.key = make_key(packet, &datagram, id),
		.piece = make_piece(packet, &datagram, 0, true),
		.depth = packet->tunnels,
	};
}

static enum layer
later_fragment(struct packet *packet, struct datagram datagram, uint32_t id,
    unsigned offset, bool more)
{
	struct fragment_key key;
	struct fragment_piece piece;

	if (!is_of_interest(packet, datagram.protocol, datagram.version))
		return packet_refuse(packet, UNMATCHED_NOT_TCP_UDP);
	packet->is_fragment = packet->later = true;
	key = make_key(packet, &datagram, id);
	piece = make_piece(packet, &datagram, offset, more);
	return packet_fragment(fragment_table_later(packet->decoder->fragments,
	    &key, &piece, packet->now, packet->segment, &packet->reason));
}

/* --- IPv4 */

/*
 * Sets octets, payload and open; false where the packet is refused.  The
 * cursor stands behind the first 20 octets.
 */
static inline __attribute__((always_inline)) bool
set_lengths4(
    struct packet *packet, struct datagram *datagram, const uint8_t *header)
{
	struct cursor *cursor = &packet->cursor;
	unsigned header_octets = (header[0] & 0x0f) * 4u;

	datagram->octets = load16(header + 2);
	datagram->open = datagram->octets == 0;
	if (datagram->open)
		datagram->octets = 20 + cursor_rest(cursor);
	else if (cursor->cut != UINTPTR_MAX && datagram->octets > 20)
		datagram->octets =
		    20 + cursor_cut(cursor, datagram->octets - 20);
	if ((datagram->octets < header_octets && !datagram->open) ||
	    header[0] >> 4 != 4 || header_octets < 20) {
		packet_refuse(packet, UNMATCHED_MALFORMED);
		return false;
	}
	if (header_octets > 20)
		cursor_skip(cursor, header_octets - 20);
	if (datagram->octets < header_octets) {
		packet_refuse_cut(packet);
		return false;
	}
	datagram->payload = datagram->octets - header_octets;
	return true;
}

enum layer
ip4_decode(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 20);
	struct datagram datagram;
	unsigned fragment;
	bool more;

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (!set_lengths4(packet, &datagram, header))
		return DECIDED_REFUSED;
	packet->segment->tos = header[1];
	datagram.source = header + 12;
	datagram.destination = header + 16;
	datagram.version = 4;
	datagram.protocol = header[9];
	fragment = load16(header + 6);
	more = (fragment & MORE_FRAGMENTS4) != 0;
	if (__builtin_expect((fragment & FRAGMENT_OFFSET4) != 0, 0))
		return later_fragment(packet, datagram, load16(header + 4),
		    fragment & FRAGMENT_OFFSET4, more);
	datagram.partial = more && is_of_interest(packet, datagram.protocol, 4);
	if (__builtin_expect(datagram.partial, 0))
		note_first_fragment(packet, datagram, load16(header + 4));
	return transport_decode(packet, &datagram);
}

/* --- IPv6 */

static uint32_t
extension_octets(unsigned protocol, const uint8_t *header)
{
	switch (protocol) {
	case EXTENSION_FRAGMENT:
		return 8;
	case EXTENSION_AUTHENTICATION:
		return (header[1] + 2u) * 4;
	default:
		return (header[1] + 1u) * 8;
	}
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
	octets = extension_octets(datagram->protocol, header);
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

static enum layer
walk_extensions(struct packet *packet, struct datagram *datagram)
{
	for (unsigned n = 0; is_extension(datagram->protocol); n++) {
		bool is_fragment = datagram->protocol == EXTENSION_FRAGMENT;
		const uint8_t *header;
		uint32_t octets;
		unsigned offset;
		bool more;

		if (n == DECODE_MAX_EXTENSIONS)
			return packet_refuse(packet, UNMATCHED_MALFORMED);
		octets = take_extension(packet, datagram, &header);
		if (octets == 0)
			return DECIDED_REFUSED;
		datagram->payload -= octets;
		datagram->protocol = header[0];
		if (!is_fragment)
			continue;
		offset = load16(header + 2) & FRAGMENT_OFFSET6;
		more = (load16(header + 2) & MORE_FRAGMENTS6) != 0;
		if (offset != 0)
			return later_fragment(packet, *datagram,
			    load32(header + 4), offset / 8, more);
		/* One header per layer: a second would overfill the list. */
		if (more && !datagram->partial)
			note_first_fragment(
			    packet, *datagram, load32(header + 4));
		datagram->partial |= more;
	}
	return transport_decode(packet, datagram);
}

enum layer
ip6_decode(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 40);
	struct datagram datagram;

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (header[0] >> 4 != 6)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	packet->segment->tos = (uint8_t)(load16(header) >> 4);
	datagram.payload = load16(header + 4);
	datagram.open = datagram.payload == 0;
	if (datagram.open)
		datagram.payload = cursor_rest(&packet->cursor);
	else
		datagram.payload =
		    cursor_cut(&packet->cursor, datagram.payload);
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

/* By the version in its first four bits; anything else is not IP. */
enum layer
ip_decode(struct packet *packet)
{
	const uint8_t *first = cursor_peek(&packet->cursor, 1);

	if (first == NULL)
		return packet_refuse_cut(packet);
	switch (*first >> 4) {
	case 4:
		return LAYER_IP4;
	case 6:
		return LAYER_IP6;
	default:
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	}
}
