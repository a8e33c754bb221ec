/* SPDX-License-Identifier: BSD-2-Clause */
/* Every link type, what stands between it and IP, and every cut of it. */
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
	{ 113, "0000 0001 0006 0200000000010000 0800", 4, 0 },
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
	{ 108, "00000002", 4, 0 },
	{ 108, "00000018", 6, 0 },
	{ 9, "0021", 4, 0 },
	{ 9, "ff03 0021", 4, 0 },
	{ 9, "21", 4, 0 },
	{ 9, "57", 6, 0 },
	{ 9, "ff03 57", 6, 0 },
	{ 9, "ff03 0281 000101ff", 4, 0 },
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
};
#define CARRIERS (sizeof(carriers) / sizeof(carriers[0]))

static uint32_t
put_carrier(struct frame *frame, const struct carrier *carrier)
{
	uint32_t headers;

	put_hex(frame, carrier->header);
	headers = frame->length + (carrier->ip_version == 6 ? 60 : 40);
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

/* A cut frame is a truncated header up to the end of TCP's, then right. */
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
	assert_int_equal(links, 15);
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

static void
vlan_is_part_of_the_key_only_with_key_vlan(void **state)
{
	(void)state;
	for (int with = 0; with < 2; with++) {
		struct decode_options options = { .key_vlan = with != 0 };
		struct decoder *decoder = decoder_new(&options);
		struct frame frame = { .length = 0 };
		struct segment segment;

		put_hex(&frame, MAC "8100 0064 8100 0065 0800");
		put_tcp4(&frame);
		assert_int_equal(decode_cut(decoder, &frame, frame.length,
		                     (timestamp){ 0 }, &segment),
		    -1);
		assert_int_equal(segment.vlan, 100);
		assert_int_equal(segment.key.vlan, with ? 100 : 0);
		decoder_free(&decoder);
	}
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
	unsigned outcomes[UNMATCHED_FRAGMENT + 2] = { 0 };

	(void)state;
	srandom(20);
	for (unsigned n = 0; n < 100000; n++) {
		const struct carrier *carrier = &carriers[n % CARRIERS];
		struct decoder *decoder = NULL;
		struct frame frame = { .length = 0 };
		struct segment segment;

		put_carrier(&frame, carrier);
		for (long i = random() % 4; i >= 0 && frame.length > 0; i--)
			frame.octets[random() % frame.length] =
			    (uint8_t)random();
		decoder =
		    make_decoder(carrier->dlt, n % 2 == 0 ? TUNNEL_ALL : 0);
		outcomes[1 + decode_cut(decoder, &frame,
		                 (uint32_t)(random() % (frame.length + 1)),
		                 (timestamp){ n }, &segment)]++;
		decoder_free(&decoder);
	}
	for (size_t i = 0; i < UNMATCHED_FRAGMENT + 2; i++)
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
		cmocka_unit_test(vlan_is_part_of_the_key_only_with_key_vlan),
		cmocka_unit_test(rest_of_frame_ends_with_what_encloses_it),
		cmocka_unit_test(random_mutations_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
