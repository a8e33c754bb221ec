/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exporter: a bounded queue and the export thread behind it.  Meters put
 * exchanges into the queue, chunk by chunk; the thread encodes each exchange
 * once for each message class and passes it to every destination.
 */
#ifndef EXFLOW_EXPORT_EXPORTER_H
#define EXFLOW_EXPORT_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/exchange/exchange.h"
#include "exflow/output/destination.h"

#define EXPORT_CHUNK 256       /* exchanges in a chunk */
#define EXPORT_QUEUE_CHUNKS 64 /* chunks in the queue, besides the ports' */

struct exporter;

/*
 * Start the destinations and the export thread.  Takes over the destinations
 * (not the array).  Where one cannot be started: NULL with a message in error,
 * and all are freed.
 */
struct exporter *exporter_new(struct destination **destinations, size_t n,
    char *error, size_t error_size);

/*
 * Live: exporter_put never waits.  An exchange that finds the queue full is
 * lost to every destination and is in their counts (LOSS_QUEUE) after
 * exporter_finish.  May be changed at any time, from any thread: at the end of
 * a live run no traffic is left to be missed, and waiting is right.
 * Destinations have an option of their own for their queues.
 */
void exporter_never_wait(struct exporter *exporter, bool never);

/*
 * Whether exchanges in the queue have room for figures of their quality,
 * EXPORT_CHUNK in each chunk.  May be changed at any time, from any thread;
 * what is in the queue keeps its figures, and up to a chunk of each port comes
 * without.  0, or -1: no memory for some of them, and exchanges come without
 * figures until there is.
 */
int exporter_quality(struct exporter *exporter, bool quality);
/* Likewise whether they have room for names. */
int exporter_names(struct exporter *exporter, bool names);

/*
 * A producer's end of the queue, used by one thread; each meter has one.  NULL
 * without memory.  Free ports before the exporter.
 */
struct exporter_port;
struct exporter_port *exporter_port_new(struct exporter *exporter);
/*
 * An exchange_handler: copies the exchange, unless it is in the port's room;
 * waits while the queue is full, unless exporter_never_wait is set.
 */
void exporter_put(void *port, const struct exchange *exchange);
/*
 * An exchange_room: NULL where the queue is full and nobody is to wait.  Its
 * quality is where the figures are to be written; NULL: there is no room for
 * them.
 */
struct exchange *exporter_room(void *port);
/* Put a chunk that is not full into the queue. */
void exporter_port_flush(struct exporter_port *port);
void exporter_port_free(struct exporter_port **port);

/*
 * The end: flush the ports, export all that is queued, finish the destinations
 * and join the thread.  No other thread uses a port any more.  0, or -1 where a
 * destination failed or lost records, each of which is logged.  The counts can
 * be read until exporter_free.
 */
int exporter_finish(struct exporter *exporter);
/*
 * Replace the destinations while the exporter runs; by one thread at a time.
 * Those that are there already go on; those that are not wanted any more finish
 * in the background.  Takes over the destinations (not the array).  0; or -1
 * with a message in error, and nothing has changed but for a collector whose
 * spool its successor could not inherit, which is gone.
 */
int exporter_replace(struct exporter *exporter,
    struct destination **destinations, size_t n, char *error,
    size_t error_size);
/*
 * Send a copy of a message of domain 0 to all collectors within
 * DESTINATION_STATUS_MS; from any thread.  It replaces an earlier one that has
 * not been sent.
 */
void exporter_statistics(
    struct exporter *exporter, const struct message *message);
/*
 * Let archives end their files and begin new ones, within a second.  It only
 * increments an atomic counter, so any thread and any signal handler may call
 * it.
 */
void exporter_rotate(struct exporter *exporter);
/*
 * The same for SIGHUP: a text file whose name has no time in it goes on, unless
 * somebody has moved it away.
 */
void exporter_reopen(struct exporter *exporter);
/*
 * Whether nobody reads the pipe of an output any more, as after "| head": the
 * run then ends.  For any thread.
 */
bool exporter_reader_gone(const struct exporter *exporter);
/* Whether there is an output that rotates. */
bool exporter_can_rotate(const struct exporter *exporter);
size_t exporter_destinations(const struct exporter *exporter);
const struct destination *exporter_destination(
    const struct exporter *exporter, size_t i);

/* A copy of what an output has counted. */
struct exporter_output {
	char *name;
	bool balance;     /* gets a share of the records, not a copy of each */
	bool since_start; /* with the same share from the first record on */
	struct destination_counts counts;
	char error[DESTINATION_ERROR_SIZE]; /* the last one, or "" */
};

/*
 * A histogram of the seconds between the first exchange of a chunk being put
 * and every output having the chunk.  within[i] counts the exchanges that took
 * at most exporter_delay_bounds[i] and more than the bound before it.
 */
#define EXPORT_DELAYS 8
extern const double exporter_delay_bounds[EXPORT_DELAYS];
struct exporter_delays {
	uint64_t count;
	double seconds; /* the sum of all */
	uint64_t within[EXPORT_DELAYS];
};

struct exporter_status {
	struct exporter_output *outputs;
	size_t output_count;
	struct exporter_delays delays;
	uint64_t queue_lost; /* exchanges, at a full export queue */
};

/*
 * A copy for any thread; never waits for the export thread to finish its work.
 * At most DESTINATION_STATUS_MS old; final after exporter_finish.  0, or -1
 * without memory.
 */
int exporter_status(struct exporter *exporter, struct exporter_status *status);
void exporter_status_clear(struct exporter_status *status);

/*
 * Without exporter_finish before it, what is queued is thrown away and files
 * are not finished.  Idempotent, sets NULL.
 */
void exporter_free(struct exporter **exporter);

#endif
