/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key of a record: it decides on the partition, so that records with the
 * same key keep their order.
 *
 *	exchange	a hash of the 5-tuple, the same whichever end is the
 *			client, in every run and of every probe: 16 hexadecimal
 *			digits in the message
 *	client		the client's address as text
 *	none		there is no key, and any partition will do
 */
#ifndef EXFLOW_SRC_KAFKA_KEY_H
#define EXFLOW_SRC_KAFKA_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/base/text.h"
#include "exflow/exchange/exchange.h"
#include "exflow/output/destination.h"

#define KEY_TEXT_SIZE TEXT_ADDRESS_SIZE

/* Of 0 octets: none; of 4 or 16: an address; of 8: a hash. */
struct key {
	uint8_t length;
	uint8_t octets[16];
};

struct key key_of(enum kafka_key kind, const struct exchange *exchange);
/* As it stands in a message, without a 0.  Returns its length; 0: no key. */
size_t key_text(const struct key *key, char text[KEY_TEXT_SIZE]);
/*
 * Which of count partitions the key chooses, as Java's clients do (murmur2);
 * -1: it has none.
 */
int32_t key_partition(const struct key *key, uint32_t count);

#endif
