/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/gate/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/decode/cursor.h"
#include "exflow/gate/hunt.h"
#include "exflow/quic/quic.h"

#include "sides.h"

/* In ticks: when a side of UDP is looked up again. */
#define LOOK_UP_EITHER 4
#define LOOK_UP_MOST 32
/* So many octets tell what a stream is. */
#define ENOUGH 8
/* Behind a hole by more than this: what is missing will not come any more. */
#define AHEAD_OCTETS (256 << 10)

/* --- life */

static uint32_t
at_most(uint32_t octets, uint32_t most)
{
	return octets < most ? octets : most;
}

/* Of DNS the first octet is of a message's length. */
static void
set_begins(struct gate *gate)
{
	for (unsigned octet = 0; octet < 256 && gate->window > 0; octet++) {
		uint8_t first = (uint8_t)octet;

		if (names_stream_begins(gate->kinds, &first, 1))
			gate->begins[octet] = GATE_OTHER;
		else if (gate->kinds & NAMES_DNS &&
		         octet <= GATE_STREAM_OCTETS >> 8)
			gate->begins[octet] = GATE_DNS;
	}
}

/*
 * An exchange of UDP ends only when its sender was silent for longer, if not by
 * the silence of the other side.
 */
static uint32_t
look_up_ticks(const struct meter_options *options)
{
	uint64_t idle = (uint64_t)options->udp_idle_timeout.ns;
	uint32_t most =
	    options->udp_idle_either ? LOOK_UP_EITHER : LOOK_UP_MOST;

	return at_most(gate_ticks((timestamp){ idle / 2 }), most);
}

struct gate *
gate_new(const struct meter_options *options, struct hunter *hunter)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	const unsigned kinds = options->names.kinds;

	if (gate == NULL)
		return NULL;
	gate->kinds = kinds;
	gate->payload = options->names.payload;
	gate->look_up = look_up_ticks(options);
	if (kinds & (NAMES_TLS | NAMES_HTTP | NAMES_DNS))
		gate->window = GATE_STREAM_OCTETS;
	if (gate->window < gate->payload)
		gate->window = gate->payload;
	gate->hunter = kinds & NAMES_DNS ? hunter : NULL;
	gate->udp = kinds & (NAMES_QUIC | NAMES_DNS) || gate->payload > 0;
	set_begins(gate);
	if (sides_init(gate) != 0)
		gate_free(&gate);
	return gate;
}

void
gate_free(struct gate **gate)
{
	if (*gate == NULL)
		return;
	sides_clear(*gate);
	free(*gate);
	*gate = NULL;
}

void
gate_set_shared(struct gate *gate, bool shared)
{
	gate->shared = shared;
}

void
gate_leave_hunting(struct gate *gate, bool leave)
{
	gate->leaves = leave;
}

struct hunter *
gate_hunter(const struct gate *gate)
{
	return gate->hunter;
}

uint64_t
gate_memory(void)
{
	return sizeof(struct gate) +
	       (uint64_t)GATE_ROWS * sizeof(struct gate_row);
}

/* --- DNS: answers to clients, and what opens exchanges */

/* Answers, over UDP or framed over TCP: read them now, or leave that. */
static void
read_answer(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	bool framed = segment->key.protocol == PROTOCOL_TCP;

	if (gate->hunter == NULL ||
	    !names_is_dns_port(segment->key.port[segment->sender]))
		return;
	if (gate->leaves)
		payload->hunt = framed ? HUNT_FRAMED : HUNT_TELLS;
	else if (framed)
		hunt_framed_answer(gate->hunter, segment, octets, captured);
	else
		hunt_answer(gate->hunter, segment, octets, captured);
}

/* So much of a payload passes, and all of what is still to be read. */
static uint32_t
passes(const struct segment_payload *payload, uint32_t captured, uint32_t most)
{
	return payload->hunt != 0 ? captured : at_most(captured, most);
}

/*
 * What the sender, if it is a client, asked for before.  False: nothing, while
 * true may mean that this is left open.
 */
static bool
hunt(struct gate *gate, const struct segment *segment,
    struct segment_payload *payload)
{
	if (gate->hunter == NULL)
		return false;
	if (gate->leaves) {
		payload->hunt = HUNT_ASKS;
		return true;
	}
	payload->hunted = gate->hunted;
	payload->hunted_octets =
	    (uint8_t)hunt_name(gate->hunter, segment, gate->hunted);
	return payload->hunted_octets > 0;
}

/* --- TCP */

/* A SYN says where its sender begins, and a SYN-ACK that of the other. */
static bool
tcp_opening(struct gate *gate, const struct segment *segment, uint32_t captured,
    struct segment_payload *payload)
{
	const unsigned sender = segment->sender;
	bool accepts = (segment->tcp_flags & TCP_ACK) != 0;

	payload->sequence = segment->sequence + 1;
	payload->first = payload->sequence;
	payload->first_known = true;
	if (gate->window > 0)
		sides_put_later(gate, segment, sender, payload->first, false);
	if (gate->window > 0 && accepts)
		sides_put_later(
		    gate, segment, !sender, segment->acknowledgement, true);
	payload->captured = at_most(captured, gate->window);
	return (!accepts && hunt(gate, segment, payload)) ||
	       payload->captured > 0;
}

/* Does a stream that begins so say anything? */
static bool
is_wanted(const struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured)
{
	return gate->payload > 0 ||
	       (gate->begins[octets[0]] == GATE_OTHER &&
	           names_stream_begins(gate->kinds, octets, captured)) ||
	       gate_is_dns(gate, segment);
}

/*
 * The first octets of a side decide about the rest.  Not known where the SYN
 * was not seen: then they must look like a beginning.
 */
static bool
tcp_first(struct gate *gate, const struct segment *segment,
    struct gate_side *side, const uint8_t *octets, uint32_t captured,
    struct segment_payload *payload)
{
	if (!is_wanted(gate, segment, octets, captured)) {
		sides_close(gate, segment, side);
		return false;
	}
	if (gate->kinds & NAMES_DNS)
		read_answer(gate, segment, octets, captured, payload);
	return true;
}

/* The same of octets that may stand anywhere in a stream. */
static bool
begins_surely(const struct gate *gate, const uint8_t *octets, uint32_t captured)
{
	return captured >= ENOUGH &&
	       names_stream_begins(gate->kinds, octets, captured);
}

/* What the client's SYN may have come too early for. */
static bool
hunt_late(struct gate *gate, const struct segment *segment,
    const struct gate_side *side, struct segment_payload *payload)
{
	if (!gate->shared || !(side->marks & SIDE_KNOWN) ||
	    !hunt(gate, segment, payload))
		return false;
	payload->late = true;
	return true;
}

/*
 * What a segment at this offset brings is noted; the side is closed when all of
 * its first octets have passed, or the rest will not come any more.
 */
static void
note_passed(struct gate *gate, const struct segment *segment,
    struct gate_side *side, uint32_t offset)
{
	uint64_t end = (uint64_t)offset + segment->payload_octets;

	if (offset <= side->passed && end > side->passed)
		side->passed =
		    (end < gate->window ? end : gate->window) & SIDE_PASSED;
	if (side->passed == gate->window ||
	    (offset >= AHEAD_OCTETS && offset <= INT32_MAX))
		sides_close(gate, segment, side);
}

/* The side that a segment is of, if more of its first octets may come. */
static struct gate_side *
open_side(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured)
{
	struct gate_side *side = sides_find(gate, segment, segment->sender);

	if (side != NULL)
		return side->marks & SIDE_OPEN ? side : NULL;
	if (!begins_surely(gate, octets, captured) &&
	    !gate_is_dns(gate, segment))
		return NULL;
	return sides_put(
	    gate, segment, segment->sender, segment->sequence, SIDE_OPEN);
}

static bool
tcp_data(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	struct gate_side *side = open_side(gate, segment, octets, captured);
	uint32_t offset;
	bool hunted;

	if (side == NULL)
		return false;
	payload->sequence = segment->sequence;
	payload->first = side->first;
	payload->first_known = (side->marks & SIDE_KNOWN) != 0;
	offset = segment->sequence - side->first;
	note_passed(gate, segment, side, offset);
	if (offset >= gate->window)
		return false;
	hunted = offset == 0 && hunt_late(gate, segment, side, payload);
	if (offset > 0 ||
	    tcp_first(gate, segment, side, octets, captured, payload))
		payload->captured =
		    passes(payload, captured, gate->window - offset);
	return hunted || payload->captured > 0;
}

/* --- UDP */

/* May the next datagrams be of QUIC's beginning, if this one is not? */
static bool
may_begin_quic(
    const struct gate *gate, const uint8_t *octets, uint32_t captured)
{
	if (!(gate->kinds & NAMES_QUIC))
		return false;
	/* A long header (RFC 8999, 5.1), or a list of versions (6). */
	return captured < 5 || octets[0] >= 0xc0 ||
	       (octets[0] >= 0x80 && load32(octets + 1) == 0);
}

/* So many octets of a side have passed; true: they were wanted. */
static bool
take_first_octets(
    const struct gate *gate, struct gate_side *side, uint32_t captured)
{
	uint32_t before = side->passed;

	side->passed = at_most(before + captured, gate->payload) & SIDE_PASSED;
	return side->passed > before;
}

static bool
is_due(const struct gate *gate, const struct gate_side *side, timestamp time)
{
	return gate_ticks(time) - side->first >= gate->look_up;
}

/*
 * At each look-up of a side, what its sender asked for before, as it may have
 * opened an exchange; its first octets, if `payload` wants them; and how QUIC
 * begins.  Where all of this is over there is quiet until the next look-up.
 */
static bool
udp_flow(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	struct gate_side *side = sides_find(gate, segment, segment->sender);
	bool hunted = false;

	if (side == NULL || is_due(gate, side, segment->time)) {
		side = sides_put(gate, segment, segment->sender,
		    gate_ticks(segment->time), 0);
		hunted = hunt(gate, segment, payload);
	}
	if (take_first_octets(gate, side, captured))
		payload->captured = at_most(captured, gate->payload);
	if (gate->kinds & NAMES_QUIC && quic_looks_like(octets, captured))
		payload->captured = at_most(captured, GATE_STREAM_OCTETS);
	else if (side->passed == gate->payload &&
	         !may_begin_quic(gate, octets, captured))
		gate->quiet[gate_quiet_of(segment)] =
		    segment->hash >> 32 << 32 | side->first;
	return hunted || payload->captured > 0;
}

static bool
udp_data(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	if (!gate_is_dns(gate, segment))
		return gate->udp &&
		       udp_flow(gate, segment, octets, captured, payload);
	read_answer(gate, segment, octets, captured, payload);
	payload->captured = passes(payload, captured, GATE_STREAM_OCTETS);
	return captured > 0;
}

/* --- the gate */

bool
gate_segment(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	payload->octets = octets;
	payload->captured = payload->hunted_octets = 0;
	payload->late = false;
	payload->hunt = 0;
	payload->sequence = payload->first = 0;
	payload->first_known = false;
	if (segment->later_fragment)
		return false;
	if (segment->key.protocol == PROTOCOL_UDP)
		return udp_data(gate, segment, octets, captured, payload);
	if (segment->key.protocol != PROTOCOL_TCP)
		return false;
	if (segment->tcp_flags & TCP_SYN)
		return tcp_opening(gate, segment, captured, payload);
	return captured > 0 &&
	       tcp_data(gate, segment, octets, captured, payload);
}
