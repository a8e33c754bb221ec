/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two runs of the program: over capture files, and as a probe on
 * interfaces.  Each takes the settings and returns the exit status.
 */
#ifndef EXFLOW_RUN_RUN_H
#define EXFLOW_RUN_RUN_H

#include "exflow/settings/settings.h"

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
 * Keep SIGHUP, SIGUSR1 and SIGUSR2 pending until a run takes them; first of
 * all, as each of them would end the program.
 */
void run_hold_signals(void);

/*
 * SIGINT and SIGTERM end it as the end of input does; what it has read so far
 * is in its outputs, and the exit status says that it was interrupted.  SIGHUP
 * begins new files, and ends a run that has none to begin; SIGUSR1 and SIGUSR2
 * do nothing.
 */
int run_files(const struct settings *settings);
/*
 * Runs until SIGINT or SIGTERM.  SIGHUP reads the configuration file that the
 * command line names again, SIGUSR1 logs the statistics, SIGUSR2 writes a
 * record of every live exchange.  The settings are replaced by a reload; the
 * caller frees those that are there at the end.
 */
int run_probe(struct settings *settings, int argc, char **argv);

/*
 * -t: log everything that a run with these settings would refuse, and what
 * could not be checked.  EXIT_OK, or EXIT_USAGE.  Makes and changes nothing.
 */
int run_check(const struct settings *settings);

#endif
