/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output with a thread of its own, in two halves:
 *
 *   export thread                            output thread
 *   struct proxy ──► event event event ──► output_worker.c ──► the output
 *        ▲                                        │
 *        └─────────── counts, error ◄─────────────┘
 *
 * The proxy is the destination that the export thread sees.  Each of its
 * operations becomes an event (output_event.h) in a bounded queue; the worker
 * calls the same operation of the output, in the same order.
 *
 * What can go wrong is a write that never returns: nobody can call it off.
 * At the end the worker is then abandoned with all it uses, and frees that
 * itself, should the write ever return.
 */
#include <config.h>

#include "exflow/output/output_thread.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "exflow/output/kind.h"

#include "output_event.h"
#include "output_worker.h"

struct proxy {
	struct destination base;
	struct destination_ops ops; /* those that the output has, too */
	struct output_worker *worker;
	bool ended; /* it was told that nothing more will come */
};

/* The event, with a copy of n octets. */
static void
proxy_put(struct proxy *proxy, const struct output_event *head,
    const void *octets, size_t n)
{
	output_worker_put(
	    proxy->worker, output_event_new(head, octets, n), head);
}

static uint32_t
proxy_message_octets(const struct destination *destination)
{
	const struct proxy *proxy = (const struct proxy *)destination;
	const struct destination *output = output_worker_output(proxy->worker);

	return output->ops->message_octets != NULL
	           ? output->ops->message_octets(output)
	           : 0;
}

static int
proxy_check(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;
	struct destination *output = output_worker_output(proxy->worker);
	int result = output->ops->check(output), code = errno;

	if (result != 0)
		destination_fail(destination, "%s", output->error);
	errno = code;
	return result;
}

static int
proxy_start(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;
	struct destination *output = output_worker_output(proxy->worker);
	int code;

	if (output->ops->start(output) != 0) {
		destination_fail(destination, "%s", output->error);
		return -1;
	}
	code = output_worker_start(proxy->worker);
	if (code == 0)
		return 0;
	destination_fail(
	    destination, "cannot start a thread: %s", strerror(code));
	return -1;
}

static void
proxy_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	const struct output_event event = {
		.kind = EVENT_TEMPLATES,
		.templates = templates,
		.templates_count = templates_count,
		.types = types,
		.types_count = types_count,
	};

	proxy_put((struct proxy *)destination, &event, NULL, 0);
}

/* Every second, as only the output knows which one it waits for. */
static timestamp
proxy_turn(struct destination *destination, timestamp now)
{
	const struct output_event event = { .kind = EVENT_TURN, .now = now };

	proxy_put((struct proxy *)destination, &event, NULL, 0);
	return timestamp_from((int64_t)(now.ns / NS_PER_SECOND) + 1, 0);
}

static void
proxy_message(struct destination *destination, const struct message *message)
{
	struct proxy *proxy = (struct proxy *)destination;
	const struct output_event event = {
		.kind = EVENT_MESSAGE,
		.records = message->records,
		.message = *message,
	};

	proxy_put(proxy, &event, message->octets, message->length);
	output_worker_get_counts(proxy->worker, &proxy->base);
}

static void
proxy_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct proxy *proxy = (struct proxy *)destination;
	const struct output_event head = { .kind = EVENT_EXCHANGES,
		.records = n };

	output_worker_put(
	    proxy->worker, output_event_new_exchanges(exchanges, n), &head);
	output_worker_get_counts(proxy->worker, &proxy->base);
}

static uint64_t
proxy_tick(struct destination *destination, uint64_t now_ms)
{
	struct proxy *proxy = (struct proxy *)destination;

	output_worker_get_counts(proxy->worker, destination);
	return now_ms + DESTINATION_STATUS_MS;
}

static void
proxy_rotate(struct destination *destination)
{
	const struct output_event event = { .kind = EVENT_ROTATE };

	proxy_put((struct proxy *)destination, &event, NULL, 0);
}

static void
proxy_reopen(struct destination *destination)
{
	const struct output_event event = { .kind = EVENT_REOPEN };

	proxy_put((struct proxy *)destination, &event, NULL, 0);
}

static void
proxy_ending(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;

	proxy->ended = true;
	output_worker_close(proxy->worker);
}

static int
proxy_finish(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;
	bool done;
	int result;

	proxy_ending(destination);
	done = output_worker_await(proxy->worker,
	    destination->options.shutdown_timeout_seconds, &result);
	output_worker_get_counts(proxy->worker, destination);
	if (done)
		return result != 0 || destination_lost(&destination->counts) > 0
		           ? -1
		           : 0;
	destination_lose(destination, LOSS_WRITE, destination->counts.waiting);
	destination_fail(destination, "a write has not come back at the end");
	return -1;
}

/* Not ended: another output did not start, and this one is never finished. */
static void
proxy_free(struct destination *destination)
{
	struct proxy *proxy = (struct proxy *)destination;

	if (proxy->worker != NULL && !proxy->ended)
		output_worker_cancel(proxy->worker,
		    destination->options.shutdown_timeout_seconds);
	output_worker_free(&proxy->worker);
}

static const struct destination_ops proxy_ops = {
	.message_octets = proxy_message_octets,
	.start = proxy_start,
	.templates = proxy_templates,
	.message = proxy_message,
	.exchanges = proxy_exchanges,
	.tick = proxy_tick,
	.ending = proxy_ending,
	.finish = proxy_finish,
	.free = proxy_free,
};

struct destination *
output_thread_new(
    struct destination *output, char error[DESTINATION_ERROR_SIZE])
{
	struct proxy *proxy = destination_alloc(
	    sizeof(*proxy), &proxy_ops, output->spec, &output->options, error);

	if (proxy == NULL) {
		destination_free(&output);
		return NULL;
	}
	proxy->ops = proxy_ops;
	proxy->ops.scheme = output->ops->scheme;
	proxy->ops.once = output->ops->once;
	proxy->ops.ports_only = output->ops->ports_only;
	proxy->ops.whole = output->ops->whole;
	proxy->ops.quality = output->ops->quality;
	proxy->ops.check = output->ops->check != NULL ? proxy_check : NULL;
	proxy->ops.turn = output->ops->turn != NULL ? proxy_turn : NULL;
	proxy->ops.rotate = output->ops->rotate != NULL ? proxy_rotate : NULL;
	proxy->ops.reopen = output->ops->reopen != NULL ? proxy_reopen : NULL;
	proxy->base.ops = &proxy->ops;
	proxy->worker = output_worker_new(output);
	if (proxy->worker != NULL)
		return &proxy->base;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
	destination_free(&output);
	output = &proxy->base;
	destination_free(&output);
	return NULL;
}
