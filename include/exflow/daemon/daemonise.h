/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the background, when everything is ready: the process that was called
 * waits and ends with status 0 when the other one is, else with the status
 * with which that ended; messages go to the caller's standard error until
 * then.
 *
 * The working folder stays, so that relative names keep their meaning.
 */
#ifndef EXFLOW_DAEMON_DAEMONISE_H
#define EXFLOW_DAEMON_DAEMONISE_H

struct daemonise;

/*
 * Before the first thread.  Returns in the new process, the leader of a
 * session of its own; the other one never does.  NULL with errno: there is
 * only one process.
 */
struct daemonise *daemonise_begin(void);
/*
 * Ready: standard input, output and error become /dev/null, the caller is
 * told.  Sets NULL; does nothing with NULL.  -1 with errno: the caller was not
 * told and will learn how we end.
 */
int daemonise_ready(struct daemonise **daemonise);

#endif
