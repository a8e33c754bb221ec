/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that wait for a collector, and lists of them.
 *
 * Where messages are dropped, the next one in the list knows how far they would
 * have advanced the sequence number, which shows the collector the gap.
 */
#ifndef EXFLOW_OUTPUT_MESSAGE_LIST_H
#define EXFLOW_OUTPUT_MESSAGE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"

struct preamble;
struct spool_file;

/* By how much a message advances the sequence number. */
static inline uint32_t
message_step(const struct message *message)
{
	return message->step != 0 ? message->step : message->records;
}

/* One allocation with the octets behind it; freed with free(). */
struct queued_message {
	struct queued_message *next;
	struct preamble *preamble;     /* the templates that explain it */
	struct spool_file *spool_file; /* holds it, too; NULL: none does */
	uint64_t spool_end;            /* where it ends in that file */
	uint64_t stream_end;           /* … and in the connection's octets */
	uint64_t acknowledged_ms;      /* when; 0: not on this connection */
	uint32_t length;
	uint32_t records;
	uint32_t step;     /* advances the sequence number by this: records */
	uint32_t missing;  /* the same of those dropped just before it */
	bool bare;         /* its octets are not in memory */
	bool sent_before;  /* on an earlier connection */
	bool acknowledged; /* on this or an earlier connection */
	uint8_t octets[];
};

/* A copy of these octets; NULL without memory. */
struct queued_message *queued_message_new(
    const uint8_t *octets, uint32_t length, uint32_t records);
struct queued_message *queued_message_copy(const struct message *message);
/* A copy of a bare message, with octets to be filled; NULL without memory. */
struct queued_message *queued_message_clothed(
    const struct queued_message *message);
/* Octets of memory that it takes. */
size_t queued_message_memory(const struct queued_message *message);

/* --- a list of messages, first in, first out */

struct message_list {
	struct queued_message *head, **tail;
	uint64_t count;
	uint64_t octets; /* of memory, which is what bounds are about */
	uint64_t records;
	uint32_t missing; /* steps of those dropped behind the last message */
};

void message_list_init(struct message_list *list);
/* Free all messages. */
void message_list_clear(struct message_list *list);
void message_list_put(
    struct message_list *list, struct queued_message *message);
void message_list_put_first(
    struct message_list *list, struct queued_message *message);
/* Move all of older before the first message; older is then empty. */
void message_list_prepend(
    struct message_list *list, struct message_list *older);
/* The first message, the caller's to free; NULL: the list is empty. */
struct queued_message *message_list_take(struct message_list *list);
/* Free the first message.  Its number of records; 0: the list is empty. */
uint32_t message_list_drop(struct message_list *list);
/* The same for the message at this link, which is &head or &previous->next. */
uint32_t message_list_drop_at(
    struct message_list *list, struct queued_message **link);
/*
 * Free the octets of the message at this link, but not the message: it may
 * move.  false: it could not be made smaller.
 */
bool message_list_strip(
    struct message_list *list, struct queued_message **link);

#endif
