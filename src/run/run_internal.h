/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two runs share. */
#ifndef EXFLOW_SRC_RUN_RUN_INTERNAL_H
#define EXFLOW_SRC_RUN_RUN_INTERNAL_H

#include "exflow/config/settings.h"
#include "exflow/export/exporter.h"
#include "exflow/run/probe.h"
#include "exflow/status/status.h"

/* When the program began, by the clock and by one that nobody sets. */
struct beginning {
	timestamp time;
	int64_t monotonic_ns;
};
void beginning_now(struct beginning *beginning);

/*
 * The destinations of the settings, as an array that is the caller's to free.
 * NULL: a message was logged.
 */
struct destination **outputs_make(const struct settings *settings);
/* With them an exporter.  NULL: a message was logged. */
struct exporter *outputs_open(const struct settings *settings);

/*
 * A snapshot, but for the ledger; with a probe (NULL: none) also of that, by
 * its workers.  0, or -1 with a message.
 */
int status_take(struct status *status, const struct beginning *beginning,
    struct exporter *exporter, struct probe *probe);
/*
 * What the settings want to be said at the end.  -1 where books do not balance
 * or statistics cannot be written.
 */
int status_report(const struct settings *settings, const struct status *status);
/*
 * Log which setting would have taken what was left out, where that is more
 * than a tenth of the packets of TCP and UDP.
 */
void advise(const struct settings *settings, const struct ledger *ledger);

#endif
