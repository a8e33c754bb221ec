/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments of IPv4 and IPv6: which segment each of them joins. */
#include "fragments.h"

static void
later_fragment_joins_the_segment_of_the_first(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment first, later;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(1), &first),
	    -1);
	assert_int_equal(first.payload_octets, 4);
	assert_int_equal(first.tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(first.later_fragment, 0);
	for (unsigned offset = 24; offset < 72; offset += 24) {
		assert_int_equal(
		    decode_fragment4(decoder, 7, offset, offset == 24,
		        PROTOCOL_TCP, SECONDS(2), &later),
		    -1);
		assert_memory_equal(&later.key, &first.key, sizeof(later.key));
		assert_int_equal(later.sender, first.sender);
		assert_int_equal(later.later_fragment, 1);
		assert_int_equal(later.tcp_flags, 0);
		assert_int_equal(later.sequence, 0);
		assert_int_equal(later.payload_octets, 24);
		assert_int_equal(later.tos, 1 + offset);
		assert_int_equal(later.ip_octets, 44);
		assert_int_equal(later.vlan, 0);
		assert_int_equal(later.time.ns, SECONDS(2).ns);
	}
	decoder_free(&decoder);
}

static void
first_fragment_of_udp_counts_its_own_payload(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    -1);
	assert_int_equal(segment.payload_octets, 16);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    -1);
	assert_int_equal(segment.payload_octets, 24);
	decoder_free(&decoder);
}

static void
later_fragment_without_its_first_is_unmatched(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    -1);
	/* another id, another protocol */
	assert_int_equal(decode_fragment4(decoder, 8, 24, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(counts_of(decoder).undecided, 2);
	decoder_advance(decoder, (timestamp){ SECONDS(30).ns - 1 });
	assert_int_equal(counts_of(decoder).undecided, 2);
	decoder_advance(decoder, SECONDS(30));
	assert_int_equal(counts_of(decoder).undecided, 0);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 2);
	assert_int_equal(counts_of(decoder).fragments_evicted, 0);
	decoder_free(&decoder);
}

static void
nothing_waits_at_the_end_of_input(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	decoder_finish(decoder); /* nothing yet */
	decode_fragment4(
	    decoder, 8, 24, true, PROTOCOL_TCP, SECONDS(0), &segment);
	decoder_finish(decoder);
	assert_int_equal(counts_of(decoder).undecided, 0);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 1);
	decoder_free(&decoder);
}

static void
later_fragments_that_come_first_wait_for_it(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment first, segment;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 48, false, PROTOCOL_TCP,
	                     SECONDS(1), &segment),
	    WAITS);
	assert_int_equal(decode_fragment4(decoder, 9, 48, false, PROTOCOL_TCP,
	                     SECONDS(1), &segment),
	    WAITS);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_TCP,
	                     SECONDS(2), &segment),
	    WAITS);
	assert_int_equal(counts_of(decoder).undecided, 3);
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(3), &first),
	    -1);
	assert_int_equal(first.tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(first.later_fragment, 0);
	assert_int_equal(first.time.ns, SECONDS(3).ns);
	assert_int_equal(expect_next(decoder, 1, 44, 24, &first), DECODE_MORE);
	assert_int_equal(
	    expect_next(decoder, 2, 44, 24, &first), DECODE_SEGMENT);
	assert_int_equal(counts_of(decoder).undecided, 1);
	decoder_finish(decoder);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 1);
	decoder_free(&decoder);
}

/* A caller that does not take them loses them, and the books know. */
static void
released_segments_that_are_not_taken_are_counted(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	for (unsigned id = 7; id < 9; id++) {
		decode_fragment4(
		    decoder, id, 24, false, PROTOCOL_TCP, SECONDS(0), &segment);
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_TCP, SECONDS(0), &segment);
	}
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 1);
	assert_int_equal(counts_of(decoder).undecided, 1);
	decoder_free(&decoder);
}

static void
fragments_of_another_protocol_are_not_tcp_udp(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(
	    decode_fragment4(decoder, 7, 0, true, 1, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	assert_int_equal(
	    decode_fragment4(decoder, 7, 24, false, 1, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	decoder_free(&decoder);
}

/* Truncated, then malformed; before it and behind it. */
static void
later_fragments_of_a_refused_first_have_its_reason(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_fragment4(&frame, 7, 0, true, PROTOCOL_TCP);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(decode_cut(decoder, &frame, 33, SECONDS(0), &segment),
	    UNMATCHED_TRUNCATED_HEADER);
	assert_int_equal(counts_of(decoder).undecided, 0);
	assert_int_equal(
	    counts_of(decoder).unmatched[UNMATCHED_TRUNCATED_HEADER], 1);
	assert_int_equal(decode_fragment4(decoder, 7, 48, false, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    UNMATCHED_TRUNCATED_HEADER);
	frame.octets[32] = 0x40;
	assert_int_equal(
	    decode_cut(decoder, &frame, frame.length, SECONDS(1), &segment),
	    UNMATCHED_MALFORMED);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_TCP,
	                     SECONDS(1), &segment),
	    UNMATCHED_MALFORMED);
	decoder_free(&decoder);
}

/* --- a TCP header in pieces */

/* Octets from … to of a TCP header with options and payload, as a fragment. */
static int
decode_piece(struct decoder *decoder, unsigned from, unsigned to, bool more,
    int64_t second, struct segment *segment)
{
	struct frame frame = { .length = 0 }, whole = { .length = 0 };
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	put_tcp(&whole);
	whole.octets[11] = 5;    /* acknowledgement */
	whole.octets[12] = 0x70; /* 28 octets */
	put_zeros(&whole, 8 + 12);
	set16(&frame, ip + 6, from / 8 | (more ? 0x2000u : 0));
	put(&frame, whole.octets + from, to - from);
	end_ip4(&frame, ip);
	return decode_cut(
	    decoder, &frame, frame.length, SECONDS(second), segment);
}

/* Of each packet: what it counts, the flags only with the first. */
static void
expect_piece(const struct segment *segment, int64_t second, uint32_t octets,
    uint32_t payload, bool first)
{
	assert_int_equal(segment->time.ns, SECONDS(second).ns);
	assert_int_equal(segment->ip_octets, 20 + octets);
	assert_int_equal(segment->payload_octets, payload);
	assert_int_equal(segment->later_fragment, !first);
	assert_int_equal(segment->tcp_flags, first ? TCP_SYN | TCP_ACK : 0);
	assert_int_equal(segment->sequence, first ? 0x01020304 : 0);
	assert_int_equal(segment->acknowledgement, first ? 5 : 0);
	assert_int_equal(segment->key.port[segment->sender], 40000);
	assert_int_equal(segment->key.port[!segment->sender], 80);
	assert_int_equal(segment->key.protocol, PROTOCOL_TCP);
}

static void
tcp_header_in_tiny_fragments_is_put_together(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(decode_piece(decoder, 0, 8, true, 1, &segment), WAITS);
	/* a copy of it waits, too */
	assert_int_equal(decode_piece(decoder, 0, 8, true, 1, &segment), WAITS);
	assert_int_equal(
	    decode_piece(decoder, 24, 40, false, 1, &segment), WAITS);
	assert_int_equal(counts_of(decoder).undecided, 3);
	assert_int_equal(decode_piece(decoder, 8, 16, true, 2, &segment), -1);
	expect_piece(&segment, 1, 8, 0, true);
	assert_int_equal(decode_next(decoder, &segment), DECODE_MORE);
	expect_piece(&segment, 1, 8, 0, true);
	assert_int_equal(decode_next(decoder, &segment), DECODE_MORE);
	expect_piece(&segment, 1, 16, 12, false);
	assert_int_equal(decode_next(decoder, &segment), DECODE_SEGMENT);
	expect_piece(&segment, 2, 8, 0, false);
	assert_int_equal(counts_of(decoder).undecided, 0);
	assert_int_equal(decode_piece(decoder, 16, 24, true, 2, &segment), -1);
	expect_piece(&segment, 2, 8, 0, false);
	/* complete: copies of the first and of a later one still count */
	assert_int_equal(decode_piece(decoder, 0, 8, true, 2, &segment), -1);
	expect_piece(&segment, 2, 8, 0, true);
	assert_int_equal(decode_piece(decoder, 24, 40, false, 2, &segment), -1);
	expect_piece(&segment, 2, 16, 12, false);
	decoder_free(&decoder);
}

static void
tiny_fragments_in_reverse_order_are_put_together(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(
	    decode_piece(decoder, 16, 40, false, 1, &segment), WAITS);
	assert_int_equal(
	    decode_piece(decoder, 8, 16, true, 2, &segment), WAITS);
	assert_int_equal(decode_piece(decoder, 0, 8, true, 3, &segment), -1);
	expect_piece(&segment, 3, 8, 0, true);
	assert_int_equal(decode_next(decoder, &segment), DECODE_MORE);
	expect_piece(&segment, 1, 24, 12, false);
	assert_int_equal(decode_next(decoder, &segment), DECODE_SEGMENT);
	expect_piece(&segment, 2, 8, 0, false);
	decoder_free(&decoder);
}

static void
octets_beyond_the_tcp_header_are_payload(void **state)
{
	static const unsigned ends[] = { 16, 24, 32 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
		struct segment segment;
		uint32_t here = ends[i] > 28 ? ends[i] - 28 : 0;

		assert_int_equal(
		    decode_piece(decoder, 0, ends[i], true, 1, &segment), -1);
		expect_piece(&segment, 1, ends[i], here, true);
		assert_int_equal(
		    decode_piece(decoder, ends[i], 40, false, 1, &segment), -1);
		expect_piece(&segment, 1, 40 - ends[i], 12 - here, false);
		decoder_free(&decoder);
	}
}

static void
tiny_fragments_without_flags_are_unmatched(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip;

	(void)state;
	/* less than the ports' eight octets: nothing can follow that */
	ip = begin_ip4(&frame, PROTOCOL_TCP);
	set16(&frame, ip + 6, 0x2000);
	put_zeros(&frame, 7);
	end_ip4(&frame, ip);
	expect_refused(DLT_RAW_IP, 0, &frame, UNMATCHED_MALFORMED);
	/* they never come */
	decode_piece(decoder, 0, 8, true, 0, &segment);
	decode_piece(decoder, 16, 24, true, 0, &segment);
	decoder_advance(decoder, SECONDS(30));
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 2);
	/* the datagram ends before them */
	decode_piece(decoder, 0, 8, true, 40, &segment);
	assert_int_equal(decode_piece(decoder, 8, 12, false, 40, &segment),
	    UNMATCHED_MALFORMED);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_MALFORMED], 1);
	decoder_free(&decoder);
}

static void
flags_that_were_not_captured_are_a_truncated_header(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	(void)state;
	decode_piece(decoder, 0, 8, true, 0, &segment);
	set16(&frame, ip + 6, 1);
	put_zeros(&frame, 12);
	end_ip4(&frame, ip);
	assert_int_equal(decode_cut(decoder, &frame, 25, SECONDS(0), &segment),
	    UNMATCHED_TRUNCATED_HEADER);
	assert_int_equal(
	    counts_of(decoder).unmatched[UNMATCHED_TRUNCATED_HEADER], 1);
	assert_int_equal(counts_of(decoder).undecided, 0);
	decoder_free(&decoder);
}

static void
another_tiny_first_fragment_begins_another_datagram(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	(void)state;
	decode_piece(decoder, 0, 8, true, 0, &segment);
	set16(&frame, ip + 6, 0x2000);
	put_hex(&frame, "c350 0050 00000009");
	end_ip4(&frame, ip);
	assert_int_equal(
	    decode_cut(decoder, &frame, frame.length, SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 1);
	assert_int_equal(decode_piece(decoder, 8, 16, true, 0, &segment), -1);
	assert_int_equal(segment.key.port[segment.sender], 50000);
	assert_int_equal(segment.sequence, 9);
	decoder_free(&decoder);
}

static int
decode_tagged(struct decoder *decoder, const char *tags, unsigned offset,
    struct segment *segment)
{
	struct frame frame = { .length = 0 };

	put_hex(&frame, "020000000001 020000000002");
	put_hex(&frame, tags);
	put_hex(&frame, "0800");
	put_fragment4(&frame, 7, offset, true, PROTOCOL_UDP);
	return decode_cut(decoder, &frame, frame.length, SECONDS(0), segment);
}

static void
fragments_of_two_vlans_are_apart_only_with_key_vlan(void **state)
{
	(void)state;
	for (int with = 0; with < 2; with++) {
		struct decode_options options = { .key_vlan = with != 0 };
		struct decoder *decoder = decoder_new(&options);
		struct segment segment;

		decoder_set_datalink(decoder, DLT_ETHERNET);
		decode_tagged(decoder, "88a80064 81000007", 0, &segment);
		assert_int_equal(
		    decode_tagged(decoder, "88a80064 81000008", 24, &segment),
		    with ? WAITS : -1);
		assert_int_equal(
		    decode_tagged(decoder, "88a80064 81000007", 24, &segment),
		    -1);
		assert_int_equal(segment.vlan, 100);
		assert_int_equal(segment.customer_vlan, 7);
		decoder_free(&decoder);
	}
}

static uint32_t
put_fragment6(struct frame *frame, unsigned offset, bool more)
{
	uint32_t ip = begin_ip6(frame, 44);

	put_hex(frame, "06 00");
	put16(frame, offset | more);
	put_hex(frame, "89abcdef");
	if (offset == 0)
		put_tcp(frame);
	put_zeros(frame, 12);
	end_ip6(frame, ip);
	return ip;
}

static void
ip6_fragments_join_too(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment, joined;

	(void)state;
	put_fragment6(&first, 0, true);
	put_fragment6(&later, 32, false);
	/* The first one's protocol counts, whatever the others say. */
	later.octets[40] = 59;
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(0), &segment),
	    -1);
	assert_int_equal(segment.payload_octets, 12);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &joined), -1);
	assert_memory_equal(&joined.key, &segment.key, sizeof(joined.key));
	assert_int_equal(joined.sender, segment.sender);
	assert_int_equal(joined.payload_octets, 12);
	assert_int_equal(joined.ip_octets, 60);
	assert_int_equal(joined.later_fragment, 1);
	decoder_free(&decoder);
}

static void
atomic_fragment_is_a_whole_datagram(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame atomic = { .length = 0 }, later = { .length = 0 };
	struct segment segment;

	(void)state;
	put_fragment6(&atomic, 0, false);
	put_fragment6(&later, 32, false);
	assert_int_equal(
	    decode_cut(decoder, &atomic, atomic.length, SECONDS(0), &segment),
	    -1);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &segment),
	    WAITS);
	decoder_free(&decoder);
}

/* Of ICMP, before the first one and behind it. */
static void
ip6_fragments_have_the_reason_of_their_first(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment;

	(void)state;
	put_fragment6(&first, 0, true);
	put_fragment6(&later, 32, false);
	first.octets[40] = 58;
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	assert_int_equal(
	    counts_of(decoder).unmatched[UNMATCHED_NOT_TCP_UDP], 1);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	decoder_free(&decoder);
}

/* The TCP header begins behind options that are in the first fragment. */
static void
ip6_tiny_fragments_behind_extensions(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip6(&first, 44);

	(void)state;
	put_hex(&first, "3c 00 0001 00000007 06 00 010400000000");
	put_hex(&first, "9c40 0050 01020304");
	end_ip6(&first, ip);
	ip = begin_ip6(&later, 44);
	put_hex(&later, "3c 00 0010 00000007 00000000 60 12 ffff 0000 0000");
	put_zeros(&later, 4 + 7);
	end_ip6(&later, ip);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(1), &segment),
	    WAITS);
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(2), &segment),
	    -1);
	assert_int_equal(segment.tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(segment.payload_octets, 0);
	assert_int_equal(segment.ip_octets, 40 + 8 + 16);
	expect_next(decoder, 1, 40 + 8 + 23, 7, &segment);
	decoder_free(&decoder);
}

/* Their octets are counted by the inner packet's lengths already. */
static void
outer_fragments_are_counted_inside(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, TUNNEL_IPIP);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment inner;
	uint32_t ip = begin_ip4(&first, 4);

	(void)state;
	set16(&first, ip + 6, 0x2000);
	first.octets[ip + 12] = 99; /* the outer source is another */
	put_tcp4(&first);
	end_ip4(&first, ip);
	ip = begin_ip4(&later, 4);
	set16(&later, ip + 6, 50 / 8);
	later.octets[ip + 12] = 99;
	put_zeros(&later, 30);
	end_ip4(&later, ip);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &inner),
	    WAITS);
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(0), &inner), -1);
	assert_tcp4(&inner);
	assert_int_equal(
	    counts_of(decoder).unmatched[UNMATCHED_TUNNEL_FRAGMENT], 1);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &inner),
	    UNMATCHED_TUNNEL_FRAGMENT);
	decoder_free(&decoder);
}

/* The inside is refused: so are the later fragments, for the same reason. */
static void
outer_fragments_have_the_reason_of_the_inside(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, TUNNEL_IPIP);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&first, 4), inside;

	(void)state;
	set16(&first, ip + 6, 0x2000);
	inside = begin_ip4(&first, 1);
	put_zeros(&first, 28);
	end_ip4(&first, inside);
	end_ip4(&first, ip);
	ip = begin_ip4(&later, 4);
	set16(&later, ip + 6, 6);
	put_zeros(&later, 30);
	end_ip4(&later, ip);
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	decoder_free(&decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_fragment_joins_the_segment_of_the_first),
		cmocka_unit_test(first_fragment_of_udp_counts_its_own_payload),
		cmocka_unit_test(later_fragment_without_its_first_is_unmatched),
		cmocka_unit_test(nothing_waits_at_the_end_of_input),
		cmocka_unit_test(later_fragments_that_come_first_wait_for_it),
		cmocka_unit_test(
		    released_segments_that_are_not_taken_are_counted),
		cmocka_unit_test(fragments_of_another_protocol_are_not_tcp_udp),
		cmocka_unit_test(
		    later_fragments_of_a_refused_first_have_its_reason),
		cmocka_unit_test(tcp_header_in_tiny_fragments_is_put_together),
		cmocka_unit_test(
		    tiny_fragments_in_reverse_order_are_put_together),
		cmocka_unit_test(octets_beyond_the_tcp_header_are_payload),
		cmocka_unit_test(tiny_fragments_without_flags_are_unmatched),
		cmocka_unit_test(
		    flags_that_were_not_captured_are_a_truncated_header),
		cmocka_unit_test(
		    another_tiny_first_fragment_begins_another_datagram),
		cmocka_unit_test(
		    fragments_of_two_vlans_are_apart_only_with_key_vlan),
		cmocka_unit_test(ip6_fragments_join_too),
		cmocka_unit_test(ip6_fragments_have_the_reason_of_their_first),
		cmocka_unit_test(ip6_tiny_fragments_behind_extensions),
		cmocka_unit_test(atomic_fragment_is_a_whole_datagram),
		cmocka_unit_test(outer_fragments_are_counted_inside),
		cmocka_unit_test(outer_fragments_have_the_reason_of_the_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
