/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the background, when everything is ready:
 *
 *	the process that was called    the new process, a session of its own
 *	daemonise_begin: fork ───────► opens interfaces, outputs, sockets;
 *	waits                          messages go to standard error
 *	ends with status 0 ◄────────── daemonise_ready: /dev/null, ready
 *	or with its status ◄────────── ends before it is ready
 *
 * Whoever started the program thus learns whether it runs.  The working folder
 * stays, so that relative names keep their meaning.
 */
#ifndef EXFLOW_DAEMON_DAEMONISE_H
#define EXFLOW_DAEMON_DAEMONISE_H

struct daemonise;

/*
 * To be called before the first thread.  Returns in the new process only.
 * NULL with errno: there is no new process.
 */
struct daemonise *daemonise_begin(void);
/*
 * Standard input, output and error become /dev/null, and the waiting process
 * ends with status 0.  Sets NULL; does nothing with NULL.  -1 with errno: the
 * other process goes on waiting, and will end as we do.
 */
int daemonise_ready(struct daemonise **daemonise);

#endif
