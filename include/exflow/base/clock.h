/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system's clocks.  One that cannot be read is the end: whatever waits
 * for a time would wait for ever.  The program says so, and ends at once with
 * status 1.
 */
#ifndef EXFLOW_BASE_CLOCK_H
#define EXFLOW_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct timespec clock_read(clockid_t clock);
int64_t clock_ns(clockid_t clock);
/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t clock_ms(void);
void clock_sleep_us(uint64_t microseconds);

#endif
