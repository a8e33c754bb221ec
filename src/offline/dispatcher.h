/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher gives each segment, in batches, to the meter that the hash of
 * its key selects, on that meter's thread.  All calls come from one thread,
 * the reading thread; a call may wait for a meter that is behind.
 */
#ifndef EXFLOW_SRC_OFFLINE_DISPATCHER_H
#define EXFLOW_SRC_OFFLINE_DISPATCHER_H

#include "exflow/export/exporter.h"
#include "exflow/gate/gate.h"
#include "exflow/gate/payload_batch.h"
#include "exflow/exchange/ledger.h"
#include "exflow/meter/meter.h"

struct dispatcher;

/* Where the next segment goes, which dispatcher_push then hands on. */
struct dispatcher_place {
	struct segment *segment;
	struct segment_detail *detail; /* NULL: none is wanted */
};

/*
 * With so many meters, as threads.  gate: what payloads come from, or NULL.  With
 * one meter it is told what to leave to be done here (gate_leave_hunting).  NULL
 * with errno set.
 */
struct dispatcher *dispatcher_new(const struct meter_options *options,
    unsigned workers, struct exporter *exporter, struct gate *gate);

/*
 * The dispatcher keeps it up to date: each of the calls below may move it.
 * Without a push the place is used again.
 */
const struct dispatcher_place *dispatcher_place(
    const struct dispatcher *dispatcher);
void dispatcher_push(struct dispatcher *dispatcher);
/*
 * With names: the segment that dispatcher_push is about to hand on, which is
 * complete, has this payload.  It is copied.
 */
void dispatcher_payload(
    struct dispatcher *dispatcher, const struct segment_payload *payload);

/*
 * The input is silent: the meters take what there is, and time has moved on to
 * now for them.
 */
void dispatcher_flush(struct dispatcher *dispatcher, timestamp now);

/* The clock of the input steps, for every meter behind what it has so far. */
void dispatcher_step(
    struct dispatcher *dispatcher, timestamp from, timestamp to);

/*
 * End of input at now: all exchanges end, the threads end, and what they have
 * counted is added to the ledger, and to the totals (NULL: not wanted).
 */
void dispatcher_finish(struct dispatcher *dispatcher, timestamp now,
    struct ledger *ledger, struct quality_totals *totals);
void dispatcher_free(struct dispatcher **dispatcher);

#endif
