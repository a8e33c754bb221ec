/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe's run.  Its threads, and what each may touch:
 *
 *	main		waits for signals; reloads, and changes the settings
 *	worker …	packets: the probe's own, see probe.h
 *	export		records: the exporter's own
 *	metrics		answers /metrics: a snapshot of the status
 *	control		answers exflowctl: snapshots, requests to the probe
 *
 * Three of them make requests to the probe, which takes one at a time.  Only
 * main changes the settings.
 */
#ifndef EXFLOW_SRC_RUN_PROBE_RUN_H
#define EXFLOW_SRC_RUN_PROBE_RUN_H

#include <pthread.h>

#include "exflow/daemon/control.h"
#include "exflow/status/metrics.h"

#include "process.h"
#include "run_internal.h"

struct probe_run {
	struct settings *settings; /* those that are in force */
	int argc;                  /* the command line that they are from */
	char **argv;
	struct run_start start;
	struct process process;
	struct probe *probe;
	struct interface_names *names;
	struct exporter *exporter;
	bool stop;
	int64_t watchdog_at;   /* ms, of CLOCK_MONOTONIC */
	int64_t statistics_at; /* the same; 0: not yet known */
	int64_t hint_at;       /* the same; see hints.c */
	struct ledger hinted;  /* the ledger at the last hint */
	struct metrics *metrics;
	struct control *control;
	pthread_t main_thread;

	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t reloaded;
	bool reload_pending; /* exflowctl waits for it … */
	bool ending;         /* … but no longer: the run ends */
	uint64_t reloads, reloads_failed;
	char reload_error[CONTROL_ERROR_SIZE]; /* why the last one failed */
};

#endif
