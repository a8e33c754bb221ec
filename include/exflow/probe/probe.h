/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe: from interfaces, through decode and the meters, to the exporter.
 *
 *	           worker 0                    worker 1
 *	eth0 ═╦══► handle ─► decoder ─┐   ╔══► handle ─► decoder ─┐
 *	      ╚══════════════════════ │ ══╝                       │
 *	eth1 ═╦══► handle ─► decoder ─┤   ╔══► handle ─► decoder ─┤
 *	      ╚══════════════════════ │ ══╝                       │
 *	                      batch ◄─┘                   batch ◄─┘
 *	                      meter ─► port of the        meter ─► port of the
 *	                      exporter                    exporter
 *
 * Each worker is a thread with one handle for each interface and a meter of
 * its own.  The kernel spreads an interface's packets over its handles by
 * their addresses, so that both directions of an exchange stay together, also
 * where each comes by an interface of its own.
 *
 * No other thread touches a worker's table.  Another thread leaves a request
 * for the worker, which the worker carries out between two batches, within
 * PROBE_ANSWER_MS even without traffic.
 */
#ifndef EXFLOW_PROBE_PROBE_H
#define EXFLOW_PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/capture/interface.h"
#include "exflow/decode/decode.h"
#include "exflow/export/exporter.h"
#include "exflow/exchange/ledger.h"
#include "exflow/meter/meter.h"

#define PROBE_WORKERS_MAX 64
#define PROBE_ANSWER_MS 250
#define PROBE_ERROR_SIZE CAPTURE_ERROR_SIZE

struct probe_options {
	/* One for each interface, copied; the probe sets their groups. */
	const struct interface_options *interfaces;
	size_t interface_count;
	struct decode_options decode;
	struct meter_options meter; /* hash is set by the probe */
	duration reorder;           /* to merge interfaces; 0: not merged */
	duration clock_jump;        /* see timeline.h */
	unsigned workers;           /* 1 … PROBE_WORKERS_MAX */
	bool pin;                   /* worker i runs on processor i */
};

struct probe;

/*
 * Open every interface, which needs privileges; no thread is started yet.
 * NULL with a message in error that names the interface and what was expected.
 */
struct probe *probe_new(
    const struct probe_options *options, char error[PROBE_ERROR_SIZE]);
/*
 * Make the meters and start the workers, which block all signals.  0, or -1
 * with a message in error.
 */
int probe_start(struct probe *probe, struct exporter *exporter,
    char error[PROBE_ERROR_SIZE]);

/*
 * Requests, from any thread but the workers': each waits for its turn, as the
 * workers do one at a time, and for their answers.
 */
/* The sum of all workers' ledgers; live exchanges are counted as live. */
void probe_ledger(struct probe *probe, struct ledger *ledger);
/* That of their totals, to be freed; NULL where quality was never on. */
struct quality_totals *probe_totals(struct probe *probe);
/* Other options for packets from now on; see meter_reconfigure. */
void probe_reconfigure(struct probe *probe, const struct meter_options *meter);
/* Write a record of every live exchange now; see meter_flush. */
void probe_flush(struct probe *probe);
/*
 * Call the visitor for every live exchange, in no order, and return for how
 * many of them it returned true.  It is called in the threads of the workers,
 * one after the other, and has to be short.
 */
typedef bool probe_visitor(void *context, const struct exchange *exchange);
uint64_t probe_visit(
    struct probe *probe, probe_visitor *visitor, void *context);
/* The sum of all workers' tables. */
void probe_load(struct probe *probe, struct meter_load *load);

/* From any thread, without waiting: the interfaces and their counts. */
size_t probe_interfaces(const struct probe *probe);
void probe_interface(
    const struct probe *probe, size_t i, struct interface_counts *counts);

/*
 * Read what has come by now, end the workers, and give a record of every live
 * exchange to the exporter.  The interfaces' counts stay readable.
 */
void probe_finish(struct probe *probe, struct ledger *ledger);
/* Sets NULL.  Without probe_finish before it, live exchanges are lost. */
void probe_free(struct probe **probe);

#endif
