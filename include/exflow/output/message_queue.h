/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of a collector: between the export thread, which puts messages
 * in, and the collector's own thread, which takes them out and keeps the
 * tally.  Bounded in octets.
 */
#ifndef EXFLOW_OUTPUT_MESSAGE_QUEUE_H
#define EXFLOW_OUTPUT_MESSAGE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "exflow/output/destination.h"
#include "exflow/output/queued_message.h"

struct message_queue {
	pthread_mutex_t lock; /* over all that follows, but for wake */
	pthread_cond_t room;
	int wake;    /* eventfd, for the thread's poll */
	bool asleep; /* the thread is in poll or about to be */
	bool news;   /* since it looked last */
	struct message_list in;
	uint64_t bound; /* octets of in */
	bool wait;      /* at a full queue; else the oldest is lost */
	bool waiting;   /* somebody does */
	bool finishing; /* nothing more will come */
	struct queued_message *statistics; /* the last that came, or NULL */
	struct destination_counts tally;   /* due and waiting are not kept */
	char error[DESTINATION_ERROR_SIZE];
	bool no_memory; /* for a message, some time */
};

/* 0, or an errno. */
int message_queue_init(struct message_queue *queue, uint64_t bound, bool wait);
void message_queue_clear(struct message_queue *queue);

/* For the export thread. */
void message_queue_put(
    struct message_queue *queue, const struct message *message);
void message_queue_put_statistics(
    struct message_queue *queue, const struct message *message);
void message_queue_finish(struct message_queue *queue);
/* Bring the tally into the destination's counts, and its error. */
void message_queue_read(
    struct message_queue *queue, struct destination *destination);

/*
 * For the collector's thread.  What was taken (NULL: none was there) is either
 * returned, as if it had not been, or stored: then there is room for another.
 */
struct queued_message *message_queue_take(struct message_queue *queue);
void message_queue_return(
    struct message_queue *queue, struct queued_message *queued);
void message_queue_stored(struct message_queue *queue);
/* NULL: none; freed by the caller. */
struct queued_message *message_queue_take_statistics(
    struct message_queue *queue);
/* Somebody waits for room; nothing is there; nothing more will come. */
bool message_queue_waiting(struct message_queue *queue);
bool message_queue_empty(struct message_queue *queue);
bool message_queue_finishing(struct message_queue *queue);
/* Sleep until a time of clock_ms, an event at fd, or a wake-up. */
void message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms);
/* Replace the tally, but for what the queue itself lost (LOSS_QUEUE). */
void message_queue_report(struct message_queue *queue,
    const struct destination_counts *tally, const char *error);

#endif
