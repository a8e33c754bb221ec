/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dealer: gives each segment, in batches, to the meter that its hash
 * belongs to, on that meter's thread.
 */
#ifndef EXFLOW_WORKER_DEALER_H
#define EXFLOW_WORKER_DEALER_H

#include "exflow/exporter.h"
#include "exflow/ledger.h"
#include "exflow/meter.h"

struct dealer;

/* NULL with errno set. */
struct dealer *dealer_new(const struct meter_options *options, unsigned workers,
    struct exporter *exporter);

/*
 * Where to write the next segment; it counts once dealer_push is called.
 * The pointer is good until then.
 */
struct segment *dealer_slot(struct dealer *dealer);
void dealer_push(struct dealer *dealer);

/* No more will come for a while: the meters take what there is, until now. */
void dealer_flush(struct dealer *dealer, timestamp now);

/* End of input at now: exchanges end, threads end, their counts are added. */
void dealer_finish(struct dealer *dealer, timestamp now, struct ledger *ledger);
void dealer_free(struct dealer **dealer);

#endif
