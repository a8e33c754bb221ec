/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two runs of the program: over capture files, and as a probe on
 * interfaces.  Each takes the settings and returns the exit status.
 */
#ifndef EXFLOW_RUN_RUN_H
#define EXFLOW_RUN_RUN_H

#include "exflow/config/settings.h"

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* something was lost or could not be read */
	EXIT_USAGE = 2,  /* command line or configuration */
	/* A signal ended a run over files: its number is added. */
	EXIT_SIGNAL = 128,
	/* Nobody reads standard output any more: SIGPIPE is to end the
	 * program. */
	EXIT_PIPE = EXIT_SIGNAL + 13
};

/*
 * SIGINT and SIGTERM end it as the end of input does; what it has read so far
 * is in its outputs, and the exit status says that it was interrupted.
 */
int run_files(const struct settings *settings);
/*
 * Runs until SIGINT or SIGTERM.  SIGHUP reads the configuration file that the
 * command line names again, SIGUSR1 logs the statistics, SIGUSR2 writes a
 * record of every live exchange.  The settings are replaced by a reload; the
 * caller frees those that are there at the end.
 */
int run_probe(struct settings *settings, int argc, char **argv);

#endif
