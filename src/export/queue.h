/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The export queue: chunks of exchanges between the meters' threads, which
 * produce, and the export thread, which consumes.
 *
 *	producers                                        export thread
 *	─ put ──►  filled: [chunk]─►[chunk]─►[chunk]  ── take ──►
 *	◄ borrow ─  empty: [chunk]─►[chunk]          ◄── return ──
 *
 * The chunks are allocated beforehand and go round; their number bounds the
 * memory.  A producer fills a chunk of its own without a lock and locks once a
 * chunk.  put wakes the consumer.  Producers that wait for an empty chunk sleep
 * until half of the chunks are empty, so that they are not woken up for each
 * one; waiting never spins.
 *
 * Invariants: a chunk is in one of the lists or belongs to one thread; filled
 * is first in, first out.  Each producer that may keep a chunk adds one
 * (queue_grow), or producers that keep chunks could starve one another.
 *
 * With quality each chunk has an array of figures beside its exchanges, one for
 * each.  queue_quality() and the consumer, when it returns a chunk, allocate
 * and free them, never a producer.  So a chunk that a producer holds while
 * quality is turned on has none until it has gone round.  With names it has,
 * likewise, octets for the names of its exchanges, packed one behind the other;
 * a chunk that has no room for the names of the next exchange is full.
 *
 * What can go wrong: the consumer is too slow and no chunk is empty.  Then a
 * producer waits (queue_borrow) or loses what it has (queue_try_borrow).
 */
#ifndef EXFLOW_SRC_EXPORT_QUEUE_H
#define EXFLOW_SRC_EXPORT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/export/exporter.h"
#include "exflow/exchange/exchange.h"

/* Names of 256 exchanges, mostly; more than the longest of one. */
#define EXPORT_NAMES_OCTETS 65536
_Static_assert(EXCHANGE_NAMES_OCTETS_MAX < EXPORT_NAMES_OCTETS, "one fits");

struct chunk {
	struct chunk *next;
	size_t count;
	uint64_t since_ms; /* by clock_ms, when it was borrowed */
	struct exchange exchanges[EXPORT_CHUNK];
	struct exchange_quality *figures; /* EXPORT_CHUNK of them, or NULL */
	uint8_t *names;                   /* EXPORT_NAMES_OCTETS, or NULL */
	uint32_t names_used;              /* … of these octets */
};

enum queue_event {
	QUEUE_CHUNK,     /* here is a chunk */
	QUEUE_IDLE,      /* none came in time */
	QUEUE_CLOSED,    /* none is left and none will come */
	QUEUE_ABANDONED, /* the same, and those left were thrown away */
};

struct queue;

/* With so many empty chunks; NULL without memory. */
struct queue *queue_new(size_t chunks);
/* No chunk is borrowed any more.  Idempotent, sets NULL. */
void queue_free(struct queue **queue);
/* Add an empty chunk.  0, or -1: no memory. */
int queue_grow(struct queue *queue);

/*
 * Whether chunks have figures.  0, or -1: no memory, and some chunks have none
 * as long as there is none.
 */
int queue_quality(struct queue *queue, bool quality);
/* Likewise whether chunks have octets for names. */
int queue_names(struct queue *queue, bool names);

/* For producers: an empty chunk; waits until there is one. */
struct chunk *queue_borrow(struct queue *queue);
/* The same without waiting; NULL: there is none. */
struct chunk *queue_try_borrow(struct queue *queue);
/* Put a chunk that was borrowed behind the filled ones. */
void queue_put(struct queue *queue, struct chunk *chunk);
/* Producers have ended; discard: throw away what is filled, too. */
void queue_close(struct queue *queue, bool discard);

/*
 * For the one consumer: the oldest filled chunk.  Waits for it until a time of
 * clock_ms; 0: for ever.  *chunk is NULL for every other event.
 */
enum queue_event queue_take(
    struct queue *queue, uint64_t until_ms, struct chunk **chunk);
/* Make a chunk that was taken an empty one. */
void queue_return(struct queue *queue, struct chunk *chunk);

#endif
