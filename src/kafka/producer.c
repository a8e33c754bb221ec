/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "producer.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"

#include "properties.h"
#include "reason.h"

#define PURGE_MS 1000 /* reports of a purge take no network */
#define PURGE_STEP_MS 20

/*
 * A message's number and lane in the one pointer that librdkafka keeps with it.
 * Where a pointer has 32 bits the number has 21 of them: no two messages are
 * outstanding that are 2 million numbers apart.
 */
#define LANE_BITS 11
#define LANE_MASK (((uintptr_t)1 << LANE_BITS) - 1)
#define NUMBER_MASK (UINTPTR_MAX >> LANE_BITS)
_Static_assert(KAFKA_PARTITIONS_MAX < LANE_MASK, "a lane has its bits");

struct producer {
	rd_kafka_t *handle;
	rd_kafka_topic_t *topic;
	rd_kafka_queue_t *reports;
	rd_kafka_headers_t *headers; /* of every message */
	struct producer_handler handler;
	uint64_t newest;       /* the greatest number that was sent */
	atomic_int partitions; /* of the topic; 0: not known */
	char cause[DESTINATION_ERROR_SIZE]; /* since the last delivery */
};

/* --- messages' own pointers */

static void *
pointer_of(uint64_t number, int32_t lane)
{
	return (void *)((uintptr_t)number << LANE_BITS | (uintptr_t)(lane + 1));
}

static int32_t
lane_of(const void *pointer)
{
	return (int32_t)((uintptr_t)pointer & LANE_MASK) - 1;
}

static uint64_t
number_of(const struct producer *producer, const void *pointer)
{
	uint64_t low = (uintptr_t)pointer >> LANE_BITS;

	return producer->newest - ((producer->newest - low) & NUMBER_MASK);
}

/* --- what librdkafka calls, in the thread that polls */

/*
 * Nobody has said that this message is stored: librdkafka infers it, as a later
 * one is, and a broker refuses gaps in the sequence numbers of a producer.  But
 * a broker that knows nothing of the producer takes any number, and a new
 * leader may get the later message first: then this one is nowhere.  Only such
 * a message is delivered without an offset.
 */
static bool
is_inferred(const rd_kafka_message_t *message)
{
	return message->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
	       message->offset == RD_KAFKA_OFFSET_INVALID;
}

static enum producer_outcome
outcome_of(const rd_kafka_message_t *message)
{
	switch (message->err) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		return is_inferred(message) ? PRODUCER_IN_DOUBT
		                            : PRODUCER_DELIVERED;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
		return PRODUCER_TOO_LARGE;
	default:
		return rd_kafka_message_status(message) ==
		               RD_KAFKA_MSG_STATUS_NOT_PERSISTED
		           ? PRODUCER_FAILED
		           : PRODUCER_IN_DOUBT;
	}
}

/*
 * A message that timed out tells nothing; what librdkafka has said since the
 * last delivery, of a name or a password, does.
 */
static void
write_why(const struct producer *producer, const rd_kafka_message_t *message,
    char why[DESTINATION_ERROR_SIZE])
{
	if (is_inferred(message))
		snprintf(why, DESTINATION_ERROR_SIZE,
		    "a broker has stored a later message, and has not answered "
		    "this one");
	else if (message->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT &&
	         *producer->cause != '\0')
		snprintf(why, DESTINATION_ERROR_SIZE, "%s", producer->cause);
	else
		reason_write(why, DESTINATION_ERROR_SIZE, message->err, NULL);
}

static void
on_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
	struct producer *producer = opaque;
	enum producer_outcome outcome = outcome_of(message);
	char why[DESTINATION_ERROR_SIZE] = "";

	(void)handle;
	if (outcome == PRODUCER_DELIVERED)
		*producer->cause = '\0';
	else
		write_why(producer, message, why);
	producer->handler.report(producer->handler.context,
	    number_of(producer, message->_private), outcome, why);
}

static void
on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
	struct producer *producer = opaque;

	(void)handle;
	if (code == RD_KAFKA_RESP_ERR__FATAL)
		return;
	/* It follows errors that say why. */
	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
	    *producer->cause != '\0')
		return;
	reason_write(producer->cause, sizeof(producer->cause), code, reason);
	producer->handler.trouble(producer->handler.context, producer->cause);
}

/* From any thread of librdkafka; what matters comes as an error, too. */
static void
on_log(
    const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
	(void)handle;
	(void)level;
	log_debug("librdkafka: %s: %s", facility, text);
}

/* In our thread or one of librdkafka's. */
static int32_t
choose_partition(const rd_kafka_topic_t *topic, const void *key, size_t length,
    int32_t count, void *opaque, void *message)
{
	struct producer *producer = opaque;
	int32_t lane = lane_of(message);

	atomic_store(&producer->partitions, count);
	if (lane >= 0)
		return lane % count;
	return rd_kafka_msg_partitioner_murmur2_random(
	    topic, key, length, count, NULL, NULL);
}

/* --- life */

static int
make_headers(struct producer *producer, uint32_t domain)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", (unsigned)domain);
	producer->headers = rd_kafka_headers_new(3);
	return producer->headers == NULL ||
	               rd_kafka_header_add(producer->headers, "exflow.version",
	                   -1, PACKAGE_VERSION, -1) != 0 ||
	               rd_kafka_header_add(producer->headers, "exflow.schema",
	                   -1, KAFKA_SCHEMA, -1) != 0 ||
	               rd_kafka_header_add(producer->headers, "exflow.domain",
	                   -1, number, -1) != 0
	           ? -1
	           : 0;
}

/* The handle takes conf over, where there is one. */
static rd_kafka_t *
make_handle(rd_kafka_conf_t *conf, char error[DESTINATION_ERROR_SIZE])
{
	rd_kafka_t *handle;

	rd_kafka_conf_set_log_cb(conf, on_log);
	handle = rd_kafka_new(
	    RD_KAFKA_PRODUCER, conf, error, DESTINATION_ERROR_SIZE);
	if (handle == NULL)
		rd_kafka_conf_destroy(conf);
	return handle;
}

/* Without lanes librdkafka chooses: murmur2_random. */
static rd_kafka_topic_t *
make_topic(struct producer *producer, const char *topic, bool lanes)
{
	rd_kafka_topic_conf_t *conf;

	if (!lanes)
		return rd_kafka_topic_new(producer->handle, topic, NULL);
	conf = rd_kafka_default_topic_conf_dup(producer->handle);
	rd_kafka_topic_conf_set_opaque(conf, producer);
	rd_kafka_topic_conf_set_partitioner_cb(conf, choose_partition);
	return rd_kafka_topic_new(producer->handle, topic, conf);
}

static void
wake_by(struct producer *producer, int wake)
{
	static const uint64_t one = 1;

	producer->reports = rd_kafka_queue_get_main(producer->handle);
	rd_kafka_queue_io_event_enable(
	    producer->reports, wake, &one, sizeof(one));
}

struct producer *
producer_new(const struct destination_options *options, const char *brokers,
    const char *topic, bool lanes, int wake,
    const struct producer_handler *handler, char error[DESTINATION_ERROR_SIZE])
{
	rd_kafka_conf_t *conf = properties_new(options, brokers, lanes, error);
	struct producer *producer;

	if (conf == NULL)
		return NULL;
	producer = calloc(1, sizeof(*producer));
	if (producer == NULL || make_headers(producer, options->domain) != 0) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		rd_kafka_conf_destroy(conf);
		producer_free(&producer);
		return NULL;
	}
	producer->handler = *handler;
	rd_kafka_conf_set_opaque(conf, producer);
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_error_cb(conf, on_error);
	producer->handle = make_handle(conf, error);
	if (producer->handle != NULL)
		producer->topic = make_topic(producer, topic, lanes);
	if (producer->topic == NULL) {
		if (producer->handle != NULL)
			snprintf(error, DESTINATION_ERROR_SIZE,
			    "topic %.100s: %s", topic,
			    rd_kafka_err2str(rd_kafka_last_error()));
		producer_free(&producer);
		return NULL;
	}
	wake_by(producer, wake);
	return producer;
}

int
producer_check(const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	rd_kafka_conf_t *conf = properties_new(options, NULL, false, error);
	rd_kafka_t *handle;

	if (conf == NULL)
		return -1;
	handle = make_handle(conf, error);
	errno = 0;
	if (handle == NULL)
		return -1;
	rd_kafka_destroy(handle);
	return 0;
}

void
producer_free(struct producer **pointer)
{
	struct producer *producer = *pointer;

	if (producer == NULL)
		return;
	if (producer->reports != NULL) {
		rd_kafka_queue_io_event_enable(producer->reports, -1, NULL, 0);
		rd_kafka_queue_destroy(producer->reports);
	}
	if (producer->topic != NULL)
		rd_kafka_topic_destroy(producer->topic);
	if (producer->headers != NULL)
		rd_kafka_headers_destroy(producer->headers);
	if (producer->handle != NULL) {
		(void)rd_kafka_purge(producer->handle,
		    RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
		        RD_KAFKA_PURGE_F_NON_BLOCKING);
		rd_kafka_destroy(producer->handle);
	}
	free(producer);
	*pointer = NULL;
}

/* --- messages */

/* A failed send leaves the headers with us. */
static rd_kafka_resp_err_t
produce(struct producer *producer, uint64_t number,
    const struct payload *payload, rd_kafka_headers_t *headers)
{
	const rd_kafka_vu_t values[] = {
		{ .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = producer->topic },
		{ .vtype = RD_KAFKA_VTYPE_MSGFLAGS,
		    .u.i = RD_KAFKA_MSG_F_COPY },
		{ .vtype = RD_KAFKA_VTYPE_VALUE,
		    .u.mem = { (void *)payload->octets, payload->length } },
		{ .vtype = RD_KAFKA_VTYPE_OPAQUE,
		    .u.ptr = pointer_of(number, payload->lane) },
		{ .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
		{ .vtype = RD_KAFKA_VTYPE_KEY,
		    .u.mem = { (void *)payload->key, payload->key_length } },
	};
	size_t count = sizeof(values) / sizeof(values[0]);
	rd_kafka_error_t *error = rd_kafka_produceva(producer->handle, values,
	    payload->key_length == 0 ? count - 1 : count);
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);

	rd_kafka_error_destroy(error);
	return code;
}

int
producer_send(struct producer *producer, uint64_t number,
    const struct payload *payload, char why[DESTINATION_ERROR_SIZE])
{
	rd_kafka_headers_t *headers = rd_kafka_headers_copy(producer->headers);
	rd_kafka_resp_err_t code = produce(producer, number, payload, headers);

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
		if (number > producer->newest)
			producer->newest = number;
		return 0;
	}
	rd_kafka_headers_destroy(headers);
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return EAGAIN;
	if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
		return EMSGSIZE;
	reason_write(why, DESTINATION_ERROR_SIZE, code, NULL);
	return EIO;
}

void
producer_poll(struct producer *producer)
{
	int served;

	do
		served = rd_kafka_poll(producer->handle, 0);
	while (served > 0);
}

bool
producer_fatal(
    const struct producer *producer, char why[DESTINATION_ERROR_SIZE])
{
	char text[DESTINATION_ERROR_SIZE];
	rd_kafka_resp_err_t code =
	    rd_kafka_fatal_error(producer->handle, text, sizeof(text));

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	reason_write(why, DESTINATION_ERROR_SIZE, code, text);
	return true;
}

uint32_t
producer_partitions(const struct producer *producer)
{
	return (uint32_t)atomic_load(&producer->partitions);
}

void
producer_purge(struct producer *producer)
{
	(void)rd_kafka_purge(producer->handle,
	    RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	for (int ms = 0;
	     ms < PURGE_MS && rd_kafka_outq_len(producer->handle) > 0;
	     ms += PURGE_STEP_MS)
		(void)rd_kafka_poll(producer->handle, PURGE_STEP_MS);
	producer_poll(producer);
}
