/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The status: one snapshot of all that the program has counted.  The summary,
 * the JSON of --stats, the statistics records, the metrics page and the
 * control socket's answers are made from it, all with the same names.
 *
 * The books are its counts; they balance if four equations hold
 * (doc/design.md, "The books"):
 *
 *	packets read          = in exchanges + unmatched, by reason + undecided
 *	exchanges opened      = ended, by the way they did + live
 *	records due, of each
 *	output (+ recovered)  = delivered + waiting + lost, by reason
 *	sequenced segments    = the sum over their classes (quality)
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
#include "exflow/exchange/ledger.h"
#include "exflow/meter/meter.h"
#include "exflow/exchange/totals.h"

#define STATS_INTERVAL_DEFAULT 300 /* seconds */

/* An interface that capture files describe. */
struct described_interface {
	uint32_t number; /* over the run: ingressInterface */
	char name[CAPTURE_NAME_SIZE];
	bool told;                       /* what it counted is known */
	uint64_t counts[CAPTURE_COUNTS]; /* by enum capture_count */
};

struct status {
	timestamp time;    /* when it was taken */
	timestamp started; /* when the program was started */
	double seconds;    /* since then, by the monotonic clock */
	bool final;        /* the exporter has finished */
	struct ledger ledger;
	struct quality_totals *quality;      /* NULL: it is off */
	struct meter_load load;              /* all 0 where files are read */
	struct interface_counts *interfaces; /* none where files are read */
	size_t interface_count;
	struct described_interface *described; /* only where files are read */
	size_t described_count;
	struct exporter_status exporter;
	uint64_t reloads, reloads_failed; /* of the configuration */
};
/* Free what it holds. */
void status_clear(struct status *status);

/*
 * Whether the equations hold.  In a final status, each output that was
 * there from the start must also have been given every record; outputs that
 * share the records, all of them together.
 */
bool status_balanced(const struct status *status); /* logs nothing */
bool status_check(const struct status *status);    /* logs each that fails */

/* The summary for people, and the same as a JSON object. */
void status_print(const struct status *status, FILE *stream);
void status_print_json(const struct status *status, FILE *stream);
/*
 * Write the JSON object to a file, which appears complete or not at all, or to
 * standard output ("-").  0, or -1 with errno.
 */
int status_write_json(const struct status *status, const char *path);

#endif
