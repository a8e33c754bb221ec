/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program is to the system: in the foreground or not, one of its
 * kind or not, with which privileges, and what those hear who started it.
 *
 *	process_begin	before the first thread
 *	(interfaces are opened)
 *	process_drop	the privileges; before the first thread
 *	(threads, outputs, sockets)
 *	process_ready	before the first packet
 *	process_end
 */
#ifndef EXFLOW_RUN_PROCESS_H
#define EXFLOW_RUN_PROCESS_H

#include <stdbool.h>

#include "exflow/config/settings.h"
#include "exflow/daemon/daemonise.h"
#include "exflow/daemon/notify.h"
#include "exflow/daemon/pidfile.h"

struct process {
	const struct settings *settings;
	bool live; /* else a file is read: no pid file, nothing is dropped */
	struct daemonise *daemonise;
	struct pidfile *pidfile;
	struct notify notify;
};

/* Each: -1 where the program cannot go on; a message was logged. */
int process_begin(
    struct process *process, const struct settings *settings, bool live);
int process_drop(struct process *process);
int process_ready(struct process *process);
/* Also after process_begin has failed. */
void process_end(struct process *process);

#endif
