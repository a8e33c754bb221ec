/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the export thread has counted, where other threads can read it.
 */
#ifndef EXFLOW_SRC_EXPORT_SNAPSHOT_H
#define EXFLOW_SRC_EXPORT_SNAPSHOT_H

#include <pthread.h>
#include <stdint.h>

#include "exflow/export/exporter.h"

#include "outputs.h"

struct snapshot {
	pthread_mutex_t lock;
	struct exporter_status status;
};

void snapshot_init(struct snapshot *snapshot);
void snapshot_clear(struct snapshot *snapshot);
/* By the thread to which the outputs belong.  Once they are there, new
 * counts of the same outputs need no memory; without it, all is as before.
 */
void snapshot_set(struct snapshot *snapshot, const struct outputs *outputs,
    const struct exporter_delays *delays, uint64_t queue_lost);
/* By any thread: a copy.  0, or -1 without memory. */
int snapshot_get(struct snapshot *snapshot, struct exporter_status *status);

/* Note that n exchanges took so many seconds. */
void delays_add(struct exporter_delays *delays, uint64_t n, double seconds);

#endif
