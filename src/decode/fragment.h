/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which segment the first fragment of an IP datagram was: later fragments
 * have no ports, and take key and sender from here.
 */
#ifndef EXFLOW_SRC_DECODE_FRAGMENT_H
#define EXFLOW_SRC_DECODE_FRAGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/segment.h"

/* Every octet is defined, so that keys are compared and hashed as memory. */
struct fragment_key {
	uint8_t source[16];
	uint8_t destination[16];
	uint32_t id;
	uint8_t protocol;
	uint8_t ip_version;
	uint8_t zero[2];
};
_Static_assert(sizeof(struct fragment_key) == 40, "hashed as memory");

struct fragment_table;

/* capacity in datagrams, 0: the default.  NULL with errno. */
struct fragment_table *fragment_table_new(size_t capacity);
void fragment_table_free(struct fragment_table **table); /* sets NULL */

struct fragment_key fragment_key_make(const uint8_t *source,
    const uint8_t *destination, unsigned ip_version, unsigned protocol,
    uint32_t id);

/* A datagram whose first fragment comes again replaces the one before. */
void fragment_table_put(struct fragment_table *table,
    const struct fragment_key *key, const struct segment *segment,
    timestamp now);

/* Set key and sender of segment; -1 where no first fragment is known. */
int fragment_table_find(struct fragment_table *table,
    const struct fragment_key *key, timestamp now, struct segment *segment);

/* Datagrams forgotten before their time. */
uint64_t fragment_table_evicted(const struct fragment_table *table);

#endif
