/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Batches travel to a worker through a ring of a few; both sides sleep when
 * they have to wait.  A batch is large enough that waking up costs little.
 */
#include <config.h>

#include "dealer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define RING_BATCHES 8
#define BATCH_THREADED 1024 /* segments that move to a thread at once */

struct batch {
	size_t count;
	struct segment segments[];
};

struct worker {
	struct meter *meter;
	struct exporter_port *port;
	size_t capacity; /* of a batch */
	struct batch *filling;
	/* From here on only with threads. */
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct batch *ring[RING_BATCHES];
	unsigned head, count; /* batches in the ring that are full */
	bool last;            /* no more batches will come */
};

struct dealer {
	unsigned workers;
	struct segment spare; /* with threads: dealt when it is pushed */
	struct worker worker[];
};

static void
meter_batch(struct worker *worker, const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i += METER_BATCH) {
		size_t rest = batch->count - i;

		meter_segments(worker->meter, &batch->segments[i],
		    rest < METER_BATCH ? rest : METER_BATCH);
	}
}

static void *
worker_main(void *context)
{
	struct worker *worker = context;

	pthread_mutex_lock(&worker->lock);
	for (;;) {
		while (worker->count == 0 && !worker->last)
			pthread_cond_wait(&worker->changed, &worker->lock);
		if (worker->count == 0)
			break;
		pthread_mutex_unlock(&worker->lock);
		meter_batch(worker, worker->ring[worker->head]);
		pthread_mutex_lock(&worker->lock);
		worker->head = (worker->head + 1) % RING_BATCHES;
		if (worker->count-- == RING_BATCHES)
			pthread_cond_signal(&worker->changed);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static struct batch *
batch_new(size_t capacity)
{
	struct batch *batch =
	    malloc(sizeof(*batch) + capacity * sizeof(struct segment));

	if (batch != NULL)
		batch->count = 0;
	return batch;
}

/* The batch that is being filled is always the ring's next free place. */
static struct batch *
ring_place(struct worker *worker)
{
	return worker->ring[(worker->head + worker->count) % RING_BATCHES];
}

static void
hand_over(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	if (worker->count++ == 0)
		pthread_cond_signal(&worker->changed);
	while (worker->count == RING_BATCHES)
		pthread_cond_wait(&worker->changed, &worker->lock);
	worker->filling = ring_place(worker);
	pthread_mutex_unlock(&worker->lock);
	worker->filling->count = 0;
}

static int
worker_init(struct worker *worker, const struct meter_options *options,
    bool threaded, struct exporter *exporter)
{
	worker->port = exporter_port_new(exporter);
	if (worker->port == NULL)
		return -1;
	worker->meter = meter_new(options, exporter_put, worker->port);
	if (worker->meter == NULL)
		return -1;
	worker->capacity = threaded ? BATCH_THREADED : METER_BATCH;
	for (int i = 0; i < (threaded ? RING_BATCHES : 1); i++) {
		worker->ring[i] = batch_new(worker->capacity);
		if (worker->ring[i] == NULL)
			return -1;
	}
	worker->filling = worker->ring[0];
	return 0;
}

/* Signals are for the main thread. */
static int
worker_start(struct worker *worker)
{
	sigset_t all, before;
	int error;

	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->thread, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0) {
		errno = error;
		return -1;
	}
	worker->started = true;
	return 0;
}

static void
worker_stop(struct worker *worker)
{
	if (!worker->started)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->last = true;
	pthread_cond_signal(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	worker->started = false;
}

struct dealer *
dealer_new(const struct meter_options *options, unsigned workers,
    struct exporter *exporter)
{
	struct dealer *dealer =
	    calloc(1, sizeof(*dealer) + workers * sizeof(struct worker));
	struct meter_options each = *options;

	if (dealer == NULL)
		return NULL;
	dealer->workers = workers;
	each.max_exchanges = meter_share(options->max_exchanges, workers);
	for (unsigned i = 0; i < workers; i++) {
		struct worker *worker = &dealer->worker[i];

		if (worker_init(worker, &each, workers > 1, exporter) == -1 ||
		    (workers > 1 && worker_start(worker) == -1)) {
			dealer_free(&dealer);
			return NULL;
		}
	}
	return dealer;
}

struct segment *
dealer_slot(struct dealer *dealer)
{
	struct worker *only = &dealer->worker[0];

	/* One worker: straight into its batch, no copy. */
	return dealer->workers == 1
	           ? &only->filling->segments[only->filling->count]
	           : &dealer->spare;
}

static void
flush(struct dealer *dealer, struct worker *worker)
{
	if (dealer->workers > 1) {
		hand_over(worker);
		return;
	}
	meter_batch(worker, worker->filling);
	worker->filling->count = 0;
}

void
dealer_push(struct dealer *dealer)
{
	struct worker *worker = &dealer->worker[0];

	if (dealer->workers > 1) {
		/* The upper half of the hash is the index's: use the lower. */
		worker +=
		    (dealer->spare.hash & UINT32_MAX) * dealer->workers >> 32;
		worker->filling->segments[worker->filling->count] =
		    dealer->spare;
	}
	if (++worker->filling->count == worker->capacity)
		flush(dealer, worker);
}

void
dealer_finish(struct dealer *dealer, timestamp now, struct ledger *ledger)
{
	for (unsigned i = 0; i < dealer->workers; i++)
		flush(dealer, &dealer->worker[i]);
	for (unsigned i = 0; i < dealer->workers; i++) {
		struct worker *worker = &dealer->worker[i];

		worker_stop(worker);
		meter_advance(worker->meter, now);
		meter_finish(worker->meter);
		exporter_port_flush(worker->port);
		ledger_add(ledger, meter_ledger(worker->meter));
	}
}

void
dealer_free(struct dealer **dealer)
{
	if (*dealer == NULL)
		return;
	for (unsigned i = 0; i < (*dealer)->workers; i++) {
		struct worker *worker = &(*dealer)->worker[i];

		worker_stop(worker);
		meter_free(&worker->meter);
		exporter_port_free(&worker->port);
		for (int j = 0; j < RING_BATCHES; j++)
			free(worker->ring[j]);
	}
	free(*dealer);
	*dealer = NULL;
}
