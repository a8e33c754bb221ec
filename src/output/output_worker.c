/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "output_worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/base/clock.h"
#include "exflow/base/thread.h"
#include "exflow/output/kind.h"

struct output_worker {
	struct destination *output; /* the thread's from its start on */
	pthread_t thread;
	bool running;         /* it was started */
	uint64_t tick_at;     /* the thread's; 0: never */
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	struct output_events events;
	bool closing;     /* nothing more will come */
	bool cancelled;   /* … and nobody wants what has come */
	bool discard;     /* … and what is in the queue is dropped */
	bool done;        /* the output is finished */
	bool abandoned;   /* the proxy is gone: the thread frees the worker */
	int result;       /* of finish */
	bool reader_gone; /* the output's, a moment ago, as … */
	struct destination_counts counts; /* … these */
	char error[DESTINATION_ERROR_SIZE];
};

struct output_worker *
output_worker_new(struct destination *output)
{
	struct output_worker *worker = calloc(1, sizeof(*worker));
	pthread_condattr_t attributes;

	if (worker == NULL || output_events_init(&worker->events,
	                          output->options.queue_octets) != 0) {
		free(worker);
		return NULL;
	}
	worker->output = output;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&worker->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return worker;
}

static void
worker_free(struct output_worker *worker)
{
	destination_free(&worker->output);
	output_events_clear(&worker->events);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

/* --- the output thread */

/* Under the lock: show the output's counts to the proxy. */
static void
worker_report(struct output_worker *worker)
{
	worker->counts = worker->output->counts;
	worker->reader_gone = worker->output->reader_gone;
	memcpy(worker->error, worker->output->error, sizeof(worker->error));
}

/*
 * The next event, when this one (or NULL) was played; NULL: it is time for a
 * tick, or for the end.
 */
static struct output_event *
worker_wait(struct output_worker *worker, struct output_event *played)
{
	struct timespec until = {
		.tv_sec = (time_t)(worker->tick_at / 1000),
		.tv_nsec = (long)(worker->tick_at % 1000) * 1000000,
	};
	struct output_event *event;
	int code = 0;

	pthread_mutex_lock(&worker->lock);
	output_events_give_back(&worker->events, played);
	worker_report(worker);
	if (worker->discard)
		output_events_drop(&worker->events);
	while ((event = output_events_take(&worker->events)) == NULL &&
	       !worker->closing && code == 0)
		code = worker->tick_at == 0
		           ? pthread_cond_wait(&worker->changed, &worker->lock)
		           : pthread_cond_timedwait(
		                 &worker->changed, &worker->lock, &until);
	pthread_mutex_unlock(&worker->lock);
	return event;
}

static void
worker_tick(struct output_worker *worker)
{
	struct destination *output = worker->output;
	uint64_t now = clock_ms();

	if (output->ops->tick != NULL &&
	    (worker->tick_at == 0 || now >= worker->tick_at))
		worker->tick_at = output->ops->tick(output, now);
}

static bool
worker_ended(struct output_worker *worker)
{
	bool ended;

	pthread_mutex_lock(&worker->lock);
	ended = worker->closing && worker->events.head == NULL;
	pthread_mutex_unlock(&worker->lock);
	return ended;
}

/* A file that was never wanted must not replace an older one. */
static int
worker_finish(struct output_worker *worker)
{
	bool cancelled;

	pthread_mutex_lock(&worker->lock);
	cancelled = worker->cancelled;
	pthread_mutex_unlock(&worker->lock);
	return cancelled ? -1 : worker->output->ops->finish(worker->output);
}

static void *
worker_run(void *argument)
{
	struct output_worker *worker = argument;
	struct output_event *event = NULL;
	bool abandoned;
	int result;

	worker_tick(worker); /* also where no event comes for long */
	do {
		event = worker_wait(worker, event);
		if (event != NULL)
			output_event_play(event, worker->output);
		worker_tick(worker);
	} while (event != NULL || !worker_ended(worker));
	result = worker_finish(worker);
	pthread_mutex_lock(&worker->lock);
	worker_report(worker);
	worker->result = result;
	worker->done = true;
	abandoned = worker->abandoned;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	if (abandoned)
		worker_free(worker);
	return NULL;
}

/* --- what the export thread asks for */

struct destination *
output_worker_output(const struct output_worker *worker)
{
	return worker->output;
}

int
output_worker_start(struct output_worker *worker)
{
	int code;

	worker_report(worker);
	code = thread_start(&worker->thread, "output", worker_run, worker);
	worker->running = code == 0;
	return code;
}

void
output_worker_put(struct output_worker *worker, struct output_event *event,
    const struct output_event *head)
{
	pthread_mutex_lock(&worker->lock);
	output_events_put(&worker->events, event, head);
	pthread_cond_signal(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

void
output_worker_get_counts(
    struct output_worker *worker, struct destination *destination)
{
	struct destination_counts counts;

	pthread_mutex_lock(&worker->lock);
	counts = worker->counts;
	counts.lost[LOSS_QUEUE] += worker->events.lost;
	destination->reader_gone = worker->reader_gone;
	if (worker->error[0] != '\0')
		destination_fail(destination, "%s", worker->error);
	else if (worker->events.out_of_memory)
		destination_fail(
		    destination, "there was no memory for the queue");
	else if (worker->events.lost > 0)
		destination_fail(destination, "the queue was full");
	pthread_mutex_unlock(&worker->lock);
	destination_set_counts(destination, &counts);
}

void
output_worker_close(struct output_worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->closing = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

bool
output_worker_await(struct output_worker *worker, uint32_t seconds, int *result)
{
	struct timespec until = clock_read(CLOCK_MONOTONIC);
	int code = 0;
	bool done;

	until.tv_sec += (time_t)seconds;
	pthread_mutex_lock(&worker->lock);
	while (!worker->done && code == 0)
		code = pthread_cond_timedwait(
		    &worker->changed, &worker->lock, &until);
	done = worker->done;
	*result = worker->result;
	pthread_mutex_unlock(&worker->lock);
	return done;
}

void
output_worker_cancel(struct output_worker *worker, uint32_t seconds)
{
	int result;

	if (!worker->running)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->cancelled = worker->discard = worker->closing = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	(void)output_worker_await(worker, seconds, &result);
}

/* Free the worker, or leave that to its thread, which hangs in a write. */
static void
worker_abandon(struct output_worker *worker)
{
	pthread_t thread = worker->thread;
	bool done;

	pthread_mutex_lock(&worker->lock);
	worker->abandoned = true;
	worker->discard = true;
	done = worker->done;
	pthread_mutex_unlock(&worker->lock);
	if (done) {
		pthread_join(thread, NULL);
		worker_free(worker);
	} else {
		pthread_detach(thread);
	}
}

void
output_worker_free(struct output_worker **pointer)
{
	struct output_worker *worker = *pointer;

	*pointer = NULL;
	if (worker == NULL)
		return;
	if (worker->running)
		worker_abandon(worker);
	else
		worker_free(worker);
}
