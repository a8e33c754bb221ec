/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from the export thread to a destination that sends from a thread of
 * its own (a collector): the bounded queue between the two threads.
 *
 *     export thread, the only writer       sender's thread, the only reader
 *
 *     message_queue_put ───► [ ][ ][ ][ ] ───► message_queue_take
 *            ▲               bounded in octets          │
 *            └─ room (condition) ─── message_queue_made_room
 *
 *     every put and close ── wake (eventfd) ──► message_queue_sleep
 *
 *     message_queue_get_counts ◄── counts ◄── message_queue_set_counts
 *
 * The reader sleeps in one poll, on its socket and on the eventfd; the eventfd
 * is written only while the reader is in poll, so a busy queue costs no system
 * call.  A writer that finds the queue full either waits until the reader has
 * made room (while files are read) or drops the oldest message (live).
 */
#ifndef EXFLOW_OUTPUT_MESSAGE_QUEUE_H
#define EXFLOW_OUTPUT_MESSAGE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/output/destination.h"
#include "exflow/output/message_list.h"

struct message_queue {
	bool initialised;
	int wake;             /* eventfd that ends the reader's poll */
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t room;
	struct message_list messages;
	uint64_t bound;      /* octets of messages */
	bool wait_for_room;  /* else a full queue drops the oldest */
	bool writer_waiting; /* … for room, now */
	bool reader_asleep;  /* in poll, or about to be */
	bool changed;        /* since the reader began to sleep last */
	bool quiet;          /* the reader has no room: puts do not wake it */
	bool closed;         /* nothing more will come */
	bool out_of_memory;  /* a message could not be copied, ever */
	struct queued_message *statistics; /* the last one, or NULL */
	/* The reader's, but LOSS_QUEUE, which the queue itself counts. */
	struct destination_counts counts;
	char error[DESTINATION_ERROR_SIZE];
};

/* 0, or an errno; to be cleared in either case. */
int message_queue_init(
    struct message_queue *queue, uint64_t bound, bool wait_for_room);
/* Also where the queue is zeroed memory. */
void message_queue_clear(struct message_queue *queue);

/* For the writer.  Put copies the message. */
void message_queue_put(
    struct message_queue *queue, const struct message *message);
/* There was no memory for so many records. */
void message_queue_lose(struct message_queue *queue, uint64_t records);
/* Replaces one that nobody has taken yet. */
void message_queue_put_statistics(
    struct message_queue *queue, const struct message *message);
/* Nothing more will be put. */
void message_queue_close(struct message_queue *queue);
/* Copy counts and error to the destination; waiting becomes the rest. */
void message_queue_get_counts(
    struct message_queue *queue, struct destination *destination);

/*
 * For the reader.  It takes a message (NULL: there is none) and then either
 * returns it, and the queue is as before, or has found a place for it, and
 * says that it has made room.
 */
struct queued_message *message_queue_take(struct message_queue *queue);
void message_queue_return(
    struct message_queue *queue, struct queued_message *message);
void message_queue_made_room(struct message_queue *queue);
/* NULL: none; the caller's to free. */
struct queued_message *message_queue_take_statistics(
    struct message_queue *queue);
/*
 * Whether a put wakes the reader, which it need not while the reader has no
 * room; a writer that waits for room does, and so does the end.
 */
void message_queue_set_quiet(struct message_queue *queue, bool quiet);
bool message_queue_writer_waits(struct message_queue *queue);
bool message_queue_empty(struct message_queue *queue);
bool message_queue_closed(struct message_queue *queue);
/*
 * Sleep until this time of clock_ms, an event at fd (-1: none), or until the
 * writer has done something since the last call.
 */
void message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms);
void message_queue_set_counts(struct message_queue *queue,
    const struct destination_counts *counts, const char *error);

#endif
