/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detail of a segment of TCP, written on the way through its header.  Most
 * segments have no option but timestamps, and all of their header was captured:
 * these are read here, in a header to be inlined behind either version of IP.
 * detail.c reads what else there is, to the same result.
 */
#ifndef EXFLOW_SRC_DECODE_DETAIL_H
#define EXFLOW_SRC_DECODE_DETAIL_H

#include "packet.h"

#define DETAIL_NO_OPTIONS 20 /* octets of TCP's header without options */
#define DETAIL_WINDOW_AT 14  /* in it */
/* Timestamps behind two options of nothing, as most systems send them. */
#define DETAIL_STAMPED 32 /* octets of TCP's header with these */
#define DETAIL_STAMPED_BEGIN UINT32_C(0x0101080a)

/* In the second word of IPv4's header. */
#define DETAIL_IP4_ID UINT32_C(0xffff0000)
#define DETAIL_IP4_DONT_FRAGMENT UINT32_C(0x4000)

/* Nothing is known; but the hardware addresses stay. */
static inline void
detail_clear(struct segment_detail *detail)
{
	detail->timestamp_value = detail->timestamp_echo = 0;
	detail->window = detail->ip_id = detail->maximum_segment_size = 0;
	detail->window_scale = detail->sack_blocks = detail->known = 0;
}

/* Both return what is known then. */
static inline __attribute__((always_inline)) unsigned
detail_timestamps(const uint8_t *value, struct segment_detail *detail)
{
	detail->timestamp_value = load32(value);
	detail->timestamp_echo = load32(value + 4);
	return DETAIL_TIMESTAMPS;
}

static inline __attribute__((always_inline)) unsigned
detail_id(const struct datagram *datagram, struct segment_detail *detail)
{
	uint32_t word;

	if (datagram->version == 6) {
		detail->ip_id = 0;
		return 0;
	}
	word = load32(datagram->source - 8);
	detail->ip_id = (uint16_t)(word >> 16);
	return (word & (DETAIL_IP4_ID | DETAIL_IP4_DONT_FRAGMENT)) !=
	               DETAIL_IP4_DONT_FRAGMENT
	           ? DETAIL_ID
	           : 0;
}

/* Of any segment whose header begins here, up to the flags at least. */
void detail_read(const struct packet *packet, const struct datagram *datagram,
    const uint8_t *header);

/* The same for one that is no fragment; offset: of the payload behind it. */
static inline __attribute__((always_inline)) void
detail_write(const struct packet *packet, const struct datagram *datagram,
    const uint8_t *header, unsigned offset)
{
	struct segment_detail *detail = *packet->decoder->details;
	bool whole = (size_t)(packet->cursor.end - header) >= offset;
	unsigned known = DETAIL_WINDOW | DETAIL_OPTIONS;

	if (whole && offset == DETAIL_STAMPED &&
	    load32(header + DETAIL_NO_OPTIONS) == DETAIL_STAMPED_BEGIN) {
		known |=
		    detail_timestamps(header + DETAIL_NO_OPTIONS + 4, detail);
	} else if (whole && offset == DETAIL_NO_OPTIONS) {
		detail->timestamp_value = detail->timestamp_echo = 0;
	} else {
		detail_read(packet, datagram, header);
		return;
	}
	detail->window = load16(header + DETAIL_WINDOW_AT);
	detail->maximum_segment_size = 0;
	detail->window_scale = detail->sack_blocks = 0;
	detail->known = (uint8_t)(known | detail_id(datagram, detail));
}

#endif
