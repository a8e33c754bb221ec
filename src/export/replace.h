/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replacing outputs while exchanges are exported, as a reload does.  Two
 * threads take turns; each waits for the other's stage:
 *
 *	requester (replacer_request)       export thread (replacer_serve)
 *	compare old and wanted outputs
 *	start the new ones
 *	REQUESTED ────────────────────────► between two chunks: flush,
 *	                                    take the old ones out
 *	finish old ones whose spool a ◄──── REMOVED
 *	new one inherits; start that one
 *	STARTED ──────────────────────────► take the new ones in, announce
 *	return                 ◄─────────── ADDED
 *	a thread "finish-outputs" finishes
 *	the other old ones
 *
 * Invariants: only the export thread changes struct outputs; each record goes
 * either to the old or to the new outputs, as a whole chunk does; two outputs
 * never use one spool at a time.  The export thread waits from REMOVED to
 * STARTED only for spools that are handed over; meanwhile its queue fills.
 *
 * An output that an earlier reload took out and that has not finished its file
 * is waited for before a new one of the same file starts.
 *
 * What can go wrong: a new output does not start (all stays as it was), or one
 * that inherits a spool does not (its predecessor is gone then; the error says
 * so), or memory is short.
 */
#ifndef EXFLOW_SRC_EXPORT_REPLACE_H
#define EXFLOW_SRC_EXPORT_REPLACE_H

#include <pthread.h>
#include <stdatomic.h>

#include "outputs.h"

struct finishing;
struct replacement;

struct replacer {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	_Atomic(struct replacement *) requested; /* NULL: nothing to do */
	struct finishing *finishing; /* a thread finishes each of these */
};

void replacer_init(struct replacer *replacer);
/* Waits for old outputs that have not finished yet. */
void replacer_clear(struct replacer *replacer);

/* For the export thread, between two chunks: serve a request, if any. */
void replacer_serve(struct replacer *replacer, struct outputs *outputs);

/*
 * For one other thread at a time: takes over the destinations (not the array)
 * and frees those that are there already.  0; or -1 with a message, and nothing
 * has changed but for an output whose spool could not be inherited, which the
 * message names.
 */
int replacer_request(struct replacer *replacer, const struct outputs *outputs,
    struct destination **wanted, size_t count, char *error, size_t error_size);

#endif
