/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A producer of librdkafka: messages go in with a number, and for each of them
 * one report comes back, in any order.
 *
 *	producer_send ──► librdkafka's queue (bounded) ──► its broker threads
 *	                                                       │
 *	the report ◄── producer_poll ◄── wake (eventfd) ◄──────┘
 *
 * It copies what it sends.  The reports are made by producer_poll, in the
 * thread that calls it.  librdkafka sends again by itself for
 * send_timeout_seconds, then the message comes back as not delivered.
 *
 * Where messages are filled for lanes (fills.h), a lane goes to the partition
 * that is the lane modulo their number.  librdkafka asks for it when it knows
 * that number, which may be long after producer_send.
 *
 * After a fatal error (producer_fatal) a producer sends nothing more: what it
 * holds comes back by producer_purge, and the caller makes another one.
 */
#ifndef EXFLOW_SRC_KAFKA_PRODUCER_H
#define EXFLOW_SRC_KAFKA_PRODUCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/output/destination.h"

#include "key.h"

/* Raised where a key of JSON or an element changes its meaning. */
#define KAFKA_SCHEMA "1"

enum producer_outcome {
	PRODUCER_DELIVERED, /* all brokers that must have it have it */
	PRODUCER_FAILED,    /* no broker has stored it */
	PRODUCER_IN_DOUBT,  /* a broker may have stored it */
	PRODUCER_TOO_LARGE, /* a broker will never take it */
};

struct producer_handler {
	void (*report)(void *context, uint64_t number,
	    enum producer_outcome outcome, const char *why);
	/* Something is wrong that may pass: no broker answers, a password. */
	void (*trouble)(void *context, const char *why);
	void *context;
};

/* What is sent as one message. */
struct payload {
	const char *key; /* of key_length octets; 0: none */
	size_t key_length;
	int32_t lane; /* decides on the partition; -1: the key, or any */
	const void *octets;
	size_t length;
};

struct producer;

/*
 * lanes: whether payloads have one.  wake: an eventfd that is written when
 * there is something to poll.  It does not wait for a broker.  NULL with a
 * message in error.
 */
struct producer *producer_new(const struct destination_options *options,
    const char *brokers, const char *topic, bool lanes, int wake,
    const struct producer_handler *handler, char error[DESTINATION_ERROR_SIZE]);
/*
 * Whether producer_new would make one, without connecting: 0, or -1 with a
 * message, and with errno where the system refused a file, else 0.
 */
int producer_check(const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE]);
/* What it still holds is gone without a report. */
void producer_free(struct producer **producer);

/* 0; or an errno: EAGAIN where its queue is full, EMSGSIZE; else with why. */
int producer_send(struct producer *producer, uint64_t number,
    const struct payload *payload, char why[DESTINATION_ERROR_SIZE]);
/* Make the reports that there are. */
void producer_poll(struct producer *producer);
/* A fatal error, with its text in why; false: there was none. */
bool producer_fatal(
    const struct producer *producer, char why[DESTINATION_ERROR_SIZE]);
/* How many partitions the topic has; 0: not known, or there are no lanes. */
uint32_t producer_partitions(const struct producer *producer);
/* Everything it holds comes back at once: report is called for it. */
void producer_purge(struct producer *producer);

#endif
