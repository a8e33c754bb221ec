/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From root to an unprivileged user, for good: with one group, no capability
 * but CAP_NET_RAW, with which interfaces that went away are opened again, and
 * no way to gain any by running a program (no_new_privs).
 */
#ifndef EXFLOW_DAEMON_PRIVILEGES_H
#define EXFLOW_DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

#define PRIVILEGES_USER "exflow"
#define PRIVILEGES_ERROR_SIZE 256

struct privileges_options {
	/* NULL: PRIVILEGES_USER if there is one, else the user we are. */
	const char *user;
	const char *group; /* NULL: the user's own */
	bool keep_raw;     /* keep CAP_NET_RAW */
};

enum privileges_result {
	PRIVILEGES_ERROR,   /* a message is in error */
	PRIVILEGES_ROOT,    /* still root: there is no PRIVILEGES_USER */
	PRIVILEGES_DROPPED, /* dropped, or there were none */
};

/*
 * To be called before the first thread, as capabilities belong to a thread.  A
 * process that is not root stays the user it is; another user in the options
 * is an error then.
 */
enum privileges_result privileges_drop(const struct privileges_options *options,
    char error[PRIVILEGES_ERROR_SIZE]);
/*
 * Whether there is the user and the group that privileges_drop would become.
 * 1: they are ours already; 0: others; -1: a message is in error.
 */
int privileges_check(const struct privileges_options *options,
    char error[PRIVILEGES_ERROR_SIZE]);
/* Whether this build can keep CAP_NET_RAW when it drops the rest. */
bool privileges_keep_raw(void);

#endif
