/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/gate/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/decode/cursor.h"

/* So many octets tell what a stream is. */
#define ENOUGH 8

_Static_assert(sizeof(struct gate_set) == 64, "a set is a cache line");
_Static_assert(NAMES_PAYLOAD_MAX < GATE_TICK, "payload is counted there");

/* --- life */

/* An answer says that the name is at an address. */
static void
take_answer(void *context, const struct names_answer *answer)
{
	struct gate *gate = context;

	/* Who asks over IPv4 for an IPv6 address goes there as somebody else. */
	if (answer->ip_version != gate->asker.ip_version)
		return;
	gate->asker.server = answer->address;
	hunter_put(gate->hunter, &gate->asker, answer->name,
	    answer->name_octets, answer->ttl, answer->time);
}

struct gate *
gate_new(const struct names_options *options, struct hunter *hunter)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	const size_t octets = GATE_SETS * sizeof(*gate->sets);

	if (gate == NULL)
		return NULL;
	gate->kinds = options->kinds;
	gate->payload = options->payload;
	if (options->kinds & (NAMES_TLS | NAMES_HTTP | NAMES_DNS))
		gate->window = GATE_STREAM_OCTETS;
	if (gate->window < gate->payload)
		gate->window = gate->payload;
	gate->hunter = options->kinds & NAMES_DNS ? hunter : NULL;
	gate->udp = gate->hunter != NULL || gate->payload > 0 ||
	            options->kinds & NAMES_QUIC;
	gate->sets = aligned_alloc(sizeof(*gate->sets), octets);
	if (gate->sets == NULL)
		gate_free(&gate);
	else
		memset(gate->sets, 0, octets);
	return gate;
}

void
gate_free(struct gate **gate)
{
	if (*gate == NULL)
		return;
	free((*gate)->sets);
	free(*gate);
	*gate = NULL;
}

void
gate_set_shared(struct gate *gate, bool shared)
{
	gate->shared = shared;
}

uint64_t
gate_memory(void)
{
	return (uint64_t)GATE_SETS * sizeof(struct gate_set);
}

static uint32_t
at_most(uint32_t octets, uint32_t most)
{
	return octets < most ? octets : most;
}

/* --- the table */

/* The places of what that endpoint sends. */
static struct gate_side *
row_of(const struct gate *gate, const struct segment *segment, unsigned sender)
{
	return gate->sets[segment->hash % GATE_SETS].side[sender];
}

/* The one that a row is asked for comes first. */
static struct gate_side *
move_ahead(struct gate_side *row, size_t way)
{
	struct gate_side side = row[way];

	memmove(row + 1, row, way * sizeof(*row));
	row[0] = side;
	return row;
}

/* What is known of what the sender sends; NULL: nothing. */
static struct gate_side *
find(struct gate *gate, const struct segment *segment, unsigned sender)
{
	struct gate_side *row = row_of(gate, segment, sender);
	uint32_t tag = gate_tag(segment->hash);

	for (size_t way = 0; way < GATE_WAYS; way++)
		if ((row[way].tag & ~GATE_MARKS) == tag)
			return way == 0 ? row : move_ahead(row, way);
	return NULL;
}

/* The newest stands first, the oldest is forgotten. */
static struct gate_side *
put(struct gate *gate, const struct segment *segment, unsigned sender,
    uint32_t value, uint32_t marks)
{
	struct gate_side *side = find(gate, segment, sender);

	if (side == NULL)
		side = move_ahead(row_of(gate, segment, sender), GATE_WAYS - 1);
	side->tag = gate_tag(segment->hash) | marks;
	side->value = value;
	return side;
}

/* --- DNS: answers to clients, and what opens exchanges */

static unsigned
port_of(const struct segment *segment, unsigned endpoint)
{
	return segment->key.port[endpoint];
}

static bool
is_dns_port(unsigned port)
{
	return port == 53 || port == 5353 || port == 5355;
}

static bool
is_dns(const struct segment *segment)
{
	return is_dns_port(port_of(segment, 0)) ||
	       is_dns_port(port_of(segment, 1));
}

/* Each answer by itself: whether it was asked for is of no matter here. */
static void
read_answer(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured)
{
	if (gate->hunter == NULL ||
	    !is_dns_port(port_of(segment, segment->sender)))
		return;
	gate->asker.client = segment->key.address[!segment->sender];
	gate->asker.ip_version = segment->key.ip_version;
	(void)names_read_answers(
	    octets, captured, segment->time, take_answer, gate);
}

/* RFC 1035, 4.2.2: over TCP a message stands behind its length. */
static void
read_framed_answer(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured)
{
	uint32_t length =
	    captured < 2 ? 0 : (uint32_t)octets[0] << 8 | octets[1];

	if (length > 0 && length <= captured - 2)
		read_answer(gate, segment, octets + 2, length);
}

/* What the sender, if it is a client, asked for before.  False: nothing. */
static bool
hunt(struct gate *gate, const struct segment *segment,
    struct segment_payload *payload)
{
	const struct hunter_pair pair = {
		.client = segment->key.address[segment->sender],
		.server = segment->key.address[!segment->sender],
		.ip_version = segment->key.ip_version,
	};

	if (gate->hunter == NULL)
		return false;
	payload->hunted = gate->hunted;
	payload->hunted_octets = (uint8_t)hunter_find(
	    gate->hunter, &pair, segment->time, gate->hunted);
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
		put(gate, segment, sender, payload->first, GATE_KNOWN);
	if (accepts && gate->window > 0 && find(gate, segment, !sender) == NULL)
		put(gate, segment, !sender, segment->acknowledgement,
		    GATE_KNOWN);
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
	       names_stream_begins(gate->kinds, octets, captured) ||
	       (gate->kinds & NAMES_DNS && is_dns(segment));
}

/*
 * The first octets of a side decide about the rest.  Not known where the SYN
 * was not seen: then they must look like a beginning.
 */
static bool
tcp_first(struct gate *gate, const struct segment *segment,
    struct gate_side *side, const uint8_t *octets, uint32_t captured)
{
	if (!is_wanted(gate, segment, octets, captured)) {
		side->tag |= GATE_OVER;
		return false;
	}
	if (gate->kinds & NAMES_DNS)
		read_framed_answer(gate, segment, octets, captured);
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
	if (!gate->shared || !(side->tag & GATE_KNOWN) ||
	    !hunt(gate, segment, payload))
		return false;
	payload->late = true;
	return true;
}

static bool
tcp_data(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	struct gate_side *side = find(gate, segment, segment->sender);
	uint32_t offset;
	bool hunted;

	if (gate->window == 0)
		return false;
	if (side == NULL) {
		if (!begins_surely(gate, octets, captured) &&
		    !(gate->kinds & NAMES_DNS && is_dns(segment)))
			return false;
		side =
		    put(gate, segment, segment->sender, segment->sequence, 0);
	}
	offset = segment->sequence - side->value;
	if (!gate_wants(gate, side, segment))
		return false;
	payload->sequence = segment->sequence;
	payload->first = side->value;
	payload->first_known = (side->tag & GATE_KNOWN) != 0;
	payload->captured = at_most(captured, gate->window - offset);
	if (offset > 0)
		return true;
	hunted = hunt_late(gate, segment, side, payload);
	if (tcp_first(gate, segment, side, octets, captured))
		return true;
	payload->captured = 0;
	return hunted;
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
	uint32_t before = side->value % GATE_TICK;
	uint32_t after = before + captured;

	if (after > gate->payload)
		after = gate->payload;
	side->value += after - before;
	return after > before;
}

/*
 * Once a second and side, what its sender asked for before, as it may have
 * opened an exchange; its first octets, if `payload` wants them; and how QUIC
 * begins.  What is none of this is over until the next look-up.
 */
static bool
udp_flow(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	struct gate_side *side = find(gate, segment, segment->sender);
	bool hunted = false;

	if (side == NULL || gate_is_due(side, segment->time)) {
		side = put(gate, segment, segment->sender,
		    gate_ticks(segment->time), 0);
		hunted = hunt(gate, segment, payload);
	}
	if (gate->payload > 0 && take_first_octets(gate, side, captured))
		payload->captured = at_most(captured, gate->payload);
	if (gate->kinds & NAMES_QUIC && names_looks_like_quic(octets, captured))
		payload->captured = at_most(captured, GATE_STREAM_OCTETS);
	else if (side->value % GATE_TICK >= gate->payload &&
	         !may_begin_quic(gate, octets, captured))
		side->tag |= GATE_OVER;
	return hunted || payload->captured > 0;
}

static bool
udp_data(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	if (!(gate->kinds & NAMES_DNS && is_dns(segment)))
		return gate->udp &&
		       udp_flow(gate, segment, octets, captured, payload);
	read_answer(gate, segment, octets, captured);
	payload->captured = at_most(captured, GATE_STREAM_OCTETS);
	return captured > 0;
}

/* --- the gate */

bool
gate_may_want_unknown(struct gate *gate, const struct segment *segment)
{
	const struct gate_side *side;

	if (segment->later_fragment)
		return false;
	if (segment->key.protocol == PROTOCOL_UDP)
		return true;
	if (segment->key.protocol != PROTOCOL_TCP || gate->window == 0)
		return false;
	side = find(gate, segment, segment->sender);
	return side == NULL || gate_wants(gate, side, segment);
}

bool
gate_segment(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	payload->octets = octets;
	payload->captured = payload->hunted_octets = 0;
	payload->late = false;
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
