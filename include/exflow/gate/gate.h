/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gate between a reading thread and its meters: which payloads are worth
 * copying, so that the meters find names in them.  A frame is gone when its
 * batch is metered, and most frames say nothing about names; so the gate lets
 * pass
 *
 *	TCP	the first octets of each side, GATE_STREAM_OCTETS or `payload`,
 *		told by the sequence numbers of SYN and SYN-ACK; without
 *		these, what begins like TLS, HTTP, SSH or DNS, and what follows
 *	UDP	DNS by its ports, QUIC's Initial, 0-RTT and Retry, and the
 *		first octets, if `payload` is not 0
 *
 * A table of fixed size has the sequence numbers by the hash of the exchange, a
 * set of one cache line for each hash:
 *
 *	endpoint 0 │ a │ b │   │   │	what it sends, the newest first
 *	endpoint 1 │ b │ a │   │   │
 *
 * An exchange that a set has forgotten counts as one whose SYN was not seen.
 * Most segments are refused by the first place of their row, inline.
 *
 * With `dns` the gate also reads the answers to clients in the order in which
 * packets come, and finds for what opens an exchange the name that its client
 * had asked for (hunter.h).  As one thread does both for all meters of a run
 * over files, their number does not matter.
 *
 * A gate belongs to one thread.
 */
#ifndef EXFLOW_GATE_GATE_H
#define EXFLOW_GATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/decode/segment.h"
#include "exflow/gate/hunter.h"
#include "exflow/names/names.h"
#include "exflow/names/payload.h"

/* Of one payload so many octets pass at most. */
#define GATE_STREAM_OCTETS NAMES_STREAM_OCTETS
_Static_assert(NAMES_PAYLOAD_MAX <= GATE_STREAM_OCTETS, "payload fits");

/* What is known of what one side of an exchange sends. */
struct gate_side {
	uint32_t tag; /* bits of the hash, and GATE_MARKS */
	/*
	 * TCP: the sequence number of the side's first octet.  Else: the time
	 * of its last look-up, gate_ticks(), and the octets that have passed
	 * since.
	 */
	uint32_t value;
};

#define GATE_IN_USE 1u
#define GATE_KNOWN 2u /* value is by a SYN */
#define GATE_OVER 4u  /* the side has begun like nothing known */
#define GATE_MARKS (GATE_KNOWN | GATE_OVER)

#define GATE_SETS 8192
#define GATE_WAYS 4
struct gate_set {
	struct gate_side side[2][GATE_WAYS];
};

/* Its members are gate.c's own. */
struct gate {
	struct gate_set *sets;
	uint32_t window; /* first octets of each side of TCP that pass; 0 */
	uint32_t payload;
	unsigned kinds;
	bool udp;    /* something of UDP may pass */
	bool shared; /* other threads read answers, too */
	struct hunter *hunter;
	struct hunter_pair asker; /* its client is who the answer is to */
	char hunted[NAME_OCTETS_MAX];
};

/* hunter: outlives the gate; NULL: no names of DNS.  NULL with errno. */
struct gate *gate_new(
    const struct names_options *options, struct hunter *hunter);
/*
 * The answers to a client may be read by another thread, which may be a little
 * behind: look again for the name when the client's first data come.
 */
void gate_set_shared(struct gate *gate, bool shared);
void gate_free(struct gate **gate); /* idempotent, sets NULL */

/* Of UDP a side is looked up again after about a second. */
#define GATE_TICK (1u << 11)
static inline uint32_t
gate_ticks(timestamp time)
{
	return (uint32_t)(time.ns >> 28) * GATE_TICK;
}

static inline bool
gate_is_due(const struct gate_side *side, timestamp time)
{
	return gate_ticks(time) - side->value / GATE_TICK * GATE_TICK >=
	       4 * GATE_TICK;
}

static inline uint32_t
gate_tag(uint64_t hash)
{
	return ((uint32_t)(hash >> 32) & ~GATE_MARKS) | GATE_IN_USE;
}

/* Is a segment of this side wanted, which is no SYN? */
static inline bool
gate_wants(const struct gate *gate, const struct gate_side *side,
    const struct segment *segment)
{
	if (segment->key.protocol == PROTOCOL_TCP)
		return segment->sequence - side->value < gate->window &&
		       !(side->tag & GATE_OVER);
	return !(side->tag & GATE_OVER) || gate_is_due(side, segment->time);
}

/* gate_may_want() where the first place of the row is another side's. */
bool gate_may_want_unknown(struct gate *gate, const struct segment *segment);

/*
 * May the payload be wanted?  Most are not, by what the segment says alone: TCP
 * without data, or behind the first octets of its side.
 */
static inline bool
gate_may_want(struct gate *gate, const struct segment *segment)
{
	const struct gate_side *side;

	if (segment->key.protocol == PROTOCOL_TCP) {
		if (segment->tcp_flags & TCP_SYN)
			return gate->window > 0;
		if (segment->payload_octets == 0)
			return false;
	}
	side = gate->sets[segment->hash % GATE_SETS].side[segment->sender];
	if (__builtin_expect(
	        (side->tag & ~GATE_MARKS) != gate_tag(segment->hash), 0))
		return gate_may_want_unknown(gate, segment);
	return gate_wants(gate, side, segment);
}
/*
 * Does the meter want this payload, of which `captured` octets are there?  Then
 * true, and *payload is set but for its segment: what it points to is valid
 * until the next call, or as long as the octets.  For every segment that may be
 * wanted, in their order, with hash and time set.
 */
bool gate_segment(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload);

/* Octets that a gate takes. */
uint64_t gate_memory(void);

#endif
