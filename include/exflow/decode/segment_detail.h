/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a packet says beyond its struct segment.  Details stand in an array
 * beside that of the segments, number by number, and are filled only where
 * somebody wants them: most runs do not.
 *
 * Whatever is not known is not set in `known`; its member means nothing then.
 * It is not known where the capture was snapped before it, and of what only
 * the first fragment of a datagram has.
 */
#ifndef EXFLOW_DECODE_SEGMENT_DETAIL_H
#define EXFLOW_DECODE_SEGMENT_DETAIL_H

#include <stdint.h>

#include "exflow/decode/segment.h"

#define DETAIL_SACK_BLOCKS 4 /* as many as fit into TCP's options */

/* Bits of segment_detail.known. */
enum {
	/*
	 * IPv4's identification tells packets of the sender apart: it is not
	 * 0 in a packet that must not be fragmented (RFC 6864).  Never IPv6.
	 */
	DETAIL_ID = 1 << 0,
	DETAIL_TIMESTAMPS = 1 << 1,
	DETAIL_WINDOW = 1 << 2,
	DETAIL_OPTIONS = 1 << 3, /* all options of TCP were captured */
	DETAIL_MSS = 1 << 4,
	DETAIL_WINDOW_SCALE = 1 << 5,
	DETAIL_SACK_PERMITTED = 1 << 6
};

/* Of sequence numbers from left up to, and without, right (RFC 2018). */
struct sack_block {
	uint32_t left, right;
};

/* What only SYNs and SACK have stands together: most write one zero there. */
struct segment_detail {
	uint32_t timestamp_value; /* TSval and TSecr (RFC 7323) */
	uint32_t timestamp_echo;
	struct sack_block sack[DETAIL_SACK_BLOCKS];
	uint16_t window; /* as it stands in the header */
	uint16_t ip_id;
	uint16_t maximum_segment_size;
	uint8_t window_scale;
	uint8_t sack_blocks; /* how many there are */
	uint8_t known;
	struct segment_macs macs; /* by decode_macs() */
};
_Static_assert(sizeof(struct segment_detail) == 64, "one cache line");

#endif
