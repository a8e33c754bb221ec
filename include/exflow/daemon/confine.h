/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls that the program may make: seccomp(2), by libseccomp.
 *
 *	                       CONFINE_START    CONFINE_RUN
 *	files, sockets, …      allowed          allowed
 *	users, capabilities    allowed          ENOSYS
 *	exec, fork, mount, …   killed           killed
 *	all others             ENOSYS           ENOSYS
 *
 * No phase of a sound run starts a program or a process, traces, mounts or
 * loads code into the kernel: a process that does is under attack, and the
 * kernel kills it.  A call that is on no list fails with ENOSYS, as on a
 * kernel that does not have it, and the kernel's audit log names it.  A later
 * C library that tries a new call then falls back to the old one, so that an
 * upgrade of the system does not kill the program.
 */
#ifndef EXFLOW_DAEMON_CONFINE_H
#define EXFLOW_DAEMON_CONFINE_H

#include <stdbool.h>

enum confine_phase {
	CONFINE_START, /* from the settings on */
	CONFINE_RUN    /* from the first packet on */
};

/* Whether this build can: it has libseccomp. */
bool confine_available(void);
/*
 * For all threads, those to come included; it cannot be undone.  CONFINE_START
 * comes first.  Needs no privilege.  0, or -1 with errno if the kernel cannot:
 * nothing has changed.
 */
int confine(enum confine_phase phase);

#endif
