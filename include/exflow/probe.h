/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe: from interfaces through decode and the meters to the exporter,
 * until it is told to stop.  Each worker is a thread with one handle an
 * interface (all of an interface's in one fan-out group that keeps both
 * directions together) and a meter of its own.  Nobody else touches a
 * worker's table: what others want is left for it as a request, which it
 * takes up between two batches, within PROBE_ANSWER_MS also without traffic.
 */
#ifndef EXFLOW_PROBE_H
#define EXFLOW_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode.h"
#include "exflow/exporter.h"
#include "exflow/ledger.h"
#include "exflow/live.h"
#include "exflow/meter.h"

#define PROBE_ANSWER_MS 250
#define PROBE_ERROR_SIZE 512

struct probe_options {
	const struct live_options *interfaces; /* each with its own name */
	size_t interface_count;
	struct decode_options decode;
	struct meter_options meter; /* hash is set by the probe */
	unsigned workers;
	bool pin; /* worker i runs on processor i */
	struct exporter *exporter;
};

struct probe;

/*
 * Open every interface (this is what needs privileges) and make the workers'
 * tables, but no thread yet.  NULL with a message in error that names the
 * interface and what was expected.
 */
struct probe *probe_new(
    const struct probe_options *options, char error[PROBE_ERROR_SIZE]);
int probe_start(struct probe *probe); /* the threads; -1 with errno */

/*
 * These may be called by one other thread at a time while it runs; they wait
 * for the workers' answer.
 */
/* A sum in which the books balance, live exchanges counted as live. */
void probe_ledger(struct probe *probe, struct ledger *ledger);
/* Timeouts, networks, inbound, midstream: for packets from here on. */
void probe_reconfigure(struct probe *probe, const struct meter_options *meter);
/* A record of every live exchange now, as one cut by active_timeout. */
void probe_flush(struct probe *probe);
/*
 * Copies of at most limit live exchanges for which keep says true (NULL:
 * all), in no order; how many there were in found.  keep runs in a worker:
 * it must be short.
 */
typedef bool probe_keep(void *context, const struct exchange *exchange);
size_t probe_live(struct probe *probe, struct exchange *exchanges, size_t limit,
    probe_keep *keep, void *context, uint64_t *found);

struct probe_load {
	uint64_t live;       /* exchanges */
	uint64_t bound;      /* max_exchanges, of all workers */
	uint64_t slots_used; /* of the indexes */
	uint64_t slots;
	uint64_t octets; /* of tables and indexes, as allocated */
};
void probe_load(struct probe *probe, struct probe_load *load);

/* From any thread, without waiting. */
size_t probe_interfaces(const struct probe *probe);
void probe_interface(
    const struct probe *probe, size_t i, struct live_counts *counts);

/*
 * The workers end, every live exchange has been put to the exporter.  The
 * interfaces' counts stay readable.
 */
void probe_finish(struct probe *probe, struct ledger *ledger);
void probe_free(struct probe **probe);

#endif
