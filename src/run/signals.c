/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals between the start of the program and the moment at which a run
 * knows what to do with them:
 *
 *	hold ──► libraries, main, settings, outputs ──► the run
 *	└───────────── they stay pending ─────────┘     probe: sigtimedwait
 *	                                                files: release
 *
 * SIGHUP, SIGUSR1 and SIGUSR2 end a process that has not said otherwise, and
 * log rotation, service managers and people send them at any time.  So they are
 * blocked first of all, before libraries are loaded (launcher.c).  A signal
 * that comes before the run is pending, and takes effect when the run is ready.
 * SIGINT and SIGTERM still end a program that has not opened anything yet.
 */
#include <config.h>

#include <signal.h>

#include "exflow/run/run.h"

#include "run_internal.h"

static void
held_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
}

void
run_hold_signals(void)
{
	sigset_t set;

	held_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void
run_release_signals(void)
{
	sigset_t set;

	held_signals(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
