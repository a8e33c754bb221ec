/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system's clocks.  A clock that cannot be read is fatal, as whatever
 * waits for a time would wait for ever: the program logs it and ends at once
 * with status 1.
 */
#ifndef EXFLOW_BASE_CLOCK_H
#define EXFLOW_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct timespec clock_read(clockid_t clock);
/* The same in nanoseconds. */
int64_t clock_ns(clockid_t clock);
/* Milliseconds of the monotonic clock, which never jumps. */
uint64_t clock_ms(void);
/* A signal may end it early. */
void clock_sleep_us(uint64_t microseconds);

/* The earlier of two times. */
static inline uint64_t
clock_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

#endif
