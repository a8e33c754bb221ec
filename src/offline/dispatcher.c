/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each meter has a thread and a ring of batches:
 *
 *	          head                filling
 *	           ▼ ── count: full ──► ▼
 *	┌─────┬─────┬─────┬─────┬─────┬─────┬─────┐
 *	│free │full │full │full │full │     │free │  RING_BATCHES places of
 *	└─────┴─────┴─────┴─────┴─────┴─────┴─────┘  BATCH segments each
 *	       meter thread            reading thread
 *	       meters this one         fills this one
 *
 * The reading thread fills a batch without the lock; only handing it over, and
 * taking it off, hold the lock.  One place always stays for the filling, so
 * that at most RING_BATCHES - 1 are full.
 *
 * Both sides sleep on the same condition, never at the same time: the meter
 * thread while less than half of the ring is full, the reading thread from a
 * full ring on until it is less than half full.  Each wakes the other up once
 * for half a ring, not for each batch, so that waking up costs little.
 * With names a batch has an arena for payloads (payload_batch.h); one that has
 * no room for the next payload is handed over with fewer segments.
 *
 * dispatcher_flush (the input is silent) sets hurry: then the meter thread
 * takes what there is, and lets time pass up to now.
 */
#include <config.h>

#include "dispatcher.h"
#include "hunting.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/thread.h"

#define BATCH 512       /* segments that are handed over at once */
#define RING_BATCHES 32 /* of a meter */
#define RING_HALF (RING_BATCHES / 2)
/* So many are full: the meter thread is behind, or has caught up. */
#define RING_BEHIND (RING_HALF + 4)
#define RING_CAUGHT_UP (RING_HALF / 2)

struct batch {
	size_t count;
	bool stepped; /* behind these segments the clock steps, from … to */
	timestamp from, to;
	struct segment_detail *details; /* of the segments, or NULL */
	struct segment segments[BATCH];
};

struct meter_thread {
	struct meter *meter;
	struct exporter_port *port;
	struct batch *filling; /* the ring's place behind the full ones */
	struct dispatcher_place *place; /* that is in it, or NULL */
	pthread_t id;
	bool started;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	struct batch *ring;
	struct segment_detail *details; /* of the whole ring, or NULL */
	struct payload_batch *payloads; /* of the ring's batches, or NULL */
	struct hunting hunting;
	uint64_t filled, metered; /* batches so far, or begun to be */
	unsigned head, count;     /* the first full batch, how many are full */
	bool hurry;               /* take what there is, however little */
	bool last;                /* no more batches will come */
	bool finish;              /* then every live exchange ends */
	timestamp now;            /* of the input, for hurry and finish */
};

struct dispatcher {
	unsigned thread_count;
	bool details;
	struct dispatcher_place place; /* with one meter in its batch */
	struct segment spare; /* with more than one: copied by its hash */
	struct segment_detail spare_detail;
	struct meter_thread threads[];
};

/* Sleep until half of the ring is full; false: no more will come. */
static bool
wait_for_batches(struct meter_thread *thread)
{
	while (thread->count < RING_HALF && !thread->last && !thread->hurry)
		pthread_cond_wait(&thread->changed, &thread->lock);
	return thread->count > 0 || !thread->last;
}

/* After a flush, with an empty ring: time passes, and records go on. */
static void
hurry_done(struct meter_thread *thread)
{
	timestamp now = thread->now;

	if (!thread->hurry || thread->count > 0)
		return;
	thread->hurry = false;
	pthread_mutex_unlock(&thread->lock);
	meter_advance(thread->meter, now);
	exporter_port_flush(thread->port);
	pthread_mutex_lock(&thread->lock);
}

static struct payload_batch *
payloads_of(const struct meter_thread *thread, const struct batch *batch)
{
	return &thread->payloads[batch - thread->ring];
}

/* What the gate left of batches below end, the oldest first (hunting.h). */
static void
hunt_up_to(struct meter_thread *thread, uint64_t end)
{
	struct hunting *hunting = &thread->hunting;
	bool waits = hunting->gate != NULL;

	while (waits) {
		pthread_mutex_lock(&hunting->lock);
		waits = hunting->done < end;
		if (waits) {
			size_t at = hunting->done++ % RING_BATCHES;

			hunting_batch(hunting, at, thread->ring[at].segments,
			    &thread->payloads[at]);
		}
		pthread_mutex_unlock(&hunting->lock);
	}
}

static void
meter_batch(struct meter_thread *thread, const struct batch *batch)
{
	struct meter *meter = thread->meter;

	if (thread->payloads != NULL)
		meter_set_payloads(meter, batch->segments,
		    payloads_of(thread, batch)->list,
		    payloads_of(thread, batch)->count);

	if (thread->details != NULL)
		meter_set_details(
		    meter, batch->segments, batch->count, batch->details);
	meter_segments(meter, batch->segments, batch->count);
	if (batch->stepped)
		meter_clock_step(meter, batch->from, batch->to);
}

static void
meter_batches(struct meter_thread *thread)
{
	pthread_mutex_lock(&thread->lock);
	while (wait_for_batches(thread)) {
		while (thread->count > 0) {
			struct batch *batch = &thread->ring[thread->head];

			pthread_mutex_unlock(&thread->lock);
			hunt_up_to(thread, ++thread->metered);
			meter_batch(thread, batch);
			pthread_mutex_lock(&thread->lock);
			thread->head = (thread->head + 1) % RING_BATCHES;
			if (thread->count-- == RING_HALF)
				pthread_cond_signal(&thread->changed);
		}
		hurry_done(thread);
	}
	pthread_mutex_unlock(&thread->lock);
}

static void *
meter_thread_main(void *context)
{
	struct meter_thread *thread = context;

	meter_batches(thread);
	if (thread->finish) {
		meter_advance(thread->meter, thread->now);
		meter_finish(thread->meter);
		exporter_port_flush(thread->port);
	}
	return NULL;
}

/* The reading thread sleeps when the ring is full, until half is free. */
static void
wait_for_place(struct meter_thread *thread)
{
	if (thread->count < RING_BATCHES - 1)
		return;
	while (thread->count >= RING_HALF)
		pthread_cond_wait(&thread->changed, &thread->lock);
}

static void
begin_batch(struct meter_thread *thread)
{
	struct batch *batch = thread->filling;

	batch->count = 0;
	batch->stepped = false;
	if (thread->payloads != NULL)
		payload_batch_empty(payloads_of(thread, batch));
	if (thread->place != NULL)
		*thread->place = (struct dispatcher_place){ batch->segments,
			batch->details };
}

/* How many were full then. */
static unsigned
hand_over(struct meter_thread *thread)
{
	unsigned full;

	thread->filled++;
	pthread_mutex_lock(&thread->lock);
	full = ++thread->count;
	if (full == RING_HALF)
		pthread_cond_signal(&thread->changed);
	wait_for_place(thread);
	thread->filling =
	    &thread->ring[(thread->head + thread->count) % RING_BATCHES];
	pthread_mutex_unlock(&thread->lock);
	begin_batch(thread);
	return full;
}

/*
 * Only between two segments: no payload that has come through the gate waits to
 * be added then, so none is overtaken.
 */
static void
share_hunting(struct meter_thread *thread, unsigned full)
{
	unsigned most = thread->hunting.behind ? RING_CAUGHT_UP : RING_BEHIND;

	if (hunting_share(&thread->hunting, full >= most))
		hunt_up_to(thread, thread->filled);
}

static int
make_payloads(struct meter_thread *thread)
{
	thread->payloads = calloc(RING_BATCHES, sizeof(*thread->payloads));
	for (size_t i = 0; i < RING_BATCHES && thread->payloads != NULL; i++)
		if (payload_batch_init(&thread->payloads[i], BATCH) == -1)
			return -1;
	return thread->payloads == NULL ? -1 : 0;
}

static int
meter_thread_init(struct meter_thread *thread,
    const struct meter_options *options, struct exporter *exporter)
{
	thread->port = exporter_port_new(exporter);
	if (thread->port == NULL)
		return -1;
	thread->meter = meter_new(options, exporter_put, thread->port);
	if (thread->meter == NULL)
		return -1;
	meter_set_room(thread->meter, exporter_room);
	thread->ring = calloc(RING_BATCHES, sizeof(*thread->ring));
	if (thread->ring == NULL)
		return -1;
	thread->filling = thread->ring;
	if (names_wanted(&options->names) && make_payloads(thread) == -1)
		return -1;
	if (!meter_wants_details(options))
		return 0;
	thread->details =
	    calloc((size_t)RING_BATCHES * BATCH, sizeof(*thread->details));
	for (unsigned i = 0; i < RING_BATCHES && thread->details != NULL; i++)
		thread->ring[i].details = &thread->details[(size_t)i * BATCH];
	return thread->details == NULL ? -1 : 0;
}

static int
meter_thread_start(struct meter_thread *thread)
{
	int code;

	pthread_mutex_init(&thread->lock, NULL);
	pthread_cond_init(&thread->changed, NULL);
	code = thread_start(&thread->id, "meter", meter_thread_main, thread);
	thread->started = code == 0;
	errno = code;
	return code == 0 ? 0 : -1;
}

static void
meter_thread_end(struct meter_thread *thread, bool finish, timestamp now)
{
	pthread_mutex_lock(&thread->lock);
	thread->last = true;
	thread->finish = finish;
	thread->now = now;
	pthread_cond_signal(&thread->changed);
	pthread_mutex_unlock(&thread->lock);
}

static void
meter_thread_join(struct meter_thread *thread)
{
	pthread_join(thread->id, NULL);
	pthread_cond_destroy(&thread->changed);
	pthread_mutex_destroy(&thread->lock);
	thread->started = false;
}

/* With one meter: straight into its batch, no copy. */
static void
place_first(struct dispatcher *dispatcher)
{
	dispatcher->place = (struct dispatcher_place){ &dispatcher->spare,
		dispatcher->details ? &dispatcher->spare_detail : NULL };
	if (dispatcher->thread_count == 1) {
		dispatcher->threads[0].place = &dispatcher->place;
		begin_batch(&dispatcher->threads[0]);
	}
}

struct dispatcher *
dispatcher_new(const struct meter_options *options, unsigned workers,
    struct exporter *exporter, struct gate *gate)
{
	struct dispatcher *dispatcher = calloc(
	    1, sizeof(*dispatcher) + workers * sizeof(struct meter_thread));
	struct meter_options each = *options;

	if (dispatcher == NULL)
		return NULL;
	dispatcher->thread_count = workers;
	dispatcher->details = meter_wants_details(options);
	each.max_exchanges = meter_share(options, workers);
	meter_share_names(&each, workers);
	for (unsigned i = 0; i < workers; i++) {
		struct meter_thread *thread = &dispatcher->threads[i];

		if (meter_thread_init(thread, &each, exporter) == -1 ||
		    (workers == 1 && hunting_init(&thread->hunting, gate,
		                         RING_BATCHES, BATCH) == -1) ||
		    meter_thread_start(thread) == -1) {
			dispatcher_free(&dispatcher);
			return NULL;
		}
	}
	place_first(dispatcher);
	return dispatcher;
}

const struct dispatcher_place *
dispatcher_place(const struct dispatcher *dispatcher)
{
	return &dispatcher->place;
}

/* The upper half of the hash is the index's: use the lower. */
static struct meter_thread *
thread_for_spare(struct dispatcher *dispatcher)
{
	return dispatcher->threads + ((dispatcher->spare.hash & UINT32_MAX) *
	                                     dispatcher->thread_count >>
	                                 32);
}

/* Hand over what is before the segment in the slot, and take that along. */
static void
hand_over_before(struct dispatcher *dispatcher, struct meter_thread *thread)
{
	const struct batch *before = thread->filling;
	struct segment_detail detail = { .known = 0 };
	struct segment segment;

	if (dispatcher->thread_count > 1) { /* the slot is not in the batch */
		(void)hand_over(thread);
		return;
	}
	segment = before->segments[before->count];
	if (thread->details != NULL)
		detail = before->details[before->count];
	(void)hand_over(thread);
	thread->filling->segments[0] = segment;
	if (thread->details != NULL)
		thread->filling->details[0] = detail;
}

void
dispatcher_payload(
    struct dispatcher *dispatcher, const struct segment_payload *payload)
{
	struct meter_thread *thread = dispatcher->thread_count > 1
	                                  ? thread_for_spare(dispatcher)
	                                  : &dispatcher->threads[0];

	if (!payload_batch_has_room(
	        payloads_of(thread, thread->filling), payload))
		hand_over_before(dispatcher, thread);
	payload_batch_add(payloads_of(thread, thread->filling),
	    (uint32_t)thread->filling->count, payload);
}

void
dispatcher_push(struct dispatcher *dispatcher)
{
	struct meter_thread *thread = &dispatcher->threads[0];

	if (dispatcher->thread_count > 1) {
		thread = thread_for_spare(dispatcher);
		thread->filling->segments[thread->filling->count] =
		    dispatcher->spare;
		if (dispatcher->details)
			thread->filling->details[thread->filling->count] =
			    dispatcher->spare_detail;
	} else {
		dispatcher->place.segment++;
		if (dispatcher->details)
			dispatcher->place.detail++;
	}
	if (++thread->filling->count == BATCH)
		share_hunting(thread, hand_over(thread));
}

void
dispatcher_flush(struct dispatcher *dispatcher, timestamp now)
{
	for (unsigned i = 0; i < dispatcher->thread_count; i++) {
		struct meter_thread *thread = &dispatcher->threads[i];

		if (thread->filling->count > 0)
			(void)hand_over(thread);
		pthread_mutex_lock(&thread->lock);
		thread->hurry = true;
		thread->now = now;
		pthread_cond_signal(&thread->changed);
		pthread_mutex_unlock(&thread->lock);
	}
}

void
dispatcher_step(struct dispatcher *dispatcher, timestamp from, timestamp to)
{
	for (unsigned i = 0; i < dispatcher->thread_count; i++) {
		struct batch *batch = dispatcher->threads[i].filling;

		batch->stepped = true;
		batch->from = from;
		batch->to = to;
		(void)hand_over(&dispatcher->threads[i]);
	}
}

void
dispatcher_finish(struct dispatcher *dispatcher, timestamp now,
    struct ledger *ledger, struct quality_totals *totals)
{
	for (unsigned i = 0; i < dispatcher->thread_count; i++) {
		(void)hand_over(&dispatcher->threads[i]);
		meter_thread_end(&dispatcher->threads[i], true, now);
	}
	for (unsigned i = 0; i < dispatcher->thread_count; i++) {
		const struct meter *meter = dispatcher->threads[i].meter;

		meter_thread_join(&dispatcher->threads[i]);
		ledger_add(ledger, meter_ledger(meter));
		meter_add_names(meter, ledger);
		if (totals != NULL && meter_totals(meter) != NULL)
			quality_totals_add(totals, meter_totals(meter));
	}
}

void
dispatcher_free(struct dispatcher **dispatcher)
{
	if (*dispatcher == NULL)
		return;
	for (unsigned i = 0; i < (*dispatcher)->thread_count; i++) {
		struct meter_thread *thread = &(*dispatcher)->threads[i];

		if (thread->started) {
			meter_thread_end(thread, false, TIMESTAMP_MAX);
			meter_thread_join(thread);
		}
		meter_free(&thread->meter);
		exporter_port_free(&thread->port);
		for (size_t j = 0; j < RING_BATCHES && thread->payloads != NULL;
		     j++)
			payload_batch_clear(&thread->payloads[j]);
		free(thread->payloads);
		hunting_clear(&thread->hunting);
		free(thread->ring);
		free(thread->details);
	}
	free(*dispatcher);
	*dispatcher = NULL;
}
