/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe: from interfaces through decode and the meters to the exporter,
 * until it is told to stop.  Each worker is a thread with one handle an
 * interface (all handles of an interface share its packets so that both
 * directions stay together) and a meter of its own.  Nobody else touches a
 * worker's table: what others want is left for it as a request, which it
 * takes up between two batches, within PROBE_ANSWER_MS also without traffic.
 */
#ifndef EXFLOW_RUN_PROBE_H
#define EXFLOW_RUN_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/capture/interface.h"
#include "exflow/decode/decode.h"
#include "exflow/export/exporter.h"
#include "exflow/meter/ledger.h"
#include "exflow/meter/meter.h"
#include "exflow/run/file_workers.h" /* WORKERS_MAX */

#define PROBE_ANSWER_MS 250
#define PROBE_ERROR_SIZE CAPTURE_ERROR_SIZE

struct probe_options {
	/* One each, copied; their groups are the probe's to set. */
	const struct interface_options *interfaces;
	size_t interface_count;
	struct decode_options decode;
	struct meter_options meter; /* hash is set by the probe */
	unsigned workers;           /* 1 … WORKERS_MAX */
	bool pin;                   /* worker i runs on processor i */
};

struct probe;

/*
 * Open every interface: this is what needs privileges, and it makes no thread
 * yet.  NULL with a message in error that names the interface and what was
 * expected.
 */
struct probe *probe_new(
    const struct probe_options *options, char error[PROBE_ERROR_SIZE]);
/*
 * The tables, and the threads, with all signals blocked.  0, or -1 with a
 * message.
 */
int probe_start(struct probe *probe, struct exporter *exporter,
    char error[PROBE_ERROR_SIZE]);

/*
 * These are called by one other thread at a time, and wait for the workers'
 * answer.
 */
/* A sum in which the books balance, live exchanges counted as live. */
void probe_ledger(struct probe *probe, struct ledger *ledger);
/* For packets from here on; see meter_reconfigure. */
void probe_reconfigure(struct probe *probe, const struct meter_options *meter);
/* A record of every live exchange now; see meter_flush. */
void probe_flush(struct probe *probe);
/*
 * Copies of at most limit live exchanges for which keep says true (NULL:
 * all), in no order; found is how many there are in all.  keep runs in a
 * worker: it is to be short.
 */
typedef bool probe_keep(void *context, const struct exchange *exchange);
size_t probe_live(struct probe *probe, struct exchange *exchanges, size_t limit,
    probe_keep *keep, void *context, uint64_t *found);
/* The sum over the workers. */
void probe_load(struct probe *probe, struct meter_load *load);

/* From any thread, without waiting. */
size_t probe_interfaces(const struct probe *probe);
void probe_interface(
    const struct probe *probe, size_t i, struct interface_counts *counts);

/*
 * What has come by now is read, the workers end, every live exchange is put
 * to the exporter.  Counts stay readable.
 */
void probe_finish(struct probe *probe, struct ledger *ledger);
/* Without probe_finish before it: live exchanges are gone. */
void probe_free(struct probe **probe);

#endif
