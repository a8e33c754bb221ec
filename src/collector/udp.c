/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX over UDP (RFC 7011, 10.3): one message a datagram.
 *
 * A thread for each collector takes messages from the queue and sends them at
 * the rate that is allowed: a sender that replays a file is faster than any
 * collector, and what a collector's full socket buffer drops nobody tells us.
 * Neither this nor a name that is being looked up holds up another output.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "exflow/base/clock.h"
#include "exflow/base/thread.h"
#include "exflow/collector/kinds.h"

#include "udp_internal.h"

static uint32_t
udp_message_octets(const struct destination *destination)
{
	return destination->options.udp_message_octets;
}

/* --- counts */

/* The last kind takes what does not fit; code 0 marks a free one. */
void
udp_trouble(struct udp *u, int code, uint64_t messages)
{
	struct destination_error *errors = u->tally.errors;
	size_t i = 0;

	while (i + 1 < DESTINATION_ERRORS && errors[i].code != 0 &&
	       errors[i].code != code)
		i++;
	errors[i].code = code;
	errors[i].count += messages;
	snprintf(u->error, sizeof(u->error), "%s", strerror(code));
}

void
udp_lose(struct udp *u, enum loss reason, uint64_t records)
{
	u->tally.lost[reason] += records;
}

/* --- the thread */

bool
udp_finishing(const struct udp *u)
{
	return u->finish_ms != 0;
}

bool
udp_hopeless(const struct udp *u)
{
	return u->trouble_ms != 0 &&
	       clock_ms() - u->trouble_ms >=
	           (uint64_t)u->base.options.connect_timeout_seconds * 1000;
}

/*
 * While a file is read the time goes on from the last message, as what is left
 * would be lost; live it is all the time that there is.
 */
static uint64_t
finish_until(const struct udp *u)
{
	const struct destination_options *options = &u->base.options;
	uint64_t from = u->finish_ms;

	if (from == 0)
		return UINT64_MAX;
	if (atomic_load(&u->at_once))
		return 0;
	if (options->wait && u->gained_ms > from)
		from = u->gained_ms;
	return from + (uint64_t)options->shutdown_timeout_seconds * 1000;
}

static bool
udp_idle(struct udp *u)
{
	return u->batched == 0 && message_queue_empty(&u->queue);
}

/* Who waits for room, or for the end, does not for one that is not there. */
static bool
udp_impatient(const struct udp *u)
{
	return u->base.options.wait || udp_finishing(u);
}

static bool
udp_over(struct udp *u)
{
	if (!udp_finishing(u))
		return false;
	if (clock_ms() >= finish_until(u))
		return true;
	return udp_idle(u) && u->state != UDP_GREETING &&
	       (u->state != UDP_OPEN || u->greeted == u->preamble_count);
}

static void
udp_step(struct udp *u)
{
	if (u->finish_ms == 0 && message_queue_finishing(&u->queue))
		u->finish_ms = clock_ms();
	udp_link_step(u);
	if (u->state == UDP_OPEN)
		udp_send_data(u);
	if (udp_hopeless(u) && udp_impatient(u))
		udp_send_nothing(u);
	message_queue_report(&u->queue, &u->tally, u->error);
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
udp_sleep(struct udp *u)
{
	bool blocked = u->full && u->full_ms == 0;
	uint64_t until = earlier(finish_until(u), udp_link_deadline(u));

	until = earlier(until, udp_report_deadline(u));
	if (u->state == UDP_OPEN && !udp_idle(u))
		until = earlier(until, udp_send_deadline(u));
	if (u->trouble_ms != 0 && udp_impatient(u) && !udp_hopeless(u))
		until = earlier(until,
		    u->trouble_ms +
		        (uint64_t)u->base.options.connect_timeout_seconds *
		            1000);
	message_queue_sleep(&u->queue, u->fd, blocked ? POLLOUT : 0, until);
}

/* The report about the last datagram may be under way. */
static void
udp_last_report(struct udp *u)
{
	struct pollfd poller = { .fd = u->fd };
	int code;

	if (u->sent_count > 0)
		(void)poll(&poller, 1, UDP_PROBE_MS);
	(void)udp_report_read(u, &code);
	udp_report_settle(u, true);
}

static void *
udp_run(void *argument)
{
	struct udp *u = argument;

	u->trouble_ms = clock_ms();
	for (;;) {
		udp_step(u);
		if (udp_over(u))
			break;
		udp_sleep(u);
	}
	udp_send_nothing(u);
	udp_last_report(u);
	if (destination_lost(&u->tally) > 0 && u->error[0] == '\0')
		snprintf(u->error, sizeof(u->error),
		    "not all could be sent in time");
	message_queue_report(&u->queue, &u->tally, u->error);
	return NULL;
}

static int
udp_spawn(struct udp *u)
{
	int code = thread_start(&u->thread, "udp", udp_run, u);

	u->running = code == 0;
	return code;
}

/* --- for the export thread */

/* Nothing is asked of anybody yet. */
static int
udp_start(struct destination *destination)
{
	struct udp *u = (struct udp *)destination;
	const struct destination_options *options = &destination->options;
	int code;

	if (peer_source(options->source_address, SOCK_DGRAM, &u->source,
	        destination->error) != 0)
		return -1;
	code =
	    message_queue_init(&u->queue, options->queue_octets, options->wait);
	u->message_queue_ready = true;
	if (code != 0)
		destination_fail(destination, "%s", strerror(code));
	return code == 0 ? 0 : -1;
}

static void
udp_templates(struct destination *destination, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct udp *u = (struct udp *)destination;
	int code = ENOMEM;

	if (udp_greeting_set(u, templates, templates_count, types,
	        destination->options.types_udp ? types_count : 0) == 0)
		code = udp_spawn(u);
	if (code != 0)
		destination_fail(
		    destination, "cannot start a thread: %s", strerror(code));
}

static void
udp_message(struct destination *destination, const struct message *message)
{
	struct udp *u = (struct udp *)destination;

	if (!u->running) {
		destination_lose(destination, LOSS_CONNECT, message->records);
		return;
	}
	message_queue_put(&u->queue, message);
	message_queue_read(&u->queue, destination);
}

static void
udp_statistics(struct destination *destination, const struct message *message)
{
	struct udp *u = (struct udp *)destination;

	if (u->running)
		message_queue_put_statistics(&u->queue, message);
}

/* The thread counts on while nothing comes. */
static uint64_t
udp_tick(struct destination *destination, uint64_t now_ms)
{
	struct udp *u = (struct udp *)destination;

	if (!u->running)
		return 0;
	message_queue_read(&u->queue, destination);
	return now_ms + DESTINATION_STATUS_MS;
}

static void
udp_stop(struct udp *u, bool at_once)
{
	if (!u->running)
		return;
	atomic_store(&u->at_once, at_once);
	message_queue_finish(&u->queue);
	pthread_join(u->thread, NULL);
	u->running = false;
}

/* The last word: all that went wrong, by kind. */
static void
udp_summary(struct destination *destination)
{
	const struct destination_error *errors = destination->counts.errors;
	char text[DESTINATION_ERROR_SIZE] = "";
	size_t used = 0;

	for (size_t i = 0; i < DESTINATION_ERRORS; i++)
		if (errors[i].code != 0 && used < sizeof(text))
			used += (size_t)snprintf(text + used,
			    sizeof(text) - used, "%s%s (%" PRIu64 " times)",
			    used > 0 ? ", " : "", strerror(errors[i].code),
			    errors[i].count);
	if (used > 0)
		destination_fail(destination, "%s", text);
}

static void
udp_ending(struct destination *destination)
{
	struct udp *u = (struct udp *)destination;

	if (u->running)
		message_queue_finish(&u->queue);
}

static int
udp_finish(struct destination *destination)
{
	struct udp *u = (struct udp *)destination;

	if (!u->running)
		return -1;
	udp_stop(u, false);
	message_queue_read(&u->queue, destination);
	if (destination_lost(&destination->counts) == 0)
		return 0;
	udp_summary(destination);
	return -1;
}

static void
udp_free(struct destination *destination)
{
	struct udp *u = (struct udp *)destination;

	udp_stop(u, true);
	udp_link_free(u);
	udp_send_free(u);
	if (u->message_queue_ready)
		message_queue_clear(&u->queue);
	if (u->source != NULL)
		freeaddrinfo(u->source);
	peer_clear(&u->peer);
}

static const struct destination_ops udp_ops = {
	.scheme = "udp",
	.message_octets = udp_message_octets,
	.start = udp_start,
	.templates = udp_templates,
	.message = udp_message,
	.statistics = udp_statistics,
	.tick = udp_tick,
	.ending = udp_ending,
	.finish = udp_finish,
	.free = udp_free,
};

struct destination *
udp_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct peer peer = { NULL, NULL };
	struct udp *u;

	if (peer_parse(&peer, spec, argument, IPFIX_PORT_DEFAULT, error) != 0)
		return NULL;
	u = destination_alloc(sizeof(*u), &udp_ops, spec, options, error);
	if (u == NULL) {
		peer_clear(&peer);
		return NULL;
	}
	u->fd = -1;
	u->peer = peer;
	return &u->base;
}
