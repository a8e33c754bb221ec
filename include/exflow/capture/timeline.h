/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of an input: now, guarded against packets whose date is wrong
 * (clock_jump in exflow.conf(5)).
 *
 * A packet dated further than clock_jump from now waits; the next one tells.
 *
 *	 next packet			the packet that waited …
 *	 as far, on the same side	was right: now steps there
 *	 near now			was wrong: it counts with now
 *	 far on the other side		was wrong: it counts with now
 *	 none comes any more		was right (from files and pipes)
 *
 * So a gap in a capture works, files in the wrong order work, and a single
 * packet from another year harms nothing.
 *
 * How it is used, packet by packet:
 *
 *	if (timeline.waiting)
 *		timeline_decide(), and timeline.held counts: as dated after
 *		TIMELINE_STEP, with the time now after TIMELINE_OUTLIER
 *	if (timeline_near())
 *		the packet counts
 *	else
 *		timeline_hold() keeps a copy of it
 */
#ifndef EXFLOW_CAPTURE_TIMELINE_H
#define EXFLOW_CAPTURE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/capture/capture.h"

struct timeline {
	timestamp now; /* the greatest time so far, since the last step */
	duration jump; /* clock_jump */
	bool started;  /* now is set */
	bool waiting;  /* held does, dated … */
	timestamp waiting_time;
	/* A copy with its frame and interface: its file may be closed. */
	struct capture_packet held;
	struct capture_interface interface;
	uint8_t *frame;    /* CAPTURE_PACKET_MAX octets */
	uint64_t steps;    /* of now, ahead or back */
	uint64_t outliers; /* packets whose date was wrong */
};

/* clock_jump, 0 … : 0 or -1 without memory. */
int timeline_init(struct timeline *timeline, duration jump);
void timeline_clear(struct timeline *timeline);

enum timeline_verdict {
	TIMELINE_STEP,   /* now steps to the time of the one that waited */
	TIMELINE_OUTLIER /* its date was wrong: it counts with now */
};

static inline bool
timeline_far(const struct timeline *timeline, timestamp time)
{
	uint64_t jump = (uint64_t)timeline->jump.ns;

	/*
	 * One comparison for both sides: the difference may wrap.  The ends of
	 * time are further apart around the corner than a jump can be, a day.
	 */
	return time.ns - timeline->now.ns + jump > 2 * jump;
}

/*
 * Whether a packet of that time counts as it is dated; moves now.  The first
 * packet of all sets it.  Only while none waits.
 */
static inline bool
timeline_near(struct timeline *timeline, timestamp time)
{
	if (!timeline->started) {
		timeline->started = true;
		timeline->now = time;
	}
	if (timeline_far(timeline, time))
		return false;
	timeline->now = timestamp_max(timeline->now, time);
	return true;
}

/* Keep this packet, dated so, until the next one tells. */
void timeline_hold(struct timeline *timeline, timestamp time,
    const struct capture_packet *packet);

/*
 * The packet behind the one that waits has this time.  After TIMELINE_STEP now
 * has moved, and *from is what it was.
 */
enum timeline_verdict timeline_decide(
    struct timeline *timeline, timestamp time, timestamp *from);
/* No other packet will come: always a step. */
enum timeline_verdict timeline_end(struct timeline *timeline, timestamp *from);

#endif
