/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exporter: the export thread with its bounded queue.  Meters put
 * exchanges in, in chunks; the thread encodes each once per message class
 * and gives it to every destination.
 */
#ifndef EXFLOW_EXPORT_EXPORTER_H
#define EXFLOW_EXPORT_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/meter/exchange.h"
#include "exflow/output/destination.h"

#define EXPORT_CHUNK 256       /* exchanges that move at once */
#define EXPORT_QUEUE_CHUNKS 64 /* chunks that may wait */

struct exporter;

/*
 * Takes over the destinations (not the array).  NULL with a message in
 * error, and the destinations freed, where one cannot be started.
 */
struct exporter *exporter_new(struct destination **destinations, size_t n,
    char *error, size_t error_size);

/*
 * Live: exporter_put never waits.  What finds the queue full is lost to every
 * destination (LOSS_QUEUE), in their counts after exporter_finish.  It may
 * change at any time: at the end there is no traffic left to be missed.
 * Destinations have an option of their own.
 */
void exporter_never_wait(struct exporter *exporter, bool never);

/*
 * A producer's end of the queue; each meter has one.  NULL without memory.
 * Ports are freed before the exporter.
 */
struct exporter_port;
struct exporter_port *exporter_port_new(struct exporter *exporter);
/*
 * An exchange_handler: copies the exchange, waits while the queue is full, but
 * for exporter_never_wait.
 */
void exporter_put(void *port, const struct exchange *exchange);
/* Hand on what is not yet a whole chunk. */
void exporter_port_flush(struct exporter_port *port);
void exporter_port_free(struct exporter_port **port);

/*
 * No more exchanges will come: the ports are flushed, everything queued is
 * exported, destinations are finished, the thread ends.  0, or -1 where any
 * of them failed or lost records; each of these is logged.  The counts stay
 * readable until exporter_free.
 */
int exporter_finish(struct exporter *exporter);
/*
 * Other destinations while it runs, by one thread at a time: those that are
 * there already go on, those that are not wanted any more finish, in the
 * background.  Takes them over (not the array).  0, or -1 with a message in
 * error, and all as it was; but for a collector whose spool the new one could
 * not take over, which is gone.
 */
int exporter_replace(struct exporter *exporter,
    struct destination **destinations, size_t n, char *error,
    size_t error_size);
/*
 * A message of domain 0 for all collectors, copied: from any thread, goes out
 * within DESTINATION_STATUS_MS.  An earlier one that has not gone out is replaced.
 */
void exporter_statistics(
    struct exporter *exporter, const struct message *message);
/*
 * Archives end their files and begin new ones, within a second.  It only
 * leaves a mark, so that any thread and a signal's handler may call it.
 */
void exporter_rotate(struct exporter *exporter);
/* Whether there is an output that exporter_rotate means. */
bool exporter_can_rotate(const struct exporter *exporter);
size_t exporter_destinations(const struct exporter *exporter);
const struct destination *exporter_destination(
    const struct exporter *exporter, size_t i);

/* What an output has counted. */
struct exporter_output {
	char *name;
	bool balance; /* has a share of the records, not a copy of each */
	bool whole;   /* was there from the first record on */
	struct destination_counts counts;
	char error[DESTINATION_ERROR_SIZE]; /* the last one; empty: none */
};

/*
 * Seconds from the time that exchanges were put to when every output had
 * them: how many took at most exporter_delay_bounds[i], each counted once.
 */
#define EXPORT_DELAYS 8
extern const double exporter_delay_bounds[EXPORT_DELAYS];
struct exporter_delays {
	uint64_t count;
	double seconds; /* of all */
	uint64_t within[EXPORT_DELAYS];
};

struct exporter_status {
	struct exporter_output *outputs;
	size_t output_count;
	struct exporter_delays delays;
	uint64_t queue_lost; /* at a full queue, before any output */
};

/*
 * From any thread, without waiting for the export thread: at most
 * DESTINATION_STATUS_MS old, and what is final after exporter_finish.  0, or -1
 * without memory.
 */
int exporter_status(struct exporter *exporter, struct exporter_status *status);
void exporter_status_clear(struct exporter_status *status);

/* Without exporter_finish before it: what is queued and unfinished goes. */
void exporter_free(struct exporter **exporter);

#endif
