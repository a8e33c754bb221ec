/* SPDX-License-Identifier: BSD-2-Clause */
/* Another configuration while the probe runs. */
#ifndef EXFLOW_SRC_RUN_RELOAD_H
#define EXFLOW_SRC_RUN_RELOAD_H

#include "probe_run.h"

/*
 * Read the command line and its file again, and put it into force.  -1 if it
 * is not valid: a message was logged, which is in error, too, and the settings
 * are as before.
 */
int reload(struct probe_run *run, char error[CONTROL_ERROR_SIZE]);
/*
 * Count the result, and wake up exflowctl's thread if it waits for it; it gets
 * the error where there is one.
 */
void reload_done(struct probe_run *run, int result, const char *error);

#endif
