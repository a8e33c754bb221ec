/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "delivery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/output/peer.h"

#include "address.h"
#include "outstanding.h"
#include "payload.h"
#include "producer.h"

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000
#define LOG_EVERY_MS 60000 /* the same trouble is a warning this often */
#define TRY_AGAIN "trying again"
#define LOST "its records are lost"
#define SEND_ROUND 256 /* messages between two looks at the reports */

struct delivery {
	struct sender *sender;
	const struct address *address;
	struct outstanding *kept;
	struct producer *producer; /* NULL: none could be made */
	struct preamble *preamble; /* of new messages */
	struct payload_maker maker;
	struct peer peer; /* its back-off, no host */
	bool full;        /* the producer took no more */
	bool blocked;     /* the next message of the queue found no place */
	bool purging;     /* reports are of our own making */
	uint32_t warned;  /* of so many partitions: not what was told */
	bool given_up;    /* is_given_up when the queue was closed */
};

static const struct destination_options *
options_of(const struct delivery *d)
{
	return &d->sender->base.options;
}

/* --- trouble */

/* next: what exflow does about it. */
static void
trouble(struct delivery *d, const char *why, const char *next)
{
	struct sender *sender = d->sender;
	uint64_t now = clock_ms();

	snprintf(sender->error, sizeof(sender->error), "topic %s: %s",
	    d->address->topic, why);
	if (d->peer.logged_ms != 0 && now - d->peer.logged_ms < LOG_EVERY_MS) {
		log_debug("%s: %s", sender->base.name, sender->error);
		return;
	}
	d->peer.logged_ms = now;
	log_warning("%s: %s; %s", sender->base.name, sender->error, next);
}

static void
on_trouble(void *context, const char *why)
{
	trouble(context, why, TRY_AGAIN);
}

static void
back_off(struct delivery *d, const char *why)
{
	trouble(d, why, TRY_AGAIN);
	/* Many reports of one failure are one failure. */
	if (clock_ms() >= d->peer.again_ms)
		peer_back_off(&d->peer, BACKOFF_MIN_MS, BACKOFF_MAX_MS, true);
}

/* --- giving up, as for a collector over TCP */

static uint64_t
give_up_at(const struct delivery *d)
{
	uint32_t seconds = options_of(d)->give_up_seconds;

	return seconds == 0 ? UINT64_MAX
	                    : d->sender->progress_ms + (uint64_t)seconds * 1000;
}

/* The export thread no longer waits for this cluster. */
static bool
is_given_up(const struct delivery *d)
{
	return clock_ms() >= give_up_at(d);
}

static uint64_t
finish_until(const struct delivery *d)
{
	return sender_finishing(d->sender) && d->given_up
	           ? 0
	           : sender_finish_until(d->sender);
}

/* One more attempt, whatever the back-off says. */
static void
check_finish(struct delivery *d)
{
	if (!sender_check_finish(d->sender))
		return;
	d->given_up =
	    options_of(d)->wait && outstanding_any(d->kept) && is_given_up(d);
	d->peer.again_ms = 0;
}

/* --- from the queue */

/* Find a place for it; false: there is none, and it is in the queue again. */
static bool
store(struct delivery *d, struct queued_message *message)
{
	struct message_queue *queue = &d->sender->queue;

	while (!outstanding_store(d->kept, message,
	    options_of(d)->wait && !is_given_up(d) &&
	        !sender_finishing(d->sender))) {
		if (!message_queue_writer_waits(queue) || !is_given_up(d)) {
			message_queue_return(queue, message);
			return false;
		}
		if (!outstanding_overflow(d->kept, message, LOSS_SEND))
			break;
	}
	message_queue_made_room(queue);
	return true;
}

/*
 * From the queue to memory or the spool, and from the spool to memory.  False:
 * the queue has nothing more, or there is no place for it.
 */
static bool
fetch(struct delivery *d)
{
	struct queued_message *message;

	outstanding_refill(d->kept);
	d->blocked = false;
	for (unsigned i = 0; i < SEND_ROUND; i++) {
		message = message_queue_take(&d->sender->queue);
		if (message == NULL)
			return false;
		if (!outstanding_any(d->kept))
			d->sender->progress_ms = clock_ms();
		d->blocked = !store(d, message);
		if (d->blocked)
			return false;
	}
	return true;
}

/* --- reports */

static void
on_report(void *context, uint64_t number, enum producer_outcome outcome,
    const char *why)
{
	struct delivery *d = context;

	d->full = false;
	switch (outcome) {
	case PRODUCER_DELIVERED:
		outstanding_delivered(d->kept, number);
		d->peer.backoff_ms = 0;
		d->peer.again_ms = 0;
		peer_works(&d->peer, d->sender, "delivering");
		return;
	case PRODUCER_TOO_LARGE:
		outstanding_lose(d->kept, number, LOSS_TOO_LARGE);
		trouble(d, why, LOST);
		return;
	case PRODUCER_FAILED:
	case PRODUCER_IN_DOUBT:
		outstanding_again(
		    d->kept, number, outcome == PRODUCER_IN_DOUBT);
		if (!d->purging)
			back_off(d, why);
	}
}

/* --- the producer */

static int
make_producer(struct delivery *d, char error[DESTINATION_ERROR_SIZE])
{
	const struct producer_handler handler = {
		.report = on_report, .trouble = on_trouble, .context = d
	};

	d->producer =
	    producer_new(options_of(d), d->address->brokers, d->address->topic,
	        d->maker.lanes > 0, d->sender->queue.wake, &handler, error);
	d->full = false;
	if (d->producer == NULL)
		return -1;
	d->sender->counts.connects++;
	return 0;
}

/* All that it has comes back. */
static void
drop_producer(struct delivery *d)
{
	if (d->producer == NULL)
		return;
	d->purging = true;
	producer_purge(d->producer);
	d->purging = false;
	producer_free(&d->producer);
	outstanding_all_again(d->kept);
}

/* Another one in place of one that met a fatal error, or could not be made. */
static void
check_producer(struct delivery *d)
{
	char why[DESTINATION_ERROR_SIZE];

	if (d->producer != NULL && producer_fatal(d->producer, why)) {
		drop_producer(d);
		back_off(d, why);
	}
	if (d->producer != NULL || clock_ms() < d->peer.again_ms)
		return;
	if (make_producer(d, why) != 0)
		back_off(d, why);
}

/* The topic has other partitions than the setting says: once for each. */
static void
check_partitions(struct delivery *d)
{
	uint32_t told = options_of(d)->kafka.partitions;
	uint32_t there;

	if (d->producer == NULL || told == 0)
		return;
	there = producer_partitions(d->producer);
	if (there == 0 || there == told || there == d->warned)
		return;
	d->warned = there;
	log_warning("%s: topic %s has %u partitions, and partitions = %u is "
	            "set; messages are filled for %u",
	    d->sender->base.name, d->address->topic, (unsigned)there,
	    (unsigned)told, (unsigned)told);
}

/* --- sending */

static int
send_one(struct delivery *d, struct queued_message *message, uint64_t number)
{
	struct destination_counts *counts = &d->sender->counts;
	char why[DESTINATION_ERROR_SIZE];
	struct payload payload;
	int code = EMSGSIZE;

	if (payload_make(&d->maker, message, &payload))
		code = producer_send(d->producer, number, &payload, why);
	if (code == EMSGSIZE) {
		outstanding_lose(d->kept, number, LOSS_TOO_LARGE);
		trouble(d, "a message is too large", LOST);
		return 0;
	}
	d->full = code == EAGAIN;
	if (code == 0) {
		outstanding_sent(d->kept, number);
		counts->messages++;
		counts->octets += payload.length;
	} else if (code != EAGAIN) {
		back_off(d, why);
	}
	return code;
}

/* It may send: it has a producer with room, and need not wait. */
static bool
may_send(const struct delivery *d)
{
	return d->producer != NULL && !d->full &&
	       (d->peer.again_ms == 0 || clock_ms() >= d->peer.again_ms);
}

/* False: there was nothing to send. */
static bool
send_round(struct delivery *d)
{
	struct queued_message *message;
	uint64_t number;

	for (unsigned i = 0; i < SEND_ROUND; i++) {
		message = outstanding_next(d->kept, &number);
		if (message == NULL)
			return false;
		if (send_one(d, message, number) != 0)
			break;
	}
	return true;
}

/* --- the thread */

static void
step(struct delivery *d)
{
	bool more = true;

	check_finish(d);
	check_producer(d);
	check_partitions(d);
	while (more) {
		if (d->producer != NULL)
			producer_poll(d->producer);
		more = fetch(d);
		if (may_send(d))
			more |= send_round(d);
	}
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
delivery_sleep(struct delivery *d)
{
	struct message_queue *queue = &d->sender->queue;
	uint64_t until = finish_until(d), number;

	if (message_queue_writer_waits(queue) && !is_given_up(d))
		until = earlier(until, give_up_at(d));
	if (d->producer == NULL || outstanding_next(d->kept, &number) != NULL)
		until = earlier(until,
		    d->peer.again_ms != 0 ? d->peer.again_ms : UINT64_MAX);
	message_queue_set_quiet(queue, d->blocked);
	message_queue_sleep(queue, -1, 0, until);
}

static bool
is_over(const struct delivery *d)
{
	return clock_ms() >= finish_until(d) ||
	       (sender_finishing(d->sender) && !outstanding_any(d->kept) &&
	           message_queue_empty(&d->sender->queue));
}

static void
report(struct delivery *d)
{
	outstanding_report(d->kept);
	sender_report(d->sender);
}

static void
leave(struct delivery *d)
{
	struct queued_message *message;

	drop_producer(d);
	outstanding_leave(d->kept, LOSS_SEND);
	while ((message = message_queue_take(&d->sender->queue)) != NULL)
		outstanding_leave_message(d->kept, message, LOSS_SEND);
}

void *
delivery_run(void *argument)
{
	struct delivery *d = argument;

	d->sender->progress_ms = clock_ms();
	for (;;) {
		step(d);
		report(d);
		if (is_over(d))
			break;
		delivery_sleep(d);
	}
	leave(d);
	report(d);
	return NULL;
}

/* --- life */

struct delivery *
delivery_new(struct sender *sender, const struct address *address,
    const char *label, enum kafka_key key, uint32_t lanes,
    char error[DESTINATION_ERROR_SIZE])
{
	struct delivery *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		return NULL;
	}
	d->sender = sender;
	d->address = address;
	d->maker.kind = key;
	d->maker.batch = sender->base.options.kafka.batch;
	d->maker.lanes = lanes;
	d->kept = outstanding_new(sender, label, error);
	if (d->kept == NULL || make_producer(d, error) != 0)
		delivery_free(&d);
	return d;
}

void
delivery_free(struct delivery **pointer)
{
	struct delivery *d = *pointer;

	if (d == NULL)
		return;
	producer_free(&d->producer);
	outstanding_free(&d->kept);
	preamble_free(&d->preamble);
	free(d);
	*pointer = NULL;
}

void
delivery_set_preamble(struct delivery *d, struct preamble *preamble)
{
	d->preamble = preamble;
	outstanding_set_preamble(d->kept, preamble);
}
