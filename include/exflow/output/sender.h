/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sender: a destination with a message queue and a thread that sends what
 * is in it.
 *
 * It is the first member of a kind that sends from its own thread.  The
 * thread's body takes messages from the queue and ends when the queue is closed
 * and the rest is sent, or at sender_finish_until.
 */
#ifndef EXFLOW_OUTPUT_SENDER_H
#define EXFLOW_OUTPUT_SENDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "exflow/output/destination.h"
#include "exflow/output/message_queue.h"

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
