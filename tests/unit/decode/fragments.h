/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames with fragments, decoded one by one. */
#ifndef EXFLOW_TESTS_DECODE_FRAGMENTS_H
#define EXFLOW_TESTS_DECODE_FRAGMENTS_H

#include "../frame.h"

#define SECONDS(n) ((timestamp){ (n)*NS_PER_SECOND })

/* IPv4 fragment at offset (octets) of a datagram; 24 octets of payload. */
static inline void
put_fragment4(
    struct frame *frame, unsigned id, unsigned offset, bool more, unsigned kind)
{
	uint32_t ip = begin_ip4(frame, kind);

	frame->octets[ip + 1] = (uint8_t)(1 + offset); /* type of service */
	set16(frame, ip + 4, id);
	set16(frame, ip + 6, offset / 8 | (more ? 0x2000u : 0));
	if (offset != 0)
		put_zeros(frame, 24);
	else if (kind == PROTOCOL_TCP) {
		put_tcp(frame);
		put_zeros(frame, 4);
	} else {
		uint32_t udp = begin_udp(frame, 5353, 53);

		set16(frame, udp + 4, 48); /* of the whole datagram */
		put_zeros(frame, 16);
	}
	end_ip4(frame, ip);
}

static inline int
decode_fragment4(struct decoder *decoder, unsigned id, unsigned offset,
    bool more, unsigned kind, timestamp now, struct segment *segment)
{
	struct frame frame = { .length = 0 };

	put_fragment4(&frame, id, offset, more, kind);
	return decode_cut(decoder, &frame, frame.length, now, segment);
}

static inline struct decode_counts
counts_of(const struct decoder *decoder)
{
	struct decode_counts counts;

	decoder_counts(decoder, &counts);
	return counts;
}

/* The next released segment, whose packet was captured at a second. */
static inline enum decode_result
expect_next(struct decoder *decoder, int64_t second, uint32_t ip_octets,
    uint32_t payload, const struct segment *first)
{
	struct segment segment;
	enum decode_result result;

	memset(&segment, 0xee, sizeof(segment));
	result = decode_next(decoder, &segment);
	assert_memory_equal(&segment.key, &first->key, sizeof(segment.key));
	assert_int_equal(segment.sender, first->sender);
	assert_int_equal(segment.time.ns, SECONDS(second).ns);
	assert_int_equal(segment.ip_octets, ip_octets);
	/* Its own, see put_fragment4. */
	assert_int_equal(segment.tos % 24, segment.key.ip_version == 4);
	assert_int_equal(segment.payload_octets, payload);
	assert_int_equal(segment.tcp_flags, 0);
	assert_int_equal(segment.sequence, 0);
	assert_int_equal(segment.acknowledgement, 0);
	assert_int_equal(segment.later_fragment, 1);
	assert_int_equal(segment.vlan, 0);
	assert_int_equal(segment.customer_vlan, 0);
	assert_int_equal(segment.tunnel, 0);
	return result;
}

#endif
