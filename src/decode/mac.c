/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware addresses of a frame, for who asks for them (`mac`).
 *
 * They are those of the outermost frame, whatever tags and tunnels it has
 * inside, so the link type tells where they are, and the decoder's way through
 * the layers does not look at them: a run without them pays nothing.
 *
 *	Ethernet, DSA, BRCM…   destination, source, …
 *	Linux cooked           the sender's, and how long it is
 *	802.11                 three or four, whose meaning two flags tell
 *	NULL, RAW, PPP, …      none
 */
#include <string.h>

#include "packet.h"

/* Linux cooked, version 1 and 2: where the address's length and it stand. */
#define COOKED_OCTETS 16
#define COOKED_LENGTH 4 /* in 2 octets */
#define COOKED_ADDRESS 6
#define COOKED2_OCTETS 20
#define COOKED2_LENGTH 11
#define COOKED2_ADDRESS 12

#define RADIOTAP_OCTETS 8

/* 802.11, as in wireless.c. */
#define WIRELESS_OCTETS 24
#define WIRELESS_OCTETS4 30
#define WIRELESS_TYPE 0x0c
#define WIRELESS_DATA 0x08
#define WIRELESS_TO_DS 0x01
#define WIRELESS_FROM_DS 0x02

static void
set_address(struct segment_macs *macs, int which, const uint8_t *address)
{
	memcpy(macs->address[which], address, MAC_OCTETS);
	macs->known |= 1u << which;
}

static void
take_ethernet(struct cursor *cursor, struct segment_macs *macs)
{
	const uint8_t *header = cursor_take(cursor, (size_t)2 * MAC_OCTETS);

	if (header == NULL)
		return;
	set_address(macs, MAC_RECEIVER, header);
	set_address(macs, MAC_SENDER, header + MAC_OCTETS);
}

/* An address of another length is of another kind of hardware. */
static void
take_cooked(struct cursor *cursor, struct segment_macs *macs)
{
	const uint8_t *header = cursor_take(cursor, COOKED_OCTETS);

	if (header != NULL && load16(header + COOKED_LENGTH) == MAC_OCTETS)
		set_address(macs, MAC_SENDER, header + COOKED_ADDRESS);
}

static void
take_cooked2(struct cursor *cursor, struct segment_macs *macs)
{
	const uint8_t *header = cursor_take(cursor, COOKED2_OCTETS);

	if (header != NULL && header[COOKED2_LENGTH] == MAC_OCTETS)
		set_address(macs, MAC_SENDER, header + COOKED2_ADDRESS);
}

/* IEEE 802.11, 9.3.2.1: the first three stand at 4, 10, 16, a fourth at 24. */
static void
take_wireless(struct cursor *cursor, struct segment_macs *macs)
{
	const uint8_t *header = cursor_peek(cursor, WIRELESS_OCTETS);
	bool to_ds, from_ds;

	if (header == NULL || (header[0] & WIRELESS_TYPE) != WIRELESS_DATA)
		return;
	to_ds = (header[1] & WIRELESS_TO_DS) != 0;
	from_ds = (header[1] & WIRELESS_FROM_DS) != 0;
	if (to_ds && from_ds && cursor_peek(cursor, WIRELESS_OCTETS4) == NULL)
		return;
	set_address(macs, MAC_RECEIVER, header + (to_ds ? 16 : 4));
	set_address(
	    macs, MAC_SENDER, header + (from_ds ? (to_ds ? 24 : 16) : 10));
}

/* A header that the capturing system put in front: what is behind it. */
static enum layer
behind_radiotap(struct packet *packet)
{
	const uint8_t *header = cursor_peek(&packet->cursor, RADIOTAP_OCTETS);

	if (header == NULL || load16_little(header + 2) < RADIOTAP_OCTETS)
		return DECIDED_REFUSED;
	cursor_skip(&packet->cursor, load16_little(header + 2));
	return LAYER_WIRELESS;
}

static enum layer
take_layer(struct packet *packet, enum layer layer, struct segment_macs *macs)
{
	struct cursor *cursor = &packet->cursor;

	switch (layer) {
	case LAYER_PPI:
		return pseudo_ppi(packet);
	case LAYER_PKTAP:
		return pseudo_pktap(packet);
	case LAYER_JUNIPER_ETHER:
		return pseudo_juniper_ether(packet);
	case LAYER_BRCM_PREPEND:
		return link_brcm_prepend(packet);
	case LAYER_RADIOTAP:
		return behind_radiotap(packet);
	case LAYER_ETHERNET:
	case LAYER_BRCM:
	case LAYER_DSA:
	case LAYER_EDSA:
		take_ethernet(cursor, macs);
		break;
	case LAYER_COOKED:
		take_cooked(cursor, macs);
		break;
	case LAYER_COOKED2:
		take_cooked2(cursor, macs);
		break;
	case LAYER_WIRELESS:
		take_wireless(cursor, macs);
		break;
	default:
		break;
	}
	return DECIDED_SEGMENT;
}

/* A frame in a frame is counted like a tag (pseudo.c), so this ends. */
void
decode_macs(struct decoder *decoder, const uint8_t *frame, uint32_t captured,
    uint32_t wire_length, struct segment_macs *macs)
{
	enum layer layer = decoder->link;
	struct packet packet;

	*macs = (struct segment_macs){ .known = 0 };
	cursor_begin(&packet.cursor, frame, captured, wire_length);
	packet_begin(&packet, decoder, NULL, (timestamp){ 0 });
	while (layer > DECIDED_WAITS)
		layer = take_layer(&packet, layer, macs);
}
