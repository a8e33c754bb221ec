/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/log.h"

struct timespec
clock_read(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) == 0)
		return now;
	log_error("the clock cannot be read: %s", strerror(errno));
	_exit(EXIT_FAILURE);
}

int64_t
clock_ns(clockid_t clock)
{
	struct timespec now = clock_read(clock);

	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t
clock_ms(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC) / 1000000;
}

void
clock_sleep_us(uint64_t microseconds)
{
	struct timespec time = {
		.tv_sec = (time_t)(microseconds / 1000000),
		.tv_nsec = (long)(microseconds % 1000000) * 1000,
	};

	nanosleep(&time, NULL);
}
