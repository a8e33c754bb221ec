/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper: a process that runs commands for exflow, which cannot start any
 * program itself once it is confined (daemon/confine.h).
 *
 *	exflow                         helper              one for each run
 *	helper_start ──── fork ──────► unprivileged, waits
 *	helper_run: command, file,
 *	timeout, a socket ───────────► does the configuration
 *	                               have this command?
 *	                                 └──── fork ─────► fork, exec
 *	helper_next ◄──── lines of its output, its end ───── TERM, KILL in time
 *
 * Nobody can make the helper run anything else than what it has read in the
 * configuration itself, on files whose path begins with "/".  Where it meets
 * a command that it does not know, it reads the configuration again.
 *
 * A run ends when its command does, after its timeout, or when exflow closes
 * the run's socket or dies: then the command's process group gets SIGTERM and,
 * HELPER_KILL_MS later, SIGKILL.  The helper itself ends when exflow does.  It
 * is in a session of its own, so that a terminal's signals do not reach it,
 * and ignores SIGTERM and SIGINT: what exflow still wants done at its end is
 * done.
 *
 * A command gets the environment and the working folder of exflow, /dev/null
 * as its input, a pipe to the log as its output and standard error, no other
 * open file, and default signals.
 */
#ifndef EXFLOW_COMMAND_HELPER_H
#define EXFLOW_COMMAND_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/command/command.h"

#define HELPER_KILL_MS 5000
#define HELPER_LINES_MAX 100 /* of the output of one run, in the log */
#define HELPER_TEXT_SIZE 1024

struct helper_options {
	/* In the helper: fewer privileges.  0, or -1 with a message. */
	int (*drop)(void *context, char error[COMMAND_ERROR_SIZE]);
	/* In the helper: whether the configuration has this command. */
	bool (*known)(void *context, const char *command);
	void *context;
};

struct helper;

/*
 * Fork it; before the first thread, and before the first filter of system
 * calls.  Returns when the helper is ready.  NULL with a message.
 */
struct helper *helper_start(
    const struct helper_options *options, char error[COMMAND_ERROR_SIZE]);
/* It ends, and so does what it runs.  Idempotent, sets NULL. */
void helper_stop(struct helper **helper);

struct helper_run {
	const char *command; /* its text */
	const char *values[COMMAND_VALUES];
	uint32_t timeout_seconds;
};

/*
 * Ask for a run.  From any thread, any number at a time.  The run's socket,
 * which the caller closes; -1 with errno: EPIPE or ECONNRESET where the helper
 * is gone.
 */
int helper_run(const struct helper *helper, const struct helper_run *run);

enum helper_event {
	HELPER_NOTHING, /* within the time */
	HELPER_LINE,    /* of the command's output, in text */
	HELPER_DONE,    /* the command has ended with status 0 */
	HELPER_FAILED,  /* it has failed: text says how */
};
/* What comes next, within so many milliseconds. */
enum helper_event helper_next(
    int run, int timeout_ms, char text[HELPER_TEXT_SIZE]);

#endif
