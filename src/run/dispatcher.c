/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Batches travel to a worker through a ring.  Both sides sleep when they have
 * to wait, and are woken up for half a ring, so that waking up costs little.
 */
#include <config.h>

#include "dispatcher.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/thread.h"

#define BATCH 512       /* segments that move at once */
#define RING_BATCHES 16 /* of a worker */
#define RING_HALF (RING_BATCHES / 2)

struct batch {
	size_t count;
	struct segment segments[BATCH];
};

struct worker {
	struct meter *meter;
	struct exporter_port *port;
	struct batch *filling; /* the ring's next free place */
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	struct batch *ring;
	unsigned head, count; /* batches in the ring that are full */
	bool hurry;           /* what there is is to be taken now */
	bool last;            /* no more batches will come */
	bool finish;          /* then what is live ends */
	timestamp now;        /* of the input, for hurry and finish */
};

struct dispatcher {
	unsigned workers;
	struct segment spare; /* of more than one: dealt when it is pushed */
	struct worker worker[];
};

/* Mostly until the ring is half full: then it is worth waking up. */
static bool
wait_for_batches(struct worker *worker)
{
	while (worker->count < RING_HALF && !worker->last && !worker->hurry)
		pthread_cond_wait(&worker->changed, &worker->lock);
	return worker->count > 0 || !worker->last;
}

/* All that was in a hurry has been taken: what has ended by now goes on. */
static void
hurry_done(struct worker *worker)
{
	timestamp now = worker->now;

	if (!worker->hurry || worker->count > 0)
		return;
	worker->hurry = false;
	pthread_mutex_unlock(&worker->lock);
	meter_advance(worker->meter, now);
	exporter_port_flush(worker->port);
	pthread_mutex_lock(&worker->lock);
}

static void
worker_run_batches(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	while (wait_for_batches(worker)) {
		while (worker->count > 0) {
			struct batch *batch = &worker->ring[worker->head];

			pthread_mutex_unlock(&worker->lock);
			meter_segments(
			    worker->meter, batch->segments, batch->count);
			pthread_mutex_lock(&worker->lock);
			worker->head = (worker->head + 1) % RING_BATCHES;
			if (worker->count-- == RING_HALF)
				pthread_cond_signal(&worker->changed);
		}
		hurry_done(worker);
	}
	pthread_mutex_unlock(&worker->lock);
}

static void *
worker_main(void *context)
{
	struct worker *worker = context;

	worker_run_batches(worker);
	if (worker->finish) {
		meter_advance(worker->meter, worker->now);
		meter_finish(worker->meter);
		exporter_port_flush(worker->port);
	}
	return NULL;
}

/* The reader waits only for a ring that is full, until it is half empty. */
static void
wait_for_place(struct worker *worker)
{
	if (worker->count < RING_BATCHES - 1)
		return;
	while (worker->count >= RING_HALF)
		pthread_cond_wait(&worker->changed, &worker->lock);
}

static void
hand_over(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	if (++worker->count == RING_HALF)
		pthread_cond_signal(&worker->changed);
	wait_for_place(worker);
	worker->filling =
	    &worker->ring[(worker->head + worker->count) % RING_BATCHES];
	pthread_mutex_unlock(&worker->lock);
	worker->filling->count = 0;
}

static int
worker_init(struct worker *worker, const struct meter_options *options,
    struct exporter *exporter)
{
	worker->port = exporter_port_new(exporter);
	if (worker->port == NULL)
		return -1;
	worker->meter = meter_new(options, exporter_put, worker->port);
	if (worker->meter == NULL)
		return -1;
	worker->ring = calloc(RING_BATCHES, sizeof(*worker->ring));
	if (worker->ring == NULL)
		return -1;
	worker->filling = worker->ring;
	return 0;
}

static int
worker_start(struct worker *worker)
{
	int code;

	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	code = thread_start(&worker->thread, "meter", worker_main, worker);
	worker->started = code == 0;
	errno = code;
	return code == 0 ? 0 : -1;
}

static void
worker_tell_last(struct worker *worker, bool finish, timestamp now)
{
	pthread_mutex_lock(&worker->lock);
	worker->last = true;
	worker->finish = finish;
	worker->now = now;
	pthread_cond_signal(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

static void
worker_join(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	worker->started = false;
}

struct dispatcher *
dispatcher_new(const struct meter_options *options, unsigned workers,
    struct exporter *exporter)
{
	struct dispatcher *dispatcher =
	    calloc(1, sizeof(*dispatcher) + workers * sizeof(struct worker));
	struct meter_options each = *options;

	if (dispatcher == NULL)
		return NULL;
	dispatcher->workers = workers;
	each.max_exchanges = meter_share(options->max_exchanges, workers);
	for (unsigned i = 0; i < workers; i++) {
		struct worker *worker = &dispatcher->worker[i];

		if (worker_init(worker, &each, exporter) == -1 ||
		    worker_start(worker) == -1) {
			dispatcher_free(&dispatcher);
			return NULL;
		}
	}
	return dispatcher;
}

struct segment *
dispatcher_slot(struct dispatcher *dispatcher)
{
	struct worker *only = &dispatcher->worker[0];

	/* One worker: straight into its batch, no copy. */
	return dispatcher->workers == 1
	           ? &only->filling->segments[only->filling->count]
	           : &dispatcher->spare;
}

void
dispatcher_push(struct dispatcher *dispatcher)
{
	struct worker *worker = &dispatcher->worker[0];

	if (dispatcher->workers > 1) {
		/* The upper half of the hash is the index's: use the lower. */
		worker += (dispatcher->spare.hash & UINT32_MAX) *
		              dispatcher->workers >>
		          32;
		worker->filling->segments[worker->filling->count] =
		    dispatcher->spare;
	}
	if (++worker->filling->count == BATCH)
		hand_over(worker);
}

void
dispatcher_flush(struct dispatcher *dispatcher, timestamp now)
{
	for (unsigned i = 0; i < dispatcher->workers; i++) {
		struct worker *worker = &dispatcher->worker[i];

		if (worker->filling->count > 0)
			hand_over(worker);
		pthread_mutex_lock(&worker->lock);
		worker->hurry = true;
		worker->now = now;
		pthread_cond_signal(&worker->changed);
		pthread_mutex_unlock(&worker->lock);
	}
}

void
dispatcher_finish(
    struct dispatcher *dispatcher, timestamp now, struct ledger *ledger)
{
	for (unsigned i = 0; i < dispatcher->workers; i++) {
		hand_over(&dispatcher->worker[i]);
		worker_tell_last(&dispatcher->worker[i], true, now);
	}
	for (unsigned i = 0; i < dispatcher->workers; i++) {
		worker_join(&dispatcher->worker[i]);
		ledger_add(ledger, meter_ledger(dispatcher->worker[i].meter));
	}
}

void
dispatcher_free(struct dispatcher **dispatcher)
{
	if (*dispatcher == NULL)
		return;
	for (unsigned i = 0; i < (*dispatcher)->workers; i++) {
		struct worker *worker = &(*dispatcher)->worker[i];

		if (worker->started) {
			worker_tell_last(worker, false, TIMESTAMP_MAX);
			worker_join(worker);
		}
		meter_free(&worker->meter);
		exporter_port_free(&worker->port);
		free(worker->ring);
	}
	free(*dispatcher);
	*dispatcher = NULL;
}
