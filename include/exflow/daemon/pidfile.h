/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file with our process id, locked as long as we live: a second instance
 * is refused, what a dead one left is taken over.
 */
#ifndef EXFLOW_DAEMON_PIDFILE_H
#define EXFLOW_DAEMON_PIDFILE_H

#include <stddef.h>

struct pidfile;

/* By the process that stays (after it has detached).  NULL with a message. */
struct pidfile *pidfile_open(const char *path, char *error, size_t error_size);
/*
 * Removes the file; empties it, where the folder is no longer ours to change.
 * Sets NULL.
 */
void pidfile_close(struct pidfile **pidfile);

#endif
