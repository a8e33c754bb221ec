/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "key.h"

#include <librdkafka/rdkafka.h>
#include <string.h>

#include "exflow/base/octets.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define HASH_OCTETS 8
#define ENDPOINT_OCTETS 18

static void
put_endpoint(uint8_t *at, const struct endpoints *endpoints, int side)
{
	memcpy(
	    at, endpoints->address[side], endpoints->ip_version == 4 ? 4 : 16);
	put16(at + 16, endpoints->port[side]);
}

/* The lower end comes first, as the client of a probe may be another's server.
 */
static uint64_t
exchange_hash(const struct endpoints *endpoints)
{
	uint8_t ends[2][ENDPOINT_OCTETS] = { { 0 } };
	uint8_t both[2 * ENDPOINT_OCTETS];
	int low;

	put_endpoint(ends[CLIENT], endpoints, CLIENT);
	put_endpoint(ends[SERVER], endpoints, SERVER);
	low = memcmp(ends[CLIENT], ends[SERVER], ENDPOINT_OCTETS) > 0;
	memcpy(both, ends[low], ENDPOINT_OCTETS);
	memcpy(both + ENDPOINT_OCTETS, ends[!low], ENDPOINT_OCTETS);
	return XXH3_64bits_withSeed(both, sizeof(both), endpoints->protocol);
}

struct key
key_of(enum kafka_key kind, const struct endpoints *endpoints)
{
	struct key key = { 0 };

	if (kind == KAFKA_KEY_EXCHANGE) {
		key.length = HASH_OCTETS;
		put64(key.octets, exchange_hash(endpoints));
	} else if (kind == KAFKA_KEY_CLIENT) {
		key.length = endpoints->ip_version == 4 ? 4 : 16;
		memcpy(key.octets, endpoints->address[CLIENT], key.length);
	}
	return key;
}

struct key
key_of_exchange(enum kafka_key kind, const struct exchange *exchange)
{
	return key_of(kind,
	    &(struct endpoints){
	        .address = { exchange->address[CLIENT],
	            exchange->address[SERVER] },
	        .port = { exchange->port[CLIENT], exchange->port[SERVER] },
	        .protocol = exchange->protocol,
	        .ip_version = exchange->ip_version,
	    });
}

static char *
put_hexadecimal(char *at, const uint8_t *octets, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*at++ = digits[octets[i] >> 4];
		*at++ = digits[octets[i] & 15];
	}
	return at;
}

size_t
key_text(const struct key *key, char text[KEY_TEXT_SIZE])
{
	const char *end = text;

	if (key->length == HASH_OCTETS)
		end = put_hexadecimal(text, key->octets, HASH_OCTETS);
	else if (key->length != 0)
		end = text_address(text, key->octets, key->length == 4 ? 4 : 6);
	return (size_t)(end - text);
}

int32_t
key_lane(const struct key *key, uint32_t count)
{
	char text[KEY_TEXT_SIZE];
	size_t length = key_text(key, text);

	if (length == 0)
		return -1;
	return rd_kafka_msg_partitioner_murmur2(
	    NULL, text, length, (int32_t)count, NULL, NULL);
}
