/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/exchange/exchange.h"

#include <string.h>

static const char *const end_names[END_COUNT] = {
	[0] = "unknown",
	[END_FINISHED] = "finished",
	[END_RESET] = "reset",
	[END_HALF_CLOSED] = "half_closed",
	[END_REPLACED] = "replaced",
	[END_UNANSWERED] = "unanswered",
	[END_IDLE] = "idle",
	[END_ACTIVE] = "active",
	[END_EVICTED] = "evicted",
	[END_SHUTDOWN] = "shutdown",
};

const char *
exchange_end_name(enum exchange_end end)
{
	return end_names[(unsigned)end < END_COUNT ? end : 0];
}

void
exchange_copy(struct exchange *to, const struct exchange *from)
{
	struct exchange_quality *room = to->quality;

	*to = *from;
	to->quality = from->quality == NULL ? NULL : room;
	if (to->quality != NULL)
		*to->quality = *from->quality;
}

/* The figures of a half whose client is the server of the whole. */
static void
turn_figures(struct exchange_quality *figures)
{
	struct quality_side client = figures->side[CLIENT];

	figures->side[CLIENT] = figures->side[SERVER];
	figures->side[SERVER] = client;
	figures->response_time = QUALITY_UNKNOWN;
}

static void
copy_macs(const struct exchange *exchange, int side, struct exchange *half)
{
	for (int i = 0; i < 2; i++)
		memcpy(half->side[i].mac, exchange->side[i ^ side].mac,
		    MAC_OCTETS);
	half->macs = (uint8_t)((exchange->macs >> side & 1) << CLIENT |
	                       (exchange->macs >> !side & 1) << SERVER);
}

/* The server becomes the client. */
static void
turn_round(const struct exchange *exchange, struct exchange *half)
{
	memcpy(half->address[CLIENT], exchange->address[SERVER],
	    sizeof(half->address[CLIENT]));
	memcpy(half->address[SERVER], exchange->address[CLIENT],
	    sizeof(half->address[SERVER]));
	half->port[CLIENT] = exchange->port[SERVER];
	half->port[SERVER] = exchange->port[CLIENT];
	half->side[CLIENT] = exchange->side[SERVER];
	half->icmp_type_code = ICMP_TYPE_CODE_UNKNOWN;
	half->turned = true;
	if (half->quality != NULL)
		turn_figures(half->quality);
	if (exchange->direction == DIRECTION_INITIATOR)
		half->direction = DIRECTION_RESPONDER;
}

void
exchange_one_way(
    const struct exchange *exchange, int side, struct exchange *half)
{
	exchange_copy(half, exchange);
	half->side[SERVER] = (struct exchange_side){ 0 };
	if (side == SERVER)
		turn_round(exchange, half);
	if (exchange->macs != 0)
		copy_macs(exchange, side, half);
}

timestamp
exchange_first(const struct exchange *exchange)
{
	const struct exchange_side *side = exchange->side;

	if (side[SERVER].packets == 0)
		return side[CLIENT].first;
	if (side[CLIENT].packets == 0)
		return side[SERVER].first;
	return timestamp_min(side[CLIENT].first, side[SERVER].first);
}

timestamp
exchange_last(const struct exchange *exchange)
{
	return timestamp_max(
	    exchange->side[CLIENT].last, exchange->side[SERVER].last);
}
