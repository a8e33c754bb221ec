/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal's native protocol: one datagram for each entry, one field a line
 * (systemd's JOURNAL_NATIVE_PROTOCOL, which it promises to keep stable).
 */
#ifndef EXFLOW_SRC_BASE_JOURNAL_H
#define EXFLOW_SRC_BASE_JOURNAL_H

#include <stdbool.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* A connected socket, -1 with errno. */
int journal_open(const char *path);
/*
 * severity as in syslog(3).  Line feeds in text become blanks.  Never blocks:
 * an entry that the journal does not take is lost.
 */
void journal_send(int fd, const char *program, int severity, const char *text);
/*
 * Whether standard error is connected to the journal; stream is the value of
 * JOURNAL_STREAM ("DEVICE:INODE"), or NULL.
 */
bool journal_is_stderr(const char *stream);

#endif
