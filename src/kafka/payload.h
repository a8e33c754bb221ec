/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a message of the queue or the spool to what a message on Kafka is:
 *
 *	lines		the lines, with a line feed between two of them
 *	exchanges	one IPFIX message: the templates that its records use,
 *			then the records, so that a reader needs no other one
 */
#ifndef EXFLOW_SRC_KAFKA_PAYLOAD_H
#define EXFLOW_SRC_KAFKA_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/output/message_queue.h"

#include "key.h"
#include "producer.h"

struct payload_maker {
	enum kafka_key kind; /* of the keys of records */
	uint32_t batch;      /* of the options */
	uint32_t lanes;      /* that messages are filled for; 0: none */
	uint32_t sequence;   /* of the next IPFIX message */
	char key[KEY_TEXT_SIZE];
	uint8_t octets[MESSAGE_MAX_OCTETS];
};

/*
 * Make it of a message, where it is sent for the first time with the next
 * sequence number.  It points into the maker until the next call.  False: with
 * the templates it is longer than an IPFIX message can be.
 */
bool payload_make(struct payload_maker *maker, struct queued_message *message,
    struct payload *payload);

#endif
