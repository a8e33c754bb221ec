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
 * A table of fixed size has the sequence numbers by the hash of the exchange:
 *
 *	hash ─► │ a, client │ a, server │ b, client │   │	the newest first
 *
 * An exchange that a set has forgotten counts as one whose SYN was not seen.
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

struct gate;

/* hunter: outlives the gate; NULL: no names of DNS.  NULL with errno. */
struct gate *gate_new(
    const struct names_options *options, struct hunter *hunter);
/*
 * The answers to a client may be read by another thread, which may be a little
 * behind: look again for the name when the client's first data come.
 */
void gate_set_shared(struct gate *gate, bool shared);
void gate_free(struct gate **gate); /* idempotent, sets NULL */

/*
 * May the payload be wanted?  Most are not, by what the segment says alone: TCP
 * without data, or behind the first octets of its side.
 */
bool gate_may_want(const struct gate *gate, const struct segment *segment);
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
