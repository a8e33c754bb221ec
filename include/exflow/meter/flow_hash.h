/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keyed hash of flow keys.  Its secret is random, so that nobody outside
 * can choose 5-tuples that collide.  One secret serves all meters of a run,
 * so that a key hashed where the packet was read need not be hashed again.
 */
#ifndef EXFLOW_METER_FLOW_HASH_H
#define EXFLOW_METER_FLOW_HASH_H

#include <stdint.h>

#include "exflow/decode/segment.h"

#define FLOW_HASH_SECRET_OCTETS 192

struct flow_hash {
	_Alignas(64) uint8_t secret[FLOW_HASH_SECRET_OCTETS];
};

/* Draw a secret; 0, or -1 with errno where there is no randomness. */
int flow_hash_init(struct flow_hash *hash);

/* Both directions of an exchange have the same key, hence the same hash. */
uint64_t flow_hash(const struct flow_hash *hash, const struct flow_key *key);

#endif
