/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program does just now: one snapshot from which the statistics
 * records, the metrics page, the control socket's answers, SIGUSR1's log
 * lines and the summary at the end are made, all with the same names.
 */
#ifndef EXFLOW_STATUS_H
#define EXFLOW_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/destination.h"
#include "exflow/exporter.h"
#include "exflow/ledger.h"
#include "exflow/probe.h"
#include "exflow/timestamp.h"

struct status_output {
	char *name;
	struct destination_counts counts;
	char *error; /* the last one, NULL: none */
};

struct status {
	timestamp time;       /* when it was taken */
	timestamp started;    /* when the program was */
	double seconds;       /* between them, of a clock that never jumps */
	struct ledger ledger; /* balanced */
	struct meter_load load;
	struct live_counts *interfaces; /* none when files are read */
	size_t interface_count;
	struct status_output *outputs;
	size_t output_count;
	uint64_t reloads, reloads_failed;
};

/*
 * Take a snapshot: waits for the workers' answer (PROBE_ANSWER_MS).  probe is
 * NULL when files are read.  0, or -1 without memory.
 */
int status_take(
    struct status *status, struct probe *probe, struct exporter *exporter);
void status_clear(struct status *status);

#endif
