/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/output/sender.h"

#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/base/thread.h"
#include "exflow/output/kind.h"

/* --- for the export thread */

int
sender_init(struct sender *sender, uint64_t queue_octets)
{
	int code = message_queue_init(
	    &sender->queue, queue_octets, sender->base.options.wait);

	if (code == 0)
		return 0;
	destination_fail(&sender->base, "%s", strerror(code));
	return -1;
}

int
sender_start(struct sender *sender, const char *name, void *(*body)(void *),
    void *argument)
{
	int code = thread_start(&sender->thread, name, body, argument);

	sender->running = code == 0;
	if (code == 0)
		return 0;
	destination_fail(
	    &sender->base, "cannot start a thread: %s", strerror(code));
	return -1;
}

void
sender_stop(struct sender *sender, bool at_once)
{
	if (!sender->running)
		return;
	atomic_store(&sender->at_once, at_once);
	message_queue_close(&sender->queue);
	pthread_join(sender->thread, NULL);
	sender->running = false;
}

void
sender_clear(struct sender *sender)
{
	message_queue_clear(&sender->queue);
}

void
sender_message(struct destination *destination, const struct message *message)
{
	struct sender *sender = (struct sender *)destination;

	if (!sender->running) {
		destination_lose(destination, LOSS_CONNECT, message->records);
		return;
	}
	message_queue_put(&sender->queue, message);
	message_queue_get_counts(&sender->queue, destination);
}

void
sender_statistics(
    struct destination *destination, const struct message *message)
{
	struct sender *sender = (struct sender *)destination;

	if (sender->running)
		message_queue_put_statistics(&sender->queue, message);
}

/* The thread goes on counting while no message comes. */
uint64_t
sender_tick(struct destination *destination, uint64_t now_ms)
{
	struct sender *sender = (struct sender *)destination;

	if (!sender->running)
		return 0;
	message_queue_get_counts(&sender->queue, destination);
	return now_ms + DESTINATION_STATUS_MS;
}

void
sender_ending(struct destination *destination)
{
	struct sender *sender = (struct sender *)destination;

	if (sender->running)
		message_queue_close(&sender->queue);
}

/* --- for its thread */

bool
sender_check_finish(struct sender *sender)
{
	if (sender->finish_ms != 0 || !message_queue_closed(&sender->queue))
		return false;
	sender->finish_ms = clock_ms();
	return true;
}

bool
sender_finishing(const struct sender *sender)
{
	return sender->finish_ms != 0;
}

uint64_t
sender_finish_until(const struct sender *sender)
{
	const struct destination_options *options = &sender->base.options;
	uint64_t from = sender->finish_ms;

	if (from == 0)
		return UINT64_MAX;
	if (atomic_load(&sender->at_once))
		return 0;
	if (options->wait && sender->progress_ms > from)
		from = sender->progress_ms;
	return from + (uint64_t)options->shutdown_timeout_seconds * 1000;
}

void
sender_report(struct sender *sender)
{
	message_queue_set_counts(
	    &sender->queue, &sender->counts, sender->error);
}
