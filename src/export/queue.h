/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue between meters and the export thread: chunks of exchanges, all
 * allocated beforehand, that go round between "empty" and "filled".  It
 * locks once a chunk, never once an exchange, and waiting never spins.
 */
#ifndef EXFLOW_SRC_EXPORT_QUEUE_H
#define EXFLOW_SRC_EXPORT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/export/exporter.h"
#include "exflow/meter/exchange.h"

struct chunk {
	struct chunk *next;
	size_t count;
	uint64_t since_ms; /* of clock_ms: the first was put */
	struct exchange exchanges[EXPORT_CHUNK];
};

enum queue_event {
	QUEUE_CHUNK,     /* here is one */
	QUEUE_IDLE,      /* none came in the time given */
	QUEUE_CLOSED,    /* none is left and none will come */
	QUEUE_ABANDONED, /* … and what was left was thrown away */
};

struct queue;

/* NULL without memory. */
struct queue *queue_new(size_t chunks);
void queue_free(struct queue **queue);
/* One chunk more, for a producer that keeps one.  0, or -1: no memory. */
int queue_grow(struct queue *queue);

/* For producers.  Waits while every chunk is filled. */
struct chunk *queue_empty(struct queue *queue);
/* The same; NULL instead of waiting. */
struct chunk *queue_empty_now(struct queue *queue);
void queue_put(struct queue *queue, struct chunk *chunk);
/* Nothing will be put any more; discard: throw away what waits, too. */
void queue_close(struct queue *queue, bool discard);

/* For the one consumer.  Waits until a time of clock_ms; 0: for ever. */
enum queue_event queue_take(
    struct queue *queue, uint64_t until_ms, struct chunk **chunk);
void queue_give_back(struct queue *queue, struct chunk *chunk);

#endif
