/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet says beyond its segment: TTL, window, options of TCP. */
#include "../frame.h"

#define RAW_IP 12
/* Up to the window; the offset and the flags come between. */
#define PORTS "9c40 0050 01020304 0a0b0c0d "
#define SYN " 02 1234 0000 0000 "
#define ACK " 10 1234 0000 0000 "
#define STAMPS "080a 11223344 55667788 "
#define OF_TCP (DETAIL_ID | DETAIL_WINDOW)

/*
 * The segment of the first octets of a packet, in memory of that size, 0: of
 * all; and of TCP its detail.
 */
static struct segment_detail
decoded(const struct frame *frame, uint32_t captured, struct segment *segment)
{
	struct decoder *decoder = make_decoder(RAW_IP, 0);
	uint32_t size = captured == 0 ? frame->length : captured;
	const timestamp now = { 77 };
	struct segment_detail detail, *at = &detail;
	enum unmatched reason;
	uint8_t *copy = malloc(size);

	assert_non_null(copy);
	memcpy(copy, frame->octets, size);
	memset(&detail, 0xee, sizeof(detail));
	decoder_want(decoder, &at, true);
	assert_int_equal(decode_frame(decoder, now, now, copy, size,
	                     frame->length, segment, &reason),
	    DECODE_SEGMENT);
	free(copy);
	decoder_free(&decoder);
	return detail;
}

static struct segment_detail
detail_of_cut(const struct frame *frame, uint32_t captured)
{
	struct segment segment;

	return decoded(frame, captured, &segment);
}

static void
make_tcp4(struct frame *frame, const char *digits)
{
	uint32_t at;

	*frame = (struct frame){ .length = 0 };
	at = begin_ip4(frame, PROTOCOL_TCP);
	put_hex(frame, digits);
	end_ip4(frame, at);
}

static struct segment_detail
detail_of(const char *digits)
{
	struct frame frame;

	make_tcp4(&frame, digits);
	return detail_of_cut(&frame, 0);
}

static void
options_of_a_syn(void **state)
{
	struct segment_detail detail =
	    detail_of(PORTS "a0" SYN "0204 05b4 0402 " STAMPS "01 0303 07");

	(void)state;
	assert_int_equal(detail.known,
	    OF_TCP | DETAIL_OPTIONS | DETAIL_TIMESTAMPS | DETAIL_MSS |
	        DETAIL_WINDOW_SCALE | DETAIL_SACK_PERMITTED);
	assert_int_equal(detail.ip_id, 0x1234);
	assert_int_equal(detail.window, 0x1234);
	assert_int_equal(detail.maximum_segment_size, 1460);
	assert_int_equal(detail.window_scale, 7);
	assert_int_equal(detail.timestamp_value, 0x11223344);
	assert_int_equal(detail.timestamp_echo, 0x55667788);
	assert_int_equal(detail.sack_blocks, 0);
}

static void
options_of_a_syn_count_in_a_syn_only(void **state)
{
	struct segment_detail detail =
	    detail_of(PORTS "a0" ACK "0204 05b4 0402 " STAMPS "01 0303 07");

	(void)state;
	assert_int_equal(
	    detail.known, OF_TCP | DETAIL_OPTIONS | DETAIL_TIMESTAMPS);
	assert_int_equal(detail.maximum_segment_size, 0);
	assert_int_equal(detail.window_scale, 0);
}

/* Linux sends them so: they are read without a loop. */
static void
timestamps_alone(void **state)
{
	const char *const ways[] = { PORTS "80" ACK "0101 " STAMPS,
		PORTS "80" ACK STAMPS "0000", PORTS "80" ACK STAMPS "0101" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct segment_detail detail = detail_of(ways[i]);

		assert_int_equal(
		    detail.known, OF_TCP | DETAIL_OPTIONS | DETAIL_TIMESTAMPS);
		assert_int_equal(detail.timestamp_value, 0x11223344);
		assert_int_equal(detail.timestamp_echo, 0x55667788);
	}
}

/* These are read on the way through the header, if all of it is there. */
static void
timestamps_alone_that_were_cut(void **state)
{
	struct frame frame;

	(void)state;
	make_tcp4(&frame, PORTS "80" ACK "0101 " STAMPS "77 77");
	for (uint32_t size = 20 + 14; size <= frame.length; size++) {
		struct segment_detail detail = detail_of_cut(&frame, size);
		bool whole = size >= 20 + 32;

		assert_int_equal(
		    (detail.known & DETAIL_WINDOW) != 0, size >= 20 + 16);
		assert_int_equal(
		    (detail.known & DETAIL_TIMESTAMPS) != 0, whole);
		assert_int_equal((detail.known & DETAIL_OPTIONS) != 0, whole);
		assert_int_equal(
		    detail.timestamp_value, whole ? 0x11223344 : 0);
		assert_int_equal(detail.ip_id, 0x1234);
	}
}

static void
selective_acknowledgements(void **state)
{
	struct segment_detail detail = detail_of(
	    PORTS "a0" ACK "0101 0512 00000001 00000002 fffffff0 00000010");

	(void)state;
	assert_int_equal(detail.known, OF_TCP | DETAIL_OPTIONS);
	assert_int_equal(detail.sack_blocks, 2);
	assert_int_equal(detail.sack[0].left, 1);
	assert_int_equal(detail.sack[0].right, 2);
	assert_int_equal(detail.sack[1].left, 0xfffffff0);
	assert_int_equal(detail.sack[1].right, 0x10);
	/* Half a block is none. */
	detail = detail_of(PORTS "80" ACK "050c 00000001 00000002 0000");
	assert_int_equal(detail.sack_blocks, 0);
}

/* A length of 0 or 1 would be read for ever, a long one beyond the header. */
static void
options_that_do_not_fit(void **state)
{
	const char *const wrong[] = { PORTS "60" SYN "0200 05b4",
		PORTS "60" SYN "0201 05b4", PORTS "60" SYN "0205 05b4",
		PORTS "60" SYN "0101 0102", PORTS "60" SYN "01ff 0000" };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(detail_of(wrong[i]).known, OF_TCP);
	/* What stood before them is known. */
	assert_int_equal(detail_of(PORTS "70" SYN "0204 05b4 0409 0000").known,
	    OF_TCP | DETAIL_MSS);
	/* What stands behind the end is none. */
	assert_int_equal(detail_of(PORTS "60" SYN "0002 0402").known,
	    OF_TCP | DETAIL_OPTIONS);
}

static void
headers_that_were_cut(void **state)
{
	struct frame frame;

	(void)state;
	make_tcp4(&frame, PORTS "a0" SYN "0204 05b4 0402 " STAMPS "01 0303 07");
	for (uint32_t size = 20 + 14; size < frame.length; size++) {
		struct segment_detail detail = detail_of_cut(&frame, size);

		assert_int_equal(detail.known & DETAIL_OPTIONS, 0);
		assert_int_equal(
		    (detail.known & DETAIL_WINDOW) != 0, size >= 20 + 16);
		assert_int_equal(
		    (detail.known & DETAIL_MSS) != 0, size >= 20 + 24);
		assert_int_equal(
		    (detail.known & DETAIL_TIMESTAMPS) != 0, size >= 20 + 36);
	}
	/* Octets of the payload are none of the header. */
	make_tcp4(&frame, PORTS "50" SYN "0204 05b4");
	assert_int_equal(
	    detail_of_cut(&frame, 0).known, OF_TCP | DETAIL_OPTIONS);
}

/* RFC 6864: of what must not be fragmented it may be anything, as 0. */
static void
identification(void **state)
{
	struct frame frame;

	(void)state;
	make_tcp4(&frame, PORTS "50" ACK);
	set16(&frame, 4, 0);
	assert_true(detail_of_cut(&frame, 0).known & DETAIL_ID);
	set16(&frame, 6, 0x4000);
	assert_false(detail_of_cut(&frame, 0).known & DETAIL_ID);
	set16(&frame, 4, 1);
	assert_true(detail_of_cut(&frame, 0).known & DETAIL_ID);
}

/* Tstat reads the payload's length there. */
static void
ipv6_has_no_identification(void **state)
{
	struct frame frame = { .length = 0 };
	uint32_t at = begin_ip6(&frame, PROTOCOL_TCP);
	struct segment_detail detail;
	struct segment segment;

	(void)state;
	put_hex(&frame, PORTS "60" SYN "0204 05a0");
	end_ip6(&frame, at);
	frame.octets[7] = 63;
	detail = decoded(&frame, 0, &segment);
	assert_int_equal(
	    detail.known, DETAIL_WINDOW | DETAIL_OPTIONS | DETAIL_MSS);
	assert_int_equal(segment.ttl, 63);
	assert_int_equal(detail.ip_id, 0);
	assert_int_equal(detail.maximum_segment_size, 1440);
}

/* Octets from … to of a segment's TCP, as a fragment; and its detail. */
static enum decode_result
decode_piece(struct decoder *decoder, unsigned from, unsigned to, bool more)
{
	const timestamp now = { 77 };
	struct frame frame = { .length = 0 }, whole = { .length = 0 };
	uint32_t at = begin_ip4(&frame, PROTOCOL_TCP);
	struct segment segment;
	enum unmatched reason;

	put_hex(&whole, PORTS "80" ACK "0101 " STAMPS);
	put_zeros(&whole, 16);
	put(&frame, whole.octets + from, to - from);
	end_ip4(&frame, at);
	set16(&frame, at + 6, from / 8 | (more ? 0x2000u : 0));
	return decode_frame(decoder, now, now, frame.octets, frame.length,
	    frame.length, &segment, &reason);
}

/* What stands behind a fragment in its frame is none of the header. */
static void
only_a_first_fragment_has_a_detail(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment_detail detail, *at = &detail;
	struct segment segment;

	(void)state;
	decoder_want(decoder, &at, false);
	memset(&detail, 0xee, sizeof(detail));
	assert_int_equal(decode_piece(decoder, 40, 48, false), DECODE_WAITS);
	assert_int_equal(decode_piece(decoder, 0, 24, true), DECODE_MORE);
	assert_int_equal(detail.known, OF_TCP);
	assert_int_equal(detail.timestamp_value, 0);
	memset(&detail, 0xee, sizeof(detail));
	assert_int_equal(decode_next(decoder, &segment), DECODE_SEGMENT);
	assert_int_equal(detail.known, 0);
	assert_int_equal(detail.sack_blocks, 0);
	memset(&detail, 0xee, sizeof(detail));
	assert_int_equal(decode_piece(decoder, 24, 40, true), DECODE_SEGMENT);
	assert_int_equal(detail.known, 0);
	/* Its header is all there. */
	assert_int_equal(decode_piece(decoder, 0, 32, true), DECODE_SEGMENT);
	assert_int_equal(
	    detail.known, OF_TCP | DETAIL_OPTIONS | DETAIL_TIMESTAMPS);
	decoder_free(&decoder);
}

/* The flags are in another fragment than the ports: nothing is known. */
static void
tiny_fragments_have_no_detail(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment_detail detail, *at = &detail;
	struct segment segment;

	(void)state;
	decoder_want(decoder, &at, false);
	assert_int_equal(decode_piece(decoder, 0, 8, true), DECODE_WAITS);
	memset(&detail, 0xee, sizeof(detail));
	assert_int_equal(decode_piece(decoder, 8, 40, true), DECODE_MORE);
	assert_int_equal(detail.known, 0);
	memset(&detail, 0xee, sizeof(detail));
	assert_int_equal(decode_next(decoder, &segment), DECODE_SEGMENT);
	assert_int_equal(detail.known, 0);
	decoder_free(&decoder);
}

static void
innermost_header_of_a_tunnel(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, TUNNEL_ALL);
	struct frame frame = { .length = 0 };
	uint32_t outer = begin_ip4(&frame, 4);
	uint32_t inner = begin_ip4(&frame, PROTOCOL_TCP);
	struct segment_detail detail, *at = &detail;
	struct segment segment;

	(void)state;
	put_hex(&frame, PORTS "50" ACK);
	end_ip4(&frame, inner);
	end_ip4(&frame, outer);
	set16(&frame, inner + 4, 0x4321);
	decoder_want(decoder, &at, false);
	assert_int_equal(decode_cut(decoder, &frame, frame.length,
	                     (timestamp){ 77 }, &segment),
	    -1);
	assert_int_equal(detail.known, OF_TCP | DETAIL_OPTIONS);
	assert_int_equal(detail.ip_id, 0x4321);
	decoder_free(&decoder);
}

static void
every_segment_has_its_ttl(void **state)
{
	struct frame frame = { .length = 0 };
	uint32_t at = begin_ip4(&frame, PROTOCOL_UDP);
	uint32_t udp = begin_udp(&frame, 5000, 53);
	struct segment segment;

	(void)state;
	put_zeros(&frame, 40);
	end_udp(&frame, udp);
	end_ip4(&frame, at);
	decoded(&frame, 0, &segment);
	assert_int_equal(segment.ttl, 0x40);
	make_tcp4(&frame, PORTS "50" SYN);
	decoded(&frame, 0, &segment);
	assert_int_equal(segment.ttl, 0x40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_a_syn),
		cmocka_unit_test(options_of_a_syn_count_in_a_syn_only),
		cmocka_unit_test(timestamps_alone),
		cmocka_unit_test(timestamps_alone_that_were_cut),
		cmocka_unit_test(selective_acknowledgements),
		cmocka_unit_test(options_that_do_not_fit),
		cmocka_unit_test(headers_that_were_cut),
		cmocka_unit_test(identification),
		cmocka_unit_test(ipv6_has_no_identification),
		cmocka_unit_test(only_a_first_fragment_has_a_detail),
		cmocka_unit_test(tiny_fragments_have_no_detail),
		cmocka_unit_test(innermost_header_of_a_tunnel),
		cmocka_unit_test(every_segment_has_its_ttl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
