/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the export thread has counted, where other threads can read it.
 */
#ifndef EXFLOW_EXPORT_PUBLISHED_H
#define EXFLOW_EXPORT_PUBLISHED_H

#include <pthread.h>
#include <stdint.h>

#include "exflow/exporter.h"
#include "outputs.h"

struct published {
	pthread_mutex_t lock;
	struct exporter_status status;
};

void published_init(struct published *published);
void published_clear(struct published *published);
/* By the thread to which the outputs belong.  Once they are there, new
 * counts of the same outputs need no memory; without it, all is as before.
 */
void published_set(struct published *published, const struct outputs *outputs,
    const struct exporter_delays *delays, uint64_t queue_lost);
/* By any thread: a copy.  0, or -1 without memory. */
int published_get(struct published *published, struct exporter_status *status);

/* Note that n exchanges took so many seconds. */
void delays_add(struct exporter_delays *delays, uint64_t n, double seconds);

#endif
