/* SPDX-License-Identifier: BSD-2-Clause */
/* See udp_data.h. */
#include <config.h>

#include "udp_data.h"

#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"

static const struct destination_options *
options_of(const struct udp *u)
{
	return &u->sender.base.options;
}

/* --- the preamble */

static size_t
send_list(struct udp *u, struct queued_message *const *list, size_t n,
    uint32_t *sequence, bool data)
{
	return udp_socket_send(u->socket, list, n, sequence, data, &u->refusal);
}

/* What of the preamble is not sent yet; whether all of it is now. */
static bool
send_preamble(struct udp *u)
{
	size_t left = u->preamble_count - u->preamble_sent;
	size_t allowed = udp_socket_allowance(u->socket);

	if (u->times_known)
		for (size_t i = 0; i < u->preamble_count; i++)
			memcpy(u->preamble[i]->octets + UDP_TIMES_AT, u->times,
			    UDP_TIMES_OCTETS);
	udp_socket_retry(u->socket);
	if (u->preamble_sent == 0) {
		u->preamble_ms = clock_ms();
		u->messages_since = 0;
	}
	if (left > allowed)
		left = allowed;
	if (left > UDP_BATCH)
		left = UDP_BATCH;
	u->preamble_sent += send_list(
	    u, u->preamble + u->preamble_sent, left, &u->sequence, false);
	return u->preamble_sent == u->preamble_count;
}

static bool
preamble_is_due(const struct udp *u)
{
	const struct destination_options *options = options_of(u);

	if (!u->protocol->refreshed)
		return false;
	if (options->template_refresh_messages != 0 &&
	    u->messages_since >= options->template_refresh_messages)
		return true;
	return options->template_refresh_seconds != 0 &&
	       clock_ms() - u->preamble_ms >=
	           (uint64_t)options->template_refresh_seconds * 1000;
}

bool
udp_data_idle(struct udp *u)
{
	return u->batch_count == 0 && message_queue_empty(&u->sender.queue);
}

/* One that is not sent is not tried again: the next one will tell more. */
static void
send_statistics(struct udp *u)
{
	struct queued_message *message =
	    message_queue_take_statistics(&u->sender.queue);

	if (message != NULL)
		(void)send_list(u, &message, 1, &u->statistics_sequence, false);
	free(message);
}

/* As many as the rate allows, and no more than before the next templates. */
static size_t
batch_room(struct udp *u)
{
	uint32_t every = u->protocol->refreshed
	                     ? options_of(u)->template_refresh_messages
	                     : 0;
	size_t room = udp_socket_allowance(u->socket);

	if (room > UDP_BATCH)
		room = UDP_BATCH;
	if (every != 0 && room > every - u->messages_since)
		room = every - u->messages_since;
	return room;
}

static void
batch_fill(struct udp *u, size_t room)
{
	struct queued_message *message;

	while (u->batch_count < room &&
	       (message = message_queue_take(&u->sender.queue)) != NULL) {
		u->batch[u->batch_count++] = message;
		message_queue_made_room(&u->sender.queue);
	}
}

/* What of the batch needs templates for the first time extends the preamble. */
static void
announce_batch(struct udp *u)
{
	struct shape_set shapes = { 0 };

	for (size_t i = 0; u->templates != NULL && i < u->batch_count; i++)
		preamble_needs(u->templates, u->batch[i]->octets,
		    u->batch[i]->length, &shapes);
	while (!shape_set_empty(&shapes)) {
		unsigned shape = shape_set_take(&shapes);

		if (u->later[shape] == NULL)
			continue;
		u->preamble[u->preamble_count++] = u->later[shape];
		u->later[shape] = NULL;
	}
}

/* The first ones are done with. */
static void
batch_remove(struct udp *u, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(u->batch[i]);
	u->batch_count -= count;
	memmove(
	    u->batch, u->batch + count, u->batch_count * sizeof(u->batch[0]));
}

static void
batch_sent(struct udp *u, size_t count)
{
	if (count > 0 && u->protocol->own_times) {
		u->times_known = true;
		memcpy(u->times, u->batch[count - 1]->octets + UDP_TIMES_AT,
		    UDP_TIMES_OCTETS);
	}
	u->messages_since += (uint32_t)count;
	batch_remove(u, count);
}

/* A message has gone out since so many had. */
static bool
was_sent(const struct udp *u, uint64_t before)
{
	return u->sender.counts.messages > before;
}

/*
 * Without a preamble the first message finds out whether somebody listens.  It
 * stays in the batch, and in no count, until PROBING is over: where it was
 * refused, it is sent again with the same sequence number.
 */
static bool
send_probe(struct udp *u)
{
	uint64_t before = u->sender.counts.messages;
	uint32_t sequence = u->sequence;

	batch_fill(u, 1);
	udp_socket_retry(u->socket);
	if (u->batch_count == 0 || udp_socket_allowance(u->socket) == 0 ||
	    send_list(u, u->batch, 1, &sequence, false) == 0)
		return false;
	if (was_sent(u, before))
		return true;
	/* It alone is lost, being too long for example. */
	u->sender.counts.lost[LOSS_SEND] += u->batch[0]->records;
	u->sequence = sequence;
	batch_remove(u, 1);
	return false;
}

void
udp_count_probe(struct udp *u)
{
	const struct queued_message *probe = u->batch[0];

	if (u->preamble_count > 0 || u->batch_count == 0)
		return;
	udp_socket_probe_delivered(u->socket, probe);
	u->sequence += probe->missing + probe->step;
	batch_sent(u, 1);
}

bool
udp_send_first(struct udp *u)
{
	if (u->preamble_count == 0 && u->templates != NULL) {
		batch_fill(u, 1);
		announce_batch(u);
		if (u->batch_count == 0)
			return false;
	}
	return u->preamble_count > 0 ? send_preamble(u) : send_probe(u);
}

/* How much data may go out now; nothing after a refusal. */
static size_t
data_room(struct udp *u)
{
	return u->refusal == 0 && !udp_socket_is_full(u->socket) ? batch_room(u)
	                                                         : 0;
}

/* Whether all of the preamble is sent. */
static bool
complete_preamble(struct udp *u)
{
	return u->preamble_sent == u->preamble_count || send_preamble(u);
}

void
udp_send_data(struct udp *u)
{
	size_t room, done, n;

	udp_socket_retry(u->socket);
	if (u->preamble_sent == u->preamble_count && preamble_is_due(u) &&
	    !udp_data_idle(u))
		u->preamble_sent = 0;
	if (!complete_preamble(u))
		return;
	send_statistics(u);
	batch_fill(u, data_room(u));
	announce_batch(u);
	if (!complete_preamble(u))
		return;
	room = data_room(u);
	n = u->batch_count < room ? u->batch_count : room;
	done = send_list(u, u->batch, n, &u->sequence, true);
	batch_sent(u, done);
}

void
udp_lose_data(struct udp *u)
{
	enum loss reason = u->state == UDP_CLOSED ? LOSS_CONNECT : LOSS_SEND;

	do {
		for (size_t i = 0; i < u->batch_count; i++) {
			const struct queued_message *m = u->batch[i];

			u->sender.counts.lost[reason] += m->records;
			u->sequence += m->missing + m->step;
		}
		batch_remove(u, u->batch_count);
		batch_fill(u, UDP_BATCH);
	} while (u->batch_count > 0);
}

/* --- what goes before the data: for the export thread */

int
udp_add_preamble(struct udp *u, const struct message *messages, size_t count)
{
	struct queued_message **grown = reallocarray(
	    u->preamble, u->preamble_count + count + 1, sizeof(*grown));

	if (grown == NULL)
		return -1;
	u->preamble = grown;
	for (size_t i = 0; i < count; i++) {
		struct queued_message *copy = queued_message_copy(&messages[i]);

		if (copy == NULL)
			return -1;
		u->preamble[u->preamble_count++] = copy;
	}
	return 0;
}

/* Is this the message of a shape's template? */
static bool
is_of_a_shape(const struct preamble *templates, size_t at)
{
	for (size_t i = 0; i < templates->shape_count; i++)
		if (templates->shapes[i].at == at)
			return true;
	return false;
}

/* So that a template can move there at any time. */
static int
reserve_preamble(struct udp *u, size_t more)
{
	struct queued_message **grown = reallocarray(
	    u->preamble, u->preamble_count + more + 1, sizeof(*grown));

	if (grown != NULL)
		u->preamble = grown;
	return grown == NULL ? -1 : 0;
}

/* A message has one template, so later[n] is of shapes[n]. */
int
udp_add_templates(struct udp *u, const struct message *templates, size_t count)
{
	size_t shape = 0, at = 0;

	u->templates = preamble_new(templates, count, NULL, 0);
	if (u->templates == NULL)
		return -1;
	for (size_t i = 0; i < count; at += templates[i++].length) {
		if (is_of_a_shape(u->templates, at)) {
			u->later[shape] = queued_message_copy(&templates[i]);
			if (u->later[shape++] == NULL)
				return -1;
		} else if (udp_add_preamble(u, &templates[i], 1) != 0) {
			return -1;
		}
	}
	return reserve_preamble(u, u->templates->shape_count);
}

void
udp_data_clear(struct udp *u)
{
	batch_remove(u, u->batch_count);
	for (size_t i = 0; i < u->preamble_count; i++)
		free(u->preamble[i]);
	free(u->preamble);
	for (size_t i = 0; i < PREAMBLE_SHAPES; i++)
		free(u->later[i]);
	if (u->templates != NULL)
		preamble_free(&u->templates);
}
