/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: a stream socket in the file system, mode 0660, one
 * thread.  A client sends one line and gets an answer that begins with "ok" or
 * "error: …" as a line of its own; then the connection ends.  Clients that are
 * slow or silent are given up, and do not hold up others.
 */
#ifndef EXFLOW_DAEMON_CONTROL_H
#define EXFLOW_DAEMON_CONTROL_H

#include <stddef.h>
#include <stdio.h>

#define CONTROL_DEFAULT "/run/exflow/control"
#define CONTROL_CLIENTS 32   /* at once; more wait to be accepted */
#define CONTROL_LINE_MAX 512 /* octets of a request */
#define CONTROL_TIMEOUT_MS 5000
#define CONTROL_ERROR_SIZE 256

/*
 * Answer a request, in the socket's thread: what goes to stream follows "ok".
 * 0, or -1 with a message in error.
 */
typedef int control_handler(
    void *context, char *request, FILE *stream, char error[CONTROL_ERROR_SIZE]);

struct control;

/*
 * A socket file that nobody listens to is replaced.  NULL with a message in
 * error.
 */
struct control *control_start(const char *path, control_handler *handler,
    void *context, char *error, size_t error_size);
/* Takes the file away; idempotent, sets NULL. */
void control_stop(struct control **control);

#endif
