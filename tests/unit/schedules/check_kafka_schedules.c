/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schedules of failures for the delivery to Kafka and its spool (schedule.h).
 *
 * The producer is simulated: its queue is full at times, its reports come in any
 * order and late; brokers store a message, refuse it, store it and say nothing,
 * or find it too large; a fatal error ends it, or it cannot be made.  Runs are
 * killed, and go on with what their spool has.
 *
 * The invariant after each run, for every record that was put in it or was on
 * disk before it: a broker has stored it, or it is in the spool, or it is one
 * of those that the run counts as lost or that damage has garbled; and a record
 * that a broker has stored more than once was counted as maybe_twice.
 *
 * check_kafka_schedules SEED plays one schedule.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/message_queue.h"

#include "../../../src/kafka/address.h"
#include "../../../src/kafka/delivery.h"
#include "../../../src/kafka/producer.h"
#include "schedule.h"
#include "schedule_sender.h"

#define SEEDS 4000
#define RUNS 3
#define HELD_MAX 64 /* the producer's queue */

/* --- the brokers */

static uint8_t stored[SCHEDULE_RECORDS_MAX],
    stored_at_kill[SCHEDULE_RECORDS_MAX];
static uint64_t garbled;

static void
store_record(void *context, uint32_t number)
{
	(void)context;
	if (number >= SCHEDULE_RECORDS_MAX)
		garbled++;
	else if (stored[number] < UINT8_MAX)
		stored[number]++;
}

/* --- the producer */

struct held {
	uint64_t number;
	bool stored; /* a broker has it, and nobody was told */
	uint32_t length;
	uint8_t octets[4 * SCHEDULE_MESSAGE_MAX];
};

struct producer {
	struct producer_handler handler;
	struct held held[HELD_MAX];
	size_t count;
	bool fatal;
};

static struct {
	uint32_t fails, doubts, large, fatal, cannot; /* thousandths */
	uint64_t down_until_ms;
} brokers;
static struct producer *producer_there; /* NULL: none */

struct producer *__wrap_producer_new(const struct destination_options *options,
    const char *addresses, const char *topic, bool lanes, int wake,
    const struct producer_handler *handler, char error[DESTINATION_ERROR_SIZE]);
void __wrap_producer_free(struct producer **producer);
int __wrap_producer_send(struct producer *producer, uint64_t number,
    const struct payload *payload, char why[DESTINATION_ERROR_SIZE]);
void __wrap_producer_poll(struct producer *producer);
bool __wrap_producer_fatal(
    const struct producer *producer, char why[DESTINATION_ERROR_SIZE]);
void __wrap_producer_purge(struct producer *producer);

struct producer *
__wrap_producer_new(const struct destination_options *options,
    const char *addresses, const char *topic, bool lanes, int wake,
    const struct producer_handler *handler, char error[DESTINATION_ERROR_SIZE])
{
	struct producer *producer;

	(void)options;
	(void)addresses;
	(void)topic;
	(void)lanes;
	(void)wake;
	snprintf(error, DESTINATION_ERROR_SIZE, "no producer");
	if (schedule_chance(brokers.cannot))
		return NULL;
	producer = calloc(1, sizeof(*producer));
	producer->handler = *handler;
	producer_there = producer;
	return producer;
}

void
__wrap_producer_free(struct producer **producer)
{
	free(*producer);
	*producer = producer_there = NULL;
}

static void
broker_store(struct held *held)
{
	if (!held->stored)
		(void)schedule_records(
		    held->octets, held->length, store_record, NULL);
	held->stored = true;
}

int
__wrap_producer_send(struct producer *producer, uint64_t number,
    const struct payload *payload, char why[DESTINATION_ERROR_SIZE])
{
	struct held *held = &producer->held[producer->count];

	if (producer->count == HELD_MAX)
		return EAGAIN;
	snprintf(why, DESTINATION_ERROR_SIZE, "refused");
	if (producer->fatal || schedule_chance(brokers.fails / 4))
		return EIO;
	if (payload->length > sizeof(held->octets))
		return EMSGSIZE;
	*held = (struct held){ .number = number,
		.length = (uint32_t)payload->length };
	memcpy(held->octets, payload->octets, payload->length);
	/* Its templates come first, in the same message. */
	held->length = message_drop_templates(held->octets, held->length);
	producer->count++;
	return 0;
}

/* The report of one of those that it holds, which it then forgets. */
static void
report_one(struct producer *producer, size_t i, enum producer_outcome outcome)
{
	uint64_t number = producer->held[i].number;

	producer->held[i] = producer->held[--producer->count];
	producer->handler.report(
	    producer->handler.context, number, outcome, "a schedule");
}

static void
one_outcome(struct producer *producer)
{
	size_t i = schedule_random((uint32_t)producer->count);
	struct held *held = &producer->held[i];

	if (held->stored || schedule_chance(brokers.doubts)) {
		/* Its answer never came, whatever a broker did. */
		if (schedule_chance(500))
			broker_store(held);
		report_one(producer, i, PRODUCER_IN_DOUBT);
	} else if (schedule_chance(brokers.large)) {
		report_one(producer, i, PRODUCER_TOO_LARGE);
	} else if (schedule_chance(brokers.fails)) {
		report_one(producer, i, PRODUCER_FAILED);
	} else {
		broker_store(held);
		report_one(producer, i, PRODUCER_DELIVERED);
	}
}

void
__wrap_producer_poll(struct producer *producer)
{
	if (schedule_now() < brokers.down_until_ms || producer->fatal)
		return;
	for (uint32_t n = schedule_random(8); n > 0 && producer->count > 0; n--)
		one_outcome(producer);
	if (producer->count > 0 && brokers.doubts > 0 &&
	    schedule_chance(20)) /* stored, no answer */
		broker_store(
		    &producer
		         ->held[schedule_random((uint32_t)producer->count)]);
}

bool
__wrap_producer_fatal(
    const struct producer *producer, char why[DESTINATION_ERROR_SIZE])
{
	snprintf(why, DESTINATION_ERROR_SIZE, "fatal");
	return producer->fatal;
}

/* At times it forgets some, as where librdkafka does not answer in time. */
void
__wrap_producer_purge(struct producer *producer)
{
	while (producer->count > 0 && !schedule_chance(100)) {
		struct held *held = &producer->held[0];

		if (held->stored || schedule_chance(200)) {
			broker_store(held);
			report_one(producer, 0, PRODUCER_IN_DOUBT);
		} else {
			report_one(producer, 0, PRODUCER_FAILED);
		}
	}
}

/* --- the scheduler: whenever the delivery sleeps */

struct run {
	struct sender sender;
	struct address address;
	struct delivery *delivery;
};

static struct run run;
static uint8_t stored_before[SCHEDULE_RECORDS_MAX];

void __wrap_message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms);

void
__wrap_message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms)
{
	(void)queue;
	(void)fd;
	(void)events;
	schedule_sender_sleep(until_ms);
	if (schedule_chance(brokers.fatal))
		brokers.down_until_ms = schedule_now() + schedule_random(3000);
	if (producer_there != NULL && schedule_chance(brokers.fatal / 4))
		producer_there->fatal = true;
	schedule_sender_feed();
}

/* --- books */

/* Records that were stored in this run more often than once. */
static uint64_t
count_twice(void)
{
	uint64_t twice = 0;

	for (uint32_t i = 0; i < schedule_sender.next_record; i++)
		twice += stored[i] > stored_before[i] + 1;
	return twice;
}

static bool
is_stored(uint32_t number)
{
	return stored[number] > 0;
}

/* What the run has not accounted for otherwise is in its counts. */
static void
check_books(const struct destination_counts *counts, uint64_t garbled_now)
{
	uint64_t missing, accounted;

	schedule_sender_check_counts(counts);
	missing = schedule_sender_missing(is_stored);
	accounted = destination_lost(counts) + garbled_now +
	            schedule_sender.garbled_on_disk;
	schedule_sender_check(
	    counts, "missing ≤ lost", missing <= accounted, missing, accounted);
	schedule_sender_check(counts, "twice ≤ maybe_twice",
	    count_twice() <= counts->maybe_twice + garbled_now, count_twice(),
	    counts->maybe_twice);
}

/* --- one run */

static void
set_options(struct destination_options *options, bool calm)
{
	destination_options_init(options);
	options->wait = calm || schedule_chance(500);
	options->give_up_seconds = calm ? 0 : schedule_random(4);
	options->shutdown_timeout_seconds = calm ? 30 : 1 + schedule_random(4);
	options->queue_octets = 2000 + schedule_random(60000);
	options->spool_octets = 20000 + schedule_random(300000);
	options->spool_age_seconds = schedule_chance(100) ? 1 : 0;
	options->spool_dir = schedule_chance(750) ? schedule_folder() : NULL;
}

static void
set_trouble(bool calm)
{
	memset(&brokers, 0, sizeof(brokers));
	if (calm)
		return;
	brokers.fails = schedule_random(3) == 0 ? schedule_random(300) : 0;
	brokers.doubts = schedule_random(3) == 0 ? schedule_random(200) : 0;
	brokers.large = schedule_random(5) == 0 ? 10 : 0;
	brokers.fatal = schedule_random(3) == 0 ? 20 : 0;
	schedule_sender_trouble(calm);
}

static void
remember_kill(void)
{
	schedule_sender.put_at_kill = schedule_sender.next_record;
	memcpy(stored_at_kill, stored, sizeof(stored));
}

static bool
run_begin(bool calm)
{
	static uint8_t octets[SCHEDULE_MESSAGE_MAX];
	struct message template = { .octets = octets };
	char error[DESTINATION_ERROR_SIZE];
	struct preamble *preamble;

	memset(&run, 0, sizeof(run));
	set_options(&run.sender.base.options, calm);
	memcpy(stored_before, stored, sizeof(stored));
	schedule_sender_begin(&run.sender, calm, remember_kill);
	run.sender.base.name = (char *)"kafka://b/t";
	set_trouble(calm);
	if (address_parse(&run.address, "kafka://b/t", "b/t", error) != 0 ||
	    sender_init(
	        &run.sender, run.sender.base.options.queue_octets / 2) != 0)
		schedule_fail("a sender can be made", 0, 0);
	template.length = schedule_template(octets);
	run.delivery = delivery_new(
	    &run.sender, &run.address, "s", KAFKA_KEY_NONE, 0, error);
	preamble = preamble_new(&template, 1, NULL, 0);
	if (run.delivery == NULL) {
		preamble_free(&preamble);
		return false;
	}
	delivery_set_preamble(run.delivery, preamble);
	brokers.cannot = calm ? 0 : 100;
	return true;
}

static void
run_end(void)
{
	delivery_free(&run.delivery);
	sender_clear(&run.sender);
	address_clear(&run.address);
}

/* Where the disk lets it not even begin, there are no books. */
static void
play(bool calm)
{
	uint64_t garbled_before = garbled;
	struct destination_counts counts;

	if (!run_begin(calm)) {
		run_end();
		return;
	}
	(void)delivery_run(run.delivery);
	message_queue_get_counts(&run.sender.queue, &run.sender.base);
	counts = run.sender.base.counts;
	run_end();
	check_books(&counts, garbled - garbled_before);
	if (calm)
		schedule_sender_check(&counts, "a calm run loses nothing",
		    destination_lost(&counts) + counts.maybe_twice == 0,
		    destination_lost(&counts), counts.maybe_twice);
}

/* The next run begins with what the kill left. */
static void
take_up_kill(void)
{
	schedule_sender_take_up_kill();
	memcpy(stored, stored_at_kill, sizeof(stored));
}

static void
play_seed(uint64_t seed)
{
	bool calm;

	schedule_begin(seed);
	calm = seed % 20 == 0;
	schedule_empty_folder();
	memset(stored, 0, sizeof(stored));
	schedule_sender.next_record = 0;
	for (int i = 0; i < RUNS; i++) {
		play(calm);
		if (schedule_disk.killed)
			take_up_kill();
	}
}

int
main(int argc, char **argv)
{
	return schedule_main(argc, argv, SEEDS, play_seed);
}
