/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output with a thread of its own, in two halves:
 *
 *   export thread                            output thread
 *   struct proxy ──► event event event ──► struct worker ──► the output
 *        ▲                                        │
 *        └─────────── counts, error ◄─────────────┘
 *
 * The proxy is the destination that the export thread sees.  Each of its
 * operations becomes an event (output_event.h) in a bounded queue; the worker
 * calls the same operation of the output, in the same order.
 *
 * What can go wrong is a write that never returns: nobody can call it off.
 * At the end the worker is then abandoned with all it uses, and frees that
 * itself, should the write ever return.
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

#include "output_event.h"

struct worker {
	struct destination *output; /* the thread's from its start on */
	uint64_t tick_at;           /* the thread's; 0: never */
	pthread_mutex_t lock;       /* over all that follows */
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

struct proxy {
	struct destination base;
	struct destination_ops ops; /* those that the output has, too */
	struct worker *worker;
	pthread_t thread;
	bool running;
	bool ended; /* it was told that nothing more will come */
};

/* --- the output thread */

static struct worker *
worker_new(struct destination *output)
{
	struct worker *worker = calloc(1, sizeof(*worker));
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
worker_free(struct worker *worker)
{
	destination_free(&worker->output);
	output_events_clear(&worker->events);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

/* Under the lock: show the output's counts to the proxy. */
static void
worker_report(struct worker *worker)
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
worker_wait(struct worker *worker, struct output_event *played)
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
worker_tick(struct worker *worker)
{
	struct destination *output = worker->output;
	uint64_t now = clock_ms();

	if (output->ops->tick != NULL &&
	    (worker->tick_at == 0 || now >= worker->tick_at))
		worker->tick_at = output->ops->tick(output, now);
}

static bool
worker_ended(struct worker *worker)
{
	bool ended;

	pthread_mutex_lock(&worker->lock);
	ended = worker->closing && worker->events.head == NULL;
	pthread_mutex_unlock(&worker->lock);
	return ended;
}

/* A file that was never wanted must not replace an older one. */
static int
worker_finish(struct worker *worker)
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
	struct worker *worker = argument;
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

/* --- the proxy: operations of the export thread */

/* What the output has counted, and what the queue dropped. */
static void
proxy_get_counts(struct proxy *proxy)
{
	struct worker *worker = proxy->worker;
	struct destination_counts counts;

	pthread_mutex_lock(&worker->lock);
	counts = worker->counts;
	counts.lost[LOSS_QUEUE] += worker->events.lost;
	proxy->base.reader_gone = worker->reader_gone;
	if (worker->error[0] != '\0')
		destination_fail(&proxy->base, "%s", worker->error);
	else if (worker->events.out_of_memory)
		destination_fail(
		    &proxy->base, "there was no memory for the queue");
	else if (worker->events.lost > 0)
		destination_fail(&proxy->base, "the queue was full");
	pthread_mutex_unlock(&worker->lock);
	destination_set_counts(&proxy->base, &counts);
}

/* An event, as its head tells; NULL: there was no memory for it. */
static void
proxy_put_event(struct proxy *proxy, struct output_event *event,
    const struct output_event *head)
{
	struct worker *worker = proxy->worker;

	pthread_mutex_lock(&worker->lock);
	output_events_put(&worker->events, event, head);
	pthread_cond_signal(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

/* The event, with a copy of n octets. */
static void
proxy_put(struct proxy *proxy, const struct output_event *head,
    const void *octets, size_t n)
{
	proxy_put_event(proxy, output_event_new(head, octets, n), head);
}

static uint32_t
proxy_message_octets(const struct destination *destination)
{
	const struct proxy *proxy = (const struct proxy *)destination;
	const struct destination *output = proxy->worker->output;

	return output->ops->message_octets != NULL
	           ? output->ops->message_octets(output)
	           : 0;
}

static int
proxy_check(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;
	struct destination *output = proxy->worker->output;
	int result = output->ops->check(output), code = errno;

	if (result != 0)
		destination_fail(destination, "%s", output->error);
	errno = code;
	return result;
}

static int
proxy_start(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;
	struct destination *output = proxy->worker->output;
	int code;

	if (output->ops->start(output) != 0) {
		destination_fail(destination, "%s", output->error);
		return -1;
	}
	worker_report(proxy->worker);
	code =
	    thread_start(&proxy->thread, "output", worker_run, proxy->worker);
	proxy->running = code == 0;
	if (code == 0)
		return 0;
	destination_fail(
	    destination, "cannot start a thread: %s", strerror(code));
	return -1;
}

static void
proxy_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	const struct output_event event = {
		.kind = EVENT_TEMPLATES,
		.templates = templates,
		.templates_count = templates_count,
		.types = types,
		.types_count = types_count,
	};

	proxy_put((struct proxy *)destination, &event, NULL, 0);
}

/* Every second, as only the output knows which one it waits for. */
static timestamp
proxy_turn(struct destination *destination, timestamp now)
{
	const struct output_event event = { .kind = EVENT_TURN, .now = now };

	proxy_put((struct proxy *)destination, &event, NULL, 0);
	return timestamp_from((int64_t)(now.ns / NS_PER_SECOND) + 1, 0);
}

static void
proxy_message(struct destination *destination, const struct message *message)
{
	struct proxy *proxy = (struct proxy *)destination;
	const struct output_event event = {
		.kind = EVENT_MESSAGE,
		.records = message->records,
		.message = *message,
	};

	proxy_put(proxy, &event, message->octets, message->length);
	proxy_get_counts(proxy);
}

static void
proxy_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct proxy *proxy = (struct proxy *)destination;
	const struct output_event head = { .kind = EVENT_EXCHANGES,
		.records = n };

	proxy_put_event(proxy, output_event_new_exchanges(exchanges, n), &head);
	proxy_get_counts(proxy);
}

static uint64_t
proxy_tick(struct destination *destination, uint64_t now_ms)
{
	proxy_get_counts((struct proxy *)destination);
	return now_ms + DESTINATION_STATUS_MS;
}

static void
proxy_rotate(struct destination *destination)
{
	const struct output_event event = { .kind = EVENT_ROTATE };

	proxy_put((struct proxy *)destination, &event, NULL, 0);
}

static void
proxy_reopen(struct destination *destination)
{
	const struct output_event event = { .kind = EVENT_REOPEN };

	proxy_put((struct proxy *)destination, &event, NULL, 0);
}

static void
proxy_ending(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;
	struct worker *worker = proxy->worker;

	proxy->ended = true;
	pthread_mutex_lock(&worker->lock);
	worker->closing = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

/* Whether the worker is done in time. */
static bool
proxy_await(struct worker *worker, uint32_t seconds)
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
	pthread_mutex_unlock(&worker->lock);
	return done;
}

static int
proxy_finish(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;
	bool done;

	proxy_ending(destination);
	done = proxy_await(
	    proxy->worker, destination->options.shutdown_timeout_seconds);
	proxy_get_counts(proxy);
	if (done)
		return proxy->worker->result != 0 ||
		               destination_lost(&destination->counts) > 0
		           ? -1
		           : 0;
	destination_lose(destination, LOSS_WRITE, destination->counts.waiting);
	destination_fail(destination, "a write has not come back at the end");
	return -1;
}

/* Free the worker, or leave that to its thread, which hangs in a write. */
static void
proxy_abandon(struct proxy *proxy)
{
	struct worker *worker = proxy->worker;
	bool done;

	pthread_mutex_lock(&worker->lock);
	worker->abandoned = true;
	worker->discard = true;
	done = worker->done;
	pthread_mutex_unlock(&worker->lock);
	if (done) {
		pthread_join(proxy->thread, NULL);
		worker_free(worker);
	} else {
		pthread_detach(proxy->thread);
	}
	proxy->running = false;
}

/* Another output did not start: this one will never be finished. */
static void
proxy_cancel(struct proxy *proxy)
{
	struct worker *worker = proxy->worker;

	pthread_mutex_lock(&worker->lock);
	worker->cancelled = worker->discard = worker->closing = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	(void)proxy_await(worker, proxy->base.options.shutdown_timeout_seconds);
}

static void
proxy_free(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;

	if (proxy->running) {
		if (!proxy->ended)
			proxy_cancel(proxy);
		proxy_abandon(proxy);
	} else if (proxy->worker != NULL) {
		worker_free(proxy->worker);
	}
	proxy->worker = NULL;
}

static const struct destination_ops proxy_ops = {
	.message_octets = proxy_message_octets,
	.start = proxy_start,
	.templates = proxy_templates,
	.message = proxy_message,
	.exchanges = proxy_exchanges,
	.tick = proxy_tick,
	.ending = proxy_ending,
	.finish = proxy_finish,
	.free = proxy_free,
};

struct destination *
output_thread_new(
    struct destination *output, char error[DESTINATION_ERROR_SIZE])
{
	struct proxy *proxy = destination_alloc(
	    sizeof(*proxy), &proxy_ops, output->spec, &output->options, error);

	if (proxy == NULL) {
		destination_free(&output);
		return NULL;
	}
	proxy->ops = proxy_ops;
	proxy->ops.scheme = output->ops->scheme;
	proxy->ops.once = output->ops->once;
	proxy->ops.ports_only = output->ops->ports_only;
	proxy->ops.whole = output->ops->whole;
	proxy->ops.quality = output->ops->quality;
	proxy->ops.check = output->ops->check != NULL ? proxy_check : NULL;
	proxy->ops.turn = output->ops->turn != NULL ? proxy_turn : NULL;
	proxy->ops.rotate = output->ops->rotate != NULL ? proxy_rotate : NULL;
	proxy->ops.reopen = output->ops->reopen != NULL ? proxy_reopen : NULL;
	proxy->base.ops = &proxy->ops;
	proxy->worker = worker_new(output);
	if (proxy->worker != NULL)
		return &proxy->base;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
	destination_free(&output);
	output = &proxy->base;
	destination_free(&output);
	return NULL;
}
