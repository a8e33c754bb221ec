/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A snapshot of what the export thread has counted, for other threads.  The
 * counts themselves belong to the export thread and have no lock; it copies
 * them here every DESTINATION_STATUS_MS, and readers copy the copy.
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
/*
 * For the thread that the outputs belong to.  Needs memory only where the list
 * of outputs has changed; without it the snapshot stays as it was.
 */
void snapshot_set(struct snapshot *snapshot, const struct outputs *outputs,
    const struct exporter_delays *delays, uint64_t queue_lost);
/* A copy for any thread.  0, or -1 without memory. */
int snapshot_get(struct snapshot *snapshot, struct exporter_status *status);

/* Count n exchanges that took so many seconds. */
void delays_add(struct exporter_delays *delays, uint64_t n, double seconds);

#endif
