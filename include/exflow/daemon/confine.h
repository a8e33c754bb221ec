/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls that are left to us: seccomp(2), through libseccomp.
 *
 * Two lists, one a phase of life; the second takes away what only the start
 * needs (changing users, capabilities, owners).  What no phase of a sound run
 * ever does (running a program, a new process, tracing, mounting, loading
 * code into the kernel …) kills the process: somebody else is at work.  Any
 * other call that is not on the list fails with ENOSYS, as on a kernel that
 * does not have it, and the kernel's audit log names it: that is what a later
 * C library's new call looks like, for which it then takes the older one; to
 * die of an upgrade helps nobody.
 */
#ifndef EXFLOW_DAEMON_CONFINE_H
#define EXFLOW_DAEMON_CONFINE_H

#include <stdbool.h>

enum confine_phase {
	CONFINE_START, /* from the settings on */
	CONFINE_RUN    /* from the first packet on */
};

/* Whether this build has it. */
bool confine_available(void);
/*
 * For every thread that there is, and those to come; there is no way back.
 * Needs no privilege.  -1 with errno: the kernel does not have it, and nothing
 * has changed.
 */
int confine(enum confine_phase phase);

#endif
