/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/thread.h"

#include <signal.h>
#include <stddef.h>

int
thread_start(
    pthread_t *thread, const char *name, void *(*body)(void *), void *context)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
		SIGABRT };
	sigset_t blocked, before;
	int code;

	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&blocked, faults[i]);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	code = pthread_create(thread, NULL, body, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
#ifdef HAVE_PTHREAD_SETNAME_NP
	if (code == 0)
		(void)pthread_setname_np(*thread, name);
#else
	(void)name;
#endif
	return code;
}
