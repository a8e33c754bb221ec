/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels: looked through where they are named, and only there. */
#include "../frame.h"

#define MAC "020000000001 020000000002 "

enum inside {
	NOTHING,
	TCP4,
	TCP6,
	ICMP4
};

static void
put_inside(struct frame *frame, enum inside inside)
{
	uint32_t ip;

	switch (inside) {
	case NOTHING:
		break;
	case TCP4:
		put_tcp4(frame);
		break;
	case TCP6:
		put_tcp6(frame);
		break;
	case ICMP4:
		ip = begin_ip4(frame, 1);
		put_zeros(frame, 30);
		end_ip4(frame, ip);
		break;
	}
}

/*
 * Every tunnel header: behind IP (protocol) or behind UDP (ports), and what
 * follows it.
 */
static const struct carrier {
	unsigned tunnel;
	unsigned protocol; /* of the outer IP */
	unsigned source, destination;
	const char *header;
	enum inside inside;
} carriers[] = {
	{ TUNNEL_IPIP, 4, 0, 0, "", TCP4 },
	{ TUNNEL_6IN4, 41, 0, 0, "", TCP6 },
	{ TUNNEL_GRE, 47, 0, 0, "0000 0800", TCP4 },
	{ TUNNEL_GRE, 47, 0, 0, "0000 86dd", TCP6 },
	{ TUNNEL_GRE, 47, 0, 0, "8000 0800 ffff0000", TCP4 },
	{ TUNNEL_GRE, 47, 0, 0, "2000 0800 00000009", TCP4 },
	{ TUNNEL_GRE, 47, 0, 0, "b000 0800 ffff0000 00000009 00000001", TCP4 },
	/* source route: one entry of four octets, then the empty one */
	{ TUNNEL_GRE, 47, 0, 0,
	    "4000 0800 00000000 0800 00 04 c0000201 00000000", TCP4 },
	{ TUNNEL_GRE, 47, 0, 0, "0000 6558" MAC "0800", TCP4 },
	{ TUNNEL_GRE, 47, 0, 0, "0000 8847 000101ff", TCP4 },
	{ TUNNEL_GRE, 47, 0, 0, "0000 8848 000101ff", TCP6 },
	{ TUNNEL_GRE, 47, 0, 0, "0000 880b ff03 0021", TCP4 },
	/* PPTP: key, sequence number; acknowledgment number */
	{ TUNNEL_GRE, 47, 0, 0, "3001 880b 0036 0001 00000005 ff03 0021",
	    TCP4 },
	{ TUNNEL_GRE, 47, 0, 0, "3081 880b 0033 0001 00000005 00000004 21",
	    TCP4 },
	/* ERSPAN types I, II, III, III with subheader */
	{ TUNNEL_ERSPAN, 47, 0, 0, "0000 88be" MAC "0800", TCP4 },
	{ TUNNEL_ERSPAN, 47, 0, 0,
	    "1000 88be 00000001 1001000000000000" MAC "0800", TCP4 },
	{ TUNNEL_ERSPAN, 47, 0, 0,
	    "1000 22eb 00000001 200100000000000000000000" MAC "86dd", TCP6 },
	{ TUNNEL_ERSPAN, 47, 0, 0,
	    "1000 22eb 00000001 200100000000000000000001 0000000000000000" MAC
	    "0800",
	    TCP4 },
	/* with a key; III that holds IP; behind a checksum */
	{ TUNNEL_ERSPAN, 47, 0, 0,
	    "3000 88be 00000009 00000001 1001000000000000" MAC "0800", TCP4 },
	{ TUNNEL_ERSPAN, 47, 0, 0,
	    "1000 22eb 00000001 200100000000000000000800", TCP4 },
	{ TUNNEL_ERSPAN, 47, 0, 0,
	    "9000 88be ffff0000 00000001 1001000000000000" MAC "8100 0005 86dd",
	    TCP6 },
	{ TUNNEL_VXLAN, 17, 50000, 4789, "08000000 00007b00" MAC "0800", TCP4 },
	{ TUNNEL_VXLAN, 17, 50000, 8472,
	    "08000000 00007b00" MAC "8100 0000 86dd", TCP6 },
	{ TUNNEL_GENEVE, 17, 50000, 6081, "0000 6558 00007b00" MAC "0800",
	    TCP4 },
	{ TUNNEL_GENEVE, 17, 50000, 6081, "0240 0800 00007b00 0102030405060708",
	    TCP4 },
	{ TUNNEL_GENEVE, 17, 50000, 6081, "0000 86dd 00007b00", TCP6 },
	{ TUNNEL_GENEVE, 17, 50000, 6081, "0000 8847 00007b00 000101ff", TCP4 },
	{ TUNNEL_GTPU, 17, 50000, 2152, "30 ff 0032 00000001", TCP4 },
	{ TUNNEL_GTPU, 17, 2152, 50000, "30 ff 0046 00000001", TCP6 },
	{ TUNNEL_GTPU, 17, 2152, 2152, "32 ff 0036 00000001 0007 00 00", TCP4 },
	{ TUNNEL_GTPU, 17, 2152, 2152,
	    "34 ff 0042 00000001 0000 00 85 01 1009 c0 02 000000000000 00",
	    TCP4 },
	{ TUNNEL_TEREDO, 17, 50000, 3544, "", TCP6 },
	{ TUNNEL_TEREDO, 17, 3544, 50000, "0000 8000 01020304", TCP6 },
	{ TUNNEL_TEREDO, 17, 3544, 50000,
	    "0001 02 03 aaaa bbbbbb 0102030405060708 00 0000 8000 01020304",
	    TCP6 },
};
#define CARRIERS (sizeof(carriers) / sizeof(carriers[0]))

static void
put_tunnel(struct frame *frame, const struct carrier *carrier, bool over_ip6)
{
	uint32_t ip = over_ip6 ? begin_ip6(frame, carrier->protocol)
	                       : begin_ip4(frame, carrier->protocol);
	uint32_t udp = 0;

	if (carrier->protocol == PROTOCOL_UDP)
		udp = begin_udp(frame, carrier->source, carrier->destination);
	put_hex(frame, carrier->header);
	put_inside(frame, carrier->inside);
	if (udp != 0)
		end_udp(frame, udp);
	if (over_ip6)
		end_ip6(frame, ip);
	else
		end_ip4(frame, ip);
}

static void
every_tunnel_is_looked_through_and_cut_at_every_octet(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * CARRIERS; i++) {
		const struct carrier *carrier = &carriers[i / 2];
		struct decoder *decoder =
		    make_decoder(DLT_RAW_IP, carrier->tunnel);
		struct frame frame = { .length = 0 };
		struct segment segment;

		put_tunnel(&frame, carrier, i % 2 == 1);
		for (uint32_t cut = 0; cut <= frame.length; cut++) {
			int reason = decode_cut(
			    decoder, &frame, cut, (timestamp){ 0 }, &segment);

			if (cut < frame.length - 16) {
				if (reason != UNMATCHED_TRUNCATED_HEADER)
					fail_msg("%zu cut at %u: %d", i, cut,
					    reason);
			} else if (reason != -1)
				fail_msg("%zu at %u: %d", i, cut, reason);
			else if (carrier->inside == TCP4)
				assert_tcp4(&segment);
			else
				assert_tcp6(&segment);
		}
		decoder_free(&decoder);
	}
}

static void
tunnel_that_is_not_named_is_not_looked_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < CARRIERS; i++) {
		unsigned others = TUNNEL_ALL & ~carriers[i].tunnel;
		bool udp = carriers[i].protocol == PROTOCOL_UDP;
		struct frame frame = { .length = 0 };
		struct segment segment;

		put_tunnel(&frame, &carriers[i], false);
		assert_int_equal(
		    decode_once(DLT_RAW_IP, others, &frame, &segment),
		    udp ? -1 : UNMATCHED_NOT_TCP_UDP);
		if (!udp)
			continue;
		assert_int_equal(segment.key.protocol, PROTOCOL_UDP);
		assert_int_equal(segment.payload_octets, frame.length - 28);
		assert_int_equal(segment.ip_octets, frame.length);
	}
}

/* The reason, or -1 with *protocol of the segment. */
static int
inside_of(const struct carrier *carrier, int *protocol)
{
	struct frame frame = { .length = 0 };
	struct segment segment;
	int reason;

	put_tunnel(&frame, carrier, false);
	reason = decode_once(DLT_RAW_IP, TUNNEL_ALL, &frame, &segment);
	*protocol = reason == -1 ? segment.key.protocol : 0;
	return reason;
}

/* Not data, no valid header, too short for one: an ordinary datagram. */
static void
udp_that_is_no_tunnel_counts_itself(void **state)
{
	static const struct carrier cases[] = {
		{ 0, 17, 5, 4789, "00000000 00007b00" MAC "0800", TCP4 },
		{ 0, 17, 5, 4789, "08000000 00007b", NOTHING },
		{ 0, 17, 4789, 5, "08000000 00007b00" MAC "0800", TCP4 },
		{ 0, 17, 5, 6081, "4000 6558 00007b00" MAC "0800", TCP4 },
		{ 0, 17, 5, 6081, "0080 6558 00007b00" MAC "0800", TCP4 },
		{ 0, 17, 5, 6081, "0000 1234 00007b00" MAC "0800", TCP4 },
		{ 0, 17, 5, 6081, "3f00 0800 00007b00", TCP4 },
		{ 0, 17, 5, 2152, "32 01 0004 00000000 0007 00 00", NOTHING },
		{ 0, 17, 5, 2152, "48 ff 0032 00000000", TCP4 },
		{ 0, 17, 5, 2152, "20 ff 0032 00000000", TCP4 },
		{ 0, 17, 5, 2152, "34 ff 0042 00000001 0000 00 85 00", TCP4 },
		{ 0, 17, 5, 2152, "34 ff 0004 00000001 0000 00 85 01", TCP4 },
		{ 0, 17, 5, 2152, "30 ff", NOTHING },
		{ 0, 17, 5, 3544, "", TCP4 },
		{ 0, 17, 5, 3544, "60", NOTHING },
		{ 0, 17, 5, 3544, "60000000 0000 3b 40", NOTHING },
		{ 0, 17, 5, 3544, "0001 ff ff 0000", NOTHING },
		{ 0, 17, 5, 53, "08000000 00007b00" MAC "0800", TCP4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int protocol, reason = inside_of(&cases[i], &protocol);

		if (reason != -1 || protocol != PROTOCOL_UDP)
			fail_msg("case %zu: %d, %d", i, reason, protocol);
	}
}

/* The tunnel is valid: what it carries decides. */
static void
inner_packet_decides(void **state)
{
	static const struct {
		struct carrier carrier;
		int reason;
	} cases[] = {
		{ { 0, 4, 0, 0, "", ICMP4 }, UNMATCHED_NOT_TCP_UDP },
		{ { 0, 4, 0, 0, "", TCP6 }, UNMATCHED_MALFORMED },
		{ { 0, 4, 0, 0, "4500", NOTHING }, UNMATCHED_MALFORMED },
		{ { 0, 47, 0, 0, "0000 0806", NOTHING },
		    UNMATCHED_NOT_TCP_UDP },
		{ { 0, 47, 0, 0, "0002 0800", TCP4 }, UNMATCHED_NOT_TCP_UDP },
		{ { 0, 47, 0, 0, "0000", NOTHING }, UNMATCHED_MALFORMED },
		{ { 0, 47, 0, 0, "0000 6558" MAC "0806", TCP4 },
		    UNMATCHED_NOT_IP },
		{ { 0, 47, 0, 0, "4000 0800 00000000", NOTHING },
		    UNMATCHED_MALFORMED },
		/* PPTP: acknowledgment only; compressed; other payload */
		{ { 0, 47, 0, 0, "2081 880b 0000 0001 00000004", NOTHING },
		    UNMATCHED_NOT_TCP_UDP },
		{ { 0, 47, 0, 0, "3001 880b 0036 0001 00000005 00fd", TCP4 },
		    UNMATCHED_NOT_IP },
		{ { 0, 47, 0, 0, "3001 0800 0032 0001 00000005", TCP4 },
		    UNMATCHED_NOT_TCP_UDP },
		{ { 0, 17, 5, 4789, "08000000 00007b00" MAC "0806", TCP4 },
		    UNMATCHED_NOT_IP },
		{ { 0, 17, 5, 4789, "08000000 00007b00" MAC "0800", ICMP4 },
		    UNMATCHED_NOT_TCP_UDP },
		{ { 0, 17, 5, 2152, "30 ff 0032 00000001", ICMP4 },
		    UNMATCHED_NOT_TCP_UDP },
		{ { 0, 17, 5, 2152, "30 ff 0008 00000001", TCP4 },
		    UNMATCHED_MALFORMED }, /* its length ends inside IP */
		{ { 0, 17, 5, 2152, "30 ff 0004 00000001 00112233", NOTHING },
		    UNMATCHED_NOT_IP },
		{ { 0, 17, 5, 3544,
		      "60000000 0000 3b 40 fd000000000000000000000000000001"
		      "20010db8000000000000000000000007",
		      NOTHING },
		    UNMATCHED_NOT_TCP_UDP }, /* a bubble */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int protocol, reason = inside_of(&cases[i].carrier, &protocol);

		if (reason != cases[i].reason)
			fail_msg("case %zu: %d", i, reason);
	}
}

static void
nesting_case(unsigned depth, int reason)
{
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip[DECODE_MAX_TUNNELS + 1];

	for (unsigned n = 0; n < depth; n++)
		ip[n] = begin_ip4(&frame, 4);
	put_tcp4(&frame);
	for (unsigned n = 0; n < depth; n++)
		end_ip4(&frame, ip[n]);
	assert_int_equal(
	    decode_once(DLT_RAW_IP, TUNNEL_IPIP, &frame, &segment), reason);
	if (reason == -1)
		assert_tcp4(&segment);
}

static void
nested_tunnels_are_bounded(void **state)
{
	(void)state;
	nesting_case(2, -1);
	nesting_case(DECODE_MAX_TUNNELS, -1);
	nesting_case(DECODE_MAX_TUNNELS + 1, UNMATCHED_MALFORMED);
}

/* Inner total length 0: up to the end of the outer payload, not further. */
static void
rest_of_frame_ends_with_the_outer_payload(void **state)
{
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip;

	(void)state;
	put_ethernet(&frame, 0x0800);
	ip = begin_ip4(&frame, 4);
	begin_ip4(&frame, PROTOCOL_TCP);
	put_tcp(&frame);
	put_zeros(&frame, 11);
	end_ip4(&frame, ip);
	put_zeros(&frame, 50);
	assert_int_equal(
	    decode_once(DLT_ETHERNET, TUNNEL_IPIP, &frame, &segment), -1);
	assert_int_equal(segment.payload_octets, 11);
	assert_int_equal(segment.ip_octets, 51);
}

/* Every layer a first fragment: as many entries as layers, no more. */
static void
fragments_at_every_depth(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, TUNNEL_ALL);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip[DECODE_MAX_TUNNELS + 1];

	(void)state;
	for (unsigned n = 0; n <= DECODE_MAX_TUNNELS; n++) {
		ip[n] = begin_ip4(
		    &frame, n < DECODE_MAX_TUNNELS ? 4 : PROTOCOL_TCP);
		set16(&frame, ip[n] + 4, n);
		set16(&frame, ip[n] + 6, 0x2000);
	}
	put_tcp(&frame);
	for (unsigned n = 0; n <= DECODE_MAX_TUNNELS; n++)
		end_ip4(&frame, ip[n]);
	assert_int_equal(decode_cut(decoder, &frame, frame.length,
	                     (timestamp){ 0 }, &segment),
	    -1);
	for (unsigned n = 0; n <= DECODE_MAX_TUNNELS; n++) {
		struct frame later = { .length = 0 };
		uint32_t at = begin_ip4(
		    &later, n < DECODE_MAX_TUNNELS ? 4 : PROTOCOL_TCP);

		set16(&later, at + 4, n);
		set16(&later, at + 6, 100);
		put_zeros(&later, 8);
		end_ip4(&later, at);
		assert_int_equal(decode_cut(decoder, &later, later.length,
		                     (timestamp){ 0 }, &segment),
		    n < DECODE_MAX_TUNNELS ? UNMATCHED_TUNNEL_FRAGMENT : -1);
	}
	assert_int_equal(segment.later_fragment, 1);
	decoder_free(&decoder);
}

/* A GTP-U packet in two: the inner lengths reach into the second one. */
static void
inner_lengths_of_a_fragmented_outer_packet_are_not_cut(void **state)
{
	struct decoder *decoder = make_decoder(DLT_ETHERNET, TUNNEL_GTPU);
	struct frame first = { .length = 0 };
	struct segment segment;
	uint32_t outer, inner;

	(void)state;
	/* Also where PPPoE's length ends with the fragment. */
	put_hex(&first, MAC "8864 11 00 0001 0056 0021");
	outer = begin_ip4(&first, PROTOCOL_UDP);
	set16(&first, outer + 6, 0x2000);
	begin_udp(&first, 2152, 2152);
	set16(&first, outer + 24, 8 + 8 + 1400);
	put_hex(&first, "30 ff 0578 00000007");
	inner = begin_ip4(&first, PROTOCOL_TCP);
	set16(&first, inner + 2, 1400);
	put_tcp(&first);
	put_zeros(&first, 8);
	end_ip4(&first, outer);
	assert_int_equal(first.length - outer, 0x56 - 2);
	assert_int_equal(decode_cut(decoder, &first, first.length,
	                     (timestamp){ 0 }, &segment),
	    -1);
	assert_int_equal(segment.ip_octets, 1400);
	assert_int_equal(segment.payload_octets, 1360);
	assert_int_equal(segment.tunnel, 7);
	decoder_free(&decoder);
}

static void
ip_length_is_cut_to_that_of_the_tunnel(void **state)
{
	static const struct {
		struct carrier carrier;
		unsigned octets; /* that the inner length says too much */
	} cases[] = {
		{ { TUNNEL_IPIP, 4, 0, 0, "", TCP4 }, 1 },
		{ { TUNNEL_6IN4, 41, 0, 0, "", TCP6 }, 100 },
		{ { TUNNEL_GRE, 47, 0, 0, "0000 0800", TCP4 }, 7 },
		{ { TUNNEL_VXLAN, 17, 5, 4789, "08000000 00007b00" MAC "0800",
		      TCP4 },
		    1000 },
		{ { TUNNEL_GTPU, 17, 5, 2152, "30 ff 0032 00000001", TCP4 },
		    3 },
		{ { TUNNEL_ERSPAN, 47, 0, 0, "0000 88be" MAC "86dd", TCP6 },
		    5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct carrier *carrier = &cases[i].carrier;
		struct frame frame = { .length = 0 };
		struct segment segment;
		bool six = carrier->inside == TCP6;
		uint32_t length;

		put_tunnel(&frame, carrier, false);
		length = frame.length - 50 - (six ? 20 : 0);
		set16(&frame, length + (six ? 4 : 2),
		    (six ? 30 : 50) + cases[i].octets);
		put_zeros(&frame, 20); /* padding */
		assert_int_equal(
		    decode_once(DLT_RAW_IP, carrier->tunnel, &frame, &segment),
		    -1);
		assert_int_equal(segment.payload_octets, 10);
		assert_int_equal(segment.ip_octets, six ? 70 : 50);
	}
}

/* The outer IP length is the limit of GTP-U's, not the other way round. */
static void
gtpu_length_beyond_its_datagram_does_not_count(void **state)
{
	static const struct carrier carrier = { TUNNEL_GTPU, 17, 5, 2152,
		"30 ff 0400 00000001", TCP4 };
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_tunnel(&frame, &carrier, false);
	set16(&frame, frame.length - 50 + 2, 0x0400);
	assert_int_equal(
	    decode_once(DLT_RAW_IP, TUNNEL_GTPU, &frame, &segment), -1);
	assert_int_equal(segment.payload_octets, 10);
}

static struct segment
in_tunnel(const struct carrier *carrier, bool key_tunnel)
{
	struct decode_options options = { .tunnels = TUNNEL_ALL,
		.key_tunnel = key_tunnel };
	struct decoder *decoder = decoder_new(&options);
	struct frame frame = { .length = 0 };
	struct segment segment;

	decoder_set_datalink(decoder, DLT_RAW_IP);
	put_tunnel(&frame, carrier, false);
	assert_int_equal(decode_cut(decoder, &frame, frame.length,
	                     (timestamp){ 0 }, &segment),
	    -1);
	decoder_free(&decoder);
	return segment;
}

static void
tunnel_id_is_part_of_the_key_only_with_key_tunnel(void **state)
{
	static const struct {
		struct carrier carrier;
		uint32_t id;
	} cases[] = {
		{ { 0, 4, 0, 0, "", TCP4 }, 0 },
		{ { 0, 47, 0, 0, "2000 0800 00000001", TCP4 }, 1 },
		{ { 0, 47, 0, 0, "2000 0800 00010000", TCP4 }, 0x10000 },
		{ { 0, 47, 0, 0, "2000 0800 00000000", TCP4 }, 0 },
		{ { 0, 47, 0, 0, "3001 880b 0036 0001 00000005 ff03 0021",
		      TCP4 },
		    1 },
		{ { 0, 17, 5, 4789, "08000000 00000100" MAC "0800", TCP4 }, 1 },
		{ { 0, 17, 5, 4789, "08000000 ffffff00" MAC "0800", TCP4 },
		    0xffffff },
		{ { 0, 17, 5, 6081, "0000 0800 00000100", TCP4 }, 1 },
		{ { 0, 17, 5, 2152, "30 ff 0032 00000001", TCP4 }, 1 },
		{ { 0, 17, 5, 2152, "30 ff 0032 ffffffff", TCP4 }, UINT32_MAX },
		{ { 0, 47, 0, 0,
		      "1000 88be 00000001 1001000100000000" MAC "0800", TCP4 },
		    1 },
		{ { 0, 47, 0, 0,
		      "1000 22eb 00000001 200103ff0000000000000000" MAC "0800",
		      TCP4 },
		    0x3ff },
	};
	enum {
		COUNT = sizeof(cases) / sizeof(cases[0])
	};

	(void)state;
	for (size_t i = 0; i < COUNT * COUNT; i++) {
		size_t a = i / COUNT, b = i % COUNT;
		struct segment with_a = in_tunnel(&cases[a].carrier, true);
		struct segment with_b = in_tunnel(&cases[b].carrier, true);
		struct segment without = in_tunnel(&cases[a].carrier, false);
		bool same = segment_has_key(&with_a, &with_b.key, with_b.vlan,
		    with_b.customer_vlan, with_b.tunnel);

		assert_int_equal(with_a.tunnel, cases[a].id);
		assert_int_equal(without.tunnel, cases[a].id);
		assert_int_equal(without.key.scope, 0);
		assert_int_equal(same, a == b);
	}
}

static void
random_mutations_do_no_harm(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, TUNNEL_ALL);
	unsigned decoded = 0;

	(void)state;
	srandom(21);
	for (unsigned n = 0; n < 100000; n++) {
		struct frame frame = { .length = 0 };
		struct segment segment;

		put_tunnel(&frame, &carriers[n % CARRIERS], n % 3 == 0);
		for (long i = random() % 4; i >= 0; i--)
			frame.octets[random() % frame.length] =
			    (uint8_t)random();
		if (decode_cut(decoder, &frame,
		        frame.length - (uint32_t)(random() % 12),
		        (timestamp){ n * NS_PER_MS }, &segment) == -1)
			decoded++;
	}
	assert_in_range(decoded, 10000, 90000);
	decoder_free(&decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_tunnel_is_looked_through_and_cut_at_every_octet),
		cmocka_unit_test(
		    tunnel_that_is_not_named_is_not_looked_through),
		cmocka_unit_test(udp_that_is_no_tunnel_counts_itself),
		cmocka_unit_test(inner_packet_decides),
		cmocka_unit_test(nested_tunnels_are_bounded),
		cmocka_unit_test(rest_of_frame_ends_with_the_outer_payload),
		cmocka_unit_test(fragments_at_every_depth),
		cmocka_unit_test(
		    inner_lengths_of_a_fragmented_outer_packet_are_not_cut),
		cmocka_unit_test(ip_length_is_cut_to_that_of_the_tunnel),
		cmocka_unit_test(
		    gtpu_length_beyond_its_datagram_does_not_count),
		cmocka_unit_test(
		    tunnel_id_is_part_of_the_key_only_with_key_tunnel),
		cmocka_unit_test(random_mutations_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
