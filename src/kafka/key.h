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

/* Who talks to whom; addresses are borrowed, of 4 or 16 octets. */
struct endpoints {
	const uint8_t *address[2]; /* of CLIENT, SERVER */
	uint16_t port[2];
	uint8_t protocol;
	uint8_t ip_version; /* 4 or 6 */
};

struct key key_of(enum kafka_key kind, const struct endpoints *endpoints);
struct key key_of_exchange(
    enum kafka_key kind, const struct exchange *exchange);
/* As it stands in a message, without a 0.  Returns its length; 0: no key. */
size_t key_text(const struct key *key, char text[KEY_TEXT_SIZE]);
/*
 * Which of count lanes the key is for (fills.h): murmur2 as Java's clients
 * choose one of count partitions.  -1: it has none.
 */
int32_t key_lane(const struct key *key, uint32_t count);

#endif
