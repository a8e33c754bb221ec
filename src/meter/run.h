/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What counting (count.c) and reading (count_read.c) share: what a run says,
 * and where the server's class of service is.  All of it is inline, as a flood
 * does both for each exchange.
 */
#ifndef EXFLOW_SRC_METER_RUN_H
#define EXFLOW_SRC_METER_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "count.h"

/* The flags of a run, by its live_run.flags. */
static const uint8_t run_flags[RUN_FLAGS_COUNT] = {
	[RUN_SYN] = TCP_SYN,
	[RUN_SYN_ECN] = TCP_SYN | TCP_ECE | TCP_CWR,
};

/* Of a packet of a run that came at this time of the meter: its own stamp. */
static inline timestamp
run_stamp(const struct pool *pool, timestamp now)
{
	return (timestamp){ now.ns + (uint64_t)pool->stamps_ahead };
}

/* A run of no packets (see count_clear) has no answer, either. */
static inline bool
run_answered(const struct live *live, const struct live_cold *cold)
{
	return live->state & LIVE_ANSWERED && cold->run.packets > 0;
}

static inline uint32_t
run_payload(const struct live_run *run)
{
	return run->ip_octets - run->header_words * 4u;
}

/* Write the counts of packets of one shape into a side. */
static inline __attribute__((always_inline)) void
shape_unfold(const struct live_run *run, timestamp first, timestamp last,
    struct live_side *side)
{
	uint8_t syn = run->flags != RUN_NO_FLAGS ? run->packets : 0;
	uint8_t ecn = run->flags == RUN_SYN_ECN ? run->packets : 0;
	uint32_t payload = run_payload(run);

	side->packets = run->packets;
	side->data_packets = payload > 0 ? run->packets : 0;
	side->ack_packets = side->psh_packets = 0;
	side->ip_octets = (uint64_t)run->packets * run->ip_octets;
	side->payload_octets = (uint64_t)run->packets * payload;
	side->first = first;
	side->last = last;
	side->rare = (struct rare_counts){ .syn = syn, .ece = ecn, .cwr = ecn };
}

/* Write the counts of a run into the sides.  True: the server's, too. */
static inline __attribute__((always_inline)) bool
run_unfold(const struct pool *pool, const struct live *live,
    const struct live_cold *cold, struct live_side sides[2])
{
	const struct live_run answer = { .ip_octets = live->answer.ip_octets,
		.packets = 1,
		.header_words = live->answer.header_words & 63,
		.flags = RUN_NO_FLAGS };
	bool answered = run_answered(live, cold);
	timestamp first = run_stamp(pool, cold->part_start);
	timestamp last = run_stamp(pool, live->last);

	shape_unfold(
	    &cold->run, first, answered ? first : last, &sides[CLIENT]);
	if (answered)
		shape_unfold(&answer, last, last, &sides[SERVER]);
	return answered;
}

/* Where the server's tos of this part is. */
static inline uint8_t *
server_tos(struct pool *pool, uint32_t number)
{
	return live_is_tcp(pool_live(pool, number))
	           ? &pool_side(pool, number, CLIENT)->server_tos
	           : &pool_cold(pool, number)->server_tos;
}

#endif
