/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program as a process: in the background, with a locked pid file, with
 * fewer privileges and system calls, and watched by systemd.  A run calls
 *
 *	process_begin	detach, log, pid file, systemd, first seccomp filter
 *	                … open interfaces, which needs privileges …
 *	process_drop	another user, no capability but CAP_NET_RAW
 *	                … outputs, sockets, threads …
 *	process_ready	second seccomp filter; whoever started it is told
 *	                … packets …
 *	process_end	pid file
 *
 * process_begin and process_drop come before the first thread: a new process
 * has only the thread that forked, and capabilities belong to a thread.
 */
#ifndef EXFLOW_SRC_RUN_PROCESS_H
#define EXFLOW_SRC_RUN_PROCESS_H

#include <stdbool.h>

#include "exflow/settings/settings.h"
#include "exflow/daemon/daemonise.h"
#include "exflow/daemon/notify.h"
#include "exflow/daemon/pidfile.h"

struct process {
	const struct settings *settings;
	bool live; /* else no pid file, and privileges stay */
	struct daemonise *daemonise;
	struct pidfile *pidfile;
	struct notify notify;
};

/* Each returns 0, or -1 if the program cannot go on: it has logged why. */
int process_begin(
    struct process *process, const struct settings *settings, bool live);
/* Whether there is the user that process_drop would become. */
int process_check(const struct process *process);
int process_drop(struct process *process);
int process_ready(struct process *process);
/* Also to be called after process_begin has failed. */
void process_end(struct process *process);

#endif
