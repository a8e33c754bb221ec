/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/output/message_queue.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/output/kind.h"

#define SLEEP_MAX_MS 60000

/* --- the queue */

int
message_queue_init(
    struct message_queue *queue, uint64_t bound, bool wait_for_room)
{
	*queue = (struct message_queue){ .initialised = true,
		.bound = bound,
		.wait_for_room = wait_for_room };
	message_list_init(&queue->messages);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->room, NULL);
	queue->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return queue->wake >= 0 ? 0 : errno;
}

void
message_queue_clear(struct message_queue *queue)
{
	if (!queue->initialised)
		return;
	free(queue->statistics);
	message_list_clear(&queue->messages);
	if (queue->wake >= 0)
		close(queue->wake);
	pthread_cond_destroy(&queue->room);
	pthread_mutex_destroy(&queue->lock);
	queue->initialised = false;
}

/* --- the writer */

/* Under the lock. */
static void
wake_reader(struct message_queue *queue)
{
	uint64_t one = 1;

	if (queue->reader_asleep)
		(void)!write(queue->wake, &one, sizeof(one));
	queue->reader_asleep = false;
	queue->changed = true;
}

static bool
full(const struct message_queue *queue)
{
	return queue->messages.octets >= queue->bound;
}

static void
make_room(struct message_queue *queue)
{
	while (full(queue) && queue->wait_for_room) {
		queue->writer_waiting = true;
		wake_reader(queue);
		pthread_cond_wait(&queue->room, &queue->lock);
	}
	queue->writer_waiting = false;
	while (full(queue))
		queue->counts.lost[LOSS_QUEUE] +=
		    message_list_drop(&queue->messages);
}

void
message_queue_put(struct message_queue *queue, const struct message *message)
{
	struct queued_message *copy = queued_message_copy(message);

	pthread_mutex_lock(&queue->lock);
	make_room(queue);
	if (copy != NULL) {
		message_list_put(&queue->messages, copy);
	} else {
		queue->out_of_memory = true;
		queue->counts.lost[LOSS_QUEUE] += message->records;
		queue->messages.missing += message_step(message);
	}
	if (!queue->quiet)
		wake_reader(queue);
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_lose(struct message_queue *queue, uint64_t records)
{
	pthread_mutex_lock(&queue->lock);
	queue->out_of_memory = true;
	queue->counts.lost[LOSS_QUEUE] += records;
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_put_statistics(
    struct message_queue *queue, const struct message *message)
{
	struct queued_message *copy = queued_message_copy(message);

	pthread_mutex_lock(&queue->lock);
	free(queue->statistics);
	queue->statistics = copy;
	wake_reader(queue);
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_close(struct message_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	wake_reader(queue);
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_get_counts(
    struct message_queue *queue, struct destination *destination)
{
	pthread_mutex_lock(&queue->lock);
	destination_set_counts(destination, &queue->counts);
	if (queue->error[0] != '\0')
		destination_fail(destination, "%s", queue->error);
	else if (queue->out_of_memory)
		destination_fail(
		    destination, "there was no memory for a message");
	pthread_mutex_unlock(&queue->lock);
}

/* --- the reader */

struct queued_message *
message_queue_take(struct message_queue *queue)
{
	struct queued_message *message;

	pthread_mutex_lock(&queue->lock);
	message = message_list_take(&queue->messages);
	pthread_mutex_unlock(&queue->lock);
	return message;
}

void
message_queue_return(
    struct message_queue *queue, struct queued_message *message)
{
	pthread_mutex_lock(&queue->lock);
	message_list_put_first(&queue->messages, message);
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_made_room(struct message_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	if (queue->writer_waiting && !full(queue))
		pthread_cond_signal(&queue->room);
	pthread_mutex_unlock(&queue->lock);
}

struct queued_message *
message_queue_take_statistics(struct message_queue *queue)
{
	struct queued_message *message;

	pthread_mutex_lock(&queue->lock);
	message = queue->statistics;
	queue->statistics = NULL;
	pthread_mutex_unlock(&queue->lock);
	return message;
}

void
message_queue_set_quiet(struct message_queue *queue, bool quiet)
{
	pthread_mutex_lock(&queue->lock);
	queue->quiet = quiet;
	pthread_mutex_unlock(&queue->lock);
}

bool
message_queue_writer_waits(struct message_queue *queue)
{
	bool waiting;

	pthread_mutex_lock(&queue->lock);
	waiting = queue->writer_waiting;
	pthread_mutex_unlock(&queue->lock);
	return waiting;
}

bool
message_queue_empty(struct message_queue *queue)
{
	bool empty;

	pthread_mutex_lock(&queue->lock);
	empty = queue->messages.count == 0;
	pthread_mutex_unlock(&queue->lock);
	return empty;
}

bool
message_queue_closed(struct message_queue *queue)
{
	bool closed;

	pthread_mutex_lock(&queue->lock);
	closed = queue->closed;
	pthread_mutex_unlock(&queue->lock);
	return closed;
}

static int
milliseconds_left(uint64_t until_ms)
{
	uint64_t now = clock_ms();
	uint64_t left = until_ms > now ? until_ms - now : 0;

	return left > SLEEP_MAX_MS ? SLEEP_MAX_MS : (int)left;
}

void
message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms)
{
	struct pollfd pollers[2] = {
		{ .fd = queue->wake, .events = POLLIN },
		{ .fd = fd, .events = events }, /* poll ignores -1 */
	};
	int left = milliseconds_left(until_ms);
	uint64_t drained;

	pthread_mutex_lock(&queue->lock);
	if (queue->changed)
		left = 0;
	queue->changed = false;
	queue->reader_asleep = true;
	pthread_mutex_unlock(&queue->lock);
	(void)poll(pollers, 2, left);
	(void)!read(queue->wake, &drained, sizeof(drained));
	pthread_mutex_lock(&queue->lock);
	queue->reader_asleep = false;
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_set_counts(struct message_queue *queue,
    const struct destination_counts *counts, const char *error)
{
	uint64_t lost;

	pthread_mutex_lock(&queue->lock);
	lost = queue->counts.lost[LOSS_QUEUE];
	queue->counts = *counts;
	queue->counts.lost[LOSS_QUEUE] = lost;
	snprintf(queue->error, sizeof(queue->error), "%s", error);
	pthread_mutex_unlock(&queue->lock);
}
