/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Transport Session (RFC 7011): what one connection carries.  It begins with
 * a preamble; sequence numbers begin at 0; a template goes before the first
 * message that needs it, once.
 */
#ifndef EXFLOW_SRC_TCP_TRANSPORT_H
#define EXFLOW_SRC_TCP_TRANSPORT_H

#include <stdint.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/message_queue.h"

struct connection;
struct destination_counts;

struct transport {
	struct connection *connection;     /* NULL: there is none */
	struct destination_counts *counts; /* of messages that are sent */
	/* The preamble that it began with; NULL: not sent yet. */
	const struct preamble *preamble;
	struct shape_set shapes;      /* whose templates were sent, too */
	uint32_t sequence;            /* of the next message */
	uint32_t statistics_sequence; /* the same in domain 0 */
};

/* What goes first of this preamble.  0; -1: the connection has broken. */
int transport_begin(
    struct transport *transport, const struct preamble *preamble);
/* A message that the preamble explains, after the templates that it needs. */
int transport_send(struct transport *transport, struct queued_message *message);
/*
 * Between two messages: the statistics that wait in the queue, if there are any
 * and the connection takes more.  Their template is sent once (RFC 7011, 8.1).
 */
void transport_send_statistics(
    struct transport *transport, struct message_queue *queue);

#endif
