/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "rules.h"

/* Ports below this are for services (RFC 6335, 6: system ports). */
#define FIRST_USER_PORT 1024

/* --- options */

/* Of several rules of a class the one counts whose timeout passes first. */
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
	shortest(timeouts, CLASS_DATAGRAM, options->udp_idle_timeout, END_IDLE);
}

void
rules_options(struct meter_options *to, const struct meter_options *from)
{
	*to = *from;
	if (to->networks != NULL && network_set_count(to->networks) == 0)
		to->networks = NULL;
	if (to->kinds == 0)
		to->kinds = to->networks == NULL
		                ? METER_ALL
		                : METER_OUTBOUND | METER_LOCAL_TCP;
}

bool
rules_take_midstream(const struct meter_options *options)
{
	return options->kinds & (METER_ALL | METER_MIDSTREAM);
}

/* --- perspective */

static bool
is_local(const struct meter_options *options, const struct flow_key *key,
    unsigned endpoint)
{
	return options->networks != NULL &&
	       network_set_contains(
	           options->networks, key->address[endpoint], key->ip_version);
}

/* The kind of an exchange with this client: its reason where it is left out. */
static enum unmatched
kind_of(const struct meter_options *options, const struct flow_key *key,
    unsigned client)
{
	bool server_local = is_local(options, key, !client);

	if (is_local(options, key, client))
		return server_local ? UNMATCHED_LOCAL : UNMATCHED_OUTBOUND;
	return server_local ? UNMATCHED_INBOUND : UNMATCHED_FOREIGN;
}

/* The bits of enum meter_kind that take TCP, or UDP, of this kind. */
static unsigned
takers(enum unmatched kind, uint8_t protocol)
{
	switch (kind) {
	case UNMATCHED_OUTBOUND:
		return METER_OUTBOUND;
	case UNMATCHED_INBOUND:
		return METER_INBOUND;
	case UNMATCHED_LOCAL:
		return protocol == PROTOCOL_TCP ? METER_LOCAL | METER_LOCAL_TCP
		                                : METER_LOCAL;
	default:
		return METER_FOREIGN;
	}
}

/* Does `meter` leave an exchange with this client out, and why? */
static bool
left_out(const struct meter_options *options, const struct flow_key *key,
    unsigned client, enum unmatched *reason)
{
	if (!segment_has_ports(key->protocol)) {
		*reason = UNMATCHED_NOT_TCP_UDP;
		return !(options->kinds & METER_OTHER);
	}
	if (options->kinds & METER_ALL)
		return false;
	*reason = kind_of(options, key, client);
	return !(options->kinds & takers(*reason, key->protocol));
}

/*
 * Where both ends are foreign, or both local, the kind does not depend on which
 * is the client: it is the reason, if it is left out.
 */
enum unmatched
rules_tcp_reason(
    const struct meter_options *options, const struct segment *segment)
{
	enum unmatched reason;

	if (left_out(options, &segment->key, 0, &reason) &&
	    (reason == UNMATCHED_FOREIGN || reason == UNMATCHED_LOCAL))
		return reason;
	return UNMATCHED_TCP_MIDSTREAM;
}

/* --- the client */

static bool
is_service(const struct flow_key *key, unsigned endpoint)
{
	return key->port[endpoint] < FIRST_USER_PORT;
}

/* The client of UDP is the end without a port below 1024, else the sender. */
static void
client_of_datagram(const struct segment *segment, struct opening *opening)
{
	const struct flow_key *key = &segment->key;

	if (key->protocol != PROTOCOL_UDP ||
	    !is_service(key, segment->sender) ||
	    is_service(key, !segment->sender))
		return;
	opening->client = !segment->sender;
	opening->state = LIVE_GUESSED;
}

/*
 * Of TCP whose opening was not captured: the end without a port below 1024,
 * else the local one, else the one with the greater port.
 */
static void
client_by_guess(const struct meter_options *options,
    const struct segment *segment, struct opening *opening)
{
	const struct flow_key *key = &segment->key;
	const bool service[2] = { is_service(key, 0), is_service(key, 1) };
	const bool local[2] = { is_local(options, key, 0),
		is_local(options, key, 1) };

	opening->state = LIVE_GUESSED;
	if (service[0] != service[1])
		opening->client = service[0];
	else if (local[0] != local[1])
		opening->client = local[1];
	else if (key->port[0] != key->port[1])
		opening->client = key->port[1] > key->port[0];
}

/*
 * The sender of a SYN, the receiver of a SYN with ACK, or a guess.  False where
 * the segment opens nothing.
 */
static bool
client_of_tcp(const struct meter_options *options,
    const struct segment *segment, struct opening *opening)
{
	if (rules_is_syn(segment)) {
		opening->state = LIVE_NUMBERED;
		return true;
	}
	if (!rules_take_midstream(options))
		return false;
	if (rules_is_syn_ack(segment)) {
		opening->client = !segment->sender;
		opening->state = LIVE_NUMBERED | LIVE_NUMBERED_BY_ACK;
		opening->initial_sequence = segment->acknowledgement - 1;
	} else
		client_by_guess(options, segment, opening);
	return true;
}

/* An RST opens nothing, nor does a FIN without data that is no SYN. */
static bool
closes_only(const struct segment *segment)
{
	return segment->tcp_flags & TCP_RST ||
	       ((segment->tcp_flags & (TCP_FIN | TCP_SYN)) == TCP_FIN &&
	           segment->payload_octets == 0);
}

static bool
refuse(enum unmatched *reason, enum unmatched why)
{
	*reason = why;
	return false;
}

/*
 * A later fragment has its first one's reason, and so its client.  Where the
 * first one opened something the exchange would be there; where it was left
 * out, what remembers that may be over.
 */
static enum unmatched
fragment_reason(const struct meter_options *options,
    const struct segment *segment, struct opening *opening)
{
	enum unmatched reason;

	if (segment->key.protocol == PROTOCOL_TCP)
		return rules_tcp_reason(options, segment);
	client_of_datagram(segment, opening);
	return left_out(options, &segment->key, opening->client, &reason)
	           ? reason
	           : UNMATCHED_FRAGMENT;
}

/* Does `meter` leave the exchange out?  Then it is only remembered. */
static void
judge(const struct meter_options *options, const struct segment *segment,
    struct opening *opening)
{
	if (left_out(options, &segment->key, opening->client, &opening->reason))
		opening->state |= LIVE_LEFT_OUT;
}

bool
rules_opens(const struct meter_options *options, const struct segment *segment,
    struct opening *opening, enum unmatched *reason)
{
	*opening = (struct opening){ .client = segment->sender,
		.initial_sequence = segment->sequence };
	if (segment->later_fragment)
		return refuse(
		    reason, fragment_reason(options, segment, opening));
	if (segment->key.protocol != PROTOCOL_TCP)
		client_of_datagram(segment, opening);
	else if (closes_only(segment) ||
	         !client_of_tcp(options, segment, opening))
		return refuse(reason, rules_tcp_reason(options, segment));
	judge(options, segment, opening);
	return true;
}

void
rules_resume(const struct meter_options *options, const struct segment *segment,
    uint8_t client, bool guessed, struct opening *opening)
{
	*opening = (struct opening){ .client = client,
		.state = LIVE_RESUMED,
		.initial_sequence = segment->sequence };
	if (guessed)
		opening->state |= LIVE_GUESSED;
	judge(options, segment, opening);
}

bool
rules_resumes(const struct meter_options *options,
    const struct segment *segment, uint8_t client, bool guessed,
    struct opening *opening)
{
	if (segment->later_fragment || closes_only(segment) ||
	    segment->tcp_flags & TCP_SYN)
		return false;
	rules_resume(options, segment, client, guessed, opening);
	return true;
}

/* --- SYNs */

/* The ISN is ack - 1, less the octets that the SYN carried. */
static bool
acknowledges(uint32_t acknowledgement, uint32_t isn, uint32_t payload)
{
	uint32_t number = acknowledgement - 1;

	return number == isn || number - payload == isn;
}

bool
rules_answers(const struct segment *syn_ack, const struct segment *syn)
{
	return syn_ack->sender != syn->sender && rules_is_syn(syn) &&
	       acknowledges(syn_ack->acknowledgement, syn->sequence,
	           syn->payload_octets);
}

/* Does a SYN have the initial sequence number of the exchange? */
static bool
same_isn(const struct live *live, const struct segment *syn)
{
	if (syn->sender != live->client || !(live->state & LIVE_NUMBERED))
		return false;
	return syn->sequence == live->initial_sequence ||
	       (live->state & LIVE_NUMBERED_BY_ACK &&
	           syn->sequence + syn->payload_octets ==
	               live->initial_sequence);
}

static enum syn_meaning
syn_while_open(const struct live *live, const struct segment *syn)
{
	if (live->state & LIVE_GUESSED)
		return SYN_NEXT;
	return syn->sender == live->client && !same_isn(live, syn) ? SYN_NEXT
	                                                           : SYN_COUNTS;
}

static enum syn_meaning
syn_ack_while_lingering(const struct live *live, uint32_t syn_payload,
    const struct segment *syn_ack)
{
	if (syn_ack->sender == live->client || !(live->state & LIVE_NUMBERED) ||
	    !acknowledges(
	        syn_ack->acknowledgement, live->initial_sequence, syn_payload))
		return SYN_TOO_EARLY;
	return live->state & LIVE_SYN_AGAIN ? SYN_ACCEPTS : SYN_COUNTS;
}

enum syn_meaning
rules_syn(const struct live *live, uint32_t syn_payload,
    const struct segment *segment)
{
	bool lingers = live->state & LIVE_CLOSING;

	if (rules_is_syn_ack(segment))
		return lingers
		           ? syn_ack_while_lingering(live, syn_payload, segment)
		           : SYN_COUNTS;
	if (!rules_is_syn(segment))
		return SYN_COUNTS; /* with RST */
	if (!lingers)
		return syn_while_open(live, segment);
	return same_isn(live, segment) ? SYN_AGAIN : SYN_NEXT;
}

void
rules_reopen(struct live *live)
{
	live->state &= (uint16_t) ~(LIVE_CLOSING | LIVE_RESET | LIVE_SYN_AGAIN |
	                            LIVE_FIN_CLIENT | LIVE_FIN_SERVER);
	live->server_numbered = 0;
}

/* --- a segment of an exchange */

static uint8_t
tcp_class(uint16_t state)
{
	bool answered = state & LIVE_ANSWERED;

	if (state & LIVE_CLOSING)
		return CLASS_TCP_CLOSING;
	if (state & (LIVE_FIN_CLIENT | LIVE_FIN_SERVER))
		return answered ? CLASS_TCP_HALF_CLOSED
		                : CLASS_TCP_HALF_CLOSED_UNANSWERED;
	return answered ? CLASS_TCP_ESTABLISHED : CLASS_TCP_OPENING;
}

/* A datagram answers the side that spoke first. */
static bool
datagram_answers(const struct live *live, int side)
{
	return side == (live->state & LIVE_GUESSED ? CLIENT : SERVER);
}

/* What FIN and RST do to the state. */
static uint16_t
closed_by(uint16_t state, int side, uint8_t flags)
{
	const uint16_t both = LIVE_FIN_CLIENT | LIVE_FIN_SERVER;

	if (flags & TCP_FIN)
		state |= side == CLIENT ? LIVE_FIN_CLIENT : LIVE_FIN_SERVER;
	if (state & LIVE_CLOSING)
		return state;
	if ((state & both) == both)
		state |= LIVE_CLOSING;
	else if (flags & TCP_RST)
		state |= LIVE_CLOSING | LIVE_RESET;
	return state;
}

bool
rules_advance(
    struct live *live, int side, const struct segment *segment, bool believed)
{
	uint8_t flags = segment->tcp_flags;
	uint8_t class = live->class;

	if (!live_is_tcp(live)) {
		if (datagram_answers(live, side))
			live->state |= LIVE_ANSWERED;
		return false;
	}
	if (side == SERVER || flags & TCP_ACK)
		live->state |= LIVE_ANSWERED;
	if (believed && flags & (TCP_FIN | TCP_RST))
		live->state = closed_by(live->state, side, flags);
	live->class = tcp_class(live->state) & 7;
	return live->class != class;
}

uint8_t
rules_end_reason(enum exchange_end end)
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
	case END_EVICTED:
		return 5; /* lack of resources */
	case END_REPLACED:
	case END_SHUTDOWN:
	case END_COUNT:
		break;
	}
	return 4; /* forced end */
}
