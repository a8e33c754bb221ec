/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two runs share. */
#ifndef EXFLOW_SRC_RUN_RUN_INTERNAL_H
#define EXFLOW_SRC_RUN_RUN_INTERNAL_H

#include "exflow/decode/decode.h"
#include "exflow/export/exporter.h"
#include "exflow/settings/settings.h"
#include "exflow/status/status.h"

#include "exflow/probe/probe.h"

/* When the program was started, by the wall and the monotonic clock. */
struct run_start {
	timestamp time;
	int64_t monotonic_ns;
};
void run_start_now(struct run_start *start);

/* The decoder's share of the settings, without details and payloads. */
static inline struct decode_options
run_decode_options(const struct settings *settings)
{
	return (struct decode_options){ .tunnels = settings->tunnels,
		.key_vlan = settings->key_vlan,
		.key_tunnel = settings->key_tunnel,
		.fragment_table = settings->fragment_table,
		.other = (settings->meter.kinds & METER_OTHER) != 0 };
}

/* --- signals.c */

/* From now on what run_hold_signals holds takes effect. */
void run_release_signals(void);

/* --- outputs.c */

/*
 * The destinations of the settings, which know these names; the caller frees
 * the array.  NULL: a message was logged.
 */
struct destination **outputs_make(
    const struct settings *settings, const struct interface_names *names);
/*
 * An exporter with these destinations.  EXIT_OK; or, with a message,
 * EXIT_USAGE where the settings are wrong, EXIT_FAILED where the system refuses
 * what it may allow at another time.
 */
int outputs_open(const struct settings *settings,
    const struct interface_names *names, struct exporter **exporter);
/*
 * Warn of each tls_key that others can read and that is not also in before
 * (NULL: nothing is).
 */
void outputs_warn_of_keys(
    const struct settings *settings, const struct settings *before);

/* --- report.c */

/*
 * Take a snapshot: outputs and time; with a probe (NULL: none) also its
 * interfaces, ledger, totals and table, which its workers are asked for.  0, or
 * -1: a message was logged.
 */
int report_snapshot(struct status *status, const struct run_start *start,
    struct exporter *exporter, struct probe *probe);
/*
 * At the end: the summary, unless quiet, and the statistics file, where the
 * settings want one.  -1 if the books do not balance or the file cannot be
 * written.
 */
int report_end(
    const struct settings *settings, const struct status *status, bool quiet);
/* Log the summary, line by line. */
void report_log(const struct status *status);

/* --- statistics_record.c */

/* Send the statistics to all collectors, as an options record. */
void statistics_record_send(
    struct exporter *exporter, const struct status *status);

/* --- hints.c */

/*
 * Log which setting would have taken what was left out, where that is more
 * than a tenth of the packets of TCP and UDP, or most is neither, or in tunnels
 * that are not looked into.  Whether there was such a one.
 */
bool hint_log(const struct settings *settings, const struct ledger *ledger);

#endif
