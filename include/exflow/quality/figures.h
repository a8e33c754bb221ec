/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an exchange went through: round-trip times, losses, options and windows,
 * as they leave the meter with the exchange.  A plain value that owns nothing
 * and points to nothing.
 *
 * A probe in the middle sees two halves of each round trip.  The figures of
 * CLIENT are of the half between probe and client (server's data → client's
 * ACK), those of SERVER of the half between probe and server.  All other
 * figures of a side are of what that side sent.
 *
 * Packets, octets and windows count in the record's part of the exchange, as
 * the counts of struct exchange_side do.  Round-trip times, the response time
 * and what the SYNs said are of the exchange so far.
 *
 * What is not known is QUALITY_UNKNOWN (all ones of its width), a time or a hop
 * limit that is not known is 0, and a count of what did not happen is 0.
 */
#ifndef EXFLOW_QUALITY_FIGURES_H
#define EXFLOW_QUALITY_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"

#define QUALITY_UNKNOWN UINT32_MAX
#define QUALITY_UNKNOWN_16 UINT16_MAX
#define QUALITY_UNKNOWN_8 UINT8_MAX
#define QUALITY_TTL_UNKNOWN 0 /* 255 is a hop limit like any other */

/*
 * The class of a TCP segment with payload, SYN or FIN: it has exactly one
 * ("Quality" in exflow-records(5)).  So has a keep-alive without an octet;
 * segments with RST have none, as their payload is no data (RFC 9293, 3.5.3),
 * and fragments behind the first one have no header that could tell.
 */
enum loss_class {
	LOSS_NONE, /* new: begins where the last one ended */
	LOSS_KEEP_ALIVE,
	LOSS_WINDOW_PROBE,
	LOSS_GAP, /* new, but octets before it are missing here */
	LOSS_REORDERED,
	LOSS_DUPLICATED,
	/* The retransmissions: */
	LOSS_SPURIOUS,
	LOSS_FAST,
	LOSS_TIMEOUT,
	LOSS_OTHER,
	LOSS_CLASS_COUNT
};

/* Bits of tcp_options: what the side's SYN said. */
#define QUALITY_SACK_PERMITTED 1
#define QUALITY_TIMESTAMPS 2
#define QUALITY_WINDOW_SCALE 4

/* ECN in the octet of TOS (RFC 3168). */
#define QUALITY_ECN_MASK 3
#define QUALITY_ECN_CE 3

/* A gap above this is idle time. */
#define QUALITY_IDLE_US UINT64_C(1000000)

/* Packets by octets of IP: up to 63, 127, 255, … 8191, and more. */
#define QUALITY_SIZE_BINS 8

struct quality_side {
	/* Round-trip times of this half, in microseconds; or QUALITY_UNKNOWN */
	uint32_t handshake_rtt;
	uint32_t rtt_minimum, rtt_mean, rtt_maximum, rtt_deviation;
	uint32_t rtt_samples;

	/* Segments by class; and of the retransmissions the repeated octets. */
	uint64_t segments[LOSS_CLASS_COUNT];
	uint64_t retransmitted_octets;
	uint64_t unique_octets; /* payload without what was repeated */
	uint64_t missed_octets; /* acknowledged, but never seen here */
	uint64_t hole_fills;    /* segments that fill a hole, of any class */
	/* Of the spurious ones: those later than the RTO. */
	uint64_t spurious_late;
	uint32_t syn_retransmissions;

	/* The side's SYN (or SYN-ACK) said; unknown where it was not seen. */
	uint16_t maximum_segment_size; /* or QUALITY_UNKNOWN_16 */
	uint8_t window_scale;          /* or QUALITY_UNKNOWN_8 */
	uint8_t tcp_options;           /* bits, or QUALITY_UNKNOWN_8 */

	/* The window that the side offered, scaled, in octets. */
	uint32_t window_minimum, window_maximum; /* or QUALITY_UNKNOWN */
	uint32_t zero_window_packets;
	/* Octets sent and not acknowledged; or QUALITY_UNKNOWN. */
	uint32_t in_flight_minimum, in_flight_maximum;
	uint32_t initial_in_flight; /* before the first ACK of data */

	uint32_t sack_packets; /* with SACK blocks */
	uint64_t pure_acks;    /* ACK without payload, SYN, FIN or RST */
	timestamp first_ack;   /* first packet with ACK and without SYN; or 0 */
	timestamp first_payload, last_payload; /* or 0 */

	/* Any protocol: */
	uint16_t payload_minimum, payload_maximum; /* of packets that have some;
	                                            * or QUALITY_UNKNOWN_16 */
	uint8_t ttl_minimum, ttl_maximum; /* hop limit; QUALITY_TTL_UNKNOWN */
	uint32_t ect_packets, ce_packets; /* ECN in the IP header (RFC 3168) */
	uint32_t size_bins[QUALITY_SIZE_BINS];
};

/* What struct quality_brief stands for. */
enum quality_brief_kind {
	BRIEF_NONE, /* nothing: the figures are in struct exchange_quality */
	BRIEF_SYN,  /* the client sent a SYN without payload */
	BRIEF_DATAGRAMS /* the client sent one, and the server, or not */
};

/*
 * Most exchanges of a scan and of a name server are one packet, or one of each
 * side.  What their counts do not say goes with these from the meter to the
 * export thread, and not a figure has to be written beside them; there
 * exchange_expand() makes the figures, where somebody wants them.
 */
struct quality_brief {
	struct quality_syn { /* BRIEF_SYN */
		uint16_t window, maximum_segment_size;
		uint8_t window_scale;
		uint8_t known; /* DETAIL_… */
	} syn;
	uint8_t ttl[2]; /* of CLIENT, SERVER; QUALITY_TTL_UNKNOWN */
	uint8_t kind;   /* enum quality_brief_kind */
};

struct exchange_quality {
	/*
	 * From the last octet of the client's first request to the first octet
	 * of the answer, in microseconds; or QUALITY_UNKNOWN.
	 */
	uint32_t response_time;
	uint64_t idle_time; /* microseconds: the sum of all gaps above 1 s */
	struct quality_side side[2]; /* of CLIENT, SERVER */
};

/* "new", "keep_alive", "window_probe", …: the names used in every report. */
const char *quality_class_name(enum loss_class class);

/* All that is unknown, and counts of 0. */
void quality_figures_init(struct exchange_quality *figures);

/*
 * Add a later part of the same exchange: counts and idle time add up, extremes
 * and times are of both, what is of the exchange so far is the later one's.
 */
void quality_figures_add(
    struct exchange_quality *sum, const struct exchange_quality *later);

/* Segments of all classes together. */
static inline uint64_t
quality_segments(const struct quality_side *side)
{
	uint64_t sum = 0;

	/* Without a loop: this is done for every exchange. */
#pragma GCC unroll 16
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		sum += side->segments[class];
	return sum;
}

/* Segments of the four classes of retransmissions together. */
static inline uint64_t
quality_retransmitted(const struct quality_side *side)
{
	return side->segments[LOSS_SPURIOUS] + side->segments[LOSS_FAST] +
	       side->segments[LOSS_TIMEOUT] + side->segments[LOSS_OTHER];
}

#endif
