/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time that live timeouts run on: it starts as the wall clock and goes on
 * at the pace of a clock that nobody sets, so that a step of the wall clock
 * neither ends every exchange at once nor keeps them for an hour.
 */
#ifndef EXFLOW_SRC_RUN_MONOTONIC_H
#define EXFLOW_SRC_RUN_MONOTONIC_H

#include "exflow/base/timestamp.h"

struct monotonic {
	int64_t ahead;  /* ns: of the clock that nobody sets, for good */
	timestamp now;  /* at the last reading */
	int64_t behind; /* ns: what the wall clock was then set forward */
};

/* Nanoseconds of both clocks, as tests make them up. */
void monotonic_start(struct monotonic *monotonic, int64_t wall, int64_t unset);
void monotonic_read(struct monotonic *monotonic, int64_t wall, int64_t unset);
/* The same from the system's. */
void monotonic_start_now(struct monotonic *monotonic);
void monotonic_read_now(struct monotonic *monotonic);

/*
 * The monotonic time of a packet with this timestamp that was taken up after the
 * last reading: at most MONOTONIC_SLACK_MS after that, where the wall clock was
 * set between the two.
 */
#define MONOTONIC_SLACK_MS 1000
timestamp monotonic_of(const struct monotonic *monotonic, timestamp stamped);

#endif
