/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exporter: the export thread, and what it is asked from others.
 *
 *	meter ─exporter_put─► port ─┐
 *	meter ─exporter_put─► port ─┼─► queue ─► export thread ─► outputs
 *	meter ─exporter_put─► port ─┘   of       encodes once     (each with
 *	                                chunks   a message class   a thread of
 *	                                                           its own, live)
 *
 * The export thread sleeps in queue_take.  A filled chunk wakes it, and so does
 * the time of its next duty: flush messages that are not full (a second after
 * their first record), tick (retries, rotation by the system's clock), snapshot
 * (every DESTINATION_STATUS_MS).  After each wake-up it looks for what other
 * threads have requested: new outputs, a rotation, a statistics record.  So a
 * request is served within DESTINATION_STATUS_MS.
 *
 * What is lost when: reading files, a full queue makes the meter wait, and
 * nothing is lost here.  Live (exporter_never_wait) the exchanges that find the
 * queue full are lost to every output: each port counts its own, and they
 * become LOSS_QUEUE of every output at the end.
 *
 * Invariants: outputs, delays, rotated, snapshot_at and tick_at belong to the
 * export thread while it runs; all else that is shared is atomic or has a lock.
 */
#include <config.h>

#include "exflow/export/exporter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/base/thread.h"
#include "exflow/output/message_list.h"

#include "outputs.h"
#include "port.h"
#include "queue.h"
#include "replace.h"
#include "snapshot.h"

/* The longest time that a record waits in a message that is not full. */
#define EXPORT_FLUSH_MS 1000

struct exporter {
	struct queue *queue;
	struct ports ports;
	struct outputs outputs;
	pthread_t thread;
	bool running;
	atomic_bool reader_gone; /* of an output */
	int result;              /* of exporter_finish */
	struct snapshot snapshot;
	struct replacer replacer;
	_Atomic(struct queued_message *) statistics; /* requested, or NULL */
	atomic_uint rotations, reopenings;           /* requested; only grow */
	unsigned rotated, reopened;                  /* of these */
	struct exporter_delays delays;               /* so far */
	uint64_t snapshot_at;                        /* the next, by clock_ms */
	uint64_t tick_at;                            /* the next, 0: never */
};

/* --- the export thread */

/* The earlier of two times; 0 is no time. */
static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static void
export_rotate(struct exporter *exporter)
{
	unsigned rotations = atomic_load(&exporter->rotations);
	unsigned reopenings = atomic_load(&exporter->reopenings);

	if (rotations != exporter->rotated)
		outputs_rotate(&exporter->outputs, false);
	else if (reopenings != exporter->reopened)
		outputs_rotate(&exporter->outputs, true);
	exporter->rotated = rotations;
	exporter->reopened = reopenings;
}

static void
export_statistics(struct exporter *exporter)
{
	struct queued_message *queued =
	    atomic_exchange(&exporter->statistics, NULL);
	struct message message;

	if (queued == NULL)
		return;
	message = (struct message){ .octets = queued->octets,
		.length = queued->length,
		.records = queued->records,
		.kind = MESSAGE_STATISTICS };
	outputs_statistics(&exporter->outputs, &message);
	free(queued);
}

/* Nobody reads an output's pipe any more. */
static void
export_look_for_readers(struct exporter *exporter)
{
	const struct outputs *outputs = &exporter->outputs;

	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].destination->reader_gone)
			atomic_store(&exporter->reader_gone, true);
}

static void
export_tick(struct exporter *exporter)
{
	uint64_t now = clock_ms();

	if (exporter->tick_at != 0 && now >= exporter->tick_at)
		exporter->tick_at = outputs_tick(&exporter->outputs, now);
}

static void
export_snapshot(struct exporter *exporter)
{
	uint64_t now = clock_ms(), lost;

	if (now < exporter->snapshot_at)
		return;
	exporter->snapshot_at = now + DESTINATION_STATUS_MS;
	lost = ports_lost(&exporter->ports);
	snapshot_set(
	    &exporter->snapshot, &exporter->outputs, &exporter->delays, lost);
	outputs_log_losses(&exporter->outputs, lost, now);
}

static void
export_chunk(struct exporter *exporter, struct chunk *chunk)
{
	outputs_chunk(&exporter->outputs, chunk->exchanges, chunk->count);
	delays_add(&exporter->delays, chunk->count,
	    (double)(clock_ms() - chunk->since_ms) / 1000);
	queue_return(exporter->queue, chunk);
}

/* A message is flushed a second after its first record, also under load. */
static void *
export_run(void *argument)
{
	struct exporter *exporter = argument;
	enum queue_event event = QUEUE_IDLE;
	uint64_t flush_at = 0; /* 0: nothing to flush */
	struct chunk *chunk;

	outputs_announce(&exporter->outputs);
	export_snapshot(exporter);
	exporter->tick_at = outputs_tick(&exporter->outputs, clock_ms());
	while (event == QUEUE_IDLE || event == QUEUE_CHUNK) {
		event = queue_take(exporter->queue,
		    earlier(exporter->snapshot_at,
		        earlier(flush_at, exporter->tick_at)),
		    &chunk);
		if (event == QUEUE_CHUNK) {
			export_chunk(exporter, chunk);
			if (flush_at == 0)
				flush_at = clock_ms() + EXPORT_FLUSH_MS;
		}
		if (flush_at != 0 && clock_ms() >= flush_at) {
			outputs_flush(&exporter->outputs);
			flush_at = 0;
		}
		replacer_serve(&exporter->replacer, &exporter->outputs);
		export_rotate(exporter);
		export_tick(exporter);
		export_statistics(exporter);
		export_snapshot(exporter);
		export_look_for_readers(exporter);
	}
	if (event == QUEUE_CLOSED) {
		outputs_flush(&exporter->outputs);
		outputs_finish(&exporter->outputs);
		export_look_for_readers(exporter);
	}
	return NULL;
}

/* --- life */

static int
exporter_start(struct exporter *exporter, char *error, size_t error_size)
{
	int code;

	if (outputs_start(&exporter->outputs, error, error_size) != 0)
		return -1;
	code = thread_start(&exporter->thread, "export", export_run, exporter);
	exporter->running = code == 0;
	if (code != 0)
		snprintf(error, error_size,
		    "cannot start the export thread: %s", strerror(code));
	return code == 0 ? 0 : -1;
}

static struct exporter *
exporter_alloc(struct destination **destinations, size_t n)
{
	struct exporter *exporter = calloc(1, sizeof(*exporter));

	if (exporter == NULL)
		return NULL;
	snapshot_init(&exporter->snapshot);
	replacer_init(&exporter->replacer);
	exporter->queue = queue_new(EXPORT_QUEUE_CHUNKS);
	ports_init(&exporter->ports, exporter->queue);
	if (exporter->queue == NULL ||
	    outputs_init(&exporter->outputs, destinations, n) != 0)
		exporter_free(&exporter);
	return exporter;
}

struct exporter *
exporter_new(
    struct destination **destinations, size_t n, char *error, size_t error_size)
{
	struct exporter *exporter = exporter_alloc(destinations, n);

	if (exporter == NULL) {
		snprintf(error, error_size, "no memory for the exporter");
		for (size_t i = 0; i < n; i++)
			destination_free(&destinations[i]);
		return NULL;
	}
	if (exporter_start(exporter, error, error_size) != 0)
		exporter_free(&exporter);
	return exporter;
}

static void
exporter_stop(struct exporter *exporter, bool discard)
{
	queue_close(exporter->queue, discard);
	pthread_join(exporter->thread, NULL);
	exporter->running = false;
}

int
exporter_finish(struct exporter *exporter)
{
	struct queue_losses lost;

	if (!exporter->running)
		return exporter->result;
	ports_finish(&exporter->ports, &lost);
	exporter_stop(exporter, false);
	outputs_lose(&exporter->outputs, &lost);
	snapshot_set(&exporter->snapshot, &exporter->outputs, &exporter->delays,
	    lost.records);
	exporter->result = outputs_report(&exporter->outputs);
	return exporter->result;
}

int
exporter_replace(struct exporter *exporter, struct destination **destinations,
    size_t n, char *error, size_t error_size)
{
	return replacer_request(&exporter->replacer, &exporter->outputs,
	    destinations, n, error, error_size);
}

void
exporter_statistics(struct exporter *exporter, const struct message *message)
{
	struct queued_message *queued = queued_message_copy(message);

	free(atomic_exchange(&exporter->statistics, queued));
}

void
exporter_rotate(struct exporter *exporter)
{
	atomic_fetch_add(&exporter->rotations, 1);
}

void
exporter_reopen(struct exporter *exporter)
{
	atomic_fetch_add(&exporter->reopenings, 1);
}

bool
exporter_reader_gone(const struct exporter *exporter)
{
	return atomic_load(&exporter->reader_gone);
}

bool
exporter_can_rotate(const struct exporter *exporter)
{
	return outputs_can_rotate(&exporter->outputs);
}

size_t
exporter_destinations(const struct exporter *exporter)
{
	return exporter->outputs.count;
}

const struct destination *
exporter_destination(const struct exporter *exporter, size_t i)
{
	return exporter->outputs.list[i].destination;
}

int
exporter_status(struct exporter *exporter, struct exporter_status *status)
{
	return snapshot_get(&exporter->snapshot, status);
}

void
exporter_free(struct exporter **pointer)
{
	struct exporter *exporter = *pointer;

	if (exporter == NULL)
		return;
	if (exporter->running)
		exporter_stop(exporter, true);
	replacer_clear(&exporter->replacer);
	free(atomic_load(&exporter->statistics));
	outputs_clear(&exporter->outputs);
	snapshot_clear(&exporter->snapshot);
	queue_free(&exporter->queue);
	ports_clear(&exporter->ports);
	free(exporter);
	*pointer = NULL;
}

int
exporter_quality(struct exporter *exporter, bool quality)
{
	return queue_quality(exporter->queue, quality);
}

int
exporter_names(struct exporter *exporter, bool names)
{
	return queue_names(exporter->queue, names);
}

void
exporter_never_wait(struct exporter *exporter, bool never)
{
	atomic_store(&exporter->ports.never_wait, never);
}

struct exporter_port *
exporter_port_new(struct exporter *exporter)
{
	return port_new(&exporter->ports);
}
