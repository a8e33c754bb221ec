/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "session.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "exflow/base/clock.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/output/lookup.h"

#include "connection.h"
#include "retransmission.h"
#include "tls.h"
#include "transport.h"

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000
#define SEND_ROUNDS 16           /* between two looks at the acknowledgements */
#define ACKNOWLEDGED_MS 20       /* look for acknowledgements this often … */
#define ACKNOWLEDGED_IDLE_MS 250 /* … and this often when all have come */

struct session {
	struct sender *sender;
	struct peer *peer;
	struct tls *tls;         /* NULL: plain TCP */
	struct addrinfo *source; /* our address, or NULL */
	struct preamble *preamble;
	struct retransmission *kept;

	struct lookup *lookup;      /* NULL: none is under way */
	struct transport transport; /* and its connection */
	uint64_t acknowledged;      /* octets of the connection */
	uint64_t moved_ms; /* when that grew, or nothing was in flight */
	bool reopening;    /* closing, to begin with another preamble */
	bool was_up;       /* the last failure came after the preamble */
	bool given_up;     /* is_given_up when the queue was closed */
	bool done;         /* closed in good order after the last message */
};

static const struct destination_options *
options_of(const struct session *s)
{
	return &s->sender->base.options;
}

static bool
is_up(const struct session *s)
{
	return s->transport.preamble != NULL;
}

/* Why records are lost now. */
static enum loss
loss_reason(const struct session *s)
{
	return s->was_up ? LOSS_SEND : LOSS_CONNECT;
}

/* --- giving up */

static uint64_t
give_up_at(const struct session *s)
{
	uint32_t seconds = options_of(s)->give_up_seconds;

	return seconds == 0 ? UINT64_MAX
	                    : s->sender->progress_ms + (uint64_t)seconds * 1000;
}

/* The export thread no longer waits for this collector. */
static bool
is_given_up(const struct session *s)
{
	return clock_ms() >= give_up_at(s);
}

static uint64_t
finish_until(const struct session *s)
{
	return sender_finishing(s->sender) && s->given_up
	           ? 0
	           : sender_finish_until(s->sender);
}

/* One more attempt, whatever the back-off says. */
static void
check_finish(struct session *s)
{
	if (!sender_check_finish(s->sender))
		return;
	s->given_up = options_of(s)->wait && retransmission_pending(s->kept) &&
	              is_given_up(s);
	s->peer->again_ms = 0;
}

/* --- from the queue */

/* Find a place for it; false: there is none, and it is in the queue again. */
static bool
store(struct session *s, struct queued_message *message)
{
	struct message_queue *queue = &s->sender->queue;

	while (!retransmission_store(s->kept, message,
	    options_of(s)->wait && !is_given_up(s) &&
	        !sender_finishing(s->sender))) {
		if (!message_queue_writer_waits(queue) || !is_given_up(s)) {
			message_queue_return(queue, message);
			return false;
		}
		if (!retransmission_overflow(s->kept, message, loss_reason(s)))
			break;
	}
	message_queue_made_room(queue);
	return true;
}

/* From the queue to memory or the spool, and from the spool to memory. */
static void
fetch(struct session *s)
{
	struct queued_message *message;

	retransmission_refill(s->kept, is_up(s));
	while ((message = message_queue_take(&s->sender->queue)) != NULL) {
		if (!retransmission_pending(s->kept))
			s->sender->progress_ms = s->moved_ms = clock_ms();
		if (!store(s, message))
			break;
	}
	retransmission_refill(s->kept, is_up(s));
}

/* --- failures */

static void
session_failed(struct session *s, const char *what, const char *why)
{
	peer_failed(s->peer, s->sender, what, why);
	peer_back_off(s->peer, BACKOFF_MIN_MS, BACKOFF_MAX_MS, true);
}

static void
drop_connection(struct session *s)
{
	connection_free(&s->transport.connection);
	s->transport.preamble = NULL;
	s->reopening = false;
}

static void
connection_lost(struct session *s, const char *why)
{
	s->was_up = is_up(s);
	session_failed(
	    s, s->was_up ? "connection to" : "cannot connect to", why);
	drop_connection(s);
	retransmission_rewind(s->kept);
}

/* --- connecting */

static void
begin_connection(struct session *s, struct addrinfo *addresses)
{
	const struct destination_options *options = options_of(s);
	struct connection_options connection_options = {
		.connect_timeout_ms = options->connect_timeout_seconds * 1000,
		.silence_ms = options->send_timeout_seconds * 1000,
		.source = s->source,
		.tls = s->tls,
	};

	s->transport.connection =
	    connection_new(addresses, &connection_options);
	if (s->transport.connection == NULL)
		session_failed(s, "cannot connect to", strerror(ENOMEM));
}

static void
step_lookup(struct session *s)
{
	struct addrinfo *addresses;
	const char *why;
	int result = lookup_step(&s->lookup, s->peer->host, s->peer->port,
	    SOCK_STREAM, s->sender->queue.wake, &addresses, &why);

	if (result == 0)
		return;
	s->was_up = false;
	if (result < 0)
		session_failed(s, "cannot look up", why);
	else
		begin_connection(s, addresses);
}

/* With the preamble that explains the next message. */
static void
begin_transport(struct session *s)
{
	const struct queued_message *next = retransmission_next(s->kept);

	if (transport_begin(&s->transport,
	        next != NULL ? next->preamble : s->preamble) != 0)
		return;
	s->acknowledged = 0;
	s->moved_ms = clock_ms();
	s->sender->counts.connects++;
	peer_works(s->peer, s->sender, "connected");
}

/* --- sending */

/* The next message, if this connection's preamble explains it. */
static struct queued_message *
next_message(const struct session *s)
{
	struct queued_message *next = retransmission_next(s->kept);

	return next != NULL && next->preamble == s->transport.preamble ? next
	                                                               : NULL;
}

static void
send_messages(struct session *s)
{
	struct queued_message *message;

	while (connection_wants_more(s->transport.connection) &&
	       (message = next_message(s)) != NULL &&
	       transport_send(&s->transport, message) == 0)
		retransmission_sent(
		    s->kept, connection_written(s->transport.connection));
}

/* There is something to send or to fetch, and the connection takes more. */
static bool
is_busy(const struct session *s)
{
	if (!is_up(s) || !connection_wants_more(s->transport.connection))
		return false;
	if (retransmission_next(s->kept) != NULL)
		return next_message(s) != NULL;
	return retransmission_has_room(s->kept) &&
	       (!message_queue_empty(&s->sender->queue) ||
	           retransmission_has_spooled(s->kept));
}

static void
check_acknowledgements(struct session *s)
{
	uint64_t octets = connection_acknowledged(s->transport.connection);

	if (octets > s->acknowledged) {
		s->acknowledged = octets;
		s->moved_ms = clock_ms();
	}
	if (retransmission_acknowledge(s->kept, octets))
		s->peer->backoff_ms = 0;
}

/* Until the connection takes no more, but look at what is acknowledged. */
static void
send_all(struct session *s)
{
	for (unsigned i = 0; i < SEND_ROUNDS; i++) {
		fetch(s);
		send_messages(s);
		transport_send_statistics(&s->transport, &s->sender->queue);
		connection_step(s->transport.connection);
		if (!is_busy(s))
			break;
	}
	check_acknowledgements(s);
}

static bool
is_silent(const struct session *s)
{
	return is_up(s) && retransmission_in_flight(s->kept) &&
	       clock_ms() - s->moved_ms >=
	           (uint64_t)options_of(s)->send_timeout_seconds * 1000;
}

/* --- closing */

static bool
must_close(const struct session *s)
{
	if (!is_up(s) || retransmission_in_flight(s->kept))
		return false;
	if (retransmission_next(s->kept) != NULL)
		return next_message(s) == NULL;
	return sender_finishing(s->sender) &&
	       !retransmission_pending(s->kept) &&
	       message_queue_empty(&s->sender->queue);
}

static void
begin_close(struct session *s)
{
	s->reopening = !sender_finishing(s->sender) ||
	               retransmission_next(s->kept) != NULL;
	connection_close(s->transport.connection);
}

static void
end_close(struct session *s)
{
	retransmission_all_acknowledged(
	    s->kept, connection_peer_closed(s->transport.connection));
	if (s->reopening)
		drop_connection(s);
	else
		s->done = true;
}

/* --- steps */

static void
step_connection(struct session *s)
{
	enum connection_state state;

	connection_step(s->transport.connection);
	state = connection_state(s->transport.connection);
	if (state == CONNECTION_UP && !is_up(s))
		begin_transport(s);
	if (state == CONNECTION_UP && is_up(s)) {
		send_all(s);
		if (must_close(s))
			begin_close(s);
	}
	state = connection_state(s->transport.connection);
	if (state == CONNECTION_BROKEN)
		connection_lost(s, connection_error(s->transport.connection));
	else if (is_silent(s))
		connection_lost(s, "no progress in time");
	else if (state == CONNECTION_CLOSED)
		end_close(s);
}

static void
session_step(struct session *s)
{
	check_finish(s);
	fetch(s);
	if (s->transport.connection != NULL)
		step_connection(s);
	else if (s->lookup != NULL || clock_ms() >= s->peer->again_ms)
		step_lookup(s);
}

static uint64_t
connection_step_at(const struct session *s)
{
	uint64_t now = clock_ms();
	enum connection_state state = connection_state(s->transport.connection);

	if (state >= CONNECTION_CLOSED || is_busy(s))
		return now;
	if (retransmission_in_flight(s->kept) || state == CONNECTION_CLOSING)
		return now + ACKNOWLEDGED_MS;
	return retransmission_awaits_age(s->kept)
	           ? now + ACKNOWLEDGED_IDLE_MS
	           : connection_deadline(s->transport.connection);
}

static void
session_sleep(struct session *s)
{
	struct message_queue *queue = &s->sender->queue;
	uint64_t until = finish_until(s);

	if (message_queue_writer_waits(queue) && !is_given_up(s))
		until = clock_earlier(until, give_up_at(s));
	if (s->transport.connection != NULL) {
		until = clock_earlier(until, connection_step_at(s));
		message_queue_sleep(queue,
		    connection_fd(s->transport.connection),
		    connection_events(s->transport.connection), until);
	} else {
		if (s->lookup == NULL)
			until = clock_earlier(until, s->peer->again_ms);
		message_queue_sleep(queue, -1, 0, until);
	}
}

static bool
is_over(const struct session *s)
{
	const struct destination_counts *counts = &s->sender->counts;

	if (s->done || clock_ms() >= finish_until(s))
		return true;
	/* There never was anything to send, and nobody to send it to. */
	return sender_finishing(s->sender) && s->transport.connection == NULL &&
	       !retransmission_pending(s->kept) &&
	       message_queue_empty(&s->sender->queue) &&
	       counts->delivered + counts->sent == 0 &&
	       s->sender->error[0] != '\0';
}

static void
session_report(struct session *s)
{
	retransmission_report(s->kept);
	sender_report(s->sender);
}

static void
session_leave(struct session *s)
{
	struct queued_message *message;
	enum loss reason = loss_reason(s);

	retransmission_leave(s->kept, reason);
	while ((message = message_queue_take(&s->sender->queue)) != NULL)
		retransmission_leave_message(s->kept, message, reason);
}

void *
session_run(void *argument)
{
	struct session *s = argument;

	s->moved_ms = s->sender->progress_ms = clock_ms();
	for (;;) {
		session_step(s);
		session_report(s);
		if (is_over(s))
			break;
		session_sleep(s);
	}
	session_leave(s);
	session_report(s);
	return NULL;
}

/* --- life */

struct session *
session_new(struct sender *sender, struct peer *peer, struct tls *tls,
    const char *label, char error[DESTINATION_ERROR_SIZE])
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		tls_free(&tls);
		return NULL;
	}
	s->sender = sender;
	s->transport.counts = &sender->counts;
	s->peer = peer;
	s->tls = tls;
	if (peer_source(options_of(s)->source_address, SOCK_STREAM, &s->source,
	        error) == 0)
		s->kept = retransmission_new(sender, label, error);
	if (s->kept == NULL)
		session_free(&s);
	return s;
}

void
session_free(struct session **pointer)
{
	struct session *s = *pointer;

	if (s == NULL)
		return;
	connection_free(&s->transport.connection);
	lookup_free(&s->lookup);
	retransmission_free(&s->kept);
	if (s->source != NULL)
		freeaddrinfo(s->source);
	tls_free(&s->tls);
	preamble_free(&s->preamble);
	free(s);
	*pointer = NULL;
}

int
session_set_templates(struct session *s, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	s->preamble = preamble_new(templates, templates_count, types,
	    options_of(s)->types_tcp ? types_count : 0);
	if (s->preamble == NULL)
		return -1;
	retransmission_set_preamble(s->kept, s->preamble);
	return 0;
}
