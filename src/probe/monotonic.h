/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time of a live capture's timeouts.  It starts at the wall clock's time
 * and then follows the system's monotonic clock, so that a step of the wall
 * clock neither ends every exchange at once nor keeps them for an hour.
 *
 *	wall clock   ────────┐      ┌─────►  packets are stamped with this
 *	                     └──────┘ wall_ahead: by how much it is ahead
 *	this time    ──────────────────────►  offset + monotonic clock
 *
 * The two clocks also drift apart by little, as the wall clock is slewed and as
 * they are not read at once.  Less than MONOTONIC_STEP_MS is no step: this time
 * goes along with the wall clock, so that the stamps of packets stay exactly as
 * far ahead of it as they were (meter_stamps_ahead).
 */
#ifndef EXFLOW_SRC_PROBE_MONOTONIC_H
#define EXFLOW_SRC_PROBE_MONOTONIC_H

#include "exflow/base/timestamp.h"

struct monotonic {
	int64_t offset;     /* ns: to the monotonic clock */
	timestamp now;      /* when the clocks were last read */
	int64_t wall_ahead; /* ns: of the wall clock to now, by steps of it */
};

#define MONOTONIC_STEP_MS 100

/* With the nanoseconds of both clocks, for tests. */
void monotonic_start(
    struct monotonic *monotonic, int64_t wall_ns, int64_t monotonic_ns);
void monotonic_read(
    struct monotonic *monotonic, int64_t wall_ns, int64_t monotonic_ns);
/* The same with the system's clocks. */
void monotonic_start_now(struct monotonic *monotonic);
void monotonic_read_now(struct monotonic *monotonic);

/*
 * The monotonic time of a packet that has this time stamp of the wall clock
 * and was captured after the clocks were last read.  If the wall clock was set
 * in between, the result is at most MONOTONIC_SLACK_MS after that reading.
 */
#define MONOTONIC_SLACK_MS 1000
timestamp monotonic_of(const struct monotonic *monotonic, timestamp stamped);

#endif
