/* SPDX-License-Identifier: BSD-2-Clause */
/* Every link type, what stands between it and IP, and every cut of it. */
#include <stdio.h>

#include "../frame.h"

#define MAC "020000000001 020000000002 "
#define SNAP "aaaa03000000 "

/* What stands in front of put_tcp4 or, by its last field, put_tcp6. */
static const struct carrier {
	int dlt;
	const char *header;
	unsigned ip_version;
	unsigned vlan;
} carriers[] = {
	{ 1, MAC "0800", 4, 0 },
	{ 1, MAC "86dd", 6, 0 },
	{ 1, MAC "8100 f064 0800", 4, 100 },
	{ 1, MAC "8100 0000 0800", 4, 0 },
	{ 1, MAC "88a8 0000 8100 0007 0800", 4, 7 },
	{ 1, MAC "88a8 0fff 9100 0002 9200 0003 86dd", 6, 4095 },
	{ 1, MAC "8847 000100ff", 0, 0 }, /* no bottom */
	{ 1, MAC "8847 000101ff", 4, 0 },
	{ 1, MAC "8848 000100ff 000200ff 000301ff", 6, 0 },
	{ 1, MAC "8864 11 00 0001 0034 0021", 4, 0 },
	{ 1, MAC "8100 0005 8864 11 00 0001 0048 0057", 6, 5 },
	{ 1, MAC "8864 11 00 0001 0038 0281 000101ff", 4, 0 },
	{ 1, MAC "003a " SNAP "0800", 4, 0 },
	{ 1, MAC "8100 0009 004e " SNAP "86dd", 6, 9 },
	/* SAP of IP; IEEE 802.1H */
	{ 1, MAC "0035 060603", 4, 0 },
	{ 1, MAC "8100 0009 0035 060603", 4, 9 },
	{ 1, MAC "003a aaaa030000f8 0800", 4, 0 },
	/* VN-Tag, E-Tag, HSR, its older type, Cisco SGT, 802.1ah, FabricPath */
	{ 1, MAC "8926 00000000 0800", 4, 0 },
	{ 1, MAC "893f 000000000000 86dd", 6, 0 },
	{ 1, MAC "892f 0040 0001 0800", 4, 0 },
	{ 1, MAC "88fb 0040 0001 0800", 4, 0 },
	{ 1, MAC "8909 01 01 0001 0007 0800", 4, 0 },
	{ 1, MAC "8909 01 02 0001 0007 0001 0008 86dd", 6, 0 },
	{ 1, MAC "88e7 00123456" MAC "0800", 4, 0 },
	{ 1, MAC "8903 0820" MAC "0800", 4, 0 },
	/* in any order, and one within another */
	{ 1, MAC "8100 0064 8909 01 01 0001 0007 8100 0007 0800", 4, 100 },
	{ 1, MAC "8926 00000000 8100 0005 893f 000000000000 0800", 4, 5 },
	{ 1, MAC "88a8 0064 88e7 00123456" MAC "88a8 0065 8100 0007 0800", 4,
	    100 },
	{ 1, MAC "8903 0820" MAC "8100 0008 8864 11 00 0001 0034 0021", 4, 8 },
	{ 1, MAC "88e7 00123456" MAC "003a " SNAP "0800", 4, 0 },
	{ 1, MAC "8100 0003 892f 0040 0001 8847 000101ff", 4, 3 },
	/* Ethernet pseudowires: with control word, numbered, without */
	{ 1, MAC "8847 000101ff 00000000" MAC "0800", 4, 0 },
	{ 1, MAC "8847 000100ff 000201ff 00000001" MAC "86dd", 6, 0 },
	{ 1, MAC "8847 000101ff" MAC "0800", 4, 0 },
	{ 1, MAC "8847 000101ff 00000000" MAC "8100 0006 0800", 4, 6 },
	{ 1, MAC "8847 000101ff 00000000" MAC "003a " SNAP "0800", 4, 0 },
	{ 1, MAC "8847 000101ff 00000000" MAC "8847 000101ff", 4, 0 },
	{ 113, "0000 0001 0006 0200000000010000 0800", 4, 0 },
	{ 113, "0000 0001 0006 0200000000010000 8100 0064 8100 0007 0800", 4,
	    100 },
	{ 113, "0000 0001 0006 0200000000010000 8909 01 01 0001 0007 0800", 4,
	    0 },
	{ 113, "0000 0001 0006 0200000000010000 86dd", 6, 0 },
	{ 113, "0000 0001 0006 0200000000010000 8100 0003 0800", 4, 3 },
	{ 113, "0000 0001 0006 0200000000010000 0004" SNAP "0800", 4, 0 },
	{ 276, "0800 0000 00000002 0001 00 06 0200000000010000", 4, 0 },
	{ 276, "86dd 0000 00000002 0001 00 06 0200000000010000", 6, 0 },
	{ 12, "", 4, 0 },
	{ 12, "", 6, 0 },
	{ 14, "", 4, 0 },
	{ 228, "", 4, 0 },
	{ 228, "", 6, 0 },
	{ 229, "", 6, 0 },
	{ 0, "02000000", 4, 0 },
	{ 0, "00000002", 4, 0 },
	{ 0, "0a000000", 6, 0 },
	{ 0, "18000000", 6, 0 },
	{ 0, "1c000000", 6, 0 },
	{ 0, "0000001e", 6, 0 },
	/* an ethertype, in either order */
	{ 0, "00000800", 4, 0 },
	{ 0, "00080000", 4, 0 },
	{ 0, "000086dd", 6, 0 },
	{ 0, "dd860000", 6, 0 },
	{ 108, "00000800", 4, 0 },
	{ 108, "000086dd", 6, 0 },
	{ 108, "00000002", 4, 0 },
	{ 108, "00000018", 6, 0 },
	{ 9, "0021", 4, 0 },
	{ 9, "ff03 0021", 4, 0 },
	{ 9, "21", 4, 0 },
	{ 9, "57", 6, 0 },
	{ 9, "ff03 57", 6, 0 },
	{ 9, "ff03 0281 000101ff", 4, 0 },
	{ 9, "0f00 0800", 4, 0 },
	{ 9, "8f00 86dd", 6, 0 },
	{ 50, "ff03 0057", 6, 0 },
	{ 50, "0f00 0800", 4, 0 },
	{ 50, "8f00 86dd", 6, 0 },
	{ 51, "11 00 0001 0034 0021", 4, 0 },
	{ 104, "0f00 0800", 4, 0 },
	{ 104, "0f00 86dd", 6, 0 },
	{ 104, "8f00 8847 000101ff", 4, 0 },
	{ 105, "0801 0000" MAC "020000000003 0000" SNAP "0800", 4, 0 },
	{ 105, "0802 0000" MAC "020000000003 0000" SNAP "86dd", 6, 0 },
	/* four addresses; QoS; QoS with HT control; both */
	{ 105, "0803 0000" MAC "020000000003 0010 020000000004" SNAP "0800", 4,
	    0 },
	{ 105, "8801 0000" MAC "020000000003 0000 0700" SNAP "0800", 4, 0 },
	{ 105, "8881 0000" MAC "020000000003 0000 0700 80000000" SNAP "0800", 4,
	    0 },
	{ 105,
	    "8803 0000" MAC "020000000003 0000 020000000004 0000" SNAP "0800",
	    4, 0 },
	{ 127,
	    "00 00 0800 00000000 0801 0000" MAC "020000000003 0000" SNAP "0800",
	    4, 0 },
	/* TSFT and flags (FCS, padded to four octets), second bit field */
	{ 127,
	    "00 00 1900 03000080 00000000 00000000 0102030405060708 30"
	    "8801 0000" MAC "020000000003 0000 0000 0000" SNAP "0800",
	    4, 0 },
	/* NFLOG of either byte order: prefix, payload */
	{ 239, "02 00 0000 0500 0a00 00000000 3600 0900", 4, 0 },
	{ 239, "02 00 0000 0005 000a 00000000 0036 0009", 4, 0 },
	{ 239, "0a 00 0003 0800 0100 86dd 0300 4a00 0900", 6, 0 },
	/* of a bridge: the packet header's protocol */
	{ 239, "07 00 0000 0800 0100 0800 0300 3600 0900", 4, 0 },
	/* PPI: Ethernet; raw with a field; 802.11 whose last octets are FCS */
	{ 192, "00 00 0800 01000000" MAC "0800", 4, 0 },
	{ 192, "00 00 1000 0c000000 3075 0400 00000000", 6, 0 },
	{ 192,
	    "00 00 2000 69000000 0200 1400 0000000000000000 0000 0200 0000"
	    "0000 00 00 00 00 0801 0000" MAC "020000000003 0000" SNAP "0800",
	    4, 0 },
	/* raw IP by the number that it has in files; PKTAP likewise */
	{ 192, "00 00 0800 65000000", 4, 0 },
	{ 258, "0c000000 01000000 65000000", 6, 0 },
	/* PKTAP: Ethernet; raw IP */
	{ 258,
	    "6c000000 01000000 01000000 "
	    "656e3000000000000000000000000000 0000000000000000"
	    "00000000 02000000 0e000000 00000000 ffffffff"
	    "0000000000000000000000000000000000000000 00000000 0000 0000"
	    "ffffffff 0000000000000000000000000000000000000000" MAC "0800",
	    4, 0 },
	{ 258,
	    "0000006c 00000001 0000000c "
	    "7574756e300000000000000000000000 0000000000000000"
	    "00000000 02000000 0e000000 00000000 ffffffff"
	    "0000000000000000000000000000000000000000 00000000 0000 0000"
	    "ffffffff 0000000000000000000000000000000000000000",
	    6, 0 },
	/* PFLOG of OpenBSD, 61 octets filled up to 64; 48 of FreeBSD */
	{ 117,
	    "3d 02 00 00 656d3000000000000000000000000000"
	    "00000000000000000000000000000000 00000001 ffffffff 00000000"
	    "00000000 00000000 00000000 01 000000",
	    4, 0 },
	{ 117,
	    "30 1c 00 00 656d3000000000000000000000000000"
	    "00000000000000000000000000000000 00000001 ffffffff 01 000000",
	    6, 0 },
	/* Juniper: plain, with an extension, without a link header */
	{ 178, "4d4743 01" MAC "0800", 4, 0 },
	{ 178, "4d4743 81 0006 0101 00 0201 00" MAC "8100 0004 86dd", 6, 4 },
	{ 178, "4d4743 83 0003 010100 00000002", 4, 0 },
	{ 242,
	    "0000000000000000000000000000000000000001"
	    "0000000000000000000000000000000000000002 0800 0000",
	    4, 0 },
	/* Broadcom's tag, behind the addresses and in front of them */
	{ 281, MAC "20000001 0800", 4, 0 },
	{ 281, MAC "20000001 8100 0005 86dd", 6, 5 },
	{ 282, "20000001" MAC "0800", 4, 0 },
	/* Marvell's: untagged, tagged in place of 802.1Q, both; with a type */
	{ 284, MAC "c0000001 0800", 4, 0 },
	{ 284, MAC "e0000064 0800", 4, 100 },
	{ 284, MAC "e0000064 8100 0007 86dd", 6, 100 },
	{ 285, MAC "dada 0000 c0000001 0800", 4, 0 },
	{ 285, MAC "dada 0000 e0000064 86dd", 6, 100 },
};
#define CARRIERS (sizeof(carriers) / sizeof(carriers[0]))

static uint32_t
put_carrier(struct frame *frame, const struct carrier *carrier)
{
	uint32_t headers;

	put_hex(frame, carrier->header);
	headers = frame->length + (carrier->ip_version == 6 ? 54 : 34);
	if (carrier->ip_version == 6)
		put_tcp6(frame);
	else if (carrier->ip_version == 4)
		put_tcp4(frame);
	return headers;
}

static void
check_segment(const struct carrier *carrier, const struct segment *segment)
{
	if (carrier->ip_version == 4)
		assert_tcp4(segment);
	else
		assert_tcp6(segment);
	assert_int_equal(segment->vlan, carrier->vlan);
}

/* A cut frame is a truncated header up to TCP's flags, then right. */
static void
every_link_type_whole_and_cut_at_every_octet(void **state)
{
	(void)state;
	for (size_t i = 0; i < CARRIERS; i++) {
		struct decoder *decoder = make_decoder(carriers[i].dlt, 0);
		struct frame frame = { .length = 0 };
		uint32_t headers = put_carrier(&frame, &carriers[i]);
		struct segment segment;

		for (uint32_t cut = 0; cut <= frame.length; cut++) {
			int reason = decode_cut(
			    decoder, &frame, cut, (timestamp){ 0 }, &segment);
			bool whole =
			    cut >= headers && carriers[i].ip_version != 0;

			if (whole && reason == -1)
				check_segment(&carriers[i], &segment);
			else if (whole || reason != UNMATCHED_TRUNCATED_HEADER)
				fail_msg("carrier %zu cut at %u: %d", i, cut,
				    reason);
		}
		decoder_free(&decoder);
	}
}

static void
every_supported_link_type_is_tested(void **state)
{
	size_t links = 0;
	int dlt;

	(void)state;
	for (; decode_datalink_name(links, &dlt) != NULL; links++) {
		size_t i = 0;

		assert_true(decode_datalink_supported(dlt));
		while (i < CARRIERS && carriers[i].dlt != dlt)
			i++;
		assert_in_range(i, 0, CARRIERS - 1);
	}
	assert_int_equal(links, 25);
}

static void
unknown_link_type_is_refused(void **state)
{
	struct decoder *decoder = make_decoder(1, 0);

	(void)state;
	assert_int_equal(decoder_set_datalink(decoder, 10), -1); /* FDDI */
	assert_int_equal(decoder_set_datalink(decoder, -1), -1);
	assert_false(decode_datalink_supported(147));
	decoder_free(&decoder);
}

/* In front of a whole IPv4 packet with TCP. */
static void
expect(int dlt, const char *header, int reason)
{
	struct frame frame = { .length = 0 };
	struct segment segment;

	put_hex(&frame, header);
	put_tcp4(&frame);
	assert_int_equal(decode_once(dlt, 0, &frame, &segment), reason);
}

static void
what_is_not_ip_is_not_ip(void **state)
{
	(void)state;
	expect(1, MAC "0806", UNMATCHED_NOT_IP);
	expect(1, MAC "0000", UNMATCHED_NOT_IP);
	expect(1, MAC "0026 424203", UNMATCHED_NOT_IP);            /* STP */
	expect(1, MAC "0100 aaaa0300000c 0800", UNMATCHED_NOT_IP); /* OUI */
	expect(1, MAC "0100 aaaa03000000 0026", UNMATCHED_NOT_IP);
	expect(1, MAC "8847 000101ff 00", UNMATCHED_NOT_IP); /* nibble */
	expect(1, MAC "8863 11 09 0000 0000", UNMATCHED_NOT_IP);
	expect(1, MAC "8864 11 09 0000 0000", UNMATCHED_NOT_IP);
	expect(1, MAC "8864 11 00 0001 0034 c021", UNMATCHED_NOT_IP);
	expect(113, "0000 0001 0006 0200000000010000 0001", UNMATCHED_NOT_IP);
	expect(276, "0806 0000 00000002 0001 00 06 0200000000010000",
	    UNMATCHED_NOT_IP);
	expect(1, MAC "8909 01 01 0001 0007 0806", UNMATCHED_NOT_IP);
	expect(1, MAC "88fb 0000 0001 1406 0200", UNMATCHED_NOT_IP);
	expect(1, MAC "8847 000101ff 10000007", UNMATCHED_NOT_IP); /* BFD */
	expect(1, MAC "8847 000101ff 00000000" MAC "0806", UNMATCHED_NOT_IP);
	expect(239, "07 00 0000 0036 0009", UNMATCHED_NOT_IP);
	expect(192, "00 00 0800 93000000", UNMATCHED_NOT_IP);
	expect(258, "0c000000 00000000 01000000", UNMATCHED_NOT_IP);
	expect(117,
	    "30 07 00 00 656d3000000000000000000000000000"
	    "00000000000000000000000000000000 00000001 ffffffff 01"
	    "000000",
	    UNMATCHED_NOT_IP);
	expect(12, "50", UNMATCHED_NOT_IP);
	expect(0, "00000007", UNMATCHED_NOT_IP);
	expect(9, "ff03 8021", UNMATCHED_NOT_IP);
	expect(104, "8f00 8035", UNMATCHED_NOT_IP);
	expect(104, "8f00 0010", UNMATCHED_NOT_IP);
}

static void
contradicting_link_headers_are_malformed(void **state)
{
	(void)state;
	expect(1, MAC "86dd", UNMATCHED_MALFORMED); /* it is version 4 */
	expect(0, "0a000000", UNMATCHED_MALFORMED);
	expect(1, MAC "8864 21 00 0001 0034 0021", UNMATCHED_MALFORMED);
	/* lengths that leave no room for the headers behind */
	expect(1, MAC "8864 11 00 0001 0015 0021", UNMATCHED_MALFORMED);
	expect(1, MAC "0020 " SNAP "0800", UNMATCHED_MALFORMED);
	expect(127, "01 00 0800 00000000", UNMATCHED_MALFORMED);
	expect(127, "00 00 0700 00000000", UNMATCHED_MALFORMED);
	expect(192, "01 00 0800 01000000" MAC "0800", UNMATCHED_MALFORMED);
	expect(192, "00 00 0700 01000000" MAC "0800", UNMATCHED_MALFORMED);
	expect(258, "0b000000 01000000 01000000", UNMATCHED_MALFORMED);
	expect(117, "2c 02 00 00", UNMATCHED_MALFORMED);
	expect(178, "4d4744 01" MAC "0800", UNMATCHED_MALFORMED);
	expect(239, "02 01 0000 0036 0009", UNMATCHED_MALFORMED);
}

static void
wireless_frames_without_ip(void **state)
{
	(void)state;
	/* beacon, acknowledgment, no data, QoS no data */
	expect(105, "8000 0000" MAC MAC, UNMATCHED_NOT_IP);
	expect(105, "d400 0000" MAC, UNMATCHED_NOT_IP);
	expect(105, "4801 0000" MAC MAC, UNMATCHED_NOT_IP);
	expect(105, "c801 0000" MAC MAC, UNMATCHED_NOT_IP);
	/* protected, aggregate, later fragment */
	expect(105, "0841 0000" MAC "020000000003 0000" SNAP "0800",
	    UNMATCHED_NOT_IP);
	expect(105, "8801 0000" MAC "020000000003 0000 8000" SNAP "0800",
	    UNMATCHED_NOT_IP);
	expect(105, "0801 0000" MAC "020000000003 0100" SNAP "0800",
	    UNMATCHED_NOT_IP);
}

static void
tags_case(unsigned tags, const char *tag, const char *last, int reason)
{
	struct frame frame = { .length = 0 };
	struct segment segment;

	put_hex(&frame, MAC);
	put_hex(&frame, *tag == '8' ? "8100" : "8847");
	for (unsigned n = 1; n < tags; n++)
		put_hex(&frame, *tag == '8' ? tag + 1 : tag);
	put_hex(&frame, last);
	put_tcp4(&frame);
	assert_int_equal(decode_once(1, 0, &frame, &segment), reason);
}

static void
tags_and_labels_are_bounded(void **state)
{
	(void)state;
	tags_case(DECODE_MAX_TAGS, "8 0001 8100", "0001 0800", -1);
	tags_case(DECODE_MAX_TAGS + 1, "8 0001 8100", "0001 0800",
	    UNMATCHED_MALFORMED);
	tags_case(DECODE_MAX_TAGS, "000100ff", "000101ff", -1);
	tags_case(
	    DECODE_MAX_TAGS + 1, "000100ff", "000101ff", UNMATCHED_MALFORMED);
}

/* A tagged frame's segment, with key_vlan or without. */
static struct segment
tagged(const char *tags, bool key_vlan)
{
	struct decode_options options = { .key_vlan = key_vlan };
	struct decoder *decoder = decoder_new(&options);
	struct frame frame = { .length = 0 };
	struct segment segment;

	put_hex(&frame, MAC);
	put_hex(&frame, tags);
	put_hex(&frame, "0800");
	put_tcp4(&frame);
	assert_int_equal(decode_cut(decoder, &frame, frame.length,
	                     (timestamp){ 0 }, &segment),
	    -1);
	decoder_free(&decoder);
	return segment;
}

/* As the meter tells them apart. */
static bool
same_exchange(const struct segment *a, const struct segment *b)
{
	return segment_has_key(
	    a, &b->key, b->vlan, b->customer_vlan, b->tunnel);
}

static void
both_tags_of_a_stacked_vlan_are_recorded(void **state)
{
	static const struct {
		const char *tags;
		unsigned vlan, customer;
	} cases[] = {
		{ "", 0, 0 },
		{ "8100 0064", 100, 0 },
		{ "88a8 0064 8100 0007", 100, 7 },
		{ "8100 0064 8100 0065", 100, 101 },
		{ "9100 f064 8100 e007", 100, 7 },
		{ "8100 0000 8100 0007", 7, 0 }, /* a priority tag */
		{ "88a8 0001 8100 0002 8100 0003", 1, 2 },
		{ "88a8 0064 8926 00000000 8100 0007", 100, 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct segment segment = tagged(cases[i].tags, i % 2 == 0);

		assert_int_equal(segment.vlan, cases[i].vlan);
		assert_int_equal(segment.customer_vlan, cases[i].customer);
	}
}

static void
both_tags_are_part_of_the_key_only_with_key_vlan(void **state)
{
	static const char *const tags[] = { "", "8100 0064", "8100 0065",
		"88a8 0064 8100 0007", "88a8 0064 8100 0008",
		"88a8 0007 8100 0064" };
	enum {
		COUNT = sizeof(tags) / sizeof(tags[0])
	};

	(void)state;
	for (size_t i = 0; i < COUNT * COUNT; i++) {
		size_t a = i / COUNT, b = i % COUNT;
		struct segment with_a = tagged(tags[a], true);
		struct segment with_b = tagged(tags[b], true);
		struct segment without_a = tagged(tags[a], false);
		struct segment without_b = tagged(tags[b], false);

		assert_int_equal(same_exchange(&with_a, &with_b), a == b);
		assert_true(same_exchange(&without_a, &without_b));
		assert_int_equal(without_a.key.scope, 0);
	}
}

/* Every VLAN is told apart from every other, whatever the 16 bits say. */
static void
vlans_with_equal_keys_are_told_apart(void **state)
{
	struct segment first = tagged("88a8 0001 8100 0001", true);
	unsigned equal_keys = 0, equal = 0;

	(void)state;
	for (unsigned vlan = 1; vlan < 256; vlan++)
		for (unsigned customer = 1; customer < 128; customer++) {
			char tags[32];
			struct segment other;

			snprintf(tags, sizeof(tags), "88a8 %04x 8100 %04x",
			    vlan, customer);
			other = tagged(tags, true);
			if (memcmp(&first.key, &other.key, sizeof(first.key)) ==
			    0)
				equal_keys++;
			if (same_exchange(&first, &other))
				equal++;
		}
	assert_true(equal_keys > 1);
	assert_int_equal(equal, 1);
}

/* The first octet is the beginning of an address or a version. */
static void
ip_or_ethernet_behind_labels(void **state)
{
	(void)state;
	/* addresses that begin like IPv4, IPv6, a control word, a channel */
	expect(1, MAC "8847 000101ff 400000000001 020000000002 0800", -1);
	expect(1, MAC "8847 000101ff 4600ffffff01 020000000002 0800", -1);
	expect(1, MAC "8847 000101ff 600000ffff01 020000000002 0800", -1);
	expect(1, MAC "8847 000101ff 00005e000101 020000000002 0800", -1);
	expect(1, MAC "8847 000101ff 100000000001 020000000002 0800", -1);
	expect(1, MAC "8847 000101ff a00000000001 020000000002 0800", -1);
	expect(
	    1, MAC "8847 000101ff 00000000 400000000001 020000000002 0800", -1);
	expect(
	    1, MAC "8847 000101ff 00000000 01005e000001 000000000002 0800", -1);
	/* nothing known */
	expect(1, MAC "8847 000101ff a00000000001 020000000002 1234",
	    UNMATCHED_NOT_IP);
}

static void
pppoe_case(unsigned length, int reason, uint32_t payload)
{
	struct frame frame = { .length = 0 };
	struct segment segment;

	put_hex(&frame, MAC "8864 11 00 0001 0000 0021");
	set16(&frame, 18, length + 2);
	put_tcp4(&frame);
	assert_int_equal(decode_once(1, 0, &frame, &segment), reason);
	if (reason != -1)
		return;
	assert_int_equal(segment.payload_octets, payload);
	assert_int_equal(segment.ip_octets, 40 + payload);
}

/* The octets behind PPPoE's length are padding, whatever IP says. */
static void
ip_length_is_cut_to_that_of_pppoe(void **state)
{
	(void)state;
	pppoe_case(50, -1, 10);
	pppoe_case(51, -1, 10);
	pppoe_case(49, -1, 9);
	pppoe_case(40, -1, 0);
	pppoe_case(39, UNMATCHED_MALFORMED, 0);
	pppoe_case(20, UNMATCHED_MALFORMED, 0);
}

/* IPv4 total length 0 behind a header that says more than the frame does. */
static void
rest_of_frame(int dlt, const char *header, uint32_t payload)
{
	struct frame frame = { .length = 0 };
	struct segment segment;

	put_hex(&frame, header);
	begin_ip4(&frame, PROTOCOL_TCP);
	put_tcp(&frame);
	put_zeros(&frame, 20);
	assert_int_equal(decode_once(dlt, 0, &frame, &segment), -1);
	assert_int_equal(segment.payload_octets, payload);
}

static void
rest_of_frame_ends_with_what_encloses_it(void **state)
{
	(void)state;
	rest_of_frame(1, MAC "0800", 20);
	rest_of_frame(1, MAC "8864 11 00 0001 0034 0021", 10);
	rest_of_frame(1, MAC "8864 11 00 0001 ffff 0021", 20);
	rest_of_frame(1, MAC "003a " SNAP "0800", 10);
	/* radiotap: with a frame check sequence, and without */
	rest_of_frame(127,
	    "00 00 0900 02000000 10 0801 0000" MAC "020000000003 0000" SNAP
	    "0800",
	    16);
	rest_of_frame(127,
	    "00 00 0900 02000000 00 0801 0000" MAC "020000000003 0000" SNAP
	    "0800",
	    20);
}

/* Good frames with some octets changed; sanitizers look on. */
static void
random_mutations_do_no_harm(void **state)
{
	unsigned outcomes[UNMATCHED_FRAGMENT + 2] = { 0 }, waits = 0;

	(void)state;
	srandom(20);
	for (unsigned n = 0; n < 100000; n++) {
		const struct carrier *carrier = &carriers[n % CARRIERS];
		struct decoder *decoder = NULL;
		struct frame frame = { .length = 0 };
		struct segment segment;
		int reason;

		put_carrier(&frame, carrier);
		for (long i = random() % 4; i >= 0 && frame.length > 0; i--)
			frame.octets[random() % frame.length] =
			    (uint8_t)random();
		decoder =
		    make_decoder(carrier->dlt, n % 2 == 0 ? TUNNEL_ALL : 0);
		reason = decode_cut(decoder, &frame,
		    (uint32_t)(random() % (frame.length + 1)), (timestamp){ n },
		    &segment);
		if (reason == WAITS)
			waits++;
		else
			outcomes[1 + reason]++;
		decoder_free(&decoder);
	}
	/* A fragment without a first one waits. */
	assert_true(waits > 0);
	for (size_t i = 0; i < UNMATCHED_FRAGMENT + 1; i++)
		assert_true(outcomes[i] > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_type_whole_and_cut_at_every_octet),
		cmocka_unit_test(every_supported_link_type_is_tested),
		cmocka_unit_test(unknown_link_type_is_refused),
		cmocka_unit_test(what_is_not_ip_is_not_ip),
		cmocka_unit_test(contradicting_link_headers_are_malformed),
		cmocka_unit_test(wireless_frames_without_ip),
		cmocka_unit_test(tags_and_labels_are_bounded),
		cmocka_unit_test(both_tags_of_a_stacked_vlan_are_recorded),
		cmocka_unit_test(
		    both_tags_are_part_of_the_key_only_with_key_vlan),
		cmocka_unit_test(vlans_with_equal_keys_are_told_apart),
		cmocka_unit_test(ip_or_ethernet_behind_labels),
		cmocka_unit_test(ip_length_is_cut_to_that_of_pppoe),
		cmocka_unit_test(rest_of_frame_ends_with_what_encloses_it),
		cmocka_unit_test(random_mutations_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
