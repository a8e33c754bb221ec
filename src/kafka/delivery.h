/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that delivers to Kafka: it takes messages from the sender's queue,
 * keeps them (outstanding.h), gives them to a producer (producer.h), and moves
 * them on by the producer's reports.
 *
 *	queue ──► outstanding ──► payload ──► producer ──► brokers
 *	               ▲                          │
 *	               └─────── reports ◄─────────┘
 *
 *	delivered	it is done
 *	failed		back to be sent again; in doubt, it counts as
 *			maybe_twice, too
 *	too large	it is lost, and counted so
 *
 * One poll is all that the thread sleeps in; librdkafka's threads do the rest.
 * After a failure it waits before it sends again, a second at first and a
 * minute at most, while new messages fill memory and spool.  A fatal error ends
 * the producer, and another one takes its place.
 *
 * The thread ends when the queue is closed and all is delivered, or at
 * sender_finish_until; what is left then goes to the spool or is lost.
 */
#ifndef EXFLOW_SRC_KAFKA_DELIVERY_H
#define EXFLOW_SRC_KAFKA_DELIVERY_H

#include "exflow/output/sender.h"

struct address;
struct delivery;
struct preamble;

/*
 * Borrows sender and address; label names the spool's folder, key is that of
 * the options, but never KAFKA_KEY_AUTO.  NULL with a message in error.
 */
struct delivery *delivery_new(struct sender *sender,
    const struct address *address, const char *label, enum kafka_key key,
    char error[DESTINATION_ERROR_SIZE]);
/* After the thread has ended. */
void delivery_free(struct delivery **delivery);
/* Before the thread starts; takes the preamble over. */
void delivery_set_preamble(
    struct delivery *delivery, struct preamble *preamble);
/* The thread's body; NULL. */
void *delivery_run(void *delivery);

#endif
