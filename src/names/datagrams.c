/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP: each datagram is parsed by itself, but for hellos of QUIC. */
#include <config.h>

#include "exflow/quic/quic.h"

#include "dns.h"
#include "state.h"

static enum phase
recognise(const struct names *names, const struct names_packet *packet,
    struct span octets, bool exists)
{
	unsigned kinds = names->options.kinds;

	if ((kinds & NAMES_DNS) != 0 && state_is_dns(packet))
		return PHASE_DNS;
	/* A server is asked for the version only: the client comes first. */
	if ((kinds & NAMES_QUIC) != 0 && names->quic != NULL &&
	    (packet->side == CLIENT || exists) &&
	    quic_looks_like(octets.octets, (uint32_t)octets.length))
		return PHASE_QUIC;
	return PHASE_DONE;
}

static bool
begin(struct talk *talk, struct span octets)
{
	enum phase phase =
	    recognise(talk->names, talk->packet, octets, talk->state != NULL);

	if (phase == PHASE_DONE) {
		state_decide(talk);
		return false;
	}
	if (talk->state == NULL && !state_take(talk))
		return false;
	talk->state->phase[talk->side] = (uint8_t)phase;
	return true;
}

void
datagrams_payload(struct talk *talk)
{
	struct span octets = { talk->packet->octets, talk->packet->captured };
	enum phase phase = PHASE_BEGIN;

	if (octets.length == 0)
		return;
	if (talk->names->options.payload > 0)
		payload_keep(talk, 0, octets);
	if (state_is_decided(*talk->handle, talk->side))
		return;
	if (talk->state != NULL)
		phase = talk->state->phase[talk->side];
	if (phase == PHASE_BEGIN) {
		if (!begin(talk, octets))
			return;
		phase = talk->state->phase[talk->side];
	}
	if (phase == PHASE_DNS)
		dns_datagram(talk);
	else if (phase == PHASE_QUIC)
		quic_datagram(talk);
}
