/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IEEE 802.11 data frames, with and without a radiotap header in front:
 *
 *	radiotap   version, pad, length, bits of the fields present, fields
 *	802.11     control, duration, three addresses, sequence control,
 *	           [a fourth address], [QoS control], [HT control]
 *	LLC
 *
 * Management and control frames, encrypted ones, aggregates (A-MSDU) and
 * fragments of 802.11 hold no IP header that could be read: not IP.
 */
#include "packet.h"

/* First octet of frame control. */
#define CONTROL_TYPE 0x0c
#define CONTROL_DATA 0x08
#define CONTROL_NO_DATA 0x40
#define CONTROL_QOS 0x80
/* Second octet. */
#define CONTROL_TO_DS 0x01
#define CONTROL_FROM_DS 0x02
#define CONTROL_PROTECTED 0x40
#define CONTROL_ORDER 0x80

#define SEQUENCE_FRAGMENT 0x0f
#define QOS_AGGREGATE 0x80

#define RADIOTAP_TSFT 0x00000001u
#define RADIOTAP_FLAGS 0x00000002u
#define RADIOTAP_MORE 0x80000000u
#define RADIOTAP_FLAG_FCS 0x10
#define RADIOTAP_FLAG_PAD 0x20

static size_t
header_octets(const uint8_t *control)
{
	size_t octets = 24;

	if ((control[1] & CONTROL_TO_DS) != 0 &&
	    (control[1] & CONTROL_FROM_DS) != 0)
		octets += 6; /* a fourth address */
	if ((control[0] & CONTROL_QOS) != 0)
		octets += (control[1] & CONTROL_ORDER) != 0 ? 6 : 2;
	return octets;
}

/* padded: drivers may fill the header up to a multiple of four octets. */
static enum layer
data_frame(struct packet *packet, bool padded)
{
	const uint8_t *header = cursor_peek(&packet->cursor, 2);
	size_t octets, address4;

	if (header == NULL)
		return packet_refuse_cut(packet);
	if ((header[0] & CONTROL_TYPE) != CONTROL_DATA ||
	    (header[0] & CONTROL_NO_DATA) != 0 ||
	    (header[1] & CONTROL_PROTECTED) != 0)
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	octets = header_octets(header);
	header = cursor_take(
	    &packet->cursor, padded ? (octets + 3) / 4 * 4 : octets);
	if (header == NULL)
		return packet_refuse_cut(packet);
	address4 = (header[1] & 3) == 3 ? 6 : 0;
	if ((header[22] & SEQUENCE_FRAGMENT) != 0 ||
	    ((header[0] & CONTROL_QOS) != 0 &&
	        (header[24 + address4] & QOS_AGGREGATE) != 0))
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	return LAYER_LLC;
}

enum layer
wireless_frame(struct packet *packet)
{
	return data_frame(packet, false);
}

/* The Flags field of a radiotap header, 0 where it has none. */
static unsigned
radiotap_flags(const uint8_t *header, size_t octets)
{
	uint32_t present = load32_little(header + 4);
	size_t at = 8;

	if ((present & RADIOTAP_FLAGS) == 0)
		return 0;
	for (uint32_t word = present; (word & RADIOTAP_MORE) != 0; at += 4) {
		if (at + 4 > octets)
			return 0;
		word = load32_little(header + at);
	}
	if ((present & RADIOTAP_TSFT) != 0)
		at = (at + 7) / 8 * 8 + 8;
	return at < octets ? header[at] : 0;
}

enum layer
wireless_radiotap(struct packet *packet)
{
	struct cursor *cursor = &packet->cursor;
	const uint8_t *header = cursor_peek(cursor, 8);
	unsigned flags;
	size_t octets;

	if (header == NULL)
		return packet_refuse_cut(packet);
	octets = load16_little(header + 2);
	if (header[0] != 0 || octets < 8)
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	header = cursor_take(cursor, octets);
	if (header == NULL)
		return packet_refuse_cut(packet);
	flags = radiotap_flags(header, octets);
	if ((flags & RADIOTAP_FLAG_FCS) != 0 && cursor_rest(cursor) >= 4)
		cursor_shorten(cursor, cursor_rest(cursor) - 4);
	return data_frame(packet, (flags & RADIOTAP_FLAG_PAD) != 0);
}
