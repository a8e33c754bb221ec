/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the export thread hands over is copied into the queue as events, which
 * the lane's thread plays to the output.  A write that never returns cannot be
 * called off: at the end the thread is left to itself then, with all it uses.
 */
#include <config.h>

#include "lane.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/clock.h"
#include "exflow/exporter.h"
#include "exflow/thread.h"
#include "kinds.h"
#include "lane_events.h"
#include "peer.h"

/* Of the thread and of the one who has the lane. */
struct track {
	struct destination *output; /* the thread's from its start on */
	uint64_t tick_at;           /* the thread's; 0: never */
	pthread_mutex_t lock;       /* over all that follows */
	pthread_cond_t changed;
	struct lane_events events;
	bool closing;  /* nothing more will come */
	bool discard;  /* … and what is there goes */
	bool done;     /* the output is finished */
	bool deserted; /* the lane is gone: the thread frees */
	int result;    /* of finish */
	struct destination_counts counts; /* the output's, as of late */
	char error[DESTINATION_ERROR_SIZE];
};

struct lane {
	struct destination base;
	struct destination_ops ops; /* those that the output has, too */
	struct track *track;
	pthread_t thread;
	bool running;
};

/* --- the thread */

static void
track_free(struct track *track)
{
	destination_free(&track->output);
	lane_events_clear(&track->events);
	pthread_cond_destroy(&track->changed);
	pthread_mutex_destroy(&track->lock);
	free(track);
}

/* Under the lock. */
static void
track_tell(struct track *track)
{
	track->counts = track->output->counts;
	memcpy(track->error, track->output->error, sizeof(track->error));
}

/* The next event, or NULL: it is time for a tick, or for the end. */
static struct lane_event *
track_wait(struct track *track)
{
	struct timespec until = {
		.tv_sec = (time_t)(track->tick_at / 1000),
		.tv_nsec = (long)(track->tick_at % 1000) * 1000000,
	};
	struct lane_event *event;
	int code = 0;

	pthread_mutex_lock(&track->lock);
	track_tell(track);
	if (track->discard)
		lane_events_clear(&track->events);
	while ((event = lane_events_take(&track->events)) == NULL &&
	       !track->closing && code == 0)
		code = track->tick_at == 0
		           ? pthread_cond_wait(&track->changed, &track->lock)
		           : pthread_cond_timedwait(
		                 &track->changed, &track->lock, &until);
	pthread_mutex_unlock(&track->lock);
	return event;
}

static void
track_tick(struct track *track)
{
	struct destination *output = track->output;
	uint64_t now = peer_clock_ms();

	if (output->ops->tick != NULL &&
	    (track->tick_at == 0 || now >= track->tick_at))
		track->tick_at = output->ops->tick(output, now);
}

static bool
track_ended(struct track *track)
{
	bool ended;

	pthread_mutex_lock(&track->lock);
	ended = track->closing && lane_events_empty(&track->events);
	pthread_mutex_unlock(&track->lock);
	return ended;
}

static void *
track_run(void *argument)
{
	struct track *track = argument;
	struct lane_event *event;
	bool deserted;
	int result;

	do {
		event = track_wait(track);
		if (event != NULL)
			lane_event_play(event, track->output);
		free(event);
		track_tick(track);
	} while (event != NULL || !track_ended(track));
	result = track->output->ops->finish(track->output);
	pthread_mutex_lock(&track->lock);
	track_tell(track);
	track->result = result;
	track->done = true;
	deserted = track->deserted;
	pthread_cond_broadcast(&track->changed);
	pthread_mutex_unlock(&track->lock);
	if (deserted)
		track_free(track);
	return NULL;
}

static int
lane_spawn(struct lane *lane)
{
	int code = thread_start(&lane->thread, "lane", track_run, lane->track);

	lane->running = code == 0;
	return code;
}

/* --- counts */

/* What the output has counted, and what never came to it. */
static void
lane_read(struct lane *lane)
{
	struct destination_counts *counts = &lane->base.counts;
	uint64_t due = counts->records_due, encode = counts->lost[LOSS_ENCODE];
	struct track *track = lane->track;

	pthread_mutex_lock(&track->lock);
	*counts = track->counts;
	counts->lost[LOSS_QUEUE] += track->events.lost;
	if (track->error[0] != '\0')
		memcpy(lane->base.error, track->error, sizeof(track->error));
	else if (track->events.lost > 0)
		destination_fail(&lane->base, "the queue was full");
	pthread_mutex_unlock(&track->lock);
	counts->records_due = due;
	counts->lost[LOSS_ENCODE] += encode;
	counts->waiting = due + counts->recovered - counts->delivered -
	                  destination_lost(counts);
}

/* --- for the export thread */

static uint32_t
lane_message_octets(const struct destination *destination)
{
	const struct lane *lane = (const struct lane *)destination;
	const struct destination *output = lane->track->output;

	return output->ops->message_octets != NULL
	           ? output->ops->message_octets(output)
	           : 0;
}

static int
lane_start(struct destination *destination)
{
	struct lane *lane = (struct lane *)destination;
	struct destination *output = lane->track->output;
	int code = 0;

	if (output->ops->start(output) != 0) {
		destination_fail(destination, "%s", output->error);
		return -1;
	}
	track_tell(lane->track);
	code = lane_spawn(lane);
	if (code != 0)
		destination_fail(
		    destination, "cannot start a thread: %s", strerror(code));
	return code == 0 ? 0 : -1;
}

static void
lane_put(struct lane *lane, struct lane_event *event, uint64_t records)
{
	struct track *track = lane->track;

	pthread_mutex_lock(&track->lock);
	lane_events_put(&track->events, event, records);
	pthread_cond_signal(&track->changed);
	pthread_mutex_unlock(&track->lock);
}

static void
lane_templates(struct destination *destination, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	lane_put((struct lane *)destination,
	    lane_event_templates(
	        templates, templates_count, types, types_count),
	    0);
}

/* Every second, as only the output knows which one it waits for. */
static timestamp
lane_turn(struct destination *destination, timestamp now)
{
	lane_put((struct lane *)destination, lane_event_turn(now), 0);
	return timestamp_from(now.ns / NS_PER_SECOND + 1, 0);
}

static void
lane_message(struct destination *destination, const struct message *message)
{
	struct lane *lane = (struct lane *)destination;

	lane_put(lane, lane_event_message(message), message->records);
	lane_read(lane);
}

static void
lane_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct lane *lane = (struct lane *)destination;

	lane_put(lane, lane_event_exchanges(exchanges, n), n);
	lane_read(lane);
}

static uint64_t
lane_tick(struct destination *destination, uint64_t now_ms)
{
	lane_read((struct lane *)destination);
	return now_ms + EXPORT_STATUS_MS;
}

static void
lane_rotate(struct destination *destination)
{
	lane_put((struct lane *)destination, lane_event_rotate(), 0);
}

static void
lane_ending(struct destination *destination)
{
	struct track *track = ((struct lane *)destination)->track;

	pthread_mutex_lock(&track->lock);
	track->closing = true;
	pthread_cond_broadcast(&track->changed);
	pthread_mutex_unlock(&track->lock);
}

/* Whether it is done in time. */
static bool
lane_await(struct track *track, uint32_t seconds)
{
	struct timespec until = clock_read(CLOCK_MONOTONIC);
	int code = 0;
	bool done;

	until.tv_sec += (time_t)seconds;
	pthread_mutex_lock(&track->lock);
	while (!track->done && code == 0)
		code = pthread_cond_timedwait(
		    &track->changed, &track->lock, &until);
	done = track->done;
	pthread_mutex_unlock(&track->lock);
	return done;
}

/* Leave the thread to itself. */
static void
lane_desert(struct lane *lane)
{
	struct track *track = lane->track;
	bool done;

	pthread_mutex_lock(&track->lock);
	track->deserted = true;
	track->discard = true;
	done = track->done;
	pthread_mutex_unlock(&track->lock);
	if (done) {
		pthread_join(lane->thread, NULL);
		track_free(track);
	} else {
		pthread_detach(lane->thread);
	}
	lane->running = false;
	lane->track = NULL;
}

static int
lane_finish(struct destination *destination)
{
	struct lane *lane = (struct lane *)destination;

	lane_ending(destination);
	if (lane_await(
	        lane->track, destination->options.shutdown_timeout_seconds)) {
		lane_read(lane);
		return lane->track->result != 0 ||
		               destination_lost(&destination->counts) > 0
		           ? -1
		           : 0;
	}
	lane_read(lane);
	destination_lose(destination, LOSS_WRITE, destination->counts.waiting);
	destination_fail(destination, "a write has not come back at the end");
	return -1;
}

static void
lane_free(struct destination *destination)
{
	struct lane *lane = (struct lane *)destination;

	if (lane->running) {
		lane_ending(destination);
		lane_desert(lane);
	} else if (lane->track != NULL) {
		track_free(lane->track);
	}
	lane->track = NULL;
}

/* --- life */

static const struct destination_ops lane_ops = {
	.message_octets = lane_message_octets,
	.start = lane_start,
	.templates = lane_templates,
	.message = lane_message,
	.exchanges = lane_exchanges,
	.tick = lane_tick,
	.ending = lane_ending,
	.finish = lane_finish,
	.free = lane_free,
};

static struct track *
track_new(struct destination *output)
{
	struct track *track = calloc(1, sizeof(*track));
	pthread_condattr_t attributes;

	if (track == NULL)
		return NULL;
	track->output = output;
	lane_events_init(&track->events, output->options.queue_octets);
	pthread_mutex_init(&track->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&track->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return track;
}

struct destination *
lane_new(struct destination *output, char error[DESTINATION_ERROR_SIZE])
{
	struct lane *lane = destination_alloc(
	    sizeof(*lane), &lane_ops, output->spec, &output->options, error);

	if (lane == NULL) {
		destination_free(&output);
		return NULL;
	}
	lane->ops = lane_ops;
	lane->ops.scheme = output->ops->scheme;
	lane->ops.once = output->ops->once;
	lane->ops.turn = output->ops->turn != NULL ? lane_turn : NULL;
	lane->ops.rotate = output->ops->rotate != NULL ? lane_rotate : NULL;
	lane->base.ops = &lane->ops;
	lane->track = track_new(output);
	if (lane->track != NULL)
		return &lane->base;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
	destination_free(&output);
	output = &lane->base;
	destination_free(&output);
	return NULL;
}
