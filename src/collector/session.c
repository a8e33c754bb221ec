/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "exflow/base/clock.h"
#include "exflow/base/thread.h"

#include "session_internal.h"

bool
session_given_up(const struct session *c)
{
	return c->options.give_up_seconds != 0 &&
	       clock_ms() - c->gained_ms >=
	           (uint64_t)c->options.give_up_seconds * 1000;
}

bool
session_finishing(const struct session *c)
{
	return c->finish_ms != 0;
}

/* --- the thread */

static void
session_tell(struct session *c)
{
	if (c->spool != NULL) {
		c->tally.in_spool = spool_records(c->spool);
		c->tally.spool_octets = spool_octets(c->spool);
	}
	message_queue_report(&c->queue, &c->tally, c->error);
}

/* One attempt more, whatever the back-off says. */
static void
session_begin_to_finish(struct session *c)
{
	if (c->finish_ms != 0 || !message_queue_finishing(&c->queue))
		return;
	c->finish_ms = clock_ms();
	c->hopeless =
	    c->options.wait && retransmission_pending(c) && session_given_up(c);
	c->again_ms = 0;
}

/*
 * While a file is read the time goes on from the last progress, as what is
 * left would be lost; live it is all the time that there is.
 */
static uint64_t
finish_until(const struct session *c)
{
	uint64_t from = c->finish_ms;

	if (c->finish_ms == 0)
		return UINT64_MAX;
	if (c->hopeless || atomic_load(&c->at_once))
		return 0;
	if (c->options.wait && c->gained_ms > from)
		from = c->gained_ms;
	return from + (uint64_t)c->options.shutdown_timeout_seconds * 1000;
}

static bool
session_over(struct session *c)
{
	if (link_done(c) || clock_ms() >= finish_until(c))
		return true;
	/* Nobody is there, and there is nothing to bring. */
	return session_finishing(c) && c->connection == NULL &&
	       !retransmission_pending(c) && message_queue_empty(&c->queue) &&
	       c->tally.delivered + c->tally.sent == 0 && c->error[0] != '\0';
}

/* Somebody waits for room: when that is over. */
static uint64_t
give_up_at(struct session *c)
{
	if (!message_queue_waiting(&c->queue) || session_given_up(c) ||
	    c->options.give_up_seconds == 0)
		return UINT64_MAX;
	return c->gained_ms + (uint64_t)c->options.give_up_seconds * 1000;
}

static void
session_sleep(struct session *c)
{
	uint64_t until = link_deadline(c), finish = finish_until(c);
	uint64_t give_up = give_up_at(c);
	bool open = c->connection != NULL;

	if (give_up < until)
		until = give_up;
	if (finish < until)
		until = finish;
	if (open)
		message_queue_sleep(&c->queue, connection_fd(c->connection),
		    connection_events(c->connection), until);
	else
		message_queue_sleep(&c->queue, -1, 0, until);
}

static void *
session_run(void *argument)
{
	struct session *c = argument;

	c->moved_ms = c->gained_ms = clock_ms();
	for (;;) {
		session_begin_to_finish(c);
		retransmission_collect(c);
		link_step(c);
		session_tell(c);
		if (session_over(c))
			break;
		session_sleep(c);
	}
	retransmission_leave(c);
	session_tell(c);
	return NULL;
}

static int
session_spawn(struct session *c)
{
	int code = thread_start(&c->thread, "session", session_run, c);

	c->running = code == 0;
	return code;
}

/* --- life */

static int
session_open_spool(
    struct session *c, const char *label, char error[DESTINATION_ERROR_SIZE])
{
	struct spool_options options = {
		.directory = c->options.spool_dir,
		.name = label,
		.octets = c->options.spool_octets,
		.age_seconds = c->options.spool_age_seconds,
	};

	if (c->options.spool_dir == NULL)
		return 0;
	c->spool = spool_new(&options, error);
	if (c->spool == NULL)
		return -1;
	c->tally.recovered = spool_recovered(c->spool);
	return 0;
}

static int
session_init(struct session *c, const struct destination *destination,
    char error[DESTINATION_ERROR_SIZE])
{
	uint64_t half;
	int code;

	c->options = destination->options;
	half = c->options.queue_octets / 2;
	c->bound = half;
	message_list_init(&c->unsent);
	message_list_init(&c->sent);
	code = message_queue_init(&c->queue, half, c->options.wait);
	c->name = strdup(destination->name);
	if (code == 0 && c->name != NULL)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s",
	    strerror(code != 0 ? code : ENOMEM));
	return -1;
}

struct session *
session_new(const struct destination *destination, struct peer *peer,
    struct tls *tls, const char *label, char error[DESTINATION_ERROR_SIZE])
{
	struct session *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		return NULL;
	}
	c->peer = *peer;
	c->tls = tls;
	*peer = (struct peer){ NULL, NULL };
	if (session_init(c, destination, error) == 0 &&
	    peer_source(c->options.source_address, SOCK_STREAM, &c->source,
	        error) == 0 &&
	    session_open_spool(c, label, error) == 0)
		return c;
	session_free(&c);
	return NULL;
}

int
session_start(struct session *c, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count,
    char error[DESTINATION_ERROR_SIZE])
{
	int code = ENOMEM;

	c->preamble = preamble_new(templates, templates_count, types,
	    c->options.types_tcp ? types_count : 0);
	if (c->preamble != NULL) {
		if (c->spool != NULL)
			spool_greet(c->spool, c->preamble);
		code = session_spawn(c);
	}
	if (code == 0)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE, "cannot start a thread: %s",
	    strerror(code));
	return -1;
}

void
session_message(struct session *c, const struct message *message)
{
	message_queue_put(&c->queue, message);
}

void
session_statistics(struct session *c, const struct message *message)
{
	message_queue_put_statistics(&c->queue, message);
}

void
session_read(struct session *c, struct destination *destination)
{
	message_queue_read(&c->queue, destination);
}

void
session_ending(struct session *c)
{
	if (c->running)
		message_queue_finish(&c->queue);
}

void
session_finish(struct session *c, bool at_once)
{
	if (!c->running)
		return;
	if (at_once)
		atomic_store(&c->at_once, true);
	message_queue_finish(&c->queue);
	pthread_join(c->thread, NULL);
	c->running = false;
}

void
session_free(struct session **pointer)
{
	struct session *c = *pointer;

	if (c == NULL)
		return;
	if (c->running) {
		session_finish(c, true);
	}
	link_free(c);
	message_list_clear(&c->unsent);
	message_list_clear(&c->sent);
	spool_free(&c->spool);
	message_queue_clear(&c->queue);
	if (c->source != NULL)
		freeaddrinfo(c->source);
	tls_free(&c->tls);
	preamble_free(&c->preamble);
	peer_clear(&c->peer);
	free(c->name);
	free(c);
	*pointer = NULL;
}
