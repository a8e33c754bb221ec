/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "steady.h"

#include "exflow/clock.h"

/* Goes on while the machine sleeps, where there is such a clock. */
#ifdef CLOCK_BOOTTIME
#define CLOCK_UNSET CLOCK_BOOTTIME
#else
#define CLOCK_UNSET CLOCK_MONOTONIC
#endif

void
steady_start(struct steady *steady, int64_t wall, int64_t unset)
{
	steady->ahead = wall - unset;
	steady_read(steady, wall, unset);
}

void
steady_read(struct steady *steady, int64_t wall, int64_t unset)
{
	steady->now.ns = unset + steady->ahead;
	steady->behind = wall - steady->now.ns;
}

void
steady_start_now(struct steady *steady)
{
	steady_start(steady, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_UNSET));
}

void
steady_read_now(struct steady *steady)
{
	steady_read(steady, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_UNSET));
}

timestamp
steady_of(const struct steady *steady, timestamp stamped)
{
	timestamp most = { steady->now.ns +
		           STEADY_SLACK_MS * INT64_C(1000000) };
	timestamp time = { stamped.ns - steady->behind };

	return timestamp_min(time, most);
}
