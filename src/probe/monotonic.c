/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/clock.h"

#include "monotonic.h"

/* One that also runs while the machine sleeps, if there is one. */
#ifdef CLOCK_BOOTTIME
#define CLOCK_NEVER_SET CLOCK_BOOTTIME
#else
#define CLOCK_NEVER_SET CLOCK_MONOTONIC
#endif

void
monotonic_start(
    struct monotonic *monotonic, int64_t wall_ns, int64_t monotonic_ns)
{
	monotonic->offset = wall_ns - monotonic_ns;
	monotonic_read(monotonic, wall_ns, monotonic_ns);
}

void
monotonic_read(
    struct monotonic *monotonic, int64_t wall_ns, int64_t monotonic_ns)
{
	int64_t now = monotonic_ns + monotonic->offset;

	monotonic->now = timestamp_from(0, now);
	monotonic->wall_ahead = wall_ns - now;
}

void
monotonic_start_now(struct monotonic *monotonic)
{
	monotonic_start(
	    monotonic, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_NEVER_SET));
}

void
monotonic_read_now(struct monotonic *monotonic)
{
	monotonic_read(
	    monotonic, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_NEVER_SET));
}

timestamp
monotonic_of(const struct monotonic *monotonic, timestamp stamped)
{
	timestamp most = timestamp_add(
	    monotonic->now, (duration){ MONOTONIC_SLACK_MS * NS_PER_MS });
	timestamp time =
	    timestamp_shift(stamped, (duration){ -monotonic->wall_ahead });

	return timestamp_min(time, most);
}
