/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/exchange/exchange.h"

#include <string.h>

#include "exflow/quality/brief.h"

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
	if (to->quality != NULL && to->brief.kind == BRIEF_NONE)
		*to->quality = *from->quality;
}

static struct quality_packet
packet_of(const struct exchange *exchange, int side)
{
	const struct exchange_side *from = &exchange->side[side];

	return (struct quality_packet){ .ip_octets = (uint16_t)from->ip_octets,
		.payload = (uint16_t)from->payload_octets,
		.tos = from->tos,
		.ttl = exchange->brief.ttl[side] };
}

/* A SYN may have a payload (RFC 7413). */
void
exchange_read_brief(
    const struct exchange *exchange, struct exchange_quality *figures)
{
	const struct exchange_side *client = &exchange->side[CLIENT];
	const struct quality_packet packet[2] = { packet_of(exchange, CLIENT),
		packet_of(exchange, SERVER) };
	bool answered = exchange->side[SERVER].packets > 0;
	uint64_t took;

	quality_brief_read(&exchange->brief,
	    (const struct quality_packet *[2]){
	        &packet[CLIENT], answered ? &packet[SERVER] : NULL },
	    figures);
	if (exchange_brief_answer(exchange, &took))
		quality_answer_read(took, figures);
	if (exchange->brief.kind == BRIEF_SYN && client->payload_octets > 0) {
		figures->side[CLIENT].unique_octets = client->payload_octets;
		figures->side[CLIENT].first_payload.ns =
		    client->first.ns / 1000 * 1000;
		figures->side[CLIENT].last_payload =
		    figures->side[CLIENT].first_payload;
	}
}

void
exchange_expand(struct exchange *exchange)
{
	if (exchange->quality == NULL || exchange->brief.kind == BRIEF_NONE)
		return;
	exchange_read_brief(exchange, exchange->quality);
	exchange->brief.kind = BRIEF_NONE;
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
