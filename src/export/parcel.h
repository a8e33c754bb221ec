/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parcels: copies of data messages on their way to a collector, and the
 * queues in which they wait, first in, first out.
 *
 * Where parcels are dropped, the next one remembers how many records are
 * missing before it, so that the collector sees the gap in the sequence.
 */
#ifndef EXFLOW_EXPORT_PARCEL_H
#define EXFLOW_EXPORT_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/message.h"

struct greeting;
struct spool_file;

struct parcel {
	struct parcel *next;
	struct greeting *greeting; /* the templates that explain it */
	struct spool_file *file;   /* where it also lies, or NULL */
	uint64_t file_end;         /* its end there */
	uint64_t end;              /* octets of the stream up to its end */
	uint64_t sent_ms;          /* when; 0: not on this connection */
	uint32_t length;
	uint32_t records;
	uint32_t missing;  /* records lost between it and the one before */
	bool sent_before;  /* on an earlier connection */
	bool acknowledged; /* on this or an earlier one */
	uint8_t octets[];
};

struct parcel_queue {
	struct parcel *head, **tail;
	uint64_t count, octets, records;
	uint32_t missing; /* for the next one that comes */
};

/* A copy; NULL without memory. */
struct parcel *parcel_new(
    const uint8_t *octets, uint32_t length, uint32_t records);
/* Memory that one takes: what bounds are about. */
size_t parcel_memory(const struct parcel *parcel);

void parcel_queue_init(struct parcel_queue *queue);
void parcel_queue_put(struct parcel_queue *queue, struct parcel *parcel);
void parcel_queue_put_first(struct parcel_queue *queue, struct parcel *parcel);
/* NULL where it is empty. */
struct parcel *parcel_queue_take(struct parcel_queue *queue);
/* Free the first; its records, which the next one misses.  0: empty. */
uint32_t parcel_queue_drop(struct parcel_queue *queue);
void parcel_queue_clear(struct parcel_queue *queue);

#endif
