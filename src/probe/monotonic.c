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

#define TRIES 8
#define STEP_NS (MONOTONIC_STEP_MS * NS_PER_MS)

void
monotonic_start(
    struct monotonic *monotonic, int64_t wall_ns, int64_t monotonic_ns)
{
	*monotonic = (struct monotonic){
		.offset = wall_ns - monotonic_ns,
		.now = timestamp_from(0, wall_ns),
	};
}

void
monotonic_read(
    struct monotonic *monotonic, int64_t wall_ns, int64_t monotonic_ns)
{
	int64_t now = monotonic_ns + monotonic->offset;
	int64_t drift = wall_ns - now - monotonic->wall_ahead;

	if (drift > -STEP_NS && drift < STEP_NS) {
		monotonic->offset += drift;
		now += drift;
	} else {
		monotonic->wall_ahead += drift;
	}
	monotonic->now = timestamp_max(monotonic->now, timestamp_from(0, now));
}

/*
 * Both clocks, without a pause of the thread or of the machine between them,
 * which would look like a step.
 */
static void
read_clocks(int64_t *wall_ns, int64_t *monotonic_ns)
{
	int64_t before, after = clock_ns(CLOCK_NEVER_SET);

	for (int tries = 0; tries < TRIES; tries++) {
		before = after;
		*wall_ns = clock_ns(CLOCK_REALTIME);
		after = clock_ns(CLOCK_NEVER_SET);
		if (after - before < NS_PER_MS)
			break;
	}
	*monotonic_ns = after;
}

void
monotonic_start_now(struct monotonic *monotonic)
{
	int64_t wall_ns, monotonic_ns;

	read_clocks(&wall_ns, &monotonic_ns);
	monotonic_start(monotonic, wall_ns, monotonic_ns);
}

void
monotonic_read_now(struct monotonic *monotonic)
{
	int64_t wall_ns, monotonic_ns;

	read_clocks(&wall_ns, &monotonic_ns);
	monotonic_read(monotonic, wall_ns, monotonic_ns);
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
