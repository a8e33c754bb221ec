/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names that clients were told (NAMES; Tstat's DN-Hunter): an answer of
 * DNS says that a name has an address, and an exchange that the same client
 * then opens to this address is to that name.
 *
 *	client, server ─► hash ─► a set of HUNTER_WAYS ways
 *	ways    │ a 1 │ b 3 │     │ c 4 │	tag and place: one look for all
 *	places  │ 1 │ 2 │ 3 │ 4 │   │ …	name, addresses, when it was told,
 *						till when
 *
 * Two clients may be told two names for one address: each has its own.  A way
 * is taken that is free, with the next place, so that few names take little
 * memory; else one whose time is over, with its place, or the oldest one, which
 * is counted.  So the table has one size whatever answers come.
 *
 * Any number of threads may put and find at the same time, without a lock:
 * each place has a sequence number, which is odd while it is written.  Who
 * finds it odd, or another one after reading, finds nothing; who would write
 * a place that is being written leaves it.
 */
#ifndef EXFLOW_GATE_HUNTER_H
#define EXFLOW_GATE_HUNTER_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/exchange/flow_hash.h"
#include "exflow/names/exchange_names.h"

#define HUNTER_WAYS 4
#define HUNTER_NAMES 65536 /* in all; 21 MB when they are full */
#define HUNTER_TTL_MIN 1   /* seconds that an answer holds … */
#define HUNTER_TTL_MAX 3600

struct hunter;

/* The hash outlives it.  NULL with errno ENOMEM. */
struct hunter *hunter_new(const struct flow_hash *hash);
void hunter_free(struct hunter **hunter); /* idempotent, sets NULL */

/* Who was told of whom; IPv4 in the first 4 octets, zeros behind. */
struct hunter_pair {
	const uint8_t *client, *server; /* 16 octets each */
	uint8_t ip_version;             /* of both */
};

/* The client was told at that time; ttl in seconds as it stands. */
void hunter_put(struct hunter *hunter, const struct hunter_pair *pair,
    const char *name, size_t octets, uint32_t ttl, timestamp time);
/*
 * What the client was told last, at that time or before, and still holds.
 * The octets of the name; 0: nothing.
 */
size_t hunter_find(const struct hunter *hunter, const struct hunter_pair *pair,
    timestamp time, char name[NAME_OCTETS_MAX]);

/* The name of this pair will be asked for soon: its set is fetched. */
void hunter_fetch(const struct hunter *hunter, const struct hunter_pair *pair);

/* Names that were forgotten before their time. */
uint64_t hunter_evicted(const struct hunter *hunter);
/* Octets that a full one takes. */
uint64_t hunter_memory(void);

#endif
