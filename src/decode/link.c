/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of link types, and those whose header is short: Ethernet with
 * and without a switch's tag, Linux cooked, null and loop, IP over
 * InfiniBand.  What is behind the header is shim.c's.
 */
#include "packet.h"

#define ETHERTYPE_LEAST 0x0600

/* The tag of a switch chip stands in front of the type. */
#define ADDRESSES_OCTETS 12
#define BRCM_OCTETS 4
#define DSA_OCTETS 4
#define EDSA_OCTETS 8 /* a type, two octets of zero, then a DSA tag */
#define DSA_TAGGED 0x20

enum layer
link_ethernet(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 14);

	if (header == NULL)
		return packet_refuse_cut(packet);
	return shim_ethertype(packet, load16(header + 12));
}

/*
 * Marvell: a frame that had a VLAN tag on the wire has the DSA tag in its
 * place, with the VLAN id and a mark; any other has it in addition.
 */
static enum layer
behind_dsa(struct packet *packet, size_t octets)
{
	const uint8_t *header =
	    cursor_take(&packet->cursor, ADDRESSES_OCTETS + octets + 2);
	const uint8_t *tag;

	if (header == NULL)
		return packet_refuse_cut(packet);
	tag = header + ADDRESSES_OCTETS + octets - DSA_OCTETS;
	if ((tag[0] & DSA_TAGGED) != 0)
		packet_add_vlan(packet, load16(tag + 2));
	return shim_ethertype(packet, load16(tag + DSA_OCTETS));
}

enum layer
link_dsa(struct packet *packet)
{
	return behind_dsa(packet, DSA_OCTETS);
}

enum layer
link_edsa(struct packet *packet)
{
	return behind_dsa(packet, EDSA_OCTETS);
}

/* Broadcom's tag has no VLAN id. */
enum layer
link_brcm(struct packet *packet)
{
	const uint8_t *header =
	    cursor_take(&packet->cursor, ADDRESSES_OCTETS + BRCM_OCTETS + 2);

	if (header == NULL)
		return packet_refuse_cut(packet);
	return shim_ethertype(
	    packet, load16(header + ADDRESSES_OCTETS + BRCM_OCTETS));
}

/* The same tag in front of the addresses. */
enum layer
link_brcm_prepend(struct packet *packet)
{
	if (cursor_take(&packet->cursor, BRCM_OCTETS) == NULL)
		return packet_refuse_cut(packet);
	return LAYER_ETHERNET;
}

/* Linux cooked protocol: an ethertype, or a small number of its own. */
static enum layer
cooked(struct packet *packet, unsigned protocol)
{
	if (protocol == 0x0004)
		return LAYER_LLC;
	if (protocol < ETHERTYPE_LEAST)
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	return shim_ethertype(packet, protocol);
}

enum layer
link_cooked(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 16);

	if (header == NULL)
		return packet_refuse_cut(packet);
	return cooked(packet, load16(header + 14));
}

enum layer
link_cooked2(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 20);

	if (header == NULL)
		return packet_refuse_cut(packet);
	return cooked(packet, load16(header));
}

/*
 * Four octets with the address family, in the order of the machine that
 * captured; some programs write an ethertype instead.
 */
enum layer
link_null(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 4);
	uint32_t family;

	if (header == NULL)
		return packet_refuse_cut(packet);
	family = load32(header);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	if (family >= ETHERTYPE_LEAST && family <= 0xffff)
		return shim_ethertype(packet, family);
	return shim_family(packet, family);
}

/* Two hardware addresses of 20 octets, ethertype, two octets unused. */
enum layer
link_ipoib(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 44);

	if (header == NULL)
		return packet_refuse_cut(packet);
	if (load16(header + 40) < ETHERTYPE_LEAST)
		return packet_refuse(packet, UNMATCHED_NOT_IP);
	return shim_ethertype(packet, load16(header + 40));
}

/* By libpcap's numbers, which never change (pcap-linktype(7)). */
static const struct {
	int dlt;
	const char *name;
	enum layer layer;
} links[] = {
	{ 1, "EN10MB", LAYER_ETHERNET },
	{ 113, "LINUX_SLL", LAYER_COOKED },
	{ 276, "LINUX_SLL2", LAYER_COOKED2 },
	{ 12, "RAW", LAYER_IP },
	{ 14, "RAW", LAYER_IP }, /* on OpenBSD */
	{ 228, "IPV4", LAYER_IP },
	{ 229, "IPV6", LAYER_IP },
	{ 0, "NULL", LAYER_NULL },
	{ 108, "LOOP", LAYER_NULL },
	{ 9, "PPP", LAYER_PPP_SERIAL },
	{ 50, "PPP_SERIAL", LAYER_PPP_SERIAL },
	{ 51, "PPP_ETHER", LAYER_PPPOE },
	{ 104, "C_HDLC", LAYER_CISCO_HDLC },
	{ 105, "IEEE802_11", LAYER_WIRELESS },
	{ 127, "IEEE802_11_RADIO", LAYER_RADIOTAP },
	{ 239, "NFLOG", LAYER_NFLOG },
	{ 192, "PPI", LAYER_PPI },
	{ 258, "PKTAP", LAYER_PKTAP },
	{ 117, "PFLOG", LAYER_PFLOG },
	{ 178, "JUNIPER_ETHER", LAYER_JUNIPER_ETHER },
	{ 242, "IPOIB", LAYER_IPOIB },
	{ 281, "DSA_TAG_BRCM", LAYER_BRCM },
	{ 282, "DSA_TAG_BRCM_PREPEND", LAYER_BRCM_PREPEND },
	{ 284, "DSA_TAG_DSA", LAYER_DSA },
	{ 285, "DSA_TAG_EDSA", LAYER_EDSA },
};
#define LINKS (sizeof(links) / sizeof(links[0]))

int
link_find(int dlt)
{
	for (size_t i = 0; i < LINKS; i++)
		if (links[i].dlt == dlt)
			return (int)links[i].layer;
	return -1;
}

bool
decode_datalink_supported(int dlt)
{
	return link_find(dlt) != -1;
}

const char *
decode_datalink_name(size_t n, int *dlt)
{
	if (n >= LINKS)
		return NULL;
	*dlt = links[n].dlt;
	return links[n].name;
}
