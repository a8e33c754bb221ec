/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX messages are dealt out: each of their records goes into the message of
 * the lane of its key (fills.h).  The records stay as they were encoded, once
 * for this and other outputs.
 */
#ifndef EXFLOW_SRC_KAFKA_RECORDS_H
#define EXFLOW_SRC_KAFKA_RECORDS_H

#include <stdint.h>

#include "exflow/ipfix/message.h"

#include "key.h"

struct message_queue;
struct preamble;
struct records;

/*
 * The messages that come have templates of this preamble, which is borrowed
 * for the call, and at most so many octets.  key: exchange or client.  NULL
 * without memory.
 */
struct records *records_new(const struct preamble *preamble, enum kafka_key key,
    uint32_t lanes, uint32_t octets, uint32_t domain);
void records_free(struct records **records);
/* Full messages go into the queue. */
void records_add(struct records *records, const struct message *message,
    struct message_queue *queue);
/* So do those that are not full. */
void records_flush(struct records *records, struct message_queue *queue);

#endif
