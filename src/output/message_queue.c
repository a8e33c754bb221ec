/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/output/message_queue.h"
#include "exflow/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int
message_queue_init(struct message_queue *queue, uint64_t bound, bool wait)
{
	*queue = (struct message_queue){ .bound = bound, .wait = wait };
	message_list_init(&queue->in);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->room, NULL);
	queue->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return queue->wake >= 0 ? 0 : errno;
}

void
message_queue_clear(struct message_queue *queue)
{
	free(queue->statistics);
	message_list_clear(&queue->in);
	if (queue->wake >= 0)
		close(queue->wake);
	pthread_cond_destroy(&queue->room);
	pthread_mutex_destroy(&queue->lock);
}

static void
wake(struct message_queue *queue)
{
	uint64_t one = 1;

	if (queue->asleep)
		(void)!write(queue->wake, &one, sizeof(one));
	queue->asleep = false;
	queue->news = true;
}

static bool
full(const struct message_queue *queue)
{
	return queue->in.octets >= queue->bound;
}

void
message_queue_put(struct message_queue *queue, const struct message *message)
{
	struct queued_message *queued = queued_message_new(
	    message->octets, message->length, message->records);

	pthread_mutex_lock(&queue->lock);
	while (full(queue) && queue->wait) {
		queue->waiting = true;
		wake(queue);
		pthread_cond_wait(&queue->room, &queue->lock);
	}
	queue->waiting = false;
	while (full(queue))
		queue->tally.lost[LOSS_QUEUE] += message_list_drop(&queue->in);
	if (queued != NULL) {
		message_list_put(&queue->in, queued);
	} else {
		queue->no_memory = true;
		queue->tally.lost[LOSS_QUEUE] += message->records;
		queue->in.missing += message->records;
	}
	wake(queue);
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_put_statistics(
    struct message_queue *queue, const struct message *message)
{
	struct queued_message *queued = queued_message_new(
	    message->octets, message->length, message->records);

	pthread_mutex_lock(&queue->lock);
	free(queue->statistics);
	queue->statistics = queued;
	wake(queue);
	pthread_mutex_unlock(&queue->lock);
}

struct queued_message *
message_queue_take_statistics(struct message_queue *queue)
{
	struct queued_message *queued;

	pthread_mutex_lock(&queue->lock);
	queued = queue->statistics;
	queue->statistics = NULL;
	pthread_mutex_unlock(&queue->lock);
	return queued;
}

void
message_queue_finish(struct message_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->finishing = true;
	wake(queue);
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_read(struct message_queue *queue, struct destination *destination)
{
	struct destination_counts *counts = &destination->counts;
	uint64_t due = counts->records_due, encode = counts->lost[LOSS_ENCODE];

	pthread_mutex_lock(&queue->lock);
	*counts = queue->tally;
	if (queue->no_memory && queue->error[0] == '\0')
		snprintf(destination->error, sizeof(destination->error),
		    "there was no memory for a message");
	if (queue->error[0] != '\0')
		snprintf(destination->error, sizeof(destination->error), "%s",
		    queue->error);
	pthread_mutex_unlock(&queue->lock);
	counts->records_due = due;
	counts->lost[LOSS_ENCODE] += encode;
	counts->waiting = due + counts->recovered - counts->delivered -
	                  destination_lost(counts);
}

struct queued_message *
message_queue_take(struct message_queue *queue)
{
	struct queued_message *queued;

	pthread_mutex_lock(&queue->lock);
	queued = message_list_take(&queue->in);
	pthread_mutex_unlock(&queue->lock);
	return queued;
}

void
message_queue_return(struct message_queue *queue, struct queued_message *queued)
{
	pthread_mutex_lock(&queue->lock);
	message_list_put_first(&queue->in, queued);
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_stored(struct message_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	if (queue->waiting && !full(queue))
		pthread_cond_signal(&queue->room);
	pthread_mutex_unlock(&queue->lock);
}

bool
message_queue_waiting(struct message_queue *queue)
{
	bool waiting;

	pthread_mutex_lock(&queue->lock);
	waiting = queue->waiting;
	pthread_mutex_unlock(&queue->lock);
	return waiting;
}

bool
message_queue_empty(struct message_queue *queue)
{
	bool empty;

	pthread_mutex_lock(&queue->lock);
	empty = queue->in.count == 0;
	pthread_mutex_unlock(&queue->lock);
	return empty;
}

bool
message_queue_finishing(struct message_queue *queue)
{
	bool finishing;

	pthread_mutex_lock(&queue->lock);
	finishing = queue->finishing;
	pthread_mutex_unlock(&queue->lock);
	return finishing;
}

void
message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms)
{
	struct pollfd pollers[2] = {
		{ .fd = queue->wake, .events = POLLIN },
		{ .fd = fd, .events = events }, /* poll ignores -1 */
	};
	uint64_t now = clock_ms(), drained;
	uint64_t left = until_ms > now ? until_ms - now : 0;

	if (left > 60000)
		left = 60000;
	pthread_mutex_lock(&queue->lock);
	if (queue->news)
		left = 0;
	queue->news = false;
	queue->asleep = true;
	pthread_mutex_unlock(&queue->lock);
	(void)poll(pollers, 2, (int)left);
	(void)!read(queue->wake, &drained, sizeof(drained));
	pthread_mutex_lock(&queue->lock);
	queue->asleep = false;
	pthread_mutex_unlock(&queue->lock);
}

void
message_queue_report(struct message_queue *queue,
    const struct destination_counts *tally, const char *error)
{
	uint64_t lost;

	pthread_mutex_lock(&queue->lock);
	lost = queue->tally.lost[LOSS_QUEUE];
	queue->tally = *tally;
	queue->tally.lost[LOSS_QUEUE] = lost;
	snprintf(queue->error, sizeof(queue->error), "%s", error);
	pthread_mutex_unlock(&queue->lock);
}
