/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who does what payloads tell of names and ask for (gate/hunt.h), where there is
 * one meter: the thread that has time, in the order of packets.
 *
 *	reading thread				meter thread
 *	gate: leaves it ──► batches ──► ring ──► hunts, batch by batch, before
 *						 it meters one
 *	  … the ring fills up: hunts for all batches that wait
 *	gate: hunts at once ────────────► ring ──► nothing is left to do
 *	  … the ring is nearly empty: leaves it again
 *
 * A batch is hunted for under the lock, each only once, the oldest first; so
 * both threads do not meet, and what was told before is known.
 */
#ifndef EXFLOW_SRC_OFFLINE_HUNTING_H
#define EXFLOW_SRC_OFFLINE_HUNTING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/gate/gate.h"
#include "exflow/gate/payload_batch.h"

struct hunting {
	struct gate *gate;    /* that leaves it; NULL: nothing is left to do */
	char *names;          /* what clients were told, of all batches */
	size_t octets;        /* of these, for each batch */
	bool behind;          /* the meter thread is */
	pthread_mutex_t lock; /* over … */
	uint64_t done;        /* batches so far */
};

/*
 * For so many batches, each of so many segments.  Without names of DNS nothing
 * is left to do.  0, or -1 with errno ENOMEM.
 */
int hunting_init(struct hunting *hunting, struct gate *gate, size_t batches,
    size_t segments);
void hunting_clear(struct hunting *hunting); /* idempotent */

/* Of a batch, which is the at-th of them. */
void hunting_batch(struct hunting *hunting, size_t at,
    const struct segment *segments, struct payload_batch *payloads);
/*
 * From now on: the gate leaves it, or the meter thread is behind.  True: all
 * batches that wait have to be hunted for first.
 */
bool hunting_share(struct hunting *hunting, bool behind);

#endif
