/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From root to an unprivileged user, for good: its groups only, no capability
 * but CAP_NET_RAW where interfaces may have to be opened again, no way to get
 * any by running a program.
 */
#ifndef EXFLOW_DAEMON_PRIVILEGES_H
#define EXFLOW_DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

#define PRIVILEGES_USER "exflow"
#define PRIVILEGES_ERROR_SIZE 256

struct privileges_options {
	/* NULL: PRIVILEGES_USER where there is one, else who we are. */
	const char *user;
	const char *group; /* NULL: the user's own */
	bool keep_raw;     /* CAP_NET_RAW */
};

enum privileges_result {
	PRIVILEGES_ERROR,   /* a message in error */
	PRIVILEGES_ROOT,    /* still root, as there is no other user */
	PRIVILEGES_DROPPED, /* or there were none to drop */
};

/*
 * Capabilities are a thread's: to be called before there is another one.  Who
 * is not root stays who it is; another user is an error then.
 */
enum privileges_result privileges_drop(const struct privileges_options *options,
    char error[PRIVILEGES_ERROR_SIZE]);
/* Whether this build can keep CAP_NET_RAW when it drops the rest. */
bool privileges_keep_raw(void);

#endif
