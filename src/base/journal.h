/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal's own protocol: a datagram of fields, one a line (systemd's
 * JOURNAL_NATIVE_PROTOCOL, a promise of interface stability).
 */
#ifndef EXFLOW_SRC_BASE_JOURNAL_H
#define EXFLOW_SRC_BASE_JOURNAL_H

#include <stdbool.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* A connected socket, -1 with errno. */
int journal_open(const char *path);
/* severity as in syslog(3).  Ends of lines in text become blanks. */
void journal_send(int fd, const char *program, int severity, const char *text);
/* Whether standard error is the journal, by what systemd says of it. */
bool journal_is_stderr(const char *stream);

#endif
