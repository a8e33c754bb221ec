/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts go where the head of live.h says: into the run while the client
 * repeats its first packet, or one datagram answers another; else into the
 * sides.
 *
 * A run says only what all of its packets share.  So its packets have the
 * same lengths, flags and sequence number, and each is dated with the meter's
 * now, or as far ahead of it as all others (meter_stamps_ahead): then the first
 * is from the part's start and the last from live->last.  A run that is answered
 * has one packet a side, so the client's is from the part's start and the
 * server's from live->last.
 */
#include <config.h>

#include "exflow/base/clear.h"

#include "count.h"
#include "run.h"

#define RARE_FLAGS (TCP_FIN | TCP_SYN | TCP_RST | TCP_URG | TCP_ECE | TCP_CWR)

/* --- runs */

/* Make the shape of a segment; false where no run can have it. */
static bool
run_shape(const struct pool *pool, struct live_run *run,
    const struct segment *segment)
{
	uint32_t header = segment->ip_octets - segment->payload_octets;
	uint8_t flags = RUN_NO_FLAGS;

	if (segment->ip_octets > UINT16_MAX || header > 63 * 4 ||
	    header % 4 != 0 ||
	    segment->time.ns != run_stamp(pool, segment->now).ns ||
	    segment->later_fragment)
		return false;
	if (segment->key.protocol == PROTOCOL_TCP) {
		flags = segment->tcp_flags == TCP_SYN ? RUN_SYN : RUN_SYN_ECN;
		if (segment->tcp_flags != run_flags[flags])
			return false;
	}
	*run = (struct live_run){ .ip_octets = (uint16_t)segment->ip_octets,
		.packets = 1,
		.header_words = header / 4 & 63,
		.flags = flags & 3 };
	return true;
}

static bool
run_goes_on(const struct pool *pool, const struct live *live,
    struct live_cold *cold, int side, const struct segment *segment)
{
	struct live_run shape;

	if (side != CLIENT || live->state & LIVE_ANSWERED ||
	    segment->sequence != live->initial_sequence ||
	    cold->run.packets == UINT8_MAX ||
	    !run_shape(pool, &shape, segment) ||
	    shape.ip_octets != cold->run.ip_octets ||
	    shape.header_words != cold->run.header_words ||
	    shape.flags != cold->run.flags)
		return false;
	cold->run.packets++;
	return true;
}

/* The server's first datagram, where there was one of the client. */
static bool
run_is_answered(const struct pool *pool, struct live *live,
    const struct live_cold *cold, int side, const struct segment *segment)
{
	struct live_run shape;

	if (side != SERVER || live->key.protocol != PROTOCOL_UDP ||
	    live->state & LIVE_ANSWERED || cold->run.packets != 1 ||
	    !run_shape(pool, &shape, segment))
		return false;
	live->answer = (struct live_answer){ .ip_octets = shape.ip_octets,
		.header_words = shape.header_words,
		.tos = segment->tos };
	return true;
}

bool
count_in_run(const struct pool *pool, uint32_t number, int side,
    const struct segment *segment)
{
	struct live *live = pool_live(pool, number);
	struct live_cold *cold = pool_cold(pool, number);

	return run_goes_on(pool, live, cold, side, segment) ||
	       run_is_answered(pool, live, cold, side, segment);
}

void
count_run_segment(
    const struct pool *pool, uint32_t number, struct segment *segment)
{
	const struct live *live = pool_live(pool, number);
	const struct live_cold *cold = pool_cold(pool, number);

	clear_object(segment, sizeof(*segment));
	segment->time = run_stamp(pool, cold->part_start);
	segment->now = cold->part_start;
	segment->ip_octets = cold->run.ip_octets;
	segment->payload_octets = run_payload(&cold->run);
	segment->sequence = live->initial_sequence;
	segment->tcp_flags = run_flags[cold->run.flags];
	segment->tos = live_client_tos(live);
}

void
count_run_answer(
    const struct pool *pool, uint32_t number, struct segment *segment)
{
	const struct live *live = pool_live(pool, number);
	const struct live_answer *answer = &live->answer;

	*segment = (struct segment){
		.time = run_stamp(pool, live->last),
		.now = live->last,
		.ip_octets = answer->ip_octets,
		.payload_octets = answer->ip_octets - answer->header_words * 4u,
		.tos = answer->tos,
	};
}

/* --- sides */

static void
side_clear(struct live_side *side, timestamp first)
{
	side->packets = side->data_packets = 0;
	side->ack_packets = side->psh_packets = 0;
	side->ip_octets = side->payload_octets = 0;
	side->first = side->last = first;
	side->rare = (struct rare_counts){ 0 };
}

/* What the union of struct live_side holds before the first packet. */
static void
sides_begin(struct live *live, const struct live_cold *cold,
    struct live_side sides[2], bool run)
{
	if (!live_is_tcp(live)) {
		int latest = run && run_answered(live, cold) ? SERVER : CLIENT;

		sides[latest].heard = live->last;
		sides[!latest].heard = cold->part_start;
		return;
	}
	sequence_clear(live, sides);
	if (!run)
		return;
	sides[CLIENT].next_sequence =
	    live->initial_sequence + run_payload(&cold->run) + 1;
	live->spoke = 1 << CLIENT;
}

/* The run may be one of no packets, see count_clear. */
bool
count_unfold(struct pool *pool, uint32_t number)
{
	struct live *live = pool_live(pool, number);
	struct live_cold *cold = pool_cold(pool, number);
	struct live_run run = cold->run;
	struct live_side *sides;
	bool answered;

	if (!pool_add_sides(pool, number))
		return false;
	sides = pool_side(pool, number, CLIENT);
	answered = run_unfold(pool, live, cold, sides);
	sides_begin(live, cold, sides, true);
	cold->syn_payload =
	    run.flags == RUN_NO_FLAGS ? 0 : (uint16_t)run_payload(&run);
	cold->initial_flags[CLIENT] = run_flags[run.flags];
	cold->initial_flags[SERVER] = 0;
	live->state &= (uint16_t)~LIVE_RUN;
	if (run.packets > 0)
		live->state |= LIVE_CLIENT_COUNTS;
	if (answered) {
		cold->server_tos = live->answer.tos;
		live->state |= LIVE_SERVER_COUNTS;
	}
	return true;
}

static void
carry_rare(struct wide_side *to, struct rare_counts *rare)
{
	to->flag_packets[FLAG_FIN] += rare->fin;
	to->flag_packets[FLAG_SYN] += rare->syn;
	to->flag_packets[FLAG_RST] += rare->rst;
	to->flag_packets[FLAG_URG] += rare->urg;
	to->flag_packets[FLAG_ECE] += rare->ece;
	to->flag_packets[FLAG_CWR] += rare->cwr;
	*rare = (struct rare_counts){ 0 };
}

static bool
carry_over(struct pool *pool, uint32_t number, int which)
{
	struct live *live = pool_live(pool, number);
	struct live_side *from = pool_side(pool, number, which);
	struct wide_side ignored = { 0 }, *to = &ignored;

	if (!(live->state & LIVE_LEFT_OUT)) {
		struct wide *wide = pool_wide(pool, number);

		if (wide == NULL)
			return false;
		live->wide = 1;
		to = &wide->side[which];
	}
	to->packets += from->packets;
	to->data_packets += from->data_packets;
	to->flag_packets[FLAG_ACK] += from->ack_packets;
	to->flag_packets[FLAG_PSH] += from->psh_packets;
	from->packets = from->data_packets = 0;
	from->ack_packets = from->psh_packets = 0;
	carry_rare(to, &from->rare);
	return true;
}

/* Is a counter full that the segment adds to? */
static bool
side_full(const struct live_side *side, uint8_t flags)
{
	const struct rare_counts *rare = &side->rare;

	if (side->packets < UINT8_MAX) /* none has counted more */
		return false;
	if (side->packets == COUNT_PACKETS_CARRY)
		return true;
	return (flags & TCP_FIN && rare->fin == UINT8_MAX) ||
	       (flags & TCP_SYN && rare->syn == UINT8_MAX) ||
	       (flags & TCP_RST && rare->rst == UINT8_MAX) ||
	       (flags & TCP_URG && rare->urg == UINT8_MAX) ||
	       (flags & TCP_ECE && rare->ece == UINT16_MAX) ||
	       (flags & TCP_CWR && rare->cwr == UINT16_MAX);
}

static void
count_rare_flags(struct rare_counts *rare, uint8_t flags)
{
	rare->fin += flags >> FLAG_FIN & 1;
	rare->syn += flags >> FLAG_SYN & 1;
	rare->rst += flags >> FLAG_RST & 1;
	rare->urg += flags >> FLAG_URG & 1;
	rare->ece += flags >> FLAG_ECE & 1;
	rare->cwr += flags >> FLAG_CWR & 1;
}

/* Begin to count a side at its first packet in this part. */
static void
side_begin(struct pool *pool, uint32_t number, int which,
    const struct segment *segment)
{
	struct live *live = pool_live(pool, number);

	side_clear(pool_side(pool, number, which), segment->time);
	if (live_is_tcp(live))
		pool_cold(pool, number)->initial_flags[which] =
		    segment->tcp_flags;
	if (which == CLIENT)
		live_set_client_tos(live, segment->tos);
	else
		*server_tos(pool, number) = segment->tos;
	live->state |=
	    which == CLIENT ? LIVE_CLIENT_COUNTS : LIVE_SERVER_COUNTS;
}

static inline __attribute__((always_inline)) enum count_result
count_in_side(struct pool *pool, uint32_t number, int which,
    const struct segment *segment)
{
	struct live *live = pool_live(pool, number);
	struct live_side *sides = pool_side(pool, number, CLIENT);
	struct live_side *side = &sides[which];
	uint8_t flags = segment->tcp_flags;
	uint16_t counts =
	    which == CLIENT ? LIVE_CLIENT_COUNTS : LIVE_SERVER_COUNTS;

	if (!(live->state & counts))
		side_begin(pool, number, which, segment);
	else if (side_full(side, flags) && !carry_over(pool, number, which))
		return COUNT_FULL;
	side->first = timestamp_min(side->first, segment->time);
	side->last = timestamp_max(side->last, segment->time);
	side->packets++;
	side->ip_octets += segment->ip_octets;
	side->payload_octets += segment->payload_octets;
	side->data_packets += segment->payload_octets > 0;
	side->ack_packets += flags >> FLAG_ACK & 1;
	side->psh_packets += flags >> FLAG_PSH & 1;
	if (!live_is_tcp(live))
		side->heard = segment->now;
	else if (!segment->later_fragment && !(flags & TCP_RST))
		sequence_follow(live, sides, which, segment);
	if (flags & RARE_FLAGS)
		count_rare_flags(&side->rare, flags);
	return COUNTED;
}

enum count_result
count_segment(struct pool *pool, uint32_t number, int which,
    const struct segment *segment)
{
	const struct live *live = pool_live(pool, number);

	if (__builtin_expect(live->state & LIVE_RUN, 0) &&
	    !count_unfold(pool, number))
		return COUNT_NO_SIDES;
	return count_in_side(pool, number, which, segment);
}

enum count_result
count_first(struct pool *pool, uint32_t number, int which,
    const struct segment *segment)
{
	struct live *live = pool_live(pool, number);
	struct live_cold *cold = pool_cold(pool, number);

	if (which == CLIENT && run_shape(pool, &cold->run, segment)) {
		live_set_client_tos(live, segment->tos);
		live->state |= LIVE_RUN;
		return COUNTED;
	}
	if (!pool_add_sides(pool, number))
		return COUNT_NO_SIDES;
	cold->syn_payload = 0;
	cold->initial_flags[CLIENT] = cold->initial_flags[SERVER] = 0;
	if (segment->tcp_flags & TCP_SYN && which == CLIENT)
		cold->syn_payload = (uint16_t)segment->payload_octets;
	sides_begin(live, cold, pool_side(pool, number, CLIENT), false);
	return count_in_side(pool, number, which, segment);
}

void
count_clear(struct pool *pool, uint32_t number)
{
	struct live *live = pool_live(pool, number);

	/* Without memory for the sides it stays a run, of no packets. */
	if (live->state & LIVE_RUN && !count_unfold(pool, number))
		pool_cold(pool, number)->run.packets = 0;
	live->state &= (uint16_t) ~(LIVE_CLIENT_COUNTS | LIVE_SERVER_COUNTS);
	if (live->wide)
		pool_drop_wide(pool, number);
	live->wide = 0;
}

uint32_t
count_syn_payload(const struct pool *pool, uint32_t number)
{
	const struct live_cold *cold = pool_cold(pool, number);

	return pool_live(pool, number)->state & LIVE_RUN
	           ? run_payload(&cold->run)
	           : cold->syn_payload;
}
