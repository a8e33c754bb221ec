/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "courier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "exflow/thread.h"

#include "courier_internal.h"

bool
courier_given_up(const struct courier *c)
{
	return c->options.give_up_seconds != 0 &&
	       peer_clock_ms() - c->gained_ms >=
	           (uint64_t)c->options.give_up_seconds * 1000;
}

bool
courier_finishing(const struct courier *c)
{
	return c->finish_ms != 0;
}

/* --- the thread */

static void
courier_tell(struct courier *c)
{
	if (c->spool != NULL) {
		c->tally.in_spool = spool_records(c->spool);
		c->tally.spool_octets = spool_octets(c->spool);
	}
	outbox_tell(&c->outbox, &c->tally, c->error);
}

/* One attempt more, whatever the back-off says. */
static void
courier_begin_to_finish(struct courier *c)
{
	if (c->finish_ms != 0 || !outbox_finishing(&c->outbox))
		return;
	c->finish_ms = peer_clock_ms();
	c->hopeless =
	    c->options.wait && stock_pending(c) && courier_given_up(c);
	c->again_ms = 0;
}

/*
 * While a file is read the time goes on from the last progress, as what is
 * left would be lost; live it is all the time that there is.
 */
static uint64_t
finish_until(const struct courier *c)
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
courier_over(struct courier *c)
{
	if (link_done(c) || peer_clock_ms() >= finish_until(c))
		return true;
	/* Nobody is there, and there is nothing to bring. */
	return courier_finishing(c) && c->connection == NULL &&
	       !stock_pending(c) && outbox_empty(&c->outbox) &&
	       c->tally.delivered + c->tally.sent == 0 && c->error[0] != '\0';
}

/* Somebody waits for room: when that is over. */
static uint64_t
give_up_at(struct courier *c)
{
	if (!outbox_waiting(&c->outbox) || courier_given_up(c) ||
	    c->options.give_up_seconds == 0)
		return UINT64_MAX;
	return c->gained_ms + (uint64_t)c->options.give_up_seconds * 1000;
}

static void
courier_sleep(struct courier *c)
{
	uint64_t until = link_deadline(c), finish = finish_until(c);
	uint64_t give_up = give_up_at(c);
	bool open = c->connection != NULL;

	if (give_up < until)
		until = give_up;
	if (finish < until)
		until = finish;
	if (open)
		outbox_sleep(&c->outbox, connection_fd(c->connection),
		    connection_events(c->connection), until);
	else
		outbox_sleep(&c->outbox, -1, 0, until);
}

static void *
courier_run(void *argument)
{
	struct courier *c = argument;

	c->moved_ms = c->gained_ms = peer_clock_ms();
	for (;;) {
		courier_begin_to_finish(c);
		stock_collect(c);
		link_step(c);
		courier_tell(c);
		if (courier_over(c))
			break;
		courier_sleep(c);
	}
	stock_leave(c);
	courier_tell(c);
	return NULL;
}

static int
courier_spawn(struct courier *c)
{
	int code = thread_start(&c->thread, "courier", courier_run, c);

	c->running = code == 0;
	return code;
}

/* --- life */

static int
courier_open_spool(
    struct courier *c, const char *label, char error[DESTINATION_ERROR_SIZE])
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
courier_init(struct courier *c, const struct destination *destination,
    char error[DESTINATION_ERROR_SIZE])
{
	uint64_t half;
	int code;

	c->options = destination->options;
	half = c->options.queue_octets / 2;
	c->bound = half;
	parcel_queue_init(&c->unsent);
	parcel_queue_init(&c->sent);
	code = outbox_init(&c->outbox, half, c->options.wait);
	c->name = strdup(destination->name);
	if (code == 0 && c->name != NULL)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s",
	    strerror(code != 0 ? code : ENOMEM));
	return -1;
}

struct courier *
courier_new(const struct destination *destination, struct peer *peer,
    struct tls *tls, const char *label, char error[DESTINATION_ERROR_SIZE])
{
	struct courier *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		return NULL;
	}
	c->peer = *peer;
	c->tls = tls;
	*peer = (struct peer){ NULL, NULL };
	if (courier_init(c, destination, error) == 0 &&
	    peer_source(c->options.source_address, SOCK_STREAM, &c->source,
	        error) == 0 &&
	    courier_open_spool(c, label, error) == 0)
		return c;
	courier_free(&c);
	return NULL;
}

int
courier_start(struct courier *c, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count,
    char error[DESTINATION_ERROR_SIZE])
{
	int code = ENOMEM;

	c->greeting = greeting_new(templates, templates_count, types,
	    c->options.types_tcp ? types_count : 0);
	if (c->greeting != NULL) {
		if (c->spool != NULL)
			spool_greet(c->spool, c->greeting);
		code = courier_spawn(c);
	}
	if (code == 0)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE, "cannot start a thread: %s",
	    strerror(code));
	return -1;
}

void
courier_message(struct courier *c, const struct message *message)
{
	outbox_put(&c->outbox, message);
}

void
courier_statistics(struct courier *c, const struct message *message)
{
	outbox_put_statistics(&c->outbox, message);
}

void
courier_read(struct courier *c, struct destination *destination)
{
	outbox_read(&c->outbox, destination);
}

void
courier_ending(struct courier *c)
{
	if (c->running)
		outbox_finish(&c->outbox);
}

void
courier_finish(struct courier *c, bool at_once)
{
	if (!c->running)
		return;
	if (at_once)
		atomic_store(&c->at_once, true);
	outbox_finish(&c->outbox);
	pthread_join(c->thread, NULL);
	c->running = false;
}

void
courier_free(struct courier **pointer)
{
	struct courier *c = *pointer;

	if (c == NULL)
		return;
	if (c->running) {
		courier_finish(c, true);
	}
	link_free(c);
	parcel_queue_clear(&c->unsent);
	parcel_queue_clear(&c->sent);
	spool_free(&c->spool);
	outbox_clear(&c->outbox);
	if (c->source != NULL)
		freeaddrinfo(c->source);
	tls_free(&c->tls);
	greeting_free(&c->greeting);
	peer_clear(&c->peer);
	free(c->name);
	free(c);
	*pointer = NULL;
}
