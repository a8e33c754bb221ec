/* SPDX-License-Identifier: BSD-2-Clause */
/* The probe's run, and what it can be asked while it runs. */
#ifndef EXFLOW_SRC_RUN_PROBE_RUN_H
#define EXFLOW_SRC_RUN_PROBE_RUN_H

#include <pthread.h>

#include "exflow/daemon/control.h"
#include "exflow/run/process.h"
#include "exflow/status/metrics.h"

#include "run_internal.h"

struct service {
	struct settings *settings; /* those that are in force */
	int argc;                  /* from which they were read */
	char **argv;
	struct beginning beginning;
	struct process process;
	struct probe *probe;
	struct exporter *exporter;
	bool stop;
	int64_t watchdog_at;   /* ms, of CLOCK_MONOTONIC */
	int64_t statistics_at; /* the same; 0: not yet said */
	struct metrics *metrics;
	struct control *control;
	pthread_t main_thread;

	/* The probe is asked by one thread at a time. */
	pthread_mutex_t asking;

	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t reloaded;
	bool reload_pending; /* somebody waits for it */
	bool ending;         /* … in vain */
	uint64_t reloads, reloads_failed;
};

/* From any thread. */
int live_status(struct service *service, struct status *status);
void live_flush(struct service *service);
/* In the thread that waits for signals. */
void live_log_statistics(struct service *service);
/* Read the configuration anew; -1, and as before, where it is not valid. */
int live_reload(struct service *service);
/* The statistics as a message, to all collectors. */
void live_tell_collectors(struct service *service);
void live_say_ready(const struct service *service);

#endif
