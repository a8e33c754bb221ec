/* SPDX-License-Identifier: BSD-2-Clause */
/* What the microbenchmarks share: a clock, and the rows of their table. */
#ifndef EXFLOW_BENCH_MICRO_H
#define EXFLOW_BENCH_MICRO_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

static inline uint64_t
micro_read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * Processor time of this thread: what other programs do counts only by what
 * they take from the caches, and waiting for memory from the system counts.
 * Asking is a system call, which costs the caches: for whole phases only.
 */
static inline uint64_t
micro_clock_ns(void)
{
	return micro_read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* For pauses: no system call, but other programs show. */
static inline uint64_t
micro_wall_ns(void)
{
	return micro_read_clock(CLOCK_MONOTONIC);
}

static inline void
micro_row(const char *what, double value, const char *unit)
{
	printf("%-46s %9.2f %s\n", what, value, unit);
	fflush(stdout);
}

#endif
