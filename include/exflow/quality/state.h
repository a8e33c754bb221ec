/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept of a live exchange for its quality.  The sizes are part of the
 * memory bound, so the members are here; only src/quality looks at them.
 *
 *	struct quality_opening    12 octets  a SYN that was not answered
 *	struct quality_copies     88         its copies, while it is not
 *	struct quality_datagrams  88         UDP and other protocols
 *	struct quality_stream    576         TCP
 *	struct quality_mark_set   64         TCP, shared (marks.h)
 *
 * Of a direction of TCP the state is this:
 *
 *	            acked    sacked                     highest
 *	              │         │                          │
 *	──────────────┼─────────┼──────┤ hole ├────────────┤
 *	 acknowledged                         left
 *
 * highest  follows the last octet that was seen.
 * holes    are octets below it that were not; four in both directions together.
 * acked    is the highest acknowledgement of the other side,
 * sacked   the highest octet that a SACK block of it covers.
 * left     is where round-trip times may be taken from: what is before it is
 *          ambiguous, as it was sent again or followed a hole (Karn's rule).
 *
 * Sequence numbers are kept as their lower 32 bits and compared with the
 * highest one, which is within 2^31 of all that is kept: whatever falls back
 * further than 2^30 is forgotten when the highest one passes a multiple of
 * 2^30.  So they are numbers of 64 bits in all but storage.
 *
 * Times are microseconds since `base`, which moves when they do not fit any
 * more; 0 stands for what is too long ago, or not known.
 *
 * Counters are narrow.  At so many packets that none can be full, all counts are
 * carried over into figures elsewhere (quality_stream_carry), and begin again.
 * Few exchanges ever have so many packets.  These have 2^16 octets each at most;
 * after a longer one octets are looked at, too (QUALITY_OCTETS_FULL).
 */
#ifndef EXFLOW_QUALITY_STATE_H
#define EXFLOW_QUALITY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/quality/figures.h"
#include "exflow/quality/marks.h"

/* Of quality_stream.packets. */
#define QUALITY_PACKETS_FULL (1u << 15)
/* What is left of 2^32 is enough for as many packets, and a longer one. */
#define QUALITY_OCTETS_FULL (UINT32_C(1) << 30)

#define QUALITY_HOLES 4
#define QUALITY_REPEATS 4

/* A SYN, as far as its exchange does not say it (struct live_run). */
struct quality_opening {
	uint32_t timestamp_value;
	uint16_t ip_id;
	struct quality_syn syn;
};
_Static_assert(sizeof(struct quality_opening) == 12, "the memory bound");

/*
 * Linux sends a SYN again six times (tcp_syn_retries), since 6.5 four times more
 * (tcp_syn_linear_timeouts); the last time after 32 s.
 */
#define QUALITY_COPIES 9
#define QUALITY_COPY_AFTER_BITS 28
#define QUALITY_COPY_STAMP_BITS 20

/* What may differ in a SYN that is sent again; the oldest copy comes first. */
struct quality_copies {
	struct quality_copy {
		uint64_t after : QUALITY_COPY_AFTER_BITS; /* microseconds */
		uint64_t stamp : QUALITY_COPY_STAMP_BITS; /* TSval - SYN's */
		uint64_t ip_id : 16;
	} copy[QUALITY_COPIES];
	uint8_t ttl[1 + QUALITY_COPIES]; /* the SYN's own, then theirs */
	uint8_t count;
};
_Static_assert(sizeof(struct quality_copies) == 88, "the memory bound");

/* One side of any protocol; counts of the part. */
struct quality_basic {
	uint16_t size_bins[QUALITY_SIZE_BINS];
	uint16_t ect_packets, ce_packets;
	uint16_t payload_minimum, payload_maximum;
	uint8_t ttl_minimum, ttl_maximum;
};

/* Round-trip times of one half, in microseconds (rtt.c). */
struct quality_rtt {
	uint32_t samples, minimum, maximum; /* of data */
};

struct quality_moments {
	double squares; /* of the differences from the mean */
	uint64_t sum;
};

/* Octets that were seen again, or not at all. */
struct quality_range {
	uint32_t begin, end;
};

/* Times of a part, in microseconds since 1970; 0: none. */
enum {
	QUALITY_FIRST_ACK,
	QUALITY_FIRST_PAYLOAD,
	QUALITY_LAST_PAYLOAD,
	QUALITY_TIMES
};

/*
 * Three cache lines: memory is slow, and a segment in its course shall need few
 * of them.  The first one is what the other side's segments look at, too; the
 * second what its own segments add to; the third has what happens rarely, and
 * what only the beginning changes.
 */
struct quality_tcp_side {
	uint32_t highest, acked, left;
	uint32_t rtt_last;  /* sample of this half, of either kind; 0: none */
	uint16_t flags;     /* QUALITY_SIDE_…, in stream.h */
	uint16_t window;    /* the last one, as in the header */
	uint8_t syn_copies; /* while its SYN is not acknowledged */
	uint8_t duplicate_acks;
	uint8_t window_scale, tcp_options;
	/* Marks from before that time mean nothing; or QUALITY_UNKNOWN. */
	uint32_t marks_since;
	/* The last segment with payload, SYN or FIN. */
	uint32_t last_begin, last_stamp, last_time;
	uint16_t last_octets, last_id;
	/* Of the last acknowledgement without data that is no copy: its IPv4
	 * id, or else the low half of its TSval. */
	uint16_t ack_id;
	uint16_t pure_acks;
	uint32_t unique_octets;
	uint32_t window_minimum, window_maximum;
	uint32_t in_flight_minimum, in_flight_maximum;
	struct quality_rtt rtt; /* of this half; the other side's marks */
	/* 53 bits a time: 32 of it here or in times_first, 16 and 5 more. */
	uint32_t times_last;
	uint16_t times_high[QUALITY_TIMES], times_top;
	struct quality_basic basic;
	uint16_t segments[LOSS_CLASS_COUNT]; /* LOSS_NONE is still in line 2 */

	uint16_t maximum_segment_size;
	uint32_t times_first[QUALITY_LAST_PAYLOAD];
	uint32_t sacked;
	uint32_t in_flight_initial;
	uint16_t zero_windows, hole_fills, spurious_late, sack_packets;
	uint16_t syn_repeats;
	uint32_t retransmitted_octets, missed_octets;
	uint32_t passed; /* when highest passed a multiple of 2^30 */
	/* The first segment that made what is before left ambiguous, and the
	 * least end and TSval of those that came since; no time: one had no
	 * TSval.  While SIDE_HANDSHAKE the first SYN, and again_end is whether
	 * it has a TSval and no mark yet. */
	uint32_t again_end, again_stamp, again_time;
};
_Static_assert(sizeof(struct quality_tcp_side) == 192 &&
                   offsetof(struct quality_tcp_side, segments) <= 126,
    "three cache lines, and what is in its course needs no third");

struct quality_hole {
	struct quality_range range;
	uint32_t time;  /* of the segment that opened it, */
	uint32_t stamp; /* and its TSval, or else its IPv4 id */
};

struct quality_stream {
	_Alignas(64) uint64_t base; /* microseconds since 1970 */
	uint32_t last;              /* time of the last packet */
	uint32_t response;          /* when asked, then how long it took */
	uint32_t sequenced; /* segments that have a class, of both sides */
	/* Since the last carrying over; QUALITY_PACKETS_FULL: octets, too. */
	uint16_t packets;
	uint8_t response_state;
	/* RFC 6298 over the sum of both halves' last samples; 0: none. */
	uint32_t smoothed, variation;
	struct quality_moments moments[2]; /* of the samples of both halves */
	struct quality_tcp_side side[2];
	/* What happens rarely. */
	uint8_t hole_kinds[QUALITY_HOLES];     /* holes.c; 0: free */
	uint8_t repeat_kinds[QUALITY_REPEATS]; /* loss.c; 0: free */
	uint8_t repeat_next;                   /* place of the oldest */
	uint8_t marks_spread[2]; /* a side has marks away from its own set */
	uint32_t handshake[2];   /* of both halves, or QUALITY_UNKNOWN */
	uint64_t idle;           /* microseconds */
	struct quality_hole holes[QUALITY_HOLES];
	/* Retransmissions that a D-SACK may still call spurious. */
	struct quality_range repeats[QUALITY_REPEATS];
};
_Static_assert(sizeof(struct quality_stream) == 576 &&
                   sizeof(struct quality_mark_set) == 64 &&
                   offsetof(struct quality_stream, side) == 64,
    "the memory bound, and sides in lines of their own");

struct quality_datagrams {
	timestamp last;    /* packet */
	timestamp request; /* the client's first datagram; or 0 */
	uint64_t idle;     /* microseconds */
	uint32_t response; /* or QUALITY_UNKNOWN */
	uint16_t packets;  /* since the last carrying over */
	struct quality_basic basic[2];
};
_Static_assert(sizeof(struct quality_datagrams) <= 108, "the memory bound");

#endif
