/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to the probe's run: from the metrics page and the control socket,
 * each of which has a thread, and from signals.
 */
#ifndef EXFLOW_SRC_RUN_REQUESTS_H
#define EXFLOW_SRC_RUN_REQUESTS_H

#include "probe_run.h"

/* Open the page and the socket of the settings.  0, or -1 with a message. */
int requests_open(struct probe_run *run);
/* Idempotent. */
void requests_close(struct probe_run *run);

/*
 * From any thread: a snapshot, 0 or -1 with a message; and a record of every
 * live exchange now.
 */
int request_status(struct probe_run *run, struct status *status);
void request_flush(struct probe_run *run);

#endif
