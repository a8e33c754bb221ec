/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/quic/quic.h"

#include <string.h>

#include "quic_keys.h"

#define LONG_HEADER 0x80
#define FIXED_BIT 0x40
#define CONNECTION_ID_MAX 20

/* Types of frames that an Initial may have, RFC 9000, 12.4. */
enum {
	FRAME_PADDING = 0,
	FRAME_PING = 1,
	FRAME_ACK = 2,
	FRAME_ACK_ECN = 3,
	FRAME_CRYPTO = 6,
	FRAME_CLOSE = 0x1c,
};

#define SALT_DRAFT_23                                                          \
	{                                                                      \
		0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,    \
		    0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 \
	}
#define SALT_DRAFT_29                                                          \
	{                                                                      \
		0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,    \
		    0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 \
	}
#define SALT_1                                                                 \
	{                                                                      \
		0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,    \
		    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a \
	}
#define SALT_2                                                                 \
	{                                                                      \
		0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,    \
		    0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 \
	}

/* RFC 9001, 5.2; RFC 9369, 3; the drafts that browsers have spoken. */
static const struct quic_version versions[] = {
	{ 0x00000001, SALT_1, 0, 1, "quic" },
	{ 0x6b3343cf, SALT_2, 1, 2, "quicv2" },
	{ 0xff00001d, SALT_DRAFT_29, 0, 1, "quic" },
	{ 0xff00001b, SALT_DRAFT_23, 0, 1, "quic" },
	{ 0xff00001c, SALT_DRAFT_23, 0, 1, "quic" },
	{ 0xff00001e, SALT_DRAFT_29, 0, 1, "quic" },
	{ 0xff00001f, SALT_DRAFT_29, 0, 1, "quic" },
	{ 0xff000020, SALT_DRAFT_29, 0, 1, "quic" },
	{ 0xff000021, SALT_1, 0, 1, "quic" },
	{ 0xff000022, SALT_1, 0, 1, "quic" },
};

const struct quic_version *
quic_version_find(uint32_t version)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (versions[i].version == version)
			return &versions[i];
	return NULL;
}

/* RFC 9000, 16: the first two bits say how many octets there are. */
static uint64_t
take_number(struct cursor *cursor)
{
	uint8_t first = cursor_8(cursor);
	uint64_t value = first & 0x3f;

	for (int more = (1 << (first >> 6)) - 1; more > 0; more--)
		value = value << 8 | cursor_8(cursor);
	return cursor->state == CURSOR_GOOD ? value : 0;
}

/* The next octets become a cursor; more than there can be is malformed. */
static void
take_part(struct cursor *part, struct cursor *cursor, uint64_t octets)
{
	cursor_sub(
	    part, cursor, octets > UINT32_MAX ? UINT32_MAX : (uint32_t)octets);
}

bool
quic_is_reserved(uint32_t version)
{
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

static enum quic_type
type_of(const struct quic_version *version, uint8_t first)
{
	uint8_t type = first >> 4 & 3;

	if (version == NULL || (first & FIXED_BIT) == 0)
		return QUIC_OTHER;
	return type == version->initial ? QUIC_INITIAL
	       : type == version->early ? QUIC_EARLY
	                                : QUIC_OTHER;
}

/* A reserved version has no types: its first packet tells that it is QUIC. */
bool
quic_looks_like(const uint8_t *octets, uint32_t captured)
{
	uint32_t version;

	if (captured <= 6 ||
	    (octets[0] & (LONG_HEADER | FIXED_BIT)) !=
	        (LONG_HEADER | FIXED_BIT) ||
	    octets[5] > CONNECTION_ID_MAX)
		return false;
	version = load32(octets + 1);
	return quic_is_reserved(version) ||
	       type_of(quic_version_find(version), octets[0]) != QUIC_OTHER;
}

/* Retry has no length, as have packets of unknown versions: they are last. */
static bool
has_length(const struct quic_packet *packet, uint8_t first)
{
	return packet->version != NULL && (first & FIXED_BIT) != 0 &&
	       (first >> 4 & 3) != ((packet->version->initial + 3) & 3);
}

bool
quic_take_packet(struct span *datagram, struct quic_packet *packet)
{
	struct cursor cursor, part;
	uint8_t first;

	memset(packet, 0, sizeof(*packet));
	cursor_over(&cursor, *datagram);
	first = cursor_8(&cursor);
	if ((first & LONG_HEADER) == 0)
		return false;
	packet->wire_version = cursor_32(&cursor);
	packet->version = quic_version_find(packet->wire_version);
	packet->type = type_of(packet->version, first);
	take_part(&part, &cursor, cursor_8(&cursor));
	packet->destination = span_of(&part);
	take_part(&part, &cursor, cursor_8(&cursor)); /* source */
	if (cursor.state != CURSOR_GOOD ||
	    packet->destination.length > CONNECTION_ID_MAX)
		return false;
	if (!has_length(packet, first)) {
		datagram->length = 0;
		return true;
	}
	if (packet->type == QUIC_INITIAL)
		take_part(&part, &cursor, take_number(&cursor)); /* token */
	take_part(&part, &cursor, take_number(&cursor));
	packet->sealed = span_of(&part);
	packet->header = (struct span){ datagram->octets,
		(size_t)(part.at - datagram->octets) };
	*datagram = span_of(&cursor);
	return cursor.state == CURSOR_GOOD;
}

/*
 * RFC 9001, 5.4.1: the packet number is hidden by a mask of octets behind it.
 * Its length stands in the first octet, which is hidden, too.
 */
bool
quic_open_packet(struct quic_opener *opener, const struct quic_keys *keys,
    const struct quic_packet *packet, uint8_t *plain, struct span *frames)
{
	struct span sealed = packet->sealed;
	uint8_t mask[5], shown[4], first;
	uint8_t header[1500];
	size_t octets;
	uint64_t number = 0;

	if (sealed.length < 4 + QUIC_SAMPLE_OCTETS ||
	    sealed.length > QUIC_PLAIN_MAX ||
	    packet->header.length > sizeof(header) - sizeof(shown) ||
	    !quic_header_mask(opener, keys, sealed.octets + 4, mask))
		return false;
	first = packet->header.octets[0] ^ (mask[0] & 0x0f);
	octets = (size_t)(first & 3) + 1;
	memcpy(header, packet->header.octets, packet->header.length);
	header[0] = first;
	for (size_t i = 0; i < octets; i++) {
		uint8_t octet = sealed.octets[i] ^ mask[1 + i];

		header[packet->header.length + i] = octet;
		number = number << 8 | octet;
	}
	sealed.octets += octets;
	sealed.length -= octets;
	if (sealed.length <= QUIC_TAG_OCTETS ||
	    !quic_open(opener, keys, number,
	        (struct span){ header, packet->header.length + octets }, sealed,
	        plain))
		return false;
	*frames = (struct span){ plain, sealed.length - QUIC_TAG_OCTETS };
	return true;
}

static void
skip_ack(struct cursor *cursor, bool ecn)
{
	uint64_t ranges;

	take_number(cursor); /* largest */
	take_number(cursor); /* delay */
	ranges = take_number(cursor);
	take_number(cursor); /* first range */
	while (ranges-- > 0 && cursor->state == CURSOR_GOOD) {
		take_number(cursor);
		take_number(cursor);
	}
	for (int i = 0; ecn && i < 3; i++)
		take_number(cursor);
}

static void
read_crypto(struct cursor *cursor, quic_crypto *crypto, void *context)
{
	uint64_t offset = take_number(cursor);
	struct cursor data;

	take_part(&data, cursor, take_number(cursor));
	if (data.state == CURSOR_GOOD)
		crypto(context, offset, span_of(&data));
}

static void
skip_close(struct cursor *cursor)
{
	struct cursor reason;

	take_number(cursor); /* error */
	take_number(cursor); /* type of the frame */
	take_part(&reason, cursor, take_number(cursor));
}

/* Most of an Initial is padding: eight octets at a time. */
static void
skip_padding(struct cursor *cursor)
{
	const uint8_t *at = cursor->at;
	uint64_t eight;

	while (cursor->end - at >= (ptrdiff_t)sizeof(eight)) {
		memcpy(&eight, at, sizeof(eight));
		if (eight != 0)
			break;
		at += sizeof(eight);
	}
	cursor->at = at;
}

bool
quic_read_frames(struct span frames, quic_crypto *crypto, void *context)
{
	struct cursor cursor;

	cursor_over(&cursor, frames);
	while (cursor_goes_on(&cursor)) {
		switch (cursor_8(&cursor)) {
		case FRAME_PADDING:
			skip_padding(&cursor);
			break;
		case FRAME_PING:
			break;
		case FRAME_ACK:
			skip_ack(&cursor, false);
			break;
		case FRAME_ACK_ECN:
			skip_ack(&cursor, true);
			break;
		case FRAME_CRYPTO:
			read_crypto(&cursor, crypto, context);
			break;
		case FRAME_CLOSE:
			skip_close(&cursor);
			break;
		default:
			return false;
		}
	}
	return cursor.state == CURSOR_GOOD;
}
