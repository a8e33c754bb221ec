/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "balance.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The protocol is the seed, so that it counts, too. */
static uint64_t
endpoint_hash(const struct exchange *exchange, int side)
{
	uint8_t octets[18] = { 0 };
	size_t length = exchange->ip_version == 4 ? 4 : 16;

	memcpy(octets, exchange->address[side], length);
	octets[16] = (uint8_t)(exchange->port[side] >> 8);
	octets[17] = (uint8_t)exchange->port[side];
	return XXH3_64bits_withSeed(octets, sizeof(octets), exchange->protocol);
}

/* The sum is the same whichever end is the client. */
size_t
balance_choose(const struct exchange *exchange, size_t count)
{
	uint64_t both =
	    endpoint_hash(exchange, CLIENT) + endpoint_hash(exchange, SERVER);

	return (size_t)((both >> 32) * count >> 32);
}
