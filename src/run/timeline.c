/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "timeline.h"

static enum timeline_verdict
step(struct timeline *timeline, timestamp *from)
{
	*from = timeline->now;
	timeline->now = timeline->waiting_time;
	timeline->waiting = false;
	timeline->steps++;
	return TIMELINE_STEP;
}

enum timeline_verdict
timeline_decide(struct timeline *timeline, timestamp time, timestamp *from)
{
	bool ahead = timestamp_before(timeline->now, timeline->waiting_time);

	if (timeline_far(timeline, time) &&
	    timestamp_before(timeline->now, time) == ahead)
		return step(timeline, from);
	timeline->waiting = false;
	timeline->outliers++;
	return TIMELINE_OUTLIER;
}

enum timeline_verdict
timeline_end(struct timeline *timeline, timestamp *from)
{
	return step(timeline, from);
}
