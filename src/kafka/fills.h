/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that are being filled.  All records of a message on Kafka go to one
 * partition, so where records have a key there is one for each lane:
 *
 *	record ──► key ──► [ lane 0 │ record record        ]
 *	                   [ lane 1 │ record               ] ──► queue
 *	                   [ lane 2 │ record record record ]
 *
 * A lane is murmur2(key) modulo the number of lanes, and goes to the partition
 * that is the lane modulo the number of partitions (producer.h).  So a key
 * stays in one partition whatever their number is, which is not known before a
 * broker has answered, and may grow.  Where it divides the number of lanes, it
 * is the partition that Java's clients choose for this key.
 */
#ifndef EXFLOW_SRC_KAFKA_FILLS_H
#define EXFLOW_SRC_KAFKA_FILLS_H

#include <stdint.h>

#include "key.h"

struct fills;
struct message_queue;

/* A message, its octets in front of it written by fills_emit. */
struct fill {
	uint32_t used;    /* octets */
	uint32_t records; /* or lines */
	uint32_t set_at;  /* where the set of the last record is; 0: none */
	uint8_t octets[];
};

/*
 * Write the header of a message of so many octets; its time and its sequence
 * number are written when it is sent.
 */
void fill_header(uint8_t *octets, uint32_t length, uint32_t domain);

/*
 * lanes: 0, where records have no key; domain: of the messages' headers, and
 * octets: of the longest message.  A lane takes memory when its first record
 * comes.  NULL without memory.
 */
struct fills *fills_new(uint32_t lanes, uint32_t octets, uint32_t domain);
void fills_free(struct fills **fills);
/* The one for this key; NULL without memory. */
struct fill *fills_find(struct fills *fills, const struct key *key);
/* Octets that are left in it. */
uint32_t fills_room(const struct fills *fills, const struct fill *fill);
/* Put it into the queue, and begin the next message. */
void fills_emit(
    struct fills *fills, struct fill *fill, struct message_queue *queue);
/* All that have records. */
void fills_emit_all(struct fills *fills, struct message_queue *queue);

#endif
