/* SPDX-License-Identifier: BSD-2-Clause */
/* The setting `payload`: the first octets of each side, as they came. */
#include <config.h>

#include "state.h"

#include "exflow/decode/segment.h"

bool
payload_wants(const struct names *names, const struct state *state, int side)
{
	return names->options.payload > 0 &&
	       (state->payload_over >> side & 1) == 0;
}

void
payload_keep(struct talk *talk, uint64_t offset, struct span octets)
{
	const struct names *names = talk->names;
	struct chain *chain;
	uint32_t room;

	if (talk->state == NULL && !state_take(talk))
		return;
	chain = &talk->state->payload[talk->side];
	room = names->options.payload - chain->octets;
	if (!payload_wants(names, talk->state, talk->side) ||
	    offset > chain->octets || chain->octets - offset >= octets.length)
		return;
	octets.octets += chain->octets - offset;
	octets.length -= chain->octets - offset;
	if (octets.length > room)
		octets.length = room;
	if (!chain_append(
	        &talk->names->cells, chain, octets.octets, octets.length)) {
		talk->names->counts.texts_full++;
		room = (uint32_t)octets.length;
	}
	if (octets.length == room || talk->packet->protocol != PROTOCOL_TCP)
		talk->state->payload_over |= (uint8_t)(1u << talk->side);
}
