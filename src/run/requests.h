/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What others ask the probe's run: the metrics page and the control socket,
 * each with a thread.  A reload is for the thread that waits for signals.
 */
#ifndef EXFLOW_SRC_RUN_REQUESTS_H
#define EXFLOW_SRC_RUN_REQUESTS_H

#include "probe_run.h"

/* Open what the settings name.  0, or -1 with a message. */
int requests_open(struct service *service);
void requests_close(struct service *service);

#endif
