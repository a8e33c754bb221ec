/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "count.h"

#include <string.h>

#include "sequence.h"

/* Carry over when a 32-bit counter could pass this. */
#define PACKETS_CARRY (UINT32_C(1) << 31)

/* The bit numbers of the flags with narrow counters, in RARE_ order. */
static const uint8_t rare_bit[RARE_COUNT] = {
	[RARE_FIN] = 0,
	[RARE_SYN] = 1,
	[RARE_RST] = 2,
	[RARE_URG] = 5,
	[RARE_ECE] = 6,
	[RARE_CWR] = 7,
};
#define BIT_PSH 3
#define BIT_ACK 4

static bool
carry_over(struct pool *pool, uint32_t number)
{
	struct live *live = pool_live(pool, number);
	struct wide *wide = pool_wide(pool, number);

	if (wide == NULL)
		return false;
	live->wide = 1;
	for (int i = 0; i < 2; i++) {
		struct live_side *from = &live->side[i];
		struct wide_side *to = &wide->side[i];

		if (i == SERVER && !(live->state & LIVE_SERVER_COUNTS))
			continue;
		to->packets += from->packets;
		to->data_packets += from->data_packets;
		to->ack_packets += from->ack_packets;
		to->psh_packets += from->psh_packets;
		from->packets = from->data_packets = 0;
		from->ack_packets = from->psh_packets = 0;
		for (int rare = 0; rare < RARE_COUNT; rare++) {
			to->rare[rare] += from->rare[rare];
			from->rare[rare] = 0;
		}
	}
	return true;
}

/* May a counter that the segment adds to be full? */
static bool
side_full(const struct live_side *side, uint8_t flags)
{
	if (side->packets < UINT16_MAX) /* none has counted more */
		return false;
	if (side->packets == PACKETS_CARRY)
		return true;
	for (int rare = 0; rare < RARE_COUNT; rare++)
		if (flags >> rare_bit[rare] & 1 &&
		    side->rare[rare] == UINT16_MAX)
			return true;
	return false;
}

static void
count_rare_flags(struct live_side *side, uint8_t flags)
{
	/* Written out, the bits are constants. */
#pragma GCC unroll 6
	for (int rare = 0; rare < RARE_COUNT; rare++)
		side->rare[rare] += flags >> rare_bit[rare] & 1;
}

static void
side_clear(struct live_side *side, uint32_t next_sequence)
{
	memset(side, 0, sizeof(*side));
	/* A timestamp is never negative: this marks a side without packets. */
	side->last.ns = -1;
	side->next_sequence = next_sequence;
}

static struct live_side *
side_of(struct live *live, int which)
{
	if (which == SERVER && !(live->state & LIVE_SERVER_COUNTS)) {
		side_clear(
		    &live->side[SERVER], live->state & LIVE_ANSWERED
		                             ? live->side[SERVER].next_sequence
		                             : 0);
		live->state |= LIVE_SERVER_COUNTS;
	}
	return &live->side[which];
}

bool
count_segment(struct pool *pool, uint32_t number, int which,
    const struct segment *segment)
{
	struct live_side *side = side_of(pool_live(pool, number), which);
	uint8_t flags = segment->tcp_flags;

	if (side_full(side, flags) && !carry_over(pool, number))
		return false;
	if (side->packets == 0 && side->last.ns < 0) {
		side->first = side->last = segment->time;
	} else {
		side->first = timestamp_min(side->first, segment->time);
		side->last = timestamp_max(side->last, segment->time);
	}
	side->packets++;
	side->ip_octets += segment->ip_octets;
	side->payload_octets += segment->payload_octets;
	side->data_packets += segment->payload_octets > 0;
	side->ack_packets += flags >> BIT_ACK & 1;
	side->psh_packets += flags >> BIT_PSH & 1;
	sequence_follow(side, segment);
	if (flags & (uint8_t) ~(TCP_ACK | TCP_PSH))
		count_rare_flags(side, flags);
	return true;
}

void
count_clear(struct pool *pool, uint32_t number)
{
	struct live *live = pool_live(pool, number);

	side_clear(&live->side[CLIENT], live->side[CLIENT].next_sequence);
	live->state &= (uint8_t)~LIVE_SERVER_COUNTS;
	if (live->wide)
		pool_drop_wide(pool, number);
	live->wide = 0;
}

static void
read_side(struct exchange_side *to, const struct live_side *from)
{
	to->packets = from->packets;
	to->ip_octets = from->ip_octets;
	to->payload_octets = from->payload_octets;
	to->data_packets = from->data_packets;
	to->flag_packets[BIT_ACK] = from->ack_packets;
	to->flag_packets[BIT_PSH] = from->psh_packets;
	for (int rare = 0; rare < RARE_COUNT; rare++)
		to->flag_packets[rare_bit[rare]] = from->rare[rare];
	to->first = from->first;
	to->last = from->last;
	if (from->last.ns < 0)
		to->first.ns = to->last.ns = 0;
}

static void
add_wide(struct exchange_side *to, const struct wide_side *wide)
{
	to->packets += wide->packets;
	to->data_packets += wide->data_packets;
	to->flag_packets[BIT_ACK] += wide->ack_packets;
	to->flag_packets[BIT_PSH] += wide->psh_packets;
	for (int rare = 0; rare < RARE_COUNT; rare++)
		to->flag_packets[rare_bit[rare]] += wide->rare[rare];
}

void
count_read(struct pool *pool, uint32_t number, struct exchange *exchange)
{
	const struct live *live = pool_live(pool, number);
	const struct live_cold *cold = pool_cold(pool, number);
	int client = live->client;

	memcpy(exchange->address[CLIENT], live->key.address[client], 16);
	memcpy(exchange->address[SERVER], live->key.address[!client], 16);
	exchange->port[CLIENT] = live->key.port[client];
	exchange->port[SERVER] = live->key.port[!client];
	exchange->protocol = live->key.protocol;
	exchange->ip_version = live->key.ip_version;
	exchange->vlan = cold->vlan;
	exchange->interface = cold->interface;
	exchange->midstream = live->state & LIVE_MIDSTREAM;
	exchange->flow_id = cold->flow_id;
	read_side(&exchange->side[CLIENT], &live->side[CLIENT]);
	if (live->state & LIVE_SERVER_COUNTS)
		read_side(&exchange->side[SERVER], &live->side[SERVER]);
	else
		memset(
		    &exchange->side[SERVER], 0, sizeof(exchange->side[SERVER]));
	for (int i = 0; live->wide && i < 2; i++)
		add_wide(&exchange->side[i], &pool_wide(pool, number)->side[i]);
}
