/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keyed hash of flow keys.  Its secret is random, so that nobody outside
 * can choose 5-tuples that collide.  One secret serves all meters of a run,
 * so that a key hashed where the packet was read need not be hashed again.
 *
 * A key is five words.  Two at a time, each under words of the secret, are
 * multiplied to 128 bits, and both halves of the product are folded into one
 * word, as xxhash's XXH3 does (its mix of 16 octets) and wyhash.  An IPv4
 * address is within one word and the other is 0, so that two multiplications
 * do where IPv6 needs three.  Keys that count upwards, as a scan makes them,
 * are a sequence of equal steps then, which under one secret of twenty fills
 * some places twice as fast as others; XXH3's last mix breaks the steps up.
 * Every bit of the key reaches every bit of the hash: the index takes the upper
 * half of it, and workers are chosen by the lower.
 */
#ifndef EXFLOW_METER_FLOW_HASH_H
#define EXFLOW_METER_FLOW_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "exflow/decode/segment.h"

#define FLOW_HASH_SECRET_WORDS 6

struct flow_hash {
	_Alignas(64) uint64_t secret[FLOW_HASH_SECRET_WORDS];
};

/* Draw a secret; 0, or -1 with errno where there is no randomness. */
int flow_hash_init(struct flow_hash *hash);

static inline uint64_t
flow_hash_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ const unsigned __int128 product =
	    (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
	uint64_t left = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
	uint64_t right = (a & UINT32_MAX) * (b >> 32) + (left & UINT32_MAX);
	uint64_t high = (a >> 32) * (b >> 32) + (left >> 32) + (right >> 32);

	return a * b ^ high;
#endif
}

/*
 * Word by word, as the decoder has just written it: a copy of the key would
 * read two words at once, which has to wait for both writes to reach memory.
 */
static inline uint64_t
flow_hash_word(const struct flow_key *key, size_t n)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)key + n * sizeof(word), sizeof(word));
	return word;
}

/* Both directions of an exchange have the same key, hence the same hash. */
static inline uint64_t
flow_hash(const struct flow_hash *hash, const struct flow_key *key)
{
	const uint64_t *secret = hash->secret;
	uint64_t sum = flow_hash_fold(flow_hash_word(key, 0) ^ secret[0],
	    flow_hash_word(key, 2) ^ secret[1]);

	if (key->ip_version != 4)
		sum ^= flow_hash_fold(flow_hash_word(key, 1) ^ secret[2],
		    flow_hash_word(key, 3) ^ secret[3]);
	sum =
	    flow_hash_fold(sum ^ secret[4], flow_hash_word(key, 4) ^ secret[5]);
	sum = (sum ^ sum >> 37) * UINT64_C(0x165667919e3779f9);
	return sum ^ sum >> 32;
}
_Static_assert(sizeof(struct flow_key) == 40, "a key is five words");

#endif
