/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program has done until now: one snapshot from which the summary,
 * the JSON of --stats, the statistics records, the metrics page and the
 * control socket's answers are made, all with the same names.
 */
#ifndef EXFLOW_STATUS_STATUS_H
#define EXFLOW_STATUS_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exflow/base/timestamp.h"
#include "exflow/capture/interface.h"
#include "exflow/export/exporter.h"
#include "exflow/meter/ledger.h"
#include "exflow/meter/meter.h"

#define STATS_INTERVAL_DEFAULT 300 /* seconds */

struct status {
	timestamp time;    /* when it was taken */
	timestamp started; /* when the program was */
	double seconds;    /* between them, of a clock that never jumps */
	bool final;        /* the exporter has finished */
	struct ledger ledger;
	struct meter_load load;              /* all 0 where files are read */
	struct interface_counts *interfaces; /* none where files are read */
	size_t interface_count;
	struct exporter_status exporter;
	uint64_t reloads, reloads_failed; /* of the configuration */
};
/* Frees what it holds. */
void status_clear(struct status *status);

/*
 * The three equations.  That every output was handed every record is only
 * asked of those that were there from the first one, when all has finished.
 */
bool status_balanced(const struct status *status); /* logs nothing */
bool status_check(const struct status *status);    /* logs what fails */

/* For people. */
void status_print(const struct status *status, FILE *stream);
void status_print_json(const struct status *status, FILE *stream);
/*
 * 0, or -1 with errno; the file appears complete or not at all.  "-" is
 * standard output.
 */
int status_write_json(const struct status *status, const char *path);

#endif
