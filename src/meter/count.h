/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting segments into a live exchange, and reading the counts out. */
#ifndef EXFLOW_SRC_METER_COUNT_H
#define EXFLOW_SRC_METER_COUNT_H

#include <stdbool.h>

#include "exflow/decode/segment.h"
#include "exflow/memory/pool.h"
#include "exflow/exchange/exchange.h"

#include "sequence.h"

/* Carry over when a 32-bit counter could pass this. */
#define COUNT_PACKETS_CARRY (UINT32_C(1) << 31)

enum count_result {
	COUNTED,
	COUNT_FULL,     /* not counted: no memory to carry counters over into */
	COUNT_NO_SIDES, /* not counted: no memory for the sides */
};

/*
 * Count a segment of side CLIENT or SERVER in the run of an exchange that has
 * one (LIVE_RUN).  False where the run cannot hold it; then nothing is counted.
 */
bool count_in_run(const struct pool *pool, uint32_t number, int side,
    const struct segment *segment);
/*
 * Count any other segment; what is a run goes into the sides first.  Before it,
 * live->last is the meter's now at the packet before this one; the caller moves
 * it on.
 */
enum count_result count_segment(struct pool *pool, uint32_t number, int side,
    const struct segment *segment);

/*
 * The same for what most packets are: neither the first of its side, nor with
 * a flag besides ACK and PSH, of an exchange of two sides that have spoken.
 * False where it is not such a packet; then nothing is counted.
 */
static inline __attribute__((always_inline)) bool
count_plain(const struct pool *pool, uint32_t number, const struct live *live,
    int which, const struct segment *segment)
{
	const unsigned needed =
	    LIVE_ANSWERED |
	    (which == CLIENT ? LIVE_CLIENT_COUNTS : LIVE_SERVER_COUNTS);
	uint8_t flags = segment->tcp_flags;
	struct live_side *side;

	if ((live->state & needed) != needed ||
	    flags & (uint8_t) ~(TCP_ACK | TCP_PSH) || segment->later_fragment)
		return false;
	side = pool_side(pool, number, which);
	if (side->packets == COUNT_PACKETS_CARRY)
		return false;
	if (!live_is_tcp(live))
		side->heard = segment->now;
	else if (live->spoke == 3)
		sequence_move_on(
		    side, segment->sequence + segment->payload_octets);
	else
		return false;
	side->first = timestamp_min(side->first, segment->time);
	side->last = timestamp_max(side->last, segment->time);
	side->packets++;
	side->ip_octets += segment->ip_octets;
	side->payload_octets += segment->payload_octets;
	side->data_packets += segment->payload_octets > 0;
	side->ack_packets += flags / TCP_ACK & 1;
	side->psh_packets += flags / TCP_PSH & 1;
	return true;
}

/*
 * The first segment of an exchange that has just been opened: as a run, where
 * it can be one.
 */
enum count_result count_first(struct pool *pool, uint32_t number, int side,
    const struct segment *segment);

/* The first packet of a run, but for its key and number; */
void count_run_segment(
    const struct pool *pool, uint32_t number, struct segment *segment);
/* and the one that answers it. */
void count_run_answer(
    const struct pool *pool, uint32_t number, struct segment *segment);
/* A run goes into the sides; false: no memory for them. */
bool count_unfold(struct pool *pool, uint32_t number);

/* All counts back to nothing: the next part begins. */
void count_clear(struct pool *pool, uint32_t number);

/* The exchange as the rest of the program sees it; end is the caller's. */
void count_read(struct pool *pool, uint32_t number, struct exchange *exchange);

/* The octets that the client's SYN carried, 0 where it is not known. */
uint32_t count_syn_payload(const struct pool *pool, uint32_t number);

#endif
