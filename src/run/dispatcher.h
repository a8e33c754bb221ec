/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher: gives each segment, in batches, to the meter that its hash
 * belongs to, on that meter's thread.
 */
#ifndef EXFLOW_SRC_RUN_DISPATCHER_H
#define EXFLOW_SRC_RUN_DISPATCHER_H

#include "exflow/export/exporter.h"
#include "exflow/meter/ledger.h"
#include "exflow/meter/meter.h"

struct dispatcher;

/* NULL with errno set. */
struct dispatcher *dispatcher_new(const struct meter_options *options,
    unsigned workers, struct exporter *exporter);

/*
 * Where to write the next segment; it counts once dispatcher_push is called.
 * The pointer is good until then.
 */
struct segment *dispatcher_slot(struct dispatcher *dispatcher);
void dispatcher_push(struct dispatcher *dispatcher);

/* No more will come for a while: the meters take what there is, until now. */
void dispatcher_flush(struct dispatcher *dispatcher, timestamp now);

/* End of input at now: exchanges end, threads end, their counts are added. */
void dispatcher_finish(
    struct dispatcher *dispatcher, timestamp now, struct ledger *ledger);
void dispatcher_free(struct dispatcher **dispatcher);

#endif
