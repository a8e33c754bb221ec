/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What messages of DNS say goes into the state: the first query's question, the
 * code of its answer and the time between them.
 */
#include <config.h>

#include "dns.h"
#include "state.h"

static void
question_found(struct talk *talk, const struct dns_message *message)
{
	struct state *state = talk->state;

	if (!message->has_question || state_has_text(state, NAMES_DNS_QUESTION))
		return;
	state->dns_type = message->type;
	state_set_text(talk, NAMES_DNS_QUESTION,
	    (struct span){ message->name.octets, message->name.length });
}

static void
query_found(struct talk *talk, const struct dns_message *message)
{
	struct state *state = talk->state;

	if (state->asked == 0) {
		state->asked = talk->packet->time.ns;
		state->dns_id = message->id;
		state->asking = true;
	}
	question_found(talk, message);
}

static void
resolution_found(struct talk *talk)
{
	struct state *state = talk->state;
	uint64_t ns = talk->packet->time.ns - state->asked;

	state->asking = false;
	/* A clock that was set back in between tells nothing. */
	if (talk->packet->time.ns >= state->asked &&
	    ns / (uint64_t)NS_PER_US < UINT32_MAX)
		state->dns_resolution = (uint32_t)(ns / (uint64_t)NS_PER_US);
}

/* Without a query before it, the first answer has its figures. */
static void
answer_found(struct talk *talk, const struct dns_message *message)
{
	struct state *state = talk->state;

	if (state->asked != 0 &&
	    (!state->asking || message->id != state->dns_id))
		return;
	if (state->asking)
		resolution_found(talk);
	if (state->dns_response_code == UINT8_MAX)
		state->dns_response_code = message->code;
	question_found(talk, message);
}

static bool
message_found(struct talk *talk, struct span octets)
{
	struct dns_message message;

	if (!dns_read(octets, &message))
		return false;
	talk->state->application = APPLICATION_DNS;
	if (message.answer)
		answer_found(talk, &message);
	else
		query_found(talk, &message);
	return true;
}

/* Has this side said all that is wanted? */
static bool
is_over(const struct talk *talk)
{
	const struct state *state = talk->state;

	return talk->side == CLIENT ? state->asked != 0 : !state->asking;
}

void
dns_datagram(struct talk *talk)
{
	const struct names_packet *packet = talk->packet;

	if (!message_found(
	        talk, (struct span){ packet->octets, packet->captured })) {
		if (packet->captured < packet->length)
			talk->names->counts.incomplete++;
		else
			talk->names->counts.malformed++;
	}
	if (is_over(talk))
		talk->state->phase[talk->side] = PHASE_DONE;
}

/* RFC 1035, 4.2.2: each message stands behind its length. */
enum parsed
dns_stream(struct talk *talk, struct span octets, bool last, size_t *used)
{
	while (octets.length >= 2) {
		uint32_t length = load16(octets.octets);
		struct span message = { octets.octets + 2, octets.length - 2 };

		if (length < DNS_HEADER_OCTETS)
			return talk->state->application == APPLICATION_DNS
			           ? PARSED_MALFORMED
			           : PARSED_OTHER;
		if (message.length < length) {
			/* The rest will not come: the header may be enough. */
			if (last)
				(void)message_found(talk, message);
			return PARSED_MORE;
		}
		message.length = length;
		if (!message_found(talk, message))
			return PARSED_MALFORMED;
		if (is_over(talk))
			return PARSED_DONE;
		octets.octets += 2 + length;
		octets.length -= 2 + length;
		*used += 2 + length;
	}
	return PARSED_MORE;
}
