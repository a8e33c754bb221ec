/* SPDX-License-Identifier: BSD-2-Clause */
/* What the microbenchmarks share: a clock, and the rows of their table. */
#ifndef EXFLOW_BENCH_MICRO_H
#define EXFLOW_BENCH_MICRO_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

/*
 * Processor time of this thread: what other programs do counts only by what
 * they take from the caches, and waiting for memory from the system counts.
 */
static inline uint64_t
micro_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline void
micro_row(const char *what, double value, const char *unit)
{
	printf("%-46s %9.2f %s\n", what, value, unit);
	fflush(stdout);
}

#endif
