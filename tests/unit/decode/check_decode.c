/* SPDX-License-Identifier: BSD-2-Clause */
/* From IP to a segment: lengths, flags, ports, and what is wrong with them. */
#include "../frame.h"

#include "../../../src/decode/transport.h"

static void
tcp_over_ip4_fills_the_segment(void **state)
{
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_ethernet(&frame, 0x0800);
	put_tcp4(&frame);
	assert_int_equal(decode_once(DLT_ETHERNET, 0, &frame, &segment), -1);
	assert_tcp4(&segment);
	assert_int_equal(segment.vlan, 0);
	assert_int_equal(segment.time.ns, 77);
}

static void
tcp_over_ip6_fills_the_segment(void **state)
{
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_ethernet(&frame, 0x86dd);
	put_tcp6(&frame);
	assert_int_equal(decode_once(DLT_ETHERNET, 0, &frame, &segment), -1);
	assert_tcp6(&segment);
	assert_int_equal(segment.ip_octets, 70);
	assert_int_equal(segment.vlan, 0);
}

static void
the_class_of_service_is_ipv4_s_octet_and_ipv6_s_class(void **state)
{
	struct frame four = { .length = 0 }, six = { .length = 0 };
	struct segment segment;

	(void)state;
	put_ethernet(&four, 0x0800);
	put_tcp4(&four);
	four.octets[14 + 1] = 0xb9;
	assert_int_equal(decode_once(DLT_ETHERNET, 0, &four, &segment), -1);
	assert_int_equal(segment.tos, 0xb9);
	put_ethernet(&six, 0x86dd);
	put_tcp6(&six);
	six.octets[14] = 0x6b; /* version 6, then the class */
	six.octets[14 + 1] = 0x9f;
	assert_int_equal(decode_once(DLT_ETHERNET, 0, &six, &segment), -1);
	assert_int_equal(segment.tos, 0xb9);
	assert_tcp6(&segment);
}

/* The fast paths put the endpoints in the same order as the contract's. */
static void
endpoints_have_the_order_of_segment_set_endpoints(void **state)
{
	(void)state;
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		uint8_t a[16], b[16];
		uint16_t port_a = (uint16_t)(random() & 3);
		uint16_t port_b = (uint16_t)(random() & 3);
		struct segment expected = { 0 }, got = { 0 };
		unsigned version = i % 2 == 0 ? 4 : 6;

		/* One octet differs at most, anywhere. */
		memset(a, 0x7f, sizeof(a));
		memset(b, 0x7f, sizeof(b));
		a[random() % 16] = (uint8_t)random();
		segment_set_endpoints(&expected, a, port_a, b, port_b, version);
		if (version == 4)
			set_key4(&got, a, port_a, b, port_b, 0, 0);
		else
			set_key6(&got, a, port_a, b, port_b, 0, 0);
		assert_memory_equal(&got.key, &expected.key, sizeof(got.key));
		assert_int_equal(got.sender, expected.sender);
	}
}

static void
ethernet_padding_is_not_payload(void **state)
{
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip;

	(void)state;
	put_ethernet(&frame, 0x0800);
	ip = begin_ip4(&frame, PROTOCOL_TCP);
	put_tcp(&frame);
	end_ip4(&frame, ip);
	put_zeros(&frame, 6);
	assert_int_equal(decode_once(DLT_ETHERNET, 0, &frame, &segment), -1);
	assert_int_equal(segment.payload_octets, 0);
	assert_int_equal(segment.ip_octets, 40);
}

static void
snapped_packet_keeps_its_true_size(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_tcp4(&frame);
	assert_int_equal(
	    decode_cut(decoder, &frame, 40, (timestamp){ 0 }, &segment), -1);
	assert_tcp4(&segment);
	decoder_free(&decoder);
}

/* Up to TCP's flags, the 14th octet. */
static void
snapped_tcp_header_is_enough_up_to_the_flags(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_tcp4(&frame);
	for (uint32_t cut = 20; cut <= frame.length; cut++) {
		int reason = decode_cut(
		    decoder, &frame, cut, (timestamp){ 0 }, &segment);

		assert_int_equal(
		    reason, cut < 34 ? UNMATCHED_TRUNCATED_HEADER : -1);
		if (reason == -1)
			assert_tcp4(&segment);
	}
	decoder_free(&decoder);
}

/* The ports are; the length is that of the IP payload then. */
static void
snapped_udp_header_is_enough_up_to_the_ports(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&frame, PROTOCOL_UDP);

	(void)state;
	begin_udp(&frame, 5353, 53);
	set16(&frame, ip + 24, 8 + 5); /* the datagram is shorter */
	put_zeros(&frame, 20);
	end_ip4(&frame, ip);
	for (uint32_t cut = 20; cut <= frame.length; cut++) {
		int reason = decode_cut(
		    decoder, &frame, cut, (timestamp){ 0 }, &segment);

		assert_int_equal(
		    reason, cut < 24 ? UNMATCHED_TRUNCATED_HEADER : -1);
		if (reason != -1)
			continue;
		assert_int_equal(segment.payload_octets, cut < 28 ? 20 : 5);
		assert_int_equal(segment.key.port[segment.sender], 5353);
	}
	decoder_free(&decoder);
}

/* Without a length there is no payload to be less than a header. */
static void
open_udp_needs_a_whole_header_on_the_wire(void **state)
{
	struct frame frame = { .length = 0 };

	(void)state;
	begin_ip4(&frame, PROTOCOL_UDP);
	put_hex(&frame, "1389 0035 0000");
	expect_refused(DLT_RAW_IP, 0, &frame, UNMATCHED_TRUNCATED_HEADER);
}

static void
tcp_options_and_ip_options_are_not_payload(void **state)
{
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip;

	(void)state;
	ip = begin_ip4(&frame, PROTOCOL_TCP);
	frame.octets[ip] = 0x46;
	put_hex(&frame, "01010101");
	put_tcp(&frame);
	frame.octets[ip + 24 + 12] = 0x80;
	put_zeros(&frame, 12 + 5);
	end_ip4(&frame, ip);
	assert_int_equal(decode_once(DLT_RAW_IP, 0, &frame, &segment), -1);
	assert_int_equal(segment.payload_octets, 5);
	assert_int_equal(segment.ip_octets, 24 + 32 + 5);
}

static void
tcp_options_cut_by_the_snap_length_do_no_harm(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip;

	(void)state;
	ip = begin_ip4(&frame, PROTOCOL_TCP);
	put_tcp(&frame);
	frame.octets[ip + 20 + 12] = 0xf0;
	put_zeros(&frame, 40 + 9);
	end_ip4(&frame, ip);
	assert_int_equal(
	    decode_cut(decoder, &frame, 40, (timestamp){ 0 }, &segment), -1);
	assert_int_equal(segment.payload_octets, 9);
	decoder_free(&decoder);
}

/* Segmentation offload writes 0; the frame on the wire counts. */
static void
ip4_total_length_0_is_the_rest_of_the_frame(void **state)
{
	struct decoder *decoder = make_decoder(DLT_ETHERNET, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_ethernet(&frame, 0x0800);
	begin_ip4(&frame, PROTOCOL_TCP);
	put_tcp(&frame);
	put_zeros(&frame, 3000);
	assert_int_equal(
	    decode_cut(decoder, &frame, 60, (timestamp){ 0 }, &segment), -1);
	assert_int_equal(segment.payload_octets, 3000);
	assert_int_equal(segment.ip_octets, 3040);
	for (uint32_t cut = 0; cut < 48; cut++)
		assert_int_equal(decode_cut(decoder, &frame, cut,
		                     (timestamp){ 0 }, &segment),
		    UNMATCHED_TRUNCATED_HEADER);
	decoder_free(&decoder);
}

static void
ip6_payload_length_0_is_the_rest_of_the_frame(void **state)
{
	struct decoder *decoder = make_decoder(DLT_ETHERNET, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_ethernet(&frame, 0x86dd);
	begin_ip6(&frame, 0);
	put_hex(&frame, "06 00 c2 04 0000 0bb8"); /* jumbo payload option */
	put_tcp(&frame);
	put_zeros(&frame, 3000);
	assert_int_equal(
	    decode_cut(decoder, &frame, 90, (timestamp){ 0 }, &segment), -1);
	assert_int_equal(segment.payload_octets, 3000);
	assert_int_equal(segment.ip_octets, 40 + 8 + 20 + 3000);
	for (uint32_t cut = 0; cut < 76; cut++)
		assert_int_equal(decode_cut(decoder, &frame, cut,
		                     (timestamp){ 0 }, &segment),
		    UNMATCHED_TRUNCATED_HEADER);
	decoder_free(&decoder);
}

static void
wire_length_below_the_captured_is_not_believed(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	enum unmatched reason;

	(void)state;
	begin_ip4(&frame, PROTOCOL_TCP);
	put_tcp(&frame);
	put_zeros(&frame, 30);
	assert_int_equal(
	    decode_frame(decoder, (timestamp){ 0 }, (timestamp){ 0 },
	        frame.octets, frame.length, 3, &segment, &reason),
	    DECODE_SEGMENT);
	assert_int_equal(segment.payload_octets, 30);
	decoder_free(&decoder);
}

static void
udp_case(unsigned length, unsigned behind, int reason, uint32_t payload)
{
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&frame, PROTOCOL_UDP);
	uint32_t udp = begin_udp(&frame, 5353, 53);

	put_zeros(&frame, behind);
	set16(&frame, udp + 4, length);
	end_ip4(&frame, ip);
	assert_int_equal(
	    decode_once(DLT_RAW_IP, TUNNEL_ALL, &frame, &segment), reason);
	if (reason == -1) {
		assert_int_equal(segment.payload_octets, payload);
		assert_int_equal(segment.tcp_flags, 0);
		assert_int_equal(segment.sequence, 0);
		assert_int_equal(segment.later_fragment, 0);
		assert_int_equal(segment.key.protocol, PROTOCOL_UDP);
		assert_int_equal(segment.key.port[segment.sender], 5353);
		assert_int_equal(segment.key.port[!segment.sender], 53);
	}
}

static void
udp_payload_is_its_length_minus_8(void **state)
{
	(void)state;
	udp_case(8 + 20, 20, -1, 20);
	udp_case(8, 0, -1, 0);
	udp_case(8 + 5, 20, -1, 5); /* shorter than the IP payload */
}

static void
udp_length_0_or_too_large_is_the_ip_payload(void **state)
{
	(void)state;
	udp_case(0, 20, -1, 20);
	udp_case(8 + 21, 20, -1, 20);
	udp_case(65535, 0, -1, 0);
}

static void
udp_length_1_to_7_is_malformed(void **state)
{
	(void)state;
	for (unsigned length = 1; length < 8; length++)
		udp_case(length, 20, UNMATCHED_MALFORMED, 0);
}

/* One octet of a good packet changed. */
static void
with_octet(uint32_t at, unsigned value, int reason)
{
	struct frame frame = { .length = 0 };

	put_ethernet(&frame, 0x0800);
	put_tcp4(&frame);
	frame.octets[14 + at] = (uint8_t)value;
	expect_refused(DLT_ETHERNET, 0, &frame, reason);
}

static void
contradicting_fields_are_malformed(void **state)
{
	(void)state;
	with_octet(0, 0x44, UNMATCHED_MALFORMED);       /* IHL 4 */
	with_octet(0, 0x65, UNMATCHED_MALFORMED);       /* version 6 */
	with_octet(3, 19, UNMATCHED_MALFORMED);         /* no room for IP */
	with_octet(3, 39, UNMATCHED_MALFORMED);         /* nor for TCP */
	with_octet(20 + 12, 0x40, UNMATCHED_MALFORMED); /* data offset 4 */
	with_octet(20 + 12, 0x80, UNMATCHED_MALFORMED); /* behind the end */
	with_octet(9, 1, UNMATCHED_NOT_TCP_UDP);
	with_octet(9, 51, UNMATCHED_NOT_TCP_UDP); /* no AH in IPv4 */
	with_octet(9, 4, UNMATCHED_NOT_TCP_UDP);  /* no such tunnel asked for */
}

static void
data_offset_up_to_the_end_is_a_pure_header(void **state)
{
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	(void)state;
	put_tcp(&frame);
	frame.octets[ip + 32] = 0x70;
	put_zeros(&frame, 8);
	end_ip4(&frame, ip);
	assert_int_equal(decode_once(DLT_RAW_IP, 0, &frame, &segment), -1);
	assert_int_equal(segment.payload_octets, 0);
}

static void
wrong_version_in_ip6_is_malformed(void **state)
{
	struct frame frame = { .length = 0 };

	(void)state;
	put_ethernet(&frame, 0x86dd);
	put_tcp6(&frame);
	frame.octets[14] = 0x40;
	expect_refused(DLT_ETHERNET, 0, &frame, UNMATCHED_MALFORMED);
}

static void
malformed_wins_over_truncated(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	(void)state;
	frame.octets[ip] = 0x46;
	put_zeros(&frame, 4 + 19);
	end_ip4(&frame, ip);
	assert_int_equal(
	    decode_cut(decoder, &frame, 22, (timestamp){ 0 }, &segment),
	    UNMATCHED_MALFORMED);
	decoder_free(&decoder);
}

static void
ip6_extensions_are_walked(void **state)
{
	struct frame frame = { .length = 0 };
	uint32_t ip = begin_ip6(&frame, 0);

	(void)state;
	put_hex(&frame, "2b 00 0104 00000000");                  /* 0 */
	put_hex(&frame, "3c 01 0000 00000000 0000000000000000"); /* 43 */
	put_hex(&frame, "33 00 0104 00000000");                  /* 60 */
	put_hex(
	    &frame, "2c 04 0000 00000001 00000001 000000000000000000000000");
	put_hex(&frame, "06 00 0000 12345678"); /* 44, atomic */
	put_tcp(&frame);
	put_zeros(&frame, 10);
	end_ip6(&frame, ip);
	expect_tcp6(DLT_RAW_IP, 0, &frame);
}

static void
ip6_mobility_hip_and_shim6_are_walked(void **state)
{
	static const unsigned extensions[] = { 135, 139, 140 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct frame frame = { .length = 0 };
		uint32_t ip = begin_ip6(&frame, extensions[i]);

		put_hex(&frame, "06 01 0100 00000000 0000000000000000");
		put_tcp(&frame);
		put_zeros(&frame, 10);
		end_ip6(&frame, ip);
		expect_tcp6(DLT_RAW_IP, 0, &frame);
	}
}

static void
ip6_esp_and_no_next_header_end_the_walk(void **state)
{
	static const unsigned protocols[] = { 50, 59, 58, 253 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct frame frame = { .length = 0 };
		uint32_t ip = begin_ip6(&frame, 0);

		put_hex(&frame, "00 00 0104 00000000");
		frame.octets[ip + 40] = (uint8_t)protocols[i];
		put_zeros(&frame, 40);
		end_ip6(&frame, ip);
		expect_refused(
		    DLT_RAW_IP, TUNNEL_ALL, &frame, UNMATCHED_NOT_TCP_UDP);
	}
}

static void
ip6_extension_beyond_the_payload_is_malformed(void **state)
{
	struct frame frame = { .length = 0 };
	uint32_t ip = begin_ip6(&frame, 60);

	(void)state;
	put_hex(&frame, "06 03 0104 00000000");
	put_tcp(&frame);
	end_ip6(&frame, ip); /* 28 octets, the extension says 32 */
	expect_refused(DLT_RAW_IP, 0, &frame, UNMATCHED_MALFORMED);
}

static void
ip6_extensions_case(unsigned count, int reason)
{
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip6(&frame, 60);

	for (unsigned n = 0; n < count; n++)
		put_hex(&frame, n + 1 < count ? "3c 00 0104 00000000"
		                              : "06 00 0104 00000000");
	put_tcp(&frame);
	end_ip6(&frame, ip);
	assert_int_equal(decode_once(DLT_RAW_IP, 0, &frame, &segment), reason);
}

static void
ip6_extensions_are_bounded(void **state)
{
	(void)state;
	ip6_extensions_case(DECODE_MAX_EXTENSIONS, -1);
	ip6_extensions_case(DECODE_MAX_EXTENSIONS + 1, UNMATCHED_MALFORMED);
}

static void
icmp_error_is_not_the_segment_it_quotes(void **state)
{
	struct frame frame = { .length = 0 };
	uint32_t ip = begin_ip4(&frame, 1);

	(void)state;
	put_hex(&frame, "0303 0000 00000000");
	put_tcp4(&frame);
	end_ip4(&frame, ip);
	expect_refused(DLT_RAW_IP, TUNNEL_ALL, &frame, UNMATCHED_NOT_TCP_UDP);
}

static struct decoder *
decoder_of_other_protocols(void)
{
	struct decode_options options = { .other = true };
	struct decoder *decoder = decoder_new(&options);

	assert_non_null(decoder);
	decoder_set_datalink(decoder, DLT_RAW_IP);
	return decoder;
}

static void
icmp_echo_and_its_reply_have_one_key(void **state)
{
	struct decoder *decoder = decoder_of_other_protocols();
	struct segment there, back;

	(void)state;
	for (int reply = 0; reply < 2; reply++) {
		struct frame frame = { .length = 0 };
		uint32_t ip = begin_ip4(&frame, 1);

		if (reply)
			put_hex(&frame, "0000 0000 1234 0001");
		else
			put_hex(&frame, "0800 0000 1234 0001");
		put_zeros(&frame, 56);
		end_ip4(&frame, ip);
		if (reply) {
			memcpy(frame.octets + ip + 12, "\xc0\0\2\7", 4);
			memcpy(frame.octets + ip + 16, "\x0a\0\0\1", 4);
		}
		assert_int_equal(decode_cut(decoder, &frame, frame.length,
		                     (timestamp){ 0 }, reply ? &back : &there),
		    -1);
	}
	assert_memory_equal(&there.key, &back.key, sizeof(back.key));
	assert_int_equal(there.key.port[0], 0x1234);
	assert_int_equal(there.key.port[1], 1);
	assert_int_equal(there.key.protocol, PROTOCOL_ICMP);
	assert_int_equal(there.sender, !back.sender);
	assert_int_equal(there.sequence, 0x0800);
	assert_int_equal(back.sequence, 0);
	assert_int_equal(there.payload_octets, 64);
	decoder_free(&decoder);
}

static void
other_protocols_have_no_ports_and_may_be_fragments(void **state)
{
	struct decoder *decoder = decoder_of_other_protocols();
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment, joined;
	uint32_t ip = begin_ip4(&first, 132);

	(void)state;
	set16(&first, ip + 6, 0x2000);
	put_hex(&first, "ffff eeee dddd cccc");
	end_ip4(&first, ip);
	ip = begin_ip4(&later, 132);
	set16(&later, ip + 6, 1);
	put_zeros(&later, 9);
	end_ip4(&later, ip);
	assert_int_equal(decode_cut(decoder, &later, later.length,
	                     (timestamp){ 0 }, &joined),
	    WAITS);
	assert_int_equal(decode_cut(decoder, &first, first.length,
	                     (timestamp){ 0 }, &segment),
	    -1);
	assert_int_equal(segment.key.port[0], 0);
	assert_int_equal(segment.key.port[1], 0);
	assert_int_equal(segment.key.protocol, 132);
	assert_int_equal(segment.payload_octets, 8);
	assert_int_equal(segment.tcp_flags, 0);
	assert_int_equal(decode_next(decoder, &joined), DECODE_SEGMENT);
	assert_memory_equal(&joined.key, &segment.key, sizeof(joined.key));
	assert_int_equal(joined.payload_octets, 9);
	decoder_free(&decoder);
}

static void
icmp_too_short_for_its_type_is_refused(void **state)
{
	static const struct {
		const char *octets;
		uint32_t captured;
		int reason;
	} cases[] = {
		{ "0800 00", 23, UNMATCHED_MALFORMED },
		{ "0800 0000 1234", 26, UNMATCHED_MALFORMED },
		{ "0800 0000 1234 0001", 25, UNMATCHED_TRUNCATED_HEADER },
		{ "0301 0000 0000 0000", 21, UNMATCHED_TRUNCATED_HEADER },
		{ "0301 0000 0000 0000", 22, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decoder *decoder = decoder_of_other_protocols();
		struct frame frame = { .length = 0 };
		struct segment segment;
		uint32_t ip = begin_ip4(&frame, 1);

		put_hex(&frame, cases[i].octets);
		end_ip4(&frame, ip);
		assert_int_equal(decode_cut(decoder, &frame, cases[i].captured,
		                     (timestamp){ 0 }, &segment),
		    cases[i].reason);
		decoder_free(&decoder);
	}
}

static void
names_of_reasons_and_tunnels(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(tunnel_from_name(tunnel_name(i)), 1 << i);
	assert_null(tunnel_name(8));
	assert_int_equal(tunnel_from_name("all"), TUNNEL_ALL);
	assert_int_equal(tunnel_from_name("6in4"), TUNNEL_6IN4);
	assert_int_equal(tunnel_from_name("teredo"), TUNNEL_TEREDO);
	assert_int_equal(tunnel_from_name("erspan"), TUNNEL_ERSPAN);
	assert_int_equal(tunnel_from_name(""), 0);
	assert_int_equal(tunnel_from_name("GRE"), 0);
	assert_string_equal(unmatched_name(UNMATCHED_NOT_IP), "not_ip");
	assert_string_equal(
	    unmatched_name(UNMATCHED_TRUNCATED_HEADER), "truncated_header");
}

static void
freeing_twice_is_harmless(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);

	(void)state;
	decoder_free(&decoder);
	assert_null(decoder);
	decoder_free(&decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_over_ip4_fills_the_segment),
		cmocka_unit_test(tcp_over_ip6_fills_the_segment),
		cmocka_unit_test(
		    the_class_of_service_is_ipv4_s_octet_and_ipv6_s_class),
		cmocka_unit_test(
		    endpoints_have_the_order_of_segment_set_endpoints),
		cmocka_unit_test(ethernet_padding_is_not_payload),
		cmocka_unit_test(snapped_packet_keeps_its_true_size),
		cmocka_unit_test(snapped_tcp_header_is_enough_up_to_the_flags),
		cmocka_unit_test(snapped_udp_header_is_enough_up_to_the_ports),
		cmocka_unit_test(open_udp_needs_a_whole_header_on_the_wire),
		cmocka_unit_test(tcp_options_and_ip_options_are_not_payload),
		cmocka_unit_test(tcp_options_cut_by_the_snap_length_do_no_harm),
		cmocka_unit_test(ip4_total_length_0_is_the_rest_of_the_frame),
		cmocka_unit_test(ip6_payload_length_0_is_the_rest_of_the_frame),
		cmocka_unit_test(
		    wire_length_below_the_captured_is_not_believed),
		cmocka_unit_test(udp_payload_is_its_length_minus_8),
		cmocka_unit_test(udp_length_0_or_too_large_is_the_ip_payload),
		cmocka_unit_test(udp_length_1_to_7_is_malformed),
		cmocka_unit_test(contradicting_fields_are_malformed),
		cmocka_unit_test(data_offset_up_to_the_end_is_a_pure_header),
		cmocka_unit_test(wrong_version_in_ip6_is_malformed),
		cmocka_unit_test(malformed_wins_over_truncated),
		cmocka_unit_test(ip6_extensions_are_walked),
		cmocka_unit_test(ip6_mobility_hip_and_shim6_are_walked),
		cmocka_unit_test(ip6_esp_and_no_next_header_end_the_walk),
		cmocka_unit_test(ip6_extension_beyond_the_payload_is_malformed),
		cmocka_unit_test(ip6_extensions_are_bounded),
		cmocka_unit_test(icmp_error_is_not_the_segment_it_quotes),
		cmocka_unit_test(icmp_echo_and_its_reply_have_one_key),
		cmocka_unit_test(
		    other_protocols_have_no_ports_and_may_be_fragments),
		cmocka_unit_test(icmp_too_short_for_its_type_is_refused),
		cmocka_unit_test(names_of_reasons_and_tunnels),
		cmocka_unit_test(freeing_twice_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
