/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/capture/timeline.h"

#include <stdlib.h>
#include <string.h>

int
timeline_init(struct timeline *timeline, duration jump)
{
	*timeline = (struct timeline){ .jump = jump };
	/* Its pages are touched only if a packet waits. */
	timeline->frame = malloc(CAPTURE_PACKET_MAX);
	return timeline->frame == NULL ? -1 : 0;
}

void
timeline_clear(struct timeline *timeline)
{
	free(timeline->frame);
	timeline->frame = NULL;
}

void
timeline_hold(struct timeline *timeline, timestamp time,
    const struct capture_packet *packet)
{
	timeline->waiting = true;
	timeline->waiting_time = time;
	timeline->held = *packet;
	if (timeline->held.captured > CAPTURE_PACKET_MAX)
		timeline->held.captured = CAPTURE_PACKET_MAX;
	memcpy(timeline->frame, packet->frame, timeline->held.captured);
	timeline->held.frame = timeline->frame;
	if (packet->interface == NULL)
		return;
	timeline->interface = *packet->interface;
	timeline->held.interface = &timeline->interface;
}

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
