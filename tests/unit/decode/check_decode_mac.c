/* SPDX-License-Identifier: BSD-2-Clause */
/* The hardware addresses of a frame, by link type. */
#include <stdio.h>

#include "../frame.h"

#define SENDER "02:00:00:00:00:02"
#define RECEIVER "02:00:00:00:00:01"
#define ETHERNET "020000000001 020000000002 "

static void
print_mac(char text[18], const struct segment_macs *macs, int which)
{
	const uint8_t *a = macs->address[which];

	text[0] = '\0';
	if (macs->known >> which & 1)
		snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1],
		    a[2], a[3], a[4], a[5]);
}

/* "": not known. */
static void
expect(int dlt, const char *digits, const char *sender, const char *receiver)
{
	struct decoder *decoder = make_decoder(dlt, 0);
	struct frame frame = { .length = 0 };
	struct segment_macs macs;
	uint8_t *copy;
	char text[18];

	put_hex(&frame, digits);
	copy = malloc(frame.length + 1); /* a sanitizer sees reads behind it */
	assert_non_null(copy);
	memcpy(copy, frame.octets, frame.length);
	memset(&macs, 0xee, sizeof(macs));
	decode_macs(decoder, copy, frame.length, frame.length, &macs);
	print_mac(text, &macs, MAC_SENDER);
	assert_string_equal(text, sender);
	print_mac(text, &macs, MAC_RECEIVER);
	assert_string_equal(text, receiver);
	assert_int_equal(macs.known >> 2, 0);
	free(copy);
	decoder_free(&decoder);
}

static void
ethernet_has_both(void **state)
{
	(void)state;
	expect(1, ETHERNET "0800 4500", SENDER, RECEIVER);
	expect(1, ETHERNET, SENDER, RECEIVER);
	expect(1, "020000000001 0200000000", "", "");
	/* A switch's tag stands in front of them or behind. */
	expect(282, "00000000 " ETHERNET, SENDER, RECEIVER);
	expect(281, ETHERNET "00000000 0800", SENDER, RECEIVER);
	expect(284, ETHERNET "00000000 0800", SENDER, RECEIVER);
	expect(285, ETHERNET "dada0000 00000000 0800", SENDER, RECEIVER);
}

static void
those_of_the_outermost_frame_are_taken(void **state)
{
	(void)state;
	/* VLAN and QinQ; MPLS with Ethernet inside. */
	expect(1, ETHERNET "8100 0007 0800 4500", SENDER, RECEIVER);
	expect(1, ETHERNET "88a8 0007 8100 0008 0800", SENDER, RECEIVER);
	expect(1, ETHERNET "8847 00000100 0a0000000001 0a0000000002 0800",
	    SENDER, RECEIVER);
}

static void
a_cooked_frame_has_the_senders_only(void **state)
{
	(void)state;
	expect(113, "0000 0001 0006 020000000002 0000 0800", SENDER, "");
	expect(113, "0000 0200 0000 0000000000000000 0800", "", "");
	expect(113, "0000 0001 0006 0200000000", "", "");
	expect(
	    276, "0800 0000 00000002 0001 00 06 020000000002 0000", SENDER, "");
	expect(276, "0800 0000 00000002 0200 00 00 0000000000000000", "", "");
	/* InfiniBand's, of which these would be the first 8 of 20 octets. */
	expect(113, "0000 0020 0014 020000000002 0000 0800", "", "");
}

static void
wireless_frames_say_which_address_is_whose(void **state)
{
	(void)state;
	/* Between stations, to and from the access point, and a bridge. */
	expect(
	    105, "0800 0000 " ETHERNET "0a0000000003 0000", SENDER, RECEIVER);
	expect(105, "0801 0000 0a0000000003 020000000002 020000000001 0000",
	    SENDER, RECEIVER);
	expect(105, "0802 0000 020000000001 0a0000000003 020000000002 0000",
	    SENDER, RECEIVER);
	expect(105,
	    "0803 0000 0a0000000003 0a0000000004 020000000001 0000 "
	    "020000000002",
	    SENDER, RECEIVER);
	expect(105, "0803 0000 0a0000000003 0a0000000004 020000000001 0000", "",
	    "");
	expect(105, "8000 0000 " ETHERNET "0a0000000003 0000", "", "");
	/* Behind radiotap's header. */
	expect(127,
	    "0000 0800 00000000 0800 0000 " ETHERNET "0a0000000003 0000",
	    SENDER, RECEIVER);
	expect(127, "0000 0700 00000000 0800 0000 " ETHERNET, "", "");
}

static void
what_a_system_put_in_front_is_looked_through(void **state)
{
	(void)state;
	expect(192, "00 00 0800 01000000 " ETHERNET, SENDER, RECEIVER);
	expect(
	    192, "00 00 0800 65000000 4500 0000 0000 0000 0000 0000", "", "");
	expect(258, "0c000000 01000000 01000000 " ETHERNET, SENDER, RECEIVER);
	expect(178, "4d4743 00 " ETHERNET, SENDER, RECEIVER);
	expect(178, "4d4743 80 0002 0000 " ETHERNET, SENDER, RECEIVER);
	expect(178, "4d4743 02 00000002 4500 0000 0000 0000 0000 0000", "", "");
	/* Frames in frames end somewhere. */
	for (int i = 0; i < 2; i++)
		expect(192,
		    "00000800c0000000 00000800c0000000 00000800c0000000 "
		    "00000800c0000000 00000800c0000000 00000800c0000000 "
		    "00000800c0000000 00000800c0000000 00000800c0000000 "
		    "00000800c0000000 00000800c0000000 00000800c0000000 "
		    "00000800c0000000 00000800c0000000 00000800c0000000 "
		    "00000800c0000000 00000800c0000000 00000800c0000000 "
		    "0000080001000000 " ETHERNET,
		    "", "");
}

static void
other_link_types_have_none(void **state)
{
	static const int with[] = { 1, 113, 276, 105, 127, 192, 258, 178, 281,
		282, 284, 285 };
	size_t none = 0;
	int dlt;

	(void)state;
	for (size_t n = 0; decode_datalink_name(n, &dlt) != NULL; n++) {
		bool has = false;

		for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++)
			has |= with[i] == dlt;
		none += !has;
		if (!has)
			expect(dlt,
			    "45000028 00000000 40060000 0a000001 c0000207 "
			    "45000028 00000000 40060000 0a000001 c0000207 "
			    "45000028 00000000 40060000 0a000001 c0000207",
			    "", "");
	}
	assert_int_equal(none, 13);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_has_both),
		cmocka_unit_test(those_of_the_outermost_frame_are_taken),
		cmocka_unit_test(a_cooked_frame_has_the_senders_only),
		cmocka_unit_test(wireless_frames_say_which_address_is_whose),
		cmocka_unit_test(what_a_system_put_in_front_is_looked_through),
		cmocka_unit_test(other_link_types_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
