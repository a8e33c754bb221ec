/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "transport.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/output/destination.h"

#include "connection.h"

/* A message of the preamble, with the sequence number that is due. */
static int
send_part(struct transport *t, const struct message *part)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];

	memcpy(octets, part->octets, part->length);
	message_stamp(octets, t->sequence, (uint32_t)time(NULL));
	if (connection_write(t->connection, octets, part->length) != 0)
		return -1;
	t->sequence += part->records;
	t->counts->messages++;
	t->counts->octets += part->length;
	return 0;
}

int
transport_begin(struct transport *t, const struct preamble *preamble)
{
	struct message part;
	size_t at = 0;

	t->sequence = t->statistics_sequence = 0;
	while (preamble_first(preamble, &at, &part))
		if (send_part(t, &part) != 0)
			return -1;
	t->preamble = preamble;
	t->shapes = (struct shape_set){ 0 };
	return 0;
}

/* The templates that a message needs and this connection has not had. */
static int
send_templates(struct transport *t, const struct queued_message *message)
{
	struct shape_set shapes = { 0 }, covered;

	preamble_needs(t->preamble, message->octets, message->length, &shapes);
	shape_set_remove_all(&shapes, &t->shapes);
	while (!shape_set_empty(&shapes)) {
		struct message part =
		    preamble_template(t->preamble, &shapes, &covered);

		if (send_part(t, &part) != 0)
			return -1;
		shape_set_add_all(&t->shapes, &covered);
		shape_set_remove_all(&shapes, &covered);
	}
	return 0;
}

int
transport_send(struct transport *t, struct queued_message *message)
{
	if (send_templates(t, message) != 0)
		return -1;
	t->sequence += message->missing;
	message_stamp(message->octets, t->sequence, (uint32_t)time(NULL));
	if (connection_write(t->connection, message->octets, message->length) !=
	    0)
		return -1;
	t->sequence += message->records;
	t->counts->messages++;
	t->counts->octets += message->length;
	t->counts->sent += message->records;
	if (message->sent_before)
		t->counts->replayed += message->records;
	return 0;
}

void
transport_send_statistics(struct transport *t, struct message_queue *queue)
{
	struct queued_message *m;

	if (!connection_wants_more(t->connection))
		return;
	m = message_queue_take_statistics(queue);
	if (m == NULL)
		return;
	if (t->statistics_sequence > 0)
		m->length = message_drop_templates(m->octets, m->length);
	message_stamp(m->octets, t->statistics_sequence, (uint32_t)time(NULL));
	if (connection_write(t->connection, m->octets, m->length) == 0)
		t->statistics_sequence += m->records;
	free(m);
}
