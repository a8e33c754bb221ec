/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two runs of the program: over capture files, and as a probe on
 * interfaces.  Each from settings to the exit status.
 */
#ifndef EXFLOW_RUN_RUN_H
#define EXFLOW_RUN_RUN_H

#include "exflow/config/settings.h"

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* something was lost or could not be read */
	EXIT_USAGE = 2   /* command line or configuration */
};

/* SIGINT and SIGTERM end it as the end of input does. */
int service_files(const struct settings *settings);
/*
 * Until SIGINT or SIGTERM.  SIGHUP reads the command line's configuration
 * file anew, SIGUSR1 logs the statistics, SIGUSR2 makes a record of every live
 * exchange.
 */
int service_live(struct settings *settings, int argc, char **argv);

#endif
