/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"

#include "session_internal.h"

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000
#define TELL_MS 60000 /* the same trouble is logged so often at most */
#define CLOSE_MS 1000 /* for the peer to close, too */
#define DELIVER_ROUNDS 16
#define TICK_MS 20       /* between two looks at the acknowledgements … */
#define TICK_IDLE_MS 250 /* … and when all that is left is kept ones */

/* --- trouble */

/* A quarter more or less, so that exporters do not come all at once. */
static uint32_t
jittered(uint32_t ms)
{
	uint16_t number = 0;

	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return ms - ms / 4 + (uint32_t)((uint64_t)(ms / 2) * number / 65535);
}

static void
link_tell(struct session *c)
{
	uint64_t now = clock_ms();

	if (c->logged_ms != 0 && now - c->logged_ms < TELL_MS) {
		log_debug("%s: %s", c->name, c->error);
		return;
	}
	c->logged_ms = now;
	log_warning("%s: %s; trying again", c->name, c->error);
}

/* The link is down for this reason; when to try again. */
static void
link_fail(struct session *c, const char *what, const char *why)
{
	snprintf(c->error, sizeof(c->error), "%s %s port %s: %s", what,
	    c->peer.host, c->peer.port, why);
	link_tell(c);
	if (c->backoff_ms == 0)
		c->backoff_ms = BACKOFF_MIN_MS;
	c->again_ms = clock_ms() + jittered(c->backoff_ms);
	c->backoff_ms *= 2;
	if (c->backoff_ms > BACKOFF_MAX_MS)
		c->backoff_ms = BACKOFF_MAX_MS;
}

static void
link_drop(struct session *c)
{
	connection_free(&c->connection);
	c->up = c->turning = false;
	c->greeted = NULL;
	c->closed_ms = 0;
}

static void
link_broken(struct session *c, const char *why)
{
	c->reached =
	    connection_state(c->connection) != CONNECTION_CONNECTING && c->up;
	link_fail(c, c->reached ? "connection to" : "cannot connect to", why);
	link_drop(c);
	retransmission_rewind(c);
}

/* --- up */

static void
link_connect(struct session *c, struct addrinfo *list)
{
	struct connection_options options = {
		.connect_timeout_ms = c->options.connect_timeout_seconds * 1000,
		.silence_ms = c->options.send_timeout_seconds * 1000,
		.source = c->source,
		.tls = c->tls,
	};

	c->connection = connection_new(list, &options);
	if (c->connection == NULL)
		link_fail(c, "cannot connect to", strerror(ENOMEM));
}

static void
link_look_up(struct session *c)
{
	struct addrinfo *list;
	const char *why;
	int done;

	if (c->lookup == NULL) {
		c->lookup = lookup_new(&c->peer, SOCK_STREAM, c->queue.wake);
		if (c->lookup == NULL)
			link_fail(c, "cannot look up", strerror(errno));
		return;
	}
	done = lookup_result(c->lookup, &list, &why);
	if (done == 0)
		return;
	lookup_free(&c->lookup);
	c->reached = false;
	if (done < 0)
		link_fail(c, "cannot look up", why);
	else
		link_connect(c, list);
}

static void
link_greet(struct session *c)
{
	struct preamble *preamble = c->preamble;

	if (c->unsent.head != NULL)
		preamble = c->unsent.head->preamble;
	preamble_stamp(preamble);
	if (connection_put(c->connection, preamble->octets, preamble->length) !=
	    0)
		return;
	c->up = true;
	c->greeted = preamble;
	c->sequence = preamble->records;
	c->statistics_sequence = 0;
	c->tally.messages += preamble->messages;
	c->tally.octets += preamble->length;
	c->tally.connects++;
	c->last_octets = 0;
	c->moved_ms = clock_ms();
	if (c->logged_ms != 0)
		log_warning("%s: connected", c->name);
	c->logged_ms = 0;
}

/* --- data */

static int
link_send(struct session *c, struct queued_message *queued)
{
	c->sequence += queued->missing;
	message_stamp(queued->octets, c->sequence, (uint32_t)time(NULL));
	if (connection_put(c->connection, queued->octets, queued->length) != 0)
		return -1;
	c->sequence += queued->records;
	queued->end = connection_queued(c->connection);
	c->tally.messages++;
	c->tally.octets += queued->length;
	c->tally.sent += queued->records;
	if (queued->sent_before)
		c->tally.replayed += queued->records;
	return 0;
}

static void
link_feed(struct session *c)
{
	while (c->unsent.head != NULL && connection_hungry(c->connection) &&
	       c->unsent.head->preamble == c->greeted) {
		struct queued_message *queued = message_list_take(&c->unsent);

		if (link_send(c, queued) != 0) {
			message_list_put_first(&c->unsent, queued);
			return;
		}
		message_list_put(&c->sent, queued);
		if (c->waited_for == NULL)
			c->waited_for = queued;
	}
}

/* Between two messages; what breaks is found by the next one. */
static void
link_tell_statistics(struct session *c)
{
	struct queued_message *queued;

	if (!connection_hungry(c->connection))
		return;
	queued = message_queue_take_statistics(&c->queue);
	if (queued == NULL)
		return;
	if (c->statistics_sequence > 0)
		queued->length =
		    message_drop_templates(queued->octets, queued->length);
	message_stamp(
	    queued->octets, c->statistics_sequence, (uint32_t)time(NULL));
	if (connection_put(c->connection, queued->octets, queued->length) == 0)
		c->statistics_sequence += queued->records;
	free(queued);
}

/* Acknowledgements; also whether the peer still moves. */
static void
link_settle(struct session *c)
{
	uint64_t octets = connection_acknowledged(c->connection);
	uint64_t now = clock_ms();

	if (octets > c->last_octets) {
		if (c->waited_for != NULL && c->waited_for->end <= octets)
			c->backoff_ms = 0;
		c->last_octets = octets;
		c->moved_ms = now;
	}
	retransmission_settle(c, octets, connection_unread(c->connection));
}

static bool
link_silent(const struct session *c)
{
	return c->waited_for != NULL && c->up &&
	       clock_ms() - c->moved_ms >=
	           (uint64_t)c->options.send_timeout_seconds * 1000;
}

/* --- the end of a connection */

/* Our FIN counts as an octet: with it everything is acknowledged. */
static bool
link_closed(struct session *c)
{
	uint64_t now = clock_ms();

	if (connection_state(c->connection) == CONNECTION_CLOSED)
		return true;
	if (connection_acknowledged(c->connection) <=
	    connection_queued(c->connection))
		return false;
	if (c->closed_ms == 0)
		c->closed_ms = now;
	return now - c->closed_ms >= CLOSE_MS;
}

static bool
link_close_wanted(struct session *c)
{
	if (c->waited_for != NULL || !c->up)
		return false;
	if (c->unsent.head != NULL)
		return c->unsent.head->preamble != c->greeted;
	return session_finishing(c) && !retransmission_pending(c) &&
	       message_queue_empty(&c->queue);
}

static void
link_close(struct session *c)
{
	c->turning = !session_finishing(c) || c->unsent.head != NULL;
	connection_close(c->connection);
}

/* There is something to send, or to fetch, and the kernel takes more. */
static bool
link_busy(struct session *c)
{
	if (!c->up || !connection_hungry(c->connection))
		return false;
	if (c->unsent.head != NULL)
		return c->unsent.head->preamble == c->greeted;
	return retransmission_fetchable(c);
}

/* Until the kernel takes no more; but look at the acknowledgements often. */
static void
link_deliver(struct session *c)
{
	for (unsigned i = 0; i < DELIVER_ROUNDS; i++) {
		retransmission_collect(c);
		link_feed(c);
		link_tell_statistics(c);
		connection_step(c->connection);
		if (!link_busy(c))
			break;
	}
	link_settle(c);
}

static void
link_carry(struct session *c)
{
	enum connection_state state;

	connection_step(c->connection);
	state = connection_state(c->connection);
	if (state == CONNECTION_UP && !c->up)
		link_greet(c);
	if (state == CONNECTION_UP && c->up) {
		link_deliver(c);
		if (link_close_wanted(c))
			link_close(c);
	}
	state = connection_state(c->connection);
	if (state == CONNECTION_BROKEN)
		link_broken(c, connection_error(c->connection));
	else if (link_silent(c))
		link_broken(c, "no progress in time");
	else if (state >= CONNECTION_CLOSING && link_closed(c)) {
		retransmission_release(c);
		if (c->turning)
			link_drop(c);
		else
			c->closed_ms = UINT64_MAX; /* done */
	}
}

/* --- from outside */

void
link_step(struct session *c)
{
	if (c->connection != NULL)
		link_carry(c);
	else if (c->lookup != NULL || clock_ms() >= c->again_ms)
		link_look_up(c);
}

uint64_t
link_deadline(struct session *c)
{
	uint64_t now = clock_ms(), deadline;

	if (c->connection == NULL)
		return c->lookup != NULL ? UINT64_MAX : c->again_ms;
	if (connection_state(c->connection) >= CONNECTION_CLOSED ||
	    link_busy(c))
		return now;
	deadline = connection_deadline(c->connection);
	if (c->waited_for != NULL ||
	    connection_state(c->connection) == CONNECTION_CLOSING)
		return now + TICK_MS;
	return c->sent.count > 0 ? now + TICK_IDLE_MS : deadline;
}

bool
link_done(const struct session *c)
{
	return c->closed_ms == UINT64_MAX;
}

void
link_free(struct session *c)
{
	connection_free(&c->connection);
	lookup_free(&c->lookup);
}
