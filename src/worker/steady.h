/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time that live timeouts run on: it starts as the wall clock and goes on
 * at the pace of a clock that nobody sets, so that a step of the wall clock
 * neither ends every exchange at once nor keeps them for an hour.
 */
#ifndef EXFLOW_WORKER_STEADY_H
#define EXFLOW_WORKER_STEADY_H

#include "exflow/timestamp.h"

struct steady {
	int64_t ahead;  /* ns: of the clock that nobody sets, for good */
	timestamp now;  /* at the last reading */
	int64_t behind; /* ns: what the wall clock was then set forward */
};

/* Nanoseconds of both clocks, as tests make them up. */
void steady_start(struct steady *steady, int64_t wall, int64_t unset);
void steady_read(struct steady *steady, int64_t wall, int64_t unset);
/* The same from the system's. */
void steady_start_now(struct steady *steady);
void steady_read_now(struct steady *steady);

/*
 * The steady time of a packet with this timestamp that was taken up after the
 * last reading: at most STEADY_SLACK_MS after that, where the wall clock was
 * set between the two.
 */
#define STEADY_SLACK_MS 1000
timestamp steady_of(const struct steady *steady, timestamp stamped);

#endif
