/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded, this sets the program's wall clock an hour ahead for as long as
 * the file that the environment's CLOCK_AHEAD names exists.  The kernel stamps
 * packets by its own clock, so to the program the stamps step by an hour.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define AHEAD 3600

int
clock_gettime(clockid_t clock, struct timespec *time)
{
	const char *file = getenv("CLOCK_AHEAD");
	int (*real)(clockid_t, struct timespec *);
	int result;

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	result = real(clock, time);
	if (clock == CLOCK_REALTIME && file != NULL && access(file, F_OK) == 0)
		time->tv_sec += AHEAD;
	return result;
}
