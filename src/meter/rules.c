/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "rules.h"

static bool
opening_flags(const struct segment *segment)
{
	return (segment->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static bool
is_local(const struct meter_options *options, const struct flow_key *key,
    unsigned endpoint)
{
	return network_set_contains(
	    options->networks, key->address[endpoint], key->ip_version);
}

/* Of the classes' rules, the one whose timeout passes first. */
static void
shortest(
    struct timeouts *timeouts, int class, duration after, enum exchange_end end)
{
	if (timeouts->end[class] != 0 && timeouts->after[class].ns <= after.ns)
		return;
	timeouts->after[class] = after;
	timeouts->end[class] = (uint8_t)end;
}

void
rules_timeouts(struct timeouts *timeouts, const struct meter_options *options)
{
	duration opening = options->tcp_opening_timeout;
	duration half_closed = options->tcp_half_closed_timeout;
	duration idle = options->tcp_idle_timeout;

	*timeouts = (struct timeouts){ .end = { 0 } };
	shortest(timeouts, CLASS_TCP_OPENING, opening, END_UNANSWERED);
	shortest(timeouts, CLASS_TCP_OPENING, idle, END_IDLE);
	shortest(timeouts, CLASS_TCP_ESTABLISHED, idle, END_IDLE);
	shortest(timeouts, CLASS_TCP_HALF_CLOSED, half_closed, END_HALF_CLOSED);
	shortest(timeouts, CLASS_TCP_HALF_CLOSED, idle, END_IDLE);
	shortest(timeouts, CLASS_TCP_HALF_CLOSED_UNANSWERED, half_closed,
	    END_HALF_CLOSED);
	shortest(timeouts, CLASS_TCP_HALF_CLOSED_UNANSWERED, opening,
	    END_UNANSWERED);
	shortest(timeouts, CLASS_TCP_HALF_CLOSED_UNANSWERED, idle, END_IDLE);
	/* Or END_RESET, as the exchange's state says. */
	shortest(
	    timeouts, CLASS_TCP_CLOSING, options->tcp_linger, END_FINISHED);
	shortest(timeouts, CLASS_UDP, options->udp_idle_timeout, END_IDLE);
}

static bool
refuse(enum unmatched *reason, enum unmatched why)
{
	*reason = why;
	return false;
}

/* midstream = yes: the local end is the client, of two the higher port. */
static bool
opens_midstream(const struct segment *segment, bool from_local, bool to_local,
    struct opening *opening)
{
	unsigned from = segment->sender;

	opening->midstream = true;
	opening->client = (uint8_t)(from_local ? from : !from);
	if (from_local && to_local &&
	    segment->key.port[!from] > segment->key.port[from])
		opening->client = (uint8_t)!from;
	return true;
}

static bool
opens_tcp(const struct meter_options *options, const struct segment *segment,
    bool from_local, bool to_local, struct opening *opening,
    enum unmatched *reason)
{
	if (!from_local && !to_local)
		return refuse(reason, UNMATCHED_FOREIGN);
	if (opening_flags(segment) && (from_local || options->inbound))
		return true;
	if (options->midstream)
		return opens_midstream(segment, from_local, to_local, opening);
	return refuse(reason, opening_flags(segment) ? UNMATCHED_INBOUND
	                                             : UNMATCHED_TCP_MIDSTREAM);
}

static bool
opens_udp(const struct meter_options *options, bool from_local, bool to_local,
    enum unmatched *reason)
{
	if (from_local)
		return !to_local || refuse(reason, UNMATCHED_UDP_LOCAL);
	if (!to_local)
		return refuse(reason, UNMATCHED_FOREIGN);
	return options->inbound || refuse(reason, UNMATCHED_INBOUND);
}

bool
rules_opens(const struct meter_options *options, const struct segment *segment,
    struct opening *opening, enum unmatched *reason)
{
	bool from_local, to_local;

	if (segment->later_fragment)
		return refuse(reason, UNMATCHED_FRAGMENT);
	from_local = is_local(options, &segment->key, segment->sender);
	to_local = is_local(options, &segment->key, !segment->sender);
	opening->client = segment->sender;
	opening->midstream = false;
	if (segment->key.protocol == PROTOCOL_UDP)
		return opens_udp(options, from_local, to_local, reason);
	return opens_tcp(
	    options, segment, from_local, to_local, opening, reason);
}

bool
rules_replaces(const struct meter_options *options, const struct live *live,
    const struct segment *segment)
{
	if (!opening_flags(segment) || segment->key.protocol != PROTOCOL_TCP)
		return false;
	if (live->state & LIVE_CLOSING)
		return options->inbound ||
		       is_local(options, &segment->key, segment->sender);
	if (segment->sender != live->client)
		return false;
	return live->state & LIVE_MIDSTREAM ||
	       segment->sequence != live->initial_sequence;
}

static uint8_t
tcp_class(uint8_t state)
{
	bool answered = state & LIVE_ANSWERED;

	if (state & LIVE_CLOSING)
		return CLASS_TCP_CLOSING;
	if (state & (LIVE_FIN_CLIENT | LIVE_FIN_SERVER))
		return answered ? CLASS_TCP_HALF_CLOSED
		                : CLASS_TCP_HALF_CLOSED_UNANSWERED;
	return answered ? CLASS_TCP_ESTABLISHED : CLASS_TCP_OPENING;
}

bool
rules_advance(struct live *live, int side, const struct segment *segment)
{
	const uint8_t both = LIVE_FIN_CLIENT | LIVE_FIN_SERVER;
	uint8_t state = live->state;
	uint8_t class = live->class;

	if (side == SERVER)
		state |= LIVE_ANSWERED;
	if (segment->key.protocol == PROTOCOL_UDP) {
		live->state = state;
		return false;
	}
	if (segment->tcp_flags & TCP_FIN)
		state |= side == CLIENT ? LIVE_FIN_CLIENT : LIVE_FIN_SERVER;
	if (!(state & LIVE_CLOSING)) {
		if ((state & both) == both)
			state |= LIVE_CLOSING;
		else if (segment->tcp_flags & TCP_RST)
			state |= LIVE_CLOSING | LIVE_RESET;
	}
	live->state = state;
	live->class = tcp_class(state);
	return live->class != class;
}

uint8_t
rules_end_reason(enum exchange_end end, bool closing)
{
	switch (end) {
	case END_UNANSWERED:
	case END_IDLE:
		return 1; /* idle timeout */
	case END_ACTIVE:
		return 2; /* active timeout */
	case END_FINISHED:
	case END_RESET:
	case END_HALF_CLOSED:
		return 3; /* end of flow detected */
	case END_REPLACED:
		return closing ? 3 : 4;
	case END_EVICTED:
		return 5; /* lack of resources */
	case END_SHUTDOWN:
	case END_COUNT:
		break;
	}
	return 4; /* forced end */
}
