/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from the export thread to a destination that sends from a thread of
 * its own (a collector): messages, lists of them, the bounded queue between
 * the two threads, and the sender, a destination that has such a queue and
 * such a thread.
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
 *
 * Where messages are dropped, the next one in the list knows how far they would
 * have advanced the sequence number, which shows the collector the gap.
 */
#ifndef EXFLOW_OUTPUT_MESSAGE_QUEUE_H
#define EXFLOW_OUTPUT_MESSAGE_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/output/destination.h"

struct preamble;
struct spool_file;

/* --- a message */

/* One allocation with the octets behind it; freed with free(). */
struct queued_message {
	struct queued_message *next;
	struct preamble *preamble;     /* the templates that explain it */
	struct spool_file *spool_file; /* holds it, too; NULL: none does */
	uint64_t spool_end;            /* where it ends in that file */
	uint64_t stream_end;           /* … and in the connection's octets */
	uint64_t acknowledged_ms;      /* when; 0: not on this connection */
	uint32_t length;
	uint32_t records;
	uint32_t step;     /* advances the sequence number by this: records */
	uint32_t missing;  /* the same of those dropped just before it */
	bool bare;         /* its octets are not in memory */
	bool sent_before;  /* on an earlier connection */
	bool acknowledged; /* on this or an earlier connection */
	uint8_t octets[];
};

/* A copy of these octets; NULL without memory. */
struct queued_message *queued_message_new(
    const uint8_t *octets, uint32_t length, uint32_t records);
struct queued_message *queued_message_copy(const struct message *message);
/* A copy of a bare message, with octets to be filled; NULL without memory. */
struct queued_message *queued_message_clothed(
    const struct queued_message *message);
/* Octets of memory that it takes. */
size_t queued_message_memory(const struct queued_message *message);

/* --- a list of messages, first in, first out */

struct message_list {
	struct queued_message *head, **tail;
	uint64_t count;
	uint64_t octets; /* of memory, which is what bounds are about */
	uint64_t records;
	uint32_t missing; /* steps of those dropped behind the last message */
};

void message_list_init(struct message_list *list);
/* Free all messages. */
void message_list_clear(struct message_list *list);
void message_list_put(
    struct message_list *list, struct queued_message *message);
void message_list_put_first(
    struct message_list *list, struct queued_message *message);
/* Move all of older before the first message; older is then empty. */
void message_list_prepend(
    struct message_list *list, struct message_list *older);
/* The first message, the caller's to free; NULL: the list is empty. */
struct queued_message *message_list_take(struct message_list *list);
/* Free the first message.  Its number of records; 0: the list is empty. */
uint32_t message_list_drop(struct message_list *list);
/* The same for the message at this link, which is &head or &previous->next. */
uint32_t message_list_drop_at(
    struct message_list *list, struct queued_message **link);
/*
 * Free the octets of the message at this link, but not the message: it may
 * move.  false: it could not be made smaller.
 */
bool message_list_strip(
    struct message_list *list, struct queued_message **link);

/* --- the queue */

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
 * Whether a put wakes the reader, which it need not while the reader has no room;
 * a writer that waits for room does, and so does the end.
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

/* --- the sender */

/*
 * The first member of a kind that sends from its own thread.  The thread's
 * body takes messages from the queue and ends when the queue is closed and
 * the rest is sent, or at sender_finish_until.
 */
struct sender {
	struct destination base; /* the export thread's, but its options */
	struct message_queue queue;
	pthread_t thread;
	bool running;
	atomic_bool at_once; /* do not try to send the rest */

	/* The thread's own. */
	struct destination_counts counts; /* but due and waiting */
	char error[DESTINATION_ERROR_SIZE];
	uint64_t finish_ms;   /* saw that the queue is closed; 0: not yet */
	uint64_t progress_ms; /* something got through last */
};

/* 0, or -1 with the destination's error set. */
int sender_init(struct sender *sender, uint64_t queue_octets);
/* The name is what the system's tools show, at most 15 octets. */
int sender_start(struct sender *sender, const char *name, void *(*body)(void *),
    void *argument);
/* Close the queue, wait for the thread; at_once: do not send the rest. */
void sender_stop(struct sender *sender, bool at_once);
/* After sender_stop. */
void sender_clear(struct sender *sender);

/* Operations of struct destination_ops, as they are. */
void sender_message(
    struct destination *destination, const struct message *message);
void sender_statistics(
    struct destination *destination, const struct message *message);
uint64_t sender_tick(struct destination *destination, uint64_t now_ms);
void sender_ending(struct destination *destination);

/* For the thread: notice that the queue was closed; true: just now. */
bool sender_check_finish(struct sender *sender);
bool sender_finishing(const struct sender *sender);
/*
 * When the thread ends though not all is sent; UINT64_MAX: not yet known.
 * Live, shutdown_timeout_seconds is all the time there is; while files are
 * read it counts from the last progress, as what is not sent is lost.
 */
uint64_t sender_finish_until(const struct sender *sender);
/* Show counts and error to the export thread. */
void sender_report(struct sender *sender);

#endif
