/* SPDX-License-Identifier: BSD-2-Clause */
/* The probe's run, and what it can be asked while it runs. */
#ifndef EXFLOW_SERVICE_LIVE_H
#define EXFLOW_SERVICE_LIVE_H

#include "exflow/process.h"
#include "service.h"

struct service {
	struct settings *settings; /* those that are in force */
	int argc;                  /* from which they were read */
	char **argv;
	struct beginning beginning;
	struct process process;
	struct probe *probe;
	struct exporter *exporter;
	bool stop;
	int64_t watchdog_at; /* ms, of CLOCK_MONOTONIC */
	uint64_t reloads, reloads_failed;
};

/* All in the thread that waits for signals. */
int live_status(struct service *service, struct status *status);
void live_log_statistics(struct service *service);
/* Read the configuration anew; -1, and as before, where it is not valid. */
int live_reload(struct service *service);
void live_say_ready(const struct service *service);

#endif
