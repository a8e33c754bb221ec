/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames for tests, built header by header.  An IP header is begun, filled
 * and ended: its length field is what lies between.
 */
#ifndef EXFLOW_TESTS_FRAME_H
#define EXFLOW_TESTS_FRAME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/decode/decode.h"

#define DLT_ETHERNET 1
#define DLT_RAW_IP 12
#define TUNNEL_ALL 0xff
#define WAITS 1000 /* of decode_cut: undecided */

struct frame {
	uint8_t octets[4096];
	uint32_t length;
};

static inline void
put(struct frame *frame, const void *octets, size_t length)
{
	assert_true(frame->length + length <= sizeof(frame->octets));
	memcpy(frame->octets + frame->length, octets, length);
	frame->length += (uint32_t)length;
}

static inline void
put_zeros(struct frame *frame, size_t length)
{
	while (length-- > 0)
		put(frame, "", 1);
}

/* Hexadecimal digits; blanks between them are for the reader. */
static inline void
put_hex(struct frame *frame, const char *digits)
{
	char octet[3] = "";

	while (*digits != '\0') {
		uint8_t value;

		if (*digits == ' ') {
			digits++;
			continue;
		}
		octet[0] = *digits++;
		octet[1] = *digits++;
		value = (uint8_t)strtoul(octet, NULL, 16);
		put(frame, &value, 1);
	}
}

static inline void
set16(struct frame *frame, uint32_t at, unsigned value)
{
	frame->octets[at] = (uint8_t)(value >> 8);
	frame->octets[at + 1] = (uint8_t)value;
}

static inline void
put16(struct frame *frame, unsigned value)
{
	put_zeros(frame, 2);
	set16(frame, frame->length - 2, value);
}

static inline void
put_ethernet(struct frame *frame, unsigned type)
{
	put_hex(frame, "020000000001 020000000002");
	put16(frame, type);
}

/* 10.0.0.1 > 192.0.2.7; where the header begins. */
static inline uint32_t
begin_ip4(struct frame *frame, unsigned protocol)
{
	uint32_t at = frame->length;

	put_hex(frame, "4500 0000 1234 0000 40 00 0000 0a000001 c0000207");
	frame->octets[at + 9] = (uint8_t)protocol;
	return at;
}

static inline void
end_ip4(struct frame *frame, uint32_t at)
{
	set16(frame, at + 2, frame->length - at);
}

/* fd00::1 > 2001:db8::7 */
static inline uint32_t
begin_ip6(struct frame *frame, unsigned protocol)
{
	uint32_t at = frame->length;

	put_hex(frame, "60000000 0000 00 40 fd000000000000000000000000000001"
	               "20010db8000000000000000000000007");
	frame->octets[at + 6] = (uint8_t)protocol;
	return at;
}

static inline void
end_ip6(struct frame *frame, uint32_t at)
{
	set16(frame, at + 4, frame->length - at - 40);
}

/* Port 40000 > 80, SYN and ACK, sequence number 0x01020304. */
static inline void
put_tcp(struct frame *frame)
{
	put_hex(frame, "9c40 0050 01020304 00000000 50 12 ffff 0000 0000");
}

/* Where the header begins; end_udp sets the length. */
static inline uint32_t
begin_udp(struct frame *frame, unsigned source, unsigned destination)
{
	put16(frame, source);
	put16(frame, destination);
	put_zeros(frame, 4);
	return frame->length - 8;
}

static inline void
end_udp(struct frame *frame, uint32_t at)
{
	set16(frame, at + 4, frame->length - at);
}

/* IPv4 with TCP and 10 octets of payload: what expect_tcp4 expects. */
static inline void
put_tcp4(struct frame *frame)
{
	uint32_t at = begin_ip4(frame, PROTOCOL_TCP);

	put_tcp(frame);
	put_zeros(frame, 10);
	end_ip4(frame, at);
}

static inline void
put_tcp6(struct frame *frame)
{
	uint32_t at = begin_ip6(frame, PROTOCOL_TCP);

	put_tcp(frame);
	put_zeros(frame, 10);
	end_ip6(frame, at);
}

static inline struct decoder *
make_decoder(int dlt, unsigned tunnels)
{
	struct decode_options options = { .tunnels = tunnels };
	struct decoder *decoder = decoder_new(&options);

	assert_non_null(decoder);
	assert_int_equal(decoder_set_datalink(decoder, dlt), 0);
	return decoder;
}

/*
 * Decode the first octets of a frame, copied to memory of just that size so
 * that a sanitizer sees every read behind them.  -1: decoded, WAITS: not yet,
 * else why not.
 */
static inline int
decode_cut(struct decoder *decoder, const struct frame *frame,
    uint32_t captured, timestamp now, struct segment *segment)
{
	enum unmatched reason = UNMATCHED_COUNT;
	uint8_t *copy = malloc(captured == 0 ? 1 : captured);
	enum decode_result result;

	assert_non_null(copy);
	memcpy(copy, frame->octets, captured);
	/* Whatever is not set shows. */
	memset(segment, 0xee, sizeof(*segment));
	result = decode_frame(
	    decoder, now, now, copy, captured, frame->length, segment, &reason);
	free(copy);
	if (result == DECODE_SEGMENT || result == DECODE_MORE)
		return -1;
	if (result == DECODE_WAITS)
		return WAITS;
	assert_in_range(reason, UNMATCHED_NOT_IP, UNMATCHED_TUNNEL_FRAGMENT);
	return (int)reason;
}

/* A whole frame through a decoder of its own. */
static inline int
decode_once(
    int dlt, unsigned tunnels, const struct frame *frame, struct segment *out)
{
	struct decoder *decoder = make_decoder(dlt, tunnels);
	int reason =
	    decode_cut(decoder, frame, frame->length, (timestamp){ 77 }, out);

	decoder_free(&decoder);
	return reason;
}

#define expect_refused(dlt, tunnels, frame, why)                               \
	do {                                                                   \
		struct segment segment_;                                       \
		assert_int_equal(                                              \
		    decode_once(dlt, tunnels, frame, &segment_), why);         \
	} while (0)

static inline void
assert_tcp4(const struct segment *segment)
{
	struct segment expected;

	memset(&expected, 0, sizeof(expected));
	segment_set_endpoints(&expected, (const uint8_t *)"\x0a\0\0\x01", 40000,
	    (const uint8_t *)"\xc0\0\x02\x07", 80, 4);
	expected.key.protocol = PROTOCOL_TCP;
	assert_memory_equal(&segment->key, &expected.key, sizeof(expected.key));
	assert_int_equal(segment->sender, expected.sender);
	assert_int_equal(segment->ip_octets, 50);
	assert_int_equal(segment->payload_octets, 10);
	assert_int_equal(segment->sequence, 0x01020304);
	assert_int_equal(segment->tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(segment->later_fragment, 0);
}

static inline void
assert_tcp6(const struct segment *segment)
{
	struct segment expected;

	memset(&expected, 0, sizeof(expected));
	segment_set_endpoints(&expected,
	    (const uint8_t *)"\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 40000,
	    (const uint8_t *)"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 80,
	    6);
	expected.key.protocol = PROTOCOL_TCP;
	assert_memory_equal(&segment->key, &expected.key, sizeof(expected.key));
	assert_int_equal(segment->sender, expected.sender);
	assert_int_equal(segment->payload_octets, 10);
	assert_int_equal(segment->tcp_flags, TCP_SYN | TCP_ACK);
}

#define expect_tcp4(dlt, tunnels, frame)                                       \
	do {                                                                   \
		struct segment segment_;                                       \
		assert_int_equal(                                              \
		    decode_once(dlt, tunnels, frame, &segment_), -1);          \
		assert_tcp4(&segment_);                                        \
	} while (0)

#define expect_tcp6(dlt, tunnels, frame)                                       \
	do {                                                                   \
		struct segment segment_;                                       \
		assert_int_equal(                                              \
		    decode_once(dlt, tunnels, frame, &segment_), -1);          \
		assert_tcp6(&segment_);                                        \
	} while (0)

#endif
