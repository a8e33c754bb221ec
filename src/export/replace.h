/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outputs that come and go while exchanges are exported.  Who asks starts the
 * new ones; the export thread, to which the outputs belong, takes them in and
 * the old ones out between two chunks; those finish in a thread of their own,
 * as a collector may take its time.
 *
 * Where an old output's spool goes to a new one, the old one finishes first,
 * at once, and the export thread waits meanwhile: its queue has room.
 */
#ifndef EXFLOW_SRC_EXPORT_REPLACE_H
#define EXFLOW_SRC_EXPORT_REPLACE_H

#include <pthread.h>
#include <stdatomic.h>

#include "outputs.h"

struct replacement;

struct replacer {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	_Atomic(struct replacement *) asked; /* NULL: nothing to do */
	size_t finishing;                    /* threads with old outputs */
};

void replacer_init(struct replacer *replacer);
/* Waits for old outputs that are still finishing. */
void replacer_clear(struct replacer *replacer);

/* The export thread, between two chunks. */
void replacer_serve(struct replacer *replacer, struct outputs *outputs);

/*
 * Any one other thread: takes over the destinations (not the array); those
 * that are there already are freed.  0; or -1 with a message, nothing has
 * changed then, or only an output with a spool is gone, which the message
 * says.
 */
int replacer_ask(struct replacer *replacer, const struct outputs *outputs,
    struct destination **wanted, size_t count, char *error, size_t error_size);

#endif
