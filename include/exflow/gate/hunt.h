/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What segments tell the hunter, and ask it: an answer of DNS goes to a client,
 * and a client opens an exchange.  In the order of packets, so that an exchange
 * has what its client was told before.
 */
#ifndef EXFLOW_GATE_HUNT_H
#define EXFLOW_GATE_HUNT_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/segment.h"
#include "exflow/gate/hunter.h"
#include "exflow/names/payload.h"

/* What a gate has left to hunt_payloads, by segment_payload.hunt. */
enum {
	HUNT_ASKS = 1, /* the sender may have been told a name */
	HUNT_TELLS,    /* an answer over UDP: all octets that there are */
	HUNT_FRAMED,   /* the same over TCP, behind its length */
};

/*
 * Each answer by itself: whether it was asked for is of no matter here.  The
 * port of the sender tells that it may be one.
 */
void hunt_answer(struct hunter *hunter, const struct segment *segment,
    const uint8_t *octets, uint32_t captured);
void hunt_framed_answer(struct hunter *hunter, const struct segment *segment,
    const uint8_t *octets, uint32_t captured);
/* What the sender was told of the receiver; its octets, 0: nothing. */
size_t hunt_name(const struct hunter *hunter, const struct segment *segment,
    char name[NAME_OCTETS_MAX]);

/*
 * Do what was left, for the payloads of a batch of segments.  Those that asked
 * and were told nothing go, if there is nothing else about them.  How many stay.
 * room: for NAME_OCTETS_MAX octets of each payload, which are used from the
 * first one on, as many as the names have.
 */
size_t hunt_payloads(struct hunter *hunter, const struct segment *segments,
    struct segment_payload *payloads, size_t n, char *room);

#endif
