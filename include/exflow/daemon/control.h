/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: a stream socket in the file system, mode 0660, with one
 * thread.
 *
 *	client                          server
 *	connect
 *	"live tcp and port 443\n" ────►  control_handler
 *	                         ◄────  "ok\n" and the answer,
 *	                                or "error: why not\n"
 *	                                or "usage: what was expected\n"
 *	                                close
 *
 * A client that makes no progress for CONTROL_TIMEOUT_MS is dropped.  So that
 * silent ones never keep another waiting, a new client takes the place of the
 * one that has been silent longest, if there is no other and that one has been
 * silent for CONTROL_PATIENCE_MS.  The handler runs in the socket's thread:
 * while it works, all clients wait.
 */
#ifndef EXFLOW_DAEMON_CONTROL_H
#define EXFLOW_DAEMON_CONTROL_H

#include <stddef.h>
#include <stdio.h>

#define CONTROL_DEFAULT "/run/exflow/control"
#define CONTROL_CLIENTS 64   /* at once */
#define CONTROL_LINE_MAX 512 /* octets of a request */
#define CONTROL_TIMEOUT_MS 5000
#define CONTROL_PATIENCE_MS 200
#define CONTROL_ERROR_SIZE 1024

/*
 * Answer a request, which is a line without its end and may be changed.  What
 * is written to stream follows "ok".  0, or a message in error and -1, or
 * CONTROL_USAGE where the request itself is wrong.
 */
#define CONTROL_USAGE (-2)
typedef int control_handler(
    void *context, char *request, FILE *stream, char error[CONTROL_ERROR_SIZE]);

struct control;

/*
 * Listen at path.  A socket file of ours that nobody listens to is replaced;
 * any other file is left alone.  NULL with a message in error.
 */
struct control *control_start(const char *path, control_handler *handler,
    void *context, char *error, size_t error_size);
/*
 * Whether control_start could listen there, once nobody else does; makes and
 * connects nothing.  0, or -1 with errno.
 */
int control_check(const char *path);
/* Removes the socket file; idempotent, sets NULL. */
void control_stop(struct control **control);

#endif
