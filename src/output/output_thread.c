/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the export thread hands over is copied into the queue as events, which
 * the output_thread's thread plays to the output.  A write that never returns cannot be
 * called off: at the end the thread is left to itself then, with all it uses.
 */
#include <config.h>

#include "exflow/output/output_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/base/clock.h"
#include "exflow/base/thread.h"
#include "exflow/output/kind.h"

#include "output_events.h"

/* Of the thread and of the one who has the output_thread. */
struct track {
	struct destination *output; /* the thread's from its start on */
	uint64_t tick_at;           /* the thread's; 0: never */
	pthread_mutex_t lock;       /* over all that follows */
	pthread_cond_t changed;
	struct output_events events;
	bool closing;  /* nothing more will come */
	bool discard;  /* … and what is there goes */
	bool done;     /* the output is finished */
	bool deserted; /* the output_thread is gone: the thread frees */
	int result;    /* of finish */
	struct destination_counts counts; /* the output's, as of late */
	char error[DESTINATION_ERROR_SIZE];
};

struct output_thread {
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
	output_events_clear(&track->events);
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
static struct output_event *
track_wait(struct track *track)
{
	struct timespec until = {
		.tv_sec = (time_t)(track->tick_at / 1000),
		.tv_nsec = (long)(track->tick_at % 1000) * 1000000,
	};
	struct output_event *event;
	int code = 0;

	pthread_mutex_lock(&track->lock);
	track_tell(track);
	if (track->discard)
		output_events_clear(&track->events);
	while ((event = output_events_take(&track->events)) == NULL &&
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
	uint64_t now = clock_ms();

	if (output->ops->tick != NULL &&
	    (track->tick_at == 0 || now >= track->tick_at))
		track->tick_at = output->ops->tick(output, now);
}

static bool
track_ended(struct track *track)
{
	bool ended;

	pthread_mutex_lock(&track->lock);
	ended = track->closing && output_events_empty(&track->events);
	pthread_mutex_unlock(&track->lock);
	return ended;
}

static void *
track_run(void *argument)
{
	struct track *track = argument;
	struct output_event *event;
	bool deserted;
	int result;

	do {
		event = track_wait(track);
		if (event != NULL)
			output_event_play(event, track->output);
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
output_thread_spawn(struct output_thread *output_thread)
{
	int code = thread_start(&output_thread->thread, "output_thread",
	    track_run, output_thread->track);

	output_thread->running = code == 0;
	return code;
}

/* --- counts */

/* What the output has counted, and what never came to it. */
static void
output_thread_read(struct output_thread *output_thread)
{
	struct destination_counts *counts = &output_thread->base.counts;
	uint64_t due = counts->records_due, encode = counts->lost[LOSS_ENCODE];
	struct track *track = output_thread->track;

	pthread_mutex_lock(&track->lock);
	*counts = track->counts;
	counts->lost[LOSS_QUEUE] += track->events.lost;
	if (track->error[0] != '\0')
		memcpy(output_thread->base.error, track->error,
		    sizeof(track->error));
	else if (track->events.lost > 0)
		destination_fail(&output_thread->base, "the queue was full");
	pthread_mutex_unlock(&track->lock);
	counts->records_due = due;
	counts->lost[LOSS_ENCODE] += encode;
	counts->waiting = due + counts->recovered - counts->delivered -
	                  destination_lost(counts);
}

/* --- for the export thread */

static uint32_t
output_thread_message_octets(const struct destination *destination)
{
	const struct output_thread *output_thread =
	    (const struct output_thread *)destination;
	const struct destination *output = output_thread->track->output;

	return output->ops->message_octets != NULL
	           ? output->ops->message_octets(output)
	           : 0;
}

static int
output_thread_start(struct destination *destination)
{
	struct output_thread *output_thread =
	    (struct output_thread *)destination;
	struct destination *output = output_thread->track->output;
	int code = 0;

	if (output->ops->start(output) != 0) {
		destination_fail(destination, "%s", output->error);
		return -1;
	}
	track_tell(output_thread->track);
	code = output_thread_spawn(output_thread);
	if (code != 0)
		destination_fail(
		    destination, "cannot start a thread: %s", strerror(code));
	return code == 0 ? 0 : -1;
}

static void
output_thread_put(struct output_thread *output_thread,
    struct output_event *event, uint64_t records)
{
	struct track *track = output_thread->track;

	pthread_mutex_lock(&track->lock);
	output_events_put(&track->events, event, records);
	pthread_cond_signal(&track->changed);
	pthread_mutex_unlock(&track->lock);
}

static void
output_thread_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	output_thread_put((struct output_thread *)destination,
	    output_event_templates(
	        templates, templates_count, types, types_count),
	    0);
}

/* Every second, as only the output knows which one it waits for. */
static timestamp
output_thread_turn(struct destination *destination, timestamp now)
{
	output_thread_put(
	    (struct output_thread *)destination, output_event_turn(now), 0);
	return timestamp_from(now.ns / NS_PER_SECOND + 1, 0);
}

static void
output_thread_message(
    struct destination *destination, const struct message *message)
{
	struct output_thread *output_thread =
	    (struct output_thread *)destination;

	output_thread_put(
	    output_thread, output_event_message(message), message->records);
	output_thread_read(output_thread);
}

static void
output_thread_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct output_thread *output_thread =
	    (struct output_thread *)destination;

	output_thread_put(
	    output_thread, output_event_exchanges(exchanges, n), n);
	output_thread_read(output_thread);
}

static uint64_t
output_thread_tick(struct destination *destination, uint64_t now_ms)
{
	output_thread_read((struct output_thread *)destination);
	return now_ms + DESTINATION_STATUS_MS;
}

static void
output_thread_rotate(struct destination *destination)
{
	output_thread_put(
	    (struct output_thread *)destination, output_event_rotate(), 0);
}

static void
output_thread_ending(struct destination *destination)
{
	struct track *track = ((struct output_thread *)destination)->track;

	pthread_mutex_lock(&track->lock);
	track->closing = true;
	pthread_cond_broadcast(&track->changed);
	pthread_mutex_unlock(&track->lock);
}

/* Whether it is done in time. */
static bool
output_thread_await(struct track *track, uint32_t seconds)
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
output_thread_desert(struct output_thread *output_thread)
{
	struct track *track = output_thread->track;
	bool done;

	pthread_mutex_lock(&track->lock);
	track->deserted = true;
	track->discard = true;
	done = track->done;
	pthread_mutex_unlock(&track->lock);
	if (done) {
		pthread_join(output_thread->thread, NULL);
		track_free(track);
	} else {
		pthread_detach(output_thread->thread);
	}
	output_thread->running = false;
	output_thread->track = NULL;
}

static int
output_thread_finish(struct destination *destination)
{
	struct output_thread *output_thread =
	    (struct output_thread *)destination;

	output_thread_ending(destination);
	if (output_thread_await(output_thread->track,
	        destination->options.shutdown_timeout_seconds)) {
		output_thread_read(output_thread);
		return output_thread->track->result != 0 ||
		               destination_lost(&destination->counts) > 0
		           ? -1
		           : 0;
	}
	output_thread_read(output_thread);
	destination_lose(destination, LOSS_WRITE, destination->counts.waiting);
	destination_fail(destination, "a write has not come back at the end");
	return -1;
}

static void
output_thread_free(struct destination *destination)
{
	struct output_thread *output_thread =
	    (struct output_thread *)destination;

	if (output_thread->running) {
		output_thread_ending(destination);
		output_thread_desert(output_thread);
	} else if (output_thread->track != NULL) {
		track_free(output_thread->track);
	}
	output_thread->track = NULL;
}

/* --- life */

static const struct destination_ops output_thread_ops = {
	.message_octets = output_thread_message_octets,
	.start = output_thread_start,
	.templates = output_thread_templates,
	.message = output_thread_message,
	.exchanges = output_thread_exchanges,
	.tick = output_thread_tick,
	.ending = output_thread_ending,
	.finish = output_thread_finish,
	.free = output_thread_free,
};

static struct track *
track_new(struct destination *output)
{
	struct track *track = calloc(1, sizeof(*track));
	pthread_condattr_t attributes;

	if (track == NULL)
		return NULL;
	track->output = output;
	output_events_init(&track->events, output->options.queue_octets);
	pthread_mutex_init(&track->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&track->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return track;
}

struct destination *
output_thread_new(
    struct destination *output, char error[DESTINATION_ERROR_SIZE])
{
	struct output_thread *output_thread =
	    destination_alloc(sizeof(*output_thread), &output_thread_ops,
	        output->spec, &output->options, error);

	if (output_thread == NULL) {
		destination_free(&output);
		return NULL;
	}
	output_thread->ops = output_thread_ops;
	output_thread->ops.scheme = output->ops->scheme;
	output_thread->ops.once = output->ops->once;
	output_thread->ops.turn =
	    output->ops->turn != NULL ? output_thread_turn : NULL;
	output_thread->ops.rotate =
	    output->ops->rotate != NULL ? output_thread_rotate : NULL;
	output_thread->base.ops = &output_thread->ops;
	output_thread->track = track_new(output);
	if (output_thread->track != NULL)
		return &output_thread->base;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
	destination_free(&output);
	output = &output_thread->base;
	destination_free(&output);
	return NULL;
}
