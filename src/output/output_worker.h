/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The half of an output with a thread that runs in this thread: it takes event
 * after event from the queue and has the output play it.  The export thread's
 * half is in output_thread.c; all functions here are for that one.
 */
#ifndef EXFLOW_SRC_OUTPUT_OUTPUT_WORKER_H
#define EXFLOW_SRC_OUTPUT_OUTPUT_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "output_event.h"

struct output_worker;

/* It owns the output from now on.  NULL: no memory, and it does not. */
struct output_worker *output_worker_new(struct destination *output);
/*
 * Sets NULL.  A thread that has not ended hangs in a write: it frees the worker
 * and the output, should the write ever return.
 */
void output_worker_free(struct output_worker **worker);

/* The output: the thread's from its start on, but for what never changes. */
struct destination *output_worker_output(const struct output_worker *worker);
/* 0, or what pthread_create() returned. */
int output_worker_start(struct output_worker *worker);

/* An event, as its head tells; NULL: there was no memory for it. */
void output_worker_put(struct output_worker *worker, struct output_event *event,
    const struct output_event *head);
/* What the output has counted, and what the queue dropped. */
void output_worker_get_counts(
    struct output_worker *worker, struct destination *destination);

/* Nothing more will come. */
void output_worker_close(struct output_worker *worker);
/* Is the thread done in time?  Then result is that of the output's finish. */
bool output_worker_await(
    struct output_worker *worker, uint32_t seconds, int *result);
/*
 * What has come is not wanted either: the output is never finished.  Waits for
 * the thread, if it was started.
 */
void output_worker_cancel(struct output_worker *worker, uint32_t seconds);

#endif
