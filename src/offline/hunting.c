/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "hunting.h"

#include <stdlib.h>

#include "exflow/gate/hunt.h"

int
hunting_init(
    struct hunting *hunting, struct gate *gate, size_t batches, size_t segments)
{
	if (gate == NULL || gate_hunter(gate) == NULL)
		return 0;
	hunting->octets = segments * NAME_OCTETS_MAX;
	/* It takes memory as names are found. */
	hunting->names = malloc(batches * hunting->octets);
	if (hunting->names == NULL)
		return -1;
	pthread_mutex_init(&hunting->lock, NULL);
	hunting->gate = gate;
	gate_leave_hunting(gate, true);
	return 0;
}

void
hunting_clear(struct hunting *hunting)
{
	if (hunting->gate != NULL)
		pthread_mutex_destroy(&hunting->lock);
	hunting->gate = NULL;
	free(hunting->names);
	hunting->names = NULL;
}

void
hunting_batch(struct hunting *hunting, size_t at,
    const struct segment *segments, struct payload_batch *payloads)
{
	if (payloads->left == 0)
		return;
	payloads->count = (uint32_t)hunt_payloads(gate_hunter(hunting->gate),
	    segments, payloads->list, payloads->count,
	    hunting->names + at * hunting->octets);
}

bool
hunting_share(struct hunting *hunting, bool behind)
{
	if (hunting->gate == NULL || behind == hunting->behind)
		return false;
	hunting->behind = behind;
	gate_leave_hunting(hunting->gate, !behind);
	return behind;
}
