/* SPDX-License-Identifier: BSD-2-Clause */
/* Another configuration while the probe runs. */
#ifndef EXFLOW_SRC_RUN_RELOAD_H
#define EXFLOW_SRC_RUN_RELOAD_H

#include "probe_run.h"

/*
 * Read the command line and its file again, and put it into force.  -1 if it
 * is not valid: a message was logged, and the settings are as before.
 */
int reload(struct probe_run *run);
/* Count the result, and wake up exflowctl's thread if it waits for it. */
void reload_done(struct probe_run *run, int result);

#endif
