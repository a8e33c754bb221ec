/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request of exflowctl to the probe, and its answer.  The protocol is told in
 * exflow/daemon/control.h, the other side is src/run/requests.c.
 */
#ifndef EXFLOW_SRC_CTL_REQUEST_H
#define EXFLOW_SRC_CTL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
	EXIT_OK,
	EXIT_FAILED, /* the probe, or the way to it */
	EXIT_USAGE   /* the request is wrong */
};

/* How the answer is wanted. */
struct request_form {
	bool json, utc, numbers;
};

/* Print "exflowctl: WHAT: WHY"; returns EXIT_FAILED. */
int request_fail(const char *what, const char *why);
/* Print what is wrong with the command line; returns EXIT_USAGE. */
int request_usage(const char *what, const char *text);

/*
 * Write the request: what the probe has to know of standard output, the words
 * (the last one is NULL), and "\n".  False: it is too long.
 */
bool request_write(char *line, size_t size, const struct request_form *form,
    const char *const *words);
/*
 * A stream socket, connected to the probe's control socket; flags are further
 * ones of socket(2).  -1 with errno.
 */
int request_connect(const char *path, int flags);
/*
 * Whether the first line of an answer, without its "\n", says that the answer
 * follows: EXIT_OK.  Otherwise the status to exit with, and *why, within line.
 */
int request_status_of(const char *line, const char **why);
/* Send a request and print the answer; the status to exit with. */
int request_ask(const char *path, const char *request);

#endif
