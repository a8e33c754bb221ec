/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kafka://BROKER/TOPIC: records as messages of Apache Kafka.  A sender whose
 * thread delivers (delivery.h).
 *
 * As JSON it takes exchanges, and prints their lines in the export thread
 * (lines.h).  As IPFIX it takes messages, encoded once with those of other
 * outputs of their class.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/path.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/kafka/kinds.h"
#include "exflow/output/sender.h"
#include "exflow/spool/spool.h"

#include "address.h"
#include "delivery.h"
#include "line_message.h"
#include "lines.h"
#include "producer.h"

/* Of records in a message as IPFIX; the templates come on top. */
#define KAFKA_MESSAGE_OCTETS 16384

struct kafka {
	struct sender sender;
	struct address address;
	char *label; /* "kafka-BROKERS-TOPIC": names the spool's folder */
	char *spool; /* that folder; NULL: no spool */
	enum kafka_key key;
	struct lines *lines;       /* as JSON, from start on */
	struct delivery *delivery; /* from start on */
};

bool
kafka_available(void)
{
	return true;
}

static bool
is_json(const struct destination *destination)
{
	return destination->options.kafka.format == KAFKA_JSON;
}

static uint32_t
kafka_message_octets(const struct destination *destination)
{
	return is_json(destination) ? 0 : KAFKA_MESSAGE_OCTETS;
}

/* --- what can be told before it starts */

/* Properties, and the folder of the spool. */
static int
kafka_check(struct destination *destination)
{
	const struct destination_options *options = &destination->options;
	const struct kafka *kafka = (struct kafka *)destination;
	const char *spool = options->spool_dir;
	struct stat status;

	if (producer_check(options, destination->error) != 0)
		return -1;
	errno = 0;
	if (spool == NULL)
		return 0;
	/* The folder is made, but none above it. */
	if ((stat(spool, &status) == 0 ? path_check_folder : path_check_file)(
	        spool) == 0)
		return spool_check(kafka->spool, destination->error);
	destination_fail(
	    destination, "spool_dir %s: %s", spool, strerror(errno));
	return -1;
}

/* Two outputs cannot share a spool. */
static const char *
kafka_target(const struct destination *destination, size_t i)
{
	return i == 0 ? ((const struct kafka *)destination)->spool : NULL;
}

/* --- life */

static int
start_thread(struct kafka *kafka, struct preamble *preamble)
{
	if (preamble == NULL) {
		destination_fail(&kafka->sender.base, "%s", strerror(ENOMEM));
		return -1;
	}
	delivery_set_preamble(kafka->delivery, preamble);
	return sender_start(
	    &kafka->sender, "kafka", delivery_run, kafka->delivery);
}

/* As JSON there will be no templates to wait for. */
static int
kafka_start(struct destination *destination)
{
	const struct destination_options *options = &destination->options;
	struct kafka *kafka = (struct kafka *)destination;

	/* The other half of the memory is for what is outstanding. */
	if (sender_init(&kafka->sender, options->queue_octets / 2) != 0)
		return -1;
	kafka->delivery = delivery_new(&kafka->sender, &kafka->address,
	    kafka->label, kafka->key, destination->error);
	if (kafka->delivery == NULL)
		return -1;
	if (!is_json(destination))
		return 0;
	kafka->lines = lines_new(options, kafka->key);
	if (kafka->lines == NULL) {
		destination_fail(destination, "%s", strerror(ENOMEM));
		return -1;
	}
	return start_thread(kafka, line_preamble_new(options->domain,
	                               options->record.enterprise_number));
}

static void
kafka_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	(void)types;
	(void)types_count;
	(void)start_thread((struct kafka *)destination,
	    preamble_new(templates, templates_count, NULL, 0));
}

static void
kafka_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct kafka *kafka = (struct kafka *)destination;

	lines_add(kafka->lines, exchanges, n, &kafka->sender.queue);
	message_queue_get_counts(&kafka->sender.queue, destination);
}

/* Lines wait in a message that is not full for DESTINATION_STATUS_MS. */
static uint64_t
kafka_tick(struct destination *destination, uint64_t now_ms)
{
	struct kafka *kafka = (struct kafka *)destination;

	if (kafka->lines != NULL)
		lines_flush(kafka->lines, &kafka->sender.queue);
	return sender_tick(destination, now_ms);
}

static void
kafka_ending(struct destination *destination)
{
	struct kafka *kafka = (struct kafka *)destination;

	if (kafka->lines != NULL)
		lines_flush(kafka->lines, &kafka->sender.queue);
	sender_ending(destination);
}

static int
kafka_finish(struct destination *destination)
{
	struct kafka *kafka = (struct kafka *)destination;

	if (!kafka->sender.running)
		return -1;
	if (kafka->lines != NULL)
		lines_flush(kafka->lines, &kafka->sender.queue);
	sender_stop(&kafka->sender, destination->succeeded);
	message_queue_get_counts(&kafka->sender.queue, destination);
	return destination_lost(&destination->counts) == 0 &&
	               destination->counts.waiting == 0
	           ? 0
	           : -1;
}

static void
kafka_free(struct destination *destination)
{
	struct kafka *kafka = (struct kafka *)destination;

	sender_stop(&kafka->sender, true);
	delivery_free(&kafka->delivery);
	sender_clear(&kafka->sender);
	lines_free(&kafka->lines);
	address_clear(&kafka->address);
	free(kafka->label);
	free(kafka->spool);
}

static const struct destination_ops kafka_ops = {
	.scheme = "kafka",
	.message_octets = kafka_message_octets,
	.target = kafka_target,
	.check = kafka_check,
	.start = kafka_start,
	.templates = kafka_templates,
	.message = sender_message,
	.exchanges = kafka_exchanges,
	.tick = kafka_tick,
	.ending = kafka_ending,
	.finish = kafka_finish,
	.free = kafka_free,
};

/* --- the constructor */

static enum kafka_key
key_kind(const struct kafka_options *options)
{
	if (options->key != KAFKA_KEY_AUTO)
		return options->key;
	return options->format == KAFKA_JSON ? KAFKA_KEY_EXCHANGE
	                                     : KAFKA_KEY_NONE;
}

/* NULL, or what does not go together. */
static const char *
wrong_options(const struct kafka_options *options, enum kafka_key key)
{
	if (options->format == KAFKA_IPFIX && options->batch > 1)
		return "batch is for format = json, expected batch = 1 with "
		       "ipfix";
	if (options->format == KAFKA_IPFIX && key != KAFKA_KEY_NONE)
		return "a message of ipfix has records of many keys, expected "
		       "key = none";
	if (options->batch > 1 && key != KAFKA_KEY_NONE &&
	    options->partitions == 0)
		return "with batch, the lines of a message go to one "
		       "partition; expected key = none, or partitions with the "
		       "number that the topic has";
	return NULL;
}

static char *
label_of(const struct address *address, const char *given)
{
	char *label;

	if (given != NULL)
		return strdup(given);
	if (asprintf(&label, "kafka-%s-%s", address->brokers, address->topic) ==
	    -1)
		return NULL;
	for (char *at = label; *at != '\0'; at++)
		if (*at == ':' || *at == ',')
			*at = '-';
	return label;
}

struct destination *
kafka_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	enum kafka_key key = key_kind(&options->kafka);
	const char *wrong = wrong_options(&options->kafka, key);
	struct destination *destination;
	struct address address;
	struct kafka *kafka;

	if (wrong != NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s",
		    spec, wrong);
		return NULL;
	}
	if (address_parse(&address, spec, argument, error) != 0)
		return NULL;
	kafka =
	    destination_alloc(sizeof(*kafka), &kafka_ops, spec, options, error);
	if (kafka == NULL) {
		address_clear(&address);
		return NULL;
	}
	kafka->address = address;
	kafka->key = key;
	kafka->label = label_of(&address, options->label);
	if (kafka->label != NULL && options->spool_dir != NULL)
		kafka->spool =
		    spool_folder_path(options->spool_dir, kafka->label);
	destination = &kafka->sender.base;
	if (kafka->label != NULL &&
	    (kafka->spool != NULL || options->spool_dir == NULL))
		return destination;
	destination_free(&destination);
	snprintf(error, DESTINATION_ERROR_SIZE, "out of memory");
	return NULL;
}
