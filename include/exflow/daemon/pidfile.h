/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file with our process id, locked as long as we run.  A second process that
 * opens it is refused; a file that a dead process left is taken over.
 */
#ifndef EXFLOW_DAEMON_PIDFILE_H
#define EXFLOW_DAEMON_PIDFILE_H

#include <stddef.h>

struct pidfile;

/*
 * To be called by the process that stays, after it has detached.  NULL with a
 * message in error.
 */
struct pidfile *pidfile_open(const char *path, char *error, size_t error_size);
/*
 * Remove the file, or empty it if the folder no longer lets us.  Idempotent,
 * sets NULL.
 */
void pidfile_close(struct pidfile **pidfile);

/*
 * Whether pidfile_open would succeed, but for another process's lock; makes
 * nothing.  0, or -1 with a message in error, and errno.
 */
int pidfile_check(const char *path, char *error, size_t error_size);

#endif
