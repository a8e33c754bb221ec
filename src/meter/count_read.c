/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has been counted of a live exchange becomes an exchange: its key, and
 * both sides from a run or from the counts of sides.
 */
#include <config.h>

#include "count.h"
#include "run.h"

#include <string.h>

static void
read_side(struct exchange_side *to, const struct live_side *from,
    uint8_t initial_flags)
{
	to->packets = from->packets;
	to->ip_octets = from->ip_octets;
	to->payload_octets = from->payload_octets;
	to->data_packets = from->data_packets;
	to->flag_packets[FLAG_FIN] = from->rare.fin;
	to->flag_packets[FLAG_SYN] = from->rare.syn;
	to->flag_packets[FLAG_RST] = from->rare.rst;
	to->flag_packets[FLAG_PSH] = from->psh_packets;
	to->flag_packets[FLAG_ACK] = from->ack_packets;
	to->flag_packets[FLAG_URG] = from->rare.urg;
	to->flag_packets[FLAG_ECE] = from->rare.ece;
	to->flag_packets[FLAG_CWR] = from->rare.cwr;
	to->initial_flags = initial_flags;
	to->first = from->first;
	to->last = from->last;
}

static void
add_wide(struct exchange_side *to, const struct wide_side *wide)
{
	to->packets += wide->packets;
	to->data_packets += wide->data_packets;
	for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
		to->flag_packets[bit] += wide->flag_packets[bit];
}

/* A side without packets.  A copy is faster than what gcc makes of zeros. */
static const struct exchange_side silent;

static void
read_run(const struct pool *pool, const struct live *live,
    const struct live_cold *cold, struct exchange_side *to)
{
	struct live_side sides[2];
	bool answered = run_unfold(pool, live, cold, sides);

	read_side(&to[CLIENT], &sides[CLIENT], run_flags[cold->run.flags]);
	to[CLIENT].tos = live_client_tos(live);
	if (!answered) {
		to[SERVER] = silent;
		return;
	}
	read_side(&to[SERVER], &sides[SERVER], 0);
	to[SERVER].tos = live->answer.tos;
}

static void
read_sides(struct pool *pool, uint32_t number, struct exchange_side *to)
{
	const struct live *live = pool_live(pool, number);
	const struct live_side *from = pool_side(pool, number, CLIENT);
	const uint8_t *initial_flags = pool_cold(pool, number)->initial_flags;
	bool tcp = live_is_tcp(live);

	for (int i = 0; i < 2; i++)
		if (live->state & (LIVE_CLIENT_COUNTS << i))
			read_side(&to[i], &from[i], tcp ? initial_flags[i] : 0);
		else
			to[i] = silent;
	to[CLIENT].tos =
	    live->state & LIVE_CLIENT_COUNTS ? live_client_tos(live) : 0;
	to[SERVER].tos =
	    live->state & LIVE_SERVER_COUNTS ? *server_tos(pool, number) : 0;
	for (int i = 0; live->wide && i < 2; i++)
		add_wide(&to[i], &pool_wide(pool, number)->side[i]);
}
_Static_assert(LIVE_CLIENT_COUNTS << SERVER == LIVE_SERVER_COUNTS,
    "the bits of the sides follow each other");

/* Only TCP and UDP have ports; the key of another protocol may use them. */
static void
read_key(const struct live *live, struct exchange *exchange)
{
	const struct flow_key *key = &live->key;
	int client = live->client;

	memcpy(exchange->address[CLIENT], key->address[client], 16);
	memcpy(exchange->address[SERVER], key->address[!client], 16);
	exchange->protocol = key->protocol;
	exchange->ip_version = key->ip_version;
	exchange->port[CLIENT] = key->port[client];
	exchange->port[SERVER] = key->port[!client];
	exchange->icmp_type_code = 0;
	if (segment_has_ports(key->protocol))
		return;
	exchange->port[CLIENT] = exchange->port[SERVER] = 0;
	exchange->icmp_type_code = (uint16_t)live->initial_sequence;
}

static uint8_t
read_macs(const struct pool *pool, uint32_t number, struct exchange *exchange)
{
	const struct live_macs *macs = pool_macs(pool, number);

	for (int i = 0; i < 2; i++)
		memcpy(exchange->side[i].mac, macs->address[i], MAC_OCTETS);
	return macs->known;
}

void
count_read(struct pool *pool, uint32_t number, struct exchange *exchange)
{
	const struct live *live = pool_live(pool, number);
	const struct live_cold *cold = pool_cold(pool, number);

	read_key(live, exchange);
	exchange->vlan = live_vlan(live);
	exchange->customer_vlan = live_customer_vlan(live);
	exchange->tunnel = live->tunnel;
	exchange->interface = cold->interface;
	exchange->direction = live->state & LIVE_GUESSED ? DIRECTION_GUESSED
	                                                 : DIRECTION_INITIATOR;
	exchange->resumed = live->state & LIVE_RESUMED;
	exchange->local = 0;
	exchange->turned = false;
	exchange->flow_id = cold->flow_id;
	if (live->state & LIVE_RUN)
		read_run(pool, live, cold, exchange->side);
	else
		read_sides(pool, number, exchange->side);
	exchange->macs =
	    pool_has_macs(pool) ? read_macs(pool, number, exchange) : 0;
}
