/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/clock.h"

#include "monotonic.h"

/* Goes on while the machine sleeps, where there is such a clock. */
#ifdef CLOCK_BOOTTIME
#define CLOCK_UNSET CLOCK_BOOTTIME
#else
#define CLOCK_UNSET CLOCK_MONOTONIC
#endif

void
monotonic_start(struct monotonic *monotonic, int64_t wall, int64_t unset)
{
	monotonic->ahead = wall - unset;
	monotonic_read(monotonic, wall, unset);
}

void
monotonic_read(struct monotonic *monotonic, int64_t wall, int64_t unset)
{
	monotonic->now.ns = unset + monotonic->ahead;
	monotonic->behind = wall - monotonic->now.ns;
}

void
monotonic_start_now(struct monotonic *monotonic)
{
	monotonic_start(
	    monotonic, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_UNSET));
}

void
monotonic_read_now(struct monotonic *monotonic)
{
	monotonic_read(
	    monotonic, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_UNSET));
}

timestamp
monotonic_of(const struct monotonic *monotonic, timestamp stamped)
{
	timestamp most = { monotonic->now.ns +
		           MONOTONIC_SLACK_MS * INT64_C(1000000) };
	timestamp time = { stamped.ns - monotonic->behind };

	return timestamp_min(time, most);
}
