/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cluster of librdkafka's mock brokers, which speak the protocol on real
 * sockets of this machine, and a consumer that reads a topic from its beginning.
 */
#ifndef EXFLOW_KAFKA_CLUSTER_H
#define EXFLOW_KAFKA_CLUSTER_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/clock.h"

#define CLUSTER_TOPIC "flows"
#define CLUSTER_BROKERS 3
#define CLUSTER_PARTITIONS 4
#define CLUSTER_WAIT_MS 60000 /* beyond all that a loaded machine needs */
#define PRODUCE_REQUEST 0     /* ApiKey */

struct cluster {
	rd_kafka_t *housing; /* the mock lives in a client */
	rd_kafka_mock_cluster_t *mock;
	char spec[256];
};

static inline struct cluster *
cluster_new(void)
{
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	char error[256] = "";

	cluster->housing = rd_kafka_new(
	    RD_KAFKA_PRODUCER, rd_kafka_conf_new(), error, sizeof(error));
	assert_string_equal(error, "");
	cluster->mock =
	    rd_kafka_mock_cluster_new(cluster->housing, CLUSTER_BROKERS);
	assert_non_null(cluster->mock);
	rd_kafka_mock_topic_create(
	    cluster->mock, CLUSTER_TOPIC, CLUSTER_PARTITIONS, CLUSTER_BROKERS);
	snprintf(cluster->spec, sizeof(cluster->spec), "kafka://%s/%s",
	    rd_kafka_mock_cluster_bootstraps(cluster->mock), CLUSTER_TOPIC);
	return cluster;
}

static inline void
cluster_free(struct cluster *cluster)
{
	rd_kafka_mock_cluster_destroy(cluster->mock);
	rd_kafka_destroy(cluster->housing);
	free(cluster);
}

/* Of one message that was consumed. */
typedef void cluster_reader(void *context, const rd_kafka_message_t *message);

static inline rd_kafka_t *
cluster_consumer(const struct cluster *cluster)
{
	rd_kafka_topic_partition_list_t *all =
	    rd_kafka_topic_partition_list_new(CLUSTER_PARTITIONS);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[256] = "";
	rd_kafka_t *consumer;

	rd_kafka_conf_set(conf, "bootstrap.servers",
	    rd_kafka_mock_cluster_bootstraps(cluster->mock), error,
	    sizeof(error));
	rd_kafka_conf_set(conf, "group.id", "test", error, sizeof(error));
	consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
	assert_string_equal(error, "");
	rd_kafka_poll_set_consumer(consumer);
	for (int32_t i = 0; i < CLUSTER_PARTITIONS; i++)
		rd_kafka_topic_partition_list_add(all, CLUSTER_TOPIC, i)
		    ->offset = RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_assign(consumer, all);
	rd_kafka_topic_partition_list_destroy(all);
	return consumer;
}

/* Read so many messages, each of which goes to the reader. */
static inline void
cluster_consume(const struct cluster *cluster, uint64_t count,
    cluster_reader *reader, void *context)
{
	rd_kafka_t *consumer = cluster_consumer(cluster);
	uint64_t until = clock_ms() + CLUSTER_WAIT_MS;

	while (count > 0 && clock_ms() < until) {
		rd_kafka_message_t *message =
		    rd_kafka_consumer_poll(consumer, 100);

		if (message == NULL)
			continue;
		if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
			reader(context, message);
			count--;
		}
		rd_kafka_message_destroy(message);
	}
	rd_kafka_consumer_close(consumer);
	rd_kafka_destroy(consumer);
	assert_int_equal(count, 0);
}

/* Wait until a condition on the destination's counts holds. */
#define CLUSTER_UNTIL(destination, condition)                                  \
	do {                                                                   \
		uint64_t until_ = clock_ms() + CLUSTER_WAIT_MS;                \
                                                                               \
		while (!(condition) && clock_ms() < until_) {                  \
			(destination)->ops->tick((destination), clock_ms());   \
			usleep(5000);                                          \
		}                                                              \
		if (!(condition))                                              \
			fail_msg("%s: %s", #condition, (destination)->error);  \
	} while (0)

#endif
