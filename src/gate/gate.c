/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/gate/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "looks.h"

#define SETS 16384
#define WAYS 4

/* An entry's tag: bits of the hash, and these two. */
#define TAG_KNOWN 1u  /* value is by a SYN */
#define TAG_OVER 2u   /* the side has begun like nothing known */
#define TAG_SERVER 4u /* endpoint 1 of the key sent it */
#define TAG_IN_USE 8u
#define TAG_MARKS (TAG_KNOWN | TAG_OVER)

struct entry {
	uint32_t tag;
	/*
	 * TCP: the sequence number of the side's first octet.  Else: the time
	 * of its last look-up, in TICKS_OF_SECOND, and the octets that have
	 * passed since, below OCTETS_BITS.
	 */
	uint32_t value;
};

#define OCTETS_BITS 11
#define OCTETS_MASK ((1u << OCTETS_BITS) - 1)
#define TICKS_OF_SECOND 4
#define TICK_NS (NS_PER_SECOND / TICKS_OF_SECOND)
_Static_assert(NAMES_PAYLOAD_MAX <= OCTETS_MASK, "payload is counted there");

struct gate {
	unsigned kinds;
	uint32_t payload;
	uint32_t window; /* first octets of each side of TCP that pass; 0 */
	struct hunter *hunter;
	bool shared;              /* other threads read answers, too */
	struct hunter_pair asker; /* its client is who the answer is to */
	char hunted[NAME_OCTETS_MAX];
	struct entry (*sets)[WAYS];
};

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

	if (gate == NULL)
		return NULL;
	gate->kinds = options->kinds;
	gate->payload = options->payload;
	if (options->kinds & (NAMES_TLS | NAMES_HTTP | NAMES_DNS))
		gate->window = GATE_STREAM_OCTETS;
	if (gate->window < gate->payload)
		gate->window = gate->payload;
	gate->hunter = options->kinds & NAMES_DNS ? hunter : NULL;
	gate->sets = calloc(SETS, sizeof(*gate->sets));
	if (gate->sets == NULL)
		gate_free(&gate);
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
	return (uint64_t)SETS * WAYS * sizeof(struct entry);
}

/* --- the table */

static uint32_t
tag_of(const struct segment *segment, unsigned sender)
{
	return (uint32_t)(segment->hash >> 32) << 4 | TAG_IN_USE |
	       sender * TAG_SERVER;
}

static struct entry *
set_of(const struct gate *gate, const struct segment *segment)
{
	return gate->sets[segment->hash & (SETS - 1)];
}

/* The entry of what the sender sends; NULL: none. */
static inline struct entry *
find(const struct gate *gate, const struct segment *segment, unsigned sender)
{
	struct entry *set = set_of(gate, segment);
	uint32_t tag = tag_of(segment, sender);

	for (int way = 0; way < WAYS; way++)
		if ((set[way].tag & ~TAG_MARKS) == tag)
			return &set[way];
	return NULL;
}

/* The newest stands first, the oldest is forgotten. */
static struct entry *
put(const struct gate *gate, const struct segment *segment, unsigned sender,
    uint32_t value, bool known)
{
	struct entry *entry = find(gate, segment, sender);

	if (entry == NULL) {
		entry = set_of(gate, segment);
		memmove(entry + 1, entry, (WAYS - 1) * sizeof(*entry));
	}
	entry->tag = tag_of(segment, sender) | (known ? TAG_KNOWN : 0);
	entry->value = value;
	return entry;
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
		put(gate, segment, sender, payload->first, true);
	if (accepts && gate->window > 0 && find(gate, segment, !sender) == NULL)
		put(gate, segment, !sender, segment->acknowledgement, true);
	payload->captured = captured < gate->window ? captured : gate->window;
	return (!accepts && hunt(gate, segment, payload)) ||
	       payload->captured > 0;
}

/* Does a stream that begins so say anything? */
static bool
is_wanted(const struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured)
{
	return gate->payload > 0 ||
	       looks_begin(gate->kinds, octets, captured) ||
	       (gate->kinds & NAMES_DNS && is_dns(segment));
}

/*
 * The first octets of a side decide about the rest.  Not known where the SYN
 * was not seen: then they must look like a beginning.
 */
static bool
tcp_first(struct gate *gate, const struct segment *segment, struct entry *entry,
    const uint8_t *octets, uint32_t captured)
{
	if (!is_wanted(gate, segment, octets, captured)) {
		entry->tag |= TAG_OVER;
		return false;
	}
	if (gate->kinds & NAMES_DNS)
		read_framed_answer(gate, segment, octets, captured);
	return true;
}

/* What the client's SYN may have come too early for. */
static bool
hunt_late(struct gate *gate, const struct segment *segment,
    const struct entry *entry, struct segment_payload *payload)
{
	if (!gate->shared || !(entry->tag & TAG_KNOWN) ||
	    !hunt(gate, segment, payload))
		return false;
	payload->late = true;
	return true;
}

static bool
tcp_data(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	struct entry *entry = find(gate, segment, segment->sender);
	uint32_t offset;
	bool hunted;

	if (gate->window == 0)
		return false;
	if (entry == NULL) {
		if (!looks_certain(gate->kinds, octets, captured) &&
		    !(gate->kinds & NAMES_DNS && is_dns(segment)))
			return false;
		entry = put(
		    gate, segment, segment->sender, segment->sequence, false);
	}
	offset = segment->sequence - entry->value;
	if (offset >= gate->window)
		return false;
	payload->sequence = segment->sequence;
	payload->first = entry->value;
	payload->first_known = (entry->tag & TAG_KNOWN) != 0;
	payload->captured = gate->window - offset;
	if (payload->captured > captured)
		payload->captured = captured;
	if (offset > 0)
		return true;
	hunted = hunt_late(gate, segment, entry, payload);
	if (tcp_first(gate, segment, entry, octets, captured))
		return true;
	payload->captured = 0;
	return hunted;
}

/* --- UDP */

/*
 * Once a second and side: what its sender asked for before, as it may have
 * opened an exchange; and its first octets, if `payload` wants them.
 */
static bool
udp_flow(struct gate *gate, const struct segment *segment, uint32_t captured,
    struct segment_payload *payload)
{
	uint32_t ticks = (uint32_t)(segment->time.ns / (uint64_t)TICK_NS)
	                 << OCTETS_BITS;
	struct entry *entry = find(gate, segment, segment->sender);
	uint32_t octets;
	bool hunted = false;

	if (entry == NULL || ticks - (entry->value & ~OCTETS_MASK) >=
	                         (uint32_t)TICKS_OF_SECOND << OCTETS_BITS) {
		entry = put(gate, segment, segment->sender, ticks, false);
		hunted = hunt(gate, segment, payload);
	}
	octets = entry->value & OCTETS_MASK;
	if (octets >= gate->payload || captured == 0)
		return hunted;
	octets += captured;
	entry->value = (entry->value & ~OCTETS_MASK) |
	               (octets < OCTETS_MASK ? octets : OCTETS_MASK);
	payload->captured = captured < gate->payload ? captured : gate->payload;
	return true;
}

static bool
udp_data(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload)
{
	bool dns = gate->kinds & NAMES_DNS && is_dns(segment);
	bool wanted = false;

	if ((gate->payload > 0 || gate->hunter != NULL) && !dns)
		wanted = udp_flow(gate, segment, captured, payload);
	if (dns)
		read_answer(gate, segment, octets, captured);
	else if (!(gate->kinds & NAMES_QUIC) || !looks_quic(octets, captured))
		return wanted;
	if (captured > GATE_STREAM_OCTETS)
		captured = GATE_STREAM_OCTETS;
	payload->captured = captured;
	return captured > 0 || wanted;
}

bool
gate_may_want(const struct gate *gate, const struct segment *segment)
{
	const struct entry *entry;

	if (segment->later_fragment)
		return false;
	if (segment->key.protocol != PROTOCOL_TCP)
		return segment->key.protocol == PROTOCOL_UDP;
	if (segment->tcp_flags & TCP_SYN)
		return true;
	if (segment->payload_octets == 0)
		return false;
	entry = find(gate, segment, segment->sender);
	return entry == NULL ||
	       (!(entry->tag & TAG_OVER) &&
	           segment->sequence - entry->value < gate->window);
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
	if (segment->key.protocol == PROTOCOL_UDP)
		return udp_data(gate, segment, octets, captured, payload);
	if (segment->key.protocol != PROTOCOL_TCP)
		return false;
	if (segment->tcp_flags & TCP_SYN)
		return tcp_opening(gate, segment, captured, payload);
	return captured > 0 &&
	       tcp_data(gate, segment, octets, captured, payload);
}
