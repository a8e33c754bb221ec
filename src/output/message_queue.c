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
#include "exflow/base/thread.h"
#include "exflow/output/kind.h"

#define SLEEP_MAX_MS 60000

/* --- a message */

struct queued_message *
queued_message_new(const uint8_t *octets, uint32_t length, uint32_t records)
{
	struct queued_message *message = malloc(sizeof(*message) + length);

	if (message == NULL)
		return NULL;
	*message = (struct queued_message){
		.length = length, .records = records, .step = records
	};
	memcpy(message->octets, octets, length);
	return message;
}

static uint32_t
step_of(const struct message *message)
{
	return message->step != 0 ? message->step : message->records;
}

struct queued_message *
queued_message_copy(const struct message *message)
{
	struct queued_message *copy = queued_message_new(
	    message->octets, message->length, message->records);

	if (copy != NULL)
		copy->step = step_of(message);
	return copy;
}

struct queued_message *
queued_message_clothed(const struct queued_message *message)
{
	struct queued_message *copy = malloc(sizeof(*copy) + message->length);

	if (copy == NULL)
		return NULL;
	*copy = *message;
	copy->bare = false;
	return copy;
}

size_t
queued_message_memory(const struct queued_message *message)
{
	return sizeof(*message) + (message->bare ? 0 : message->length);
}

/* --- a list of messages */

void
message_list_init(struct message_list *list)
{
	*list = (struct message_list){ .head = NULL };
	list->tail = &list->head;
}

static void
count_in(struct message_list *list, const struct queued_message *message)
{
	list->count++;
	list->octets += queued_message_memory(message);
	list->records += message->records;
}

void
message_list_put(struct message_list *list, struct queued_message *message)
{
	message->next = NULL;
	message->missing += list->missing;
	list->missing = 0;
	*list->tail = message;
	list->tail = &message->next;
	count_in(list, message);
}

void
message_list_put_first(
    struct message_list *list, struct queued_message *message)
{
	message->next = list->head;
	if (list->head == NULL)
		list->tail = &message->next;
	list->head = message;
	count_in(list, message);
}

void
message_list_prepend(struct message_list *list, struct message_list *older)
{
	if (older->head == NULL)
		return;
	*older->tail = list->head;
	if (list->head == NULL)
		list->tail = older->tail;
	list->head = older->head;
	list->count += older->count;
	list->octets += older->octets;
	list->records += older->records;
	message_list_init(older);
}

struct queued_message *
message_list_take(struct message_list *list)
{
	struct queued_message *message = list->head;

	if (message == NULL)
		return NULL;
	list->head = message->next;
	if (list->head == NULL)
		list->tail = &list->head;
	message->next = NULL;
	list->count--;
	list->octets -= queued_message_memory(message);
	list->records -= message->records;
	return message;
}

uint32_t
message_list_drop_at(struct message_list *list, struct queued_message **link)
{
	struct queued_message *message = *link;
	uint32_t records, missing;

	if (message == NULL)
		return 0;
	records = message->records;
	missing = message->missing + message->step;
	*link = message->next;
	if (*link == NULL)
		list->tail = link;
	list->count--;
	list->octets -= queued_message_memory(message);
	list->records -= records;
	free(message);
	if (*link != NULL)
		(*link)->missing += missing;
	else
		list->missing += missing;
	return records;
}

uint32_t
message_list_drop(struct message_list *list)
{
	return message_list_drop_at(list, &list->head);
}

bool
message_list_strip(struct message_list *list, struct queued_message **link)
{
	struct queued_message *message = *link, *bare = malloc(sizeof(*bare));

	if (bare == NULL)
		return false;
	*bare = *message;
	bare->bare = true;
	*link = bare;
	if (list->tail == &message->next)
		list->tail = &bare->next;
	list->octets -= message->length;
	free(message);
	return true;
}

void
message_list_clear(struct message_list *list)
{
	struct queued_message *message;

	while ((message = message_list_take(list)) != NULL)
		free(message);
}

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
		queue->messages.missing += step_of(message);
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

/* --- the sender, for the export thread */

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

/* --- the sender, for its thread */

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
