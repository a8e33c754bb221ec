/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: copies of data messages on their way to a collector, and the
 * queues in which they wait, first in, first out.
 *
 * Where messages are dropped, the next one remembers how many records are
 * missing before it, so that the collector sees the gap in the sequence.
 */
#ifndef EXFLOW_OUTPUT_QUEUED_MESSAGE_H
#define EXFLOW_OUTPUT_QUEUED_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"

struct preamble;
struct spool_file;

struct queued_message {
	struct queued_message *next;
	struct preamble *preamble; /* the templates that explain it */
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

struct message_list {
	struct queued_message *head, **tail;
	uint64_t count, octets, records;
	uint32_t missing; /* for the next one that comes */
};

/* A copy; NULL without memory. */
struct queued_message *queued_message_new(
    const uint8_t *octets, uint32_t length, uint32_t records);
/* Memory that one takes: what bounds are about. */
size_t queued_message_memory(const struct queued_message *queued);

void message_list_init(struct message_list *queue);
void message_list_put(
    struct message_list *queue, struct queued_message *queued);
void message_list_put_first(
    struct message_list *queue, struct queued_message *queued);
/* NULL where it is empty. */
struct queued_message *message_list_take(struct message_list *queue);
/* Free the first; its records, which the next one misses.  0: empty. */
uint32_t message_list_drop(struct message_list *queue);
void message_list_clear(struct message_list *queue);

#endif
