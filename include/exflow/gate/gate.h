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
 * row of one cache line for what each endpoint sends:
 *
 *	hash, endpoint 0 ─► │ a │ b │   │   │   │	the newest first
 *	hash, endpoint 1 ─► │ b │ a │   │   │   │
 *
 * A side is closed once its first octets have passed, or have begun like nothing
 * known.  Most sides are; so most segments are refused inline, without a look
 * at the table, by two small ones: `open` has for each row a bit for each eighth
 * of its sides, whether one of them is not closed, and `quiet` which sides of UDP want nothing for some seconds.
 * An exchange that a row has forgotten counts as one whose SYN was not seen.
 *
 * With `dns` the gate also reads the answers to clients in the order in which
 * packets come, and finds for what opens an exchange the name that its client
 * had asked for (hunter.h).  As one thread does both for all meters of a run
 * over files, their number does not matter.  Where there is one meter, the gate
 * may leave both to be done later, in the same order (hunt.h).
 *
 * A gate belongs to one thread.
 */
#ifndef EXFLOW_GATE_GATE_H
#define EXFLOW_GATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/decode/decode.h"
#include "exflow/gate/hunter.h"
#include "exflow/meter/meter.h"
#include "exflow/names/names.h"
#include "exflow/names/payload.h"

/* Of one payload so many octets pass at most. */
#define GATE_STREAM_OCTETS NAMES_STREAM_OCTETS
_Static_assert(NAMES_PAYLOAD_MAX <= GATE_STREAM_OCTETS, "payload fits");

/* … */
enum {
	GATE_NOTHING,
	GATE_DNS, /* behind its length, if it has its ports */
	GATE_OTHER
};

#define GATE_ROWS 8192
#define GATE_QUIET 4096
#define GATE_WAITING 8

struct gate_row;

/* A side that will be put into its row. */
struct gate_put {
	size_t row;
	uint32_t first;
	uint16_t tag;
	uint8_t marks;
	bool unless; /* … it is there */
};

/* Its members are those of src/gate alone. */
struct gate {
	unsigned kinds;
	uint32_t payload;
	uint32_t window; /* first octets of each side of TCP that pass; 0 */
	/*
	 * A side of UDP that was looked up less than so many ticks ago is of
	 * the same exchange.
	 */
	uint32_t look_up;
	bool udp;    /* something of UDP may pass */
	bool shared; /* other threads read answers, too */
	bool leaves; /* who gets the payloads asks the hunter */
	unsigned waiting;
	struct gate_row *rows;
	struct hunter *hunter;
	uint8_t begins[DECODE_NO_OCTET + 256]; /* what begins so may be … */
	uint8_t open[GATE_ROWS];    /* bits of the sides of TCP that are open */
	uint64_t quiet[GATE_QUIET]; /* bits of a hash, and ticks: since when */
	struct gate_put puts[GATE_WAITING];
	char hunted[NAME_OCTETS_MAX];
};

/*
 * For a meter of these options.  hunter: outlives the gate; NULL: no names of
 * DNS.  NULL with errno.
 */
struct gate *gate_new(
    const struct meter_options *options, struct hunter *hunter);
/*
 * The answers to a client may be read by another thread, which may be a little
 * behind: look again for the name when the client's first data come.
 */
void gate_set_shared(struct gate *gate, bool shared);
/*
 * Of all that passes from now on somebody else reads the answers, and finds what
 * clients were told: by hunt_payloads, in the same order.  Or no more: then that
 * is done for all that has passed.
 */
void gate_leave_hunting(struct gate *gate, bool leave);
struct hunter *gate_hunter(const struct gate *gate); /* or NULL */
void gate_free(struct gate **gate);                  /* idempotent, sets NULL */

static inline size_t
gate_row_of(const struct segment *segment, unsigned sender)
{
	return segment->hash % (GATE_ROWS / 2) * 2 + sender;
}

/* Which bit of its row's is a side's. */
static inline unsigned
gate_open_bit(const struct segment *segment)
{
	return segment->hash >> 32 & 7;
}

/* Of 0.27 seconds. */
static inline uint32_t
gate_ticks(timestamp time)
{
	return (uint32_t)(time.ns >> 28);
}

static inline size_t
gate_quiet_of(const struct segment *segment)
{
	return (segment->hash >> 16) % (GATE_QUIET / 2) * 2 + segment->sender;
}

static inline bool
gate_is_quiet(const struct gate *gate, const struct segment *segment)
{
	uint64_t quiet = gate->quiet[gate_quiet_of(segment)];

	return quiet >> 32 == segment->hash >> 32 &&
	       gate_ticks(segment->time) - (uint32_t)quiet < gate->look_up;
}

static inline bool
gate_is_dns(const struct gate *gate, const struct segment *segment)
{
	return (gate->kinds & NAMES_DNS) != 0 &&
	       (names_is_dns_port(segment->key.port[0]) ||
	           names_is_dns_port(segment->key.port[1]));
}

/*
 * May the payload be wanted of the segment that was decoded last?  Nearly all
 * that are not are told here; SYNs always are.
 */
static inline __attribute__((always_inline)) bool
gate_may_want(const struct gate *gate, const struct segment *segment,
    const struct decode_headers *headers)
{
	unsigned data = segment->payload_octets != 0;
	unsigned syn = segment->tcp_flags >> FLAG_SYN & 1;
	unsigned open;

	if (segment->key.protocol != PROTOCOL_TCP)
		return gate->udp && (gate_is_dns(gate, segment) ||
		                        !gate_is_quiet(gate, segment));
	open = gate->open[gate_row_of(segment, segment->sender)] >>
	           gate_open_bit(segment) &
	       1;
	if (syn | (data & open))
		return true;
	switch (gate->begins[decode_first_octet(headers)]) {
	case GATE_NOTHING:
		return false;
	case GATE_DNS:
		return gate_is_dns(gate, segment);
	default:
		return true;
	}
}
/*
 * Does the meter want this payload?  Then
 * true, and *payload is set but for its segment: what it points to is valid
 * until the next call, or as long as the octets.  For every segment that may be
 * wanted, in their order, with hash and time set.
 */
bool gate_segment(struct gate *gate, const struct segment *segment,
    const uint8_t *octets, uint32_t captured, struct segment_payload *payload);

/* Octets that a gate takes. */
uint64_t gate_memory(void);

#endif
