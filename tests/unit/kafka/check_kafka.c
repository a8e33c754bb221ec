/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as JSON on a cluster of mock brokers, and what can go wrong there. */
#include <config.h>

#include "../text_fixture.h"

#include "cluster.h"

#include "exflow/kafka/kinds.h"

#define FLOWS 2000

/* The producers that the destination has made. */
rd_kafka_t *__real_rd_kafka_new(
    rd_kafka_type_t type, rd_kafka_conf_t *conf, char *error, size_t size);
rd_kafka_t *__wrap_rd_kafka_new(
    rd_kafka_type_t type, rd_kafka_conf_t *conf, char *error, size_t size);
static rd_kafka_t *last_handle;

rd_kafka_t *
__wrap_rd_kafka_new(
    rd_kafka_type_t type, rd_kafka_conf_t *conf, char *error, size_t size)
{
	last_handle = __real_rd_kafka_new(type, conf, error, size);
	return last_handle;
}

/* --- exchanges, and what is consumed of them */

struct found {
	uint32_t times[FLOWS];
	int32_t partition[FLOWS];
	uint32_t flows, each; /* wanted: so many of these, so often each */
	uint32_t complete;    /* of these flows */
	uint64_t twice;       /* lines beyond that */
};

static void
find_line(struct found *found, const char *line, int32_t partition)
{
	const char *id = strstr(line, "\"flowId\":");
	unsigned long number;

	assert_non_null(id);
	number = strtoul(id + 9, NULL, 10);
	assert_in_range(number, 0, FLOWS - 1);
	if (found->times[number]++ > 0)
		assert_int_equal(found->partition[number], partition);
	found->partition[number] = partition;
	found->complete += found->times[number] == found->each;
	found->twice += found->times[number] > found->each;
}

static bool
find_lines(void *context, const rd_kafka_message_t *message)
{
	struct found *found = context;
	char *text = strndup(message->payload, message->len), *rest, *line;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		find_line(found, line, message->partition);
	free(text);
	return found->complete == found->flows;
}

/*
 * Read the topic until each of so many flows is there as often as it was sent;
 * what is there more often was counted.
 */
static struct found *
consumed(const struct cluster *cluster, const struct destination *d,
    uint32_t flows, uint32_t each)
{
	struct found *found = calloc(1, sizeof(*found));

	found->flows = flows;
	found->each = each;
	cluster_consume(cluster, find_lines, found);
	assert_true(found->twice <= d->counts.maybe_twice);
	return found;
}

static struct exchange
flow(uint64_t number)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);

	exchange.flow_id = number;
	exchange.address[CLIENT][3] = (uint8_t)(number % 200);
	exchange.port[CLIENT] = (uint16_t)(1024 + number);
	return exchange;
}

static void
send_flows(struct destination *destination, uint64_t from, uint64_t to)
{
	for (; from < to; from++) {
		struct exchange exchange = flow(from);

		fixture_send(destination, &exchange);
	}
}

static struct destination_options
some_options(void)
{
	struct destination_options options;

	destination_options_init(&options);
	options.send_timeout_seconds = 10;
	options.shutdown_timeout_seconds = 30;
	options.kafka.properties = "linger.ms=5\nretry.backoff.ms=20\n"
	                           "reconnect.backoff.max.ms=200";
	return options;
}

static struct destination *
started(const char *spec, const struct destination_options *options)
{
	struct destination *d = fixture_destination(spec, options);

	if (d->ops->start(d) != 0)
		fail_msg("%s", d->error);
	return d;
}

static void
finish_all(struct destination *d, uint64_t records)
{
	if (d->ops->finish(d) != 0)
		fail_msg("%s", d->error);
	assert_int_equal(d->counts.delivered, records);
	assert_int_equal(d->counts.waiting, 0);
	assert_true(destination_balanced(&d->counts));
}

/* --- what a message is */

static void
expect_header(
    const rd_kafka_message_t *message, const char *name, const char *value)
{
	rd_kafka_headers_t *headers;
	const void *octets;
	size_t size;

	assert_int_equal(rd_kafka_message_headers(message, &headers), 0);
	assert_int_equal(
	    rd_kafka_header_get_last(headers, name, &octets, &size), 0);
	assert_int_equal(size, strlen(value));
	assert_memory_equal(octets, value, size);
}

static bool
read_one(void *context, const rd_kafka_message_t *message)
{
	const char *line = message->payload;

	(void)context;
	assert_int_equal(line[0], '{');
	assert_int_equal(line[message->len - 1], '}');
	assert_non_null(memmem(line, message->len, "\"flowId\":7", 10));
	assert_int_equal(message->key_len, 16);
	assert_int_equal(strspn(message->key, "0123456789abcdef"), 16);
	expect_header(message, "exflow.version", PACKAGE_VERSION);
	expect_header(message, "exflow.schema", "1");
	expect_header(message, "exflow.domain", "77");
	return true;
}

static void
a_message_is_an_object_with_a_key_and_headers(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;

	(void)state;
	options.domain = 77;
	d = started(cluster->spec, &options);
	send_flows(d, 7, 8);
	finish_all(d, 1);
	cluster_consume(cluster, read_one, NULL);
	destination_free(&d);
	cluster_free(cluster);
}

static void
swap_sides(struct exchange *exchange)
{
	uint8_t address[16];
	uint16_t port = exchange->port[CLIENT];

	memcpy(address, exchange->address[CLIENT], 16);
	memcpy(exchange->address[CLIENT], exchange->address[SERVER], 16);
	memcpy(exchange->address[SERVER], address, 16);
	exchange->port[CLIENT] = exchange->port[SERVER];
	exchange->port[SERVER] = port;
}

/* Also of one that another probe saw in the other direction. */
static void
records_of_an_exchange_are_in_one_partition(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	uint32_t used[CLUSTER_PARTITIONS] = { 0 };
	struct destination *d = started(cluster->spec, &options);
	struct found *found;

	(void)state;
	send_flows(d, 0, FLOWS);
	for (uint64_t i = 0; i < FLOWS; i++) {
		struct exchange other = flow(i);

		swap_sides(&other);
		fixture_send(d, &other);
	}
	finish_all(d, 2 * FLOWS);
	found = consumed(cluster, d, FLOWS, 2);
	for (size_t i = 0; i < FLOWS; i++)
		used[found->partition[i]]++;
	for (size_t i = 0; i < CLUSTER_PARTITIONS; i++)
		assert_true(used[i] > FLOWS / CLUSTER_PARTITIONS / 2);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
}

/* Where each flow is with these options; messages: how many there are. */
static struct found *
places_of_flows(const struct destination_options *options, uint64_t *messages)
{
	struct cluster *cluster = cluster_new();
	struct destination *d = started(cluster->spec, options);
	struct found *found;

	send_flows(d, 0, FLOWS);
	finish_all(d, FLOWS);
	*messages = d->counts.replayed > 0 ? 0 : d->counts.messages;
	found = consumed(cluster, d, FLOWS, 1);
	destination_free(&d);
	cluster_free(cluster);
	return found;
}

/*
 * The same key chooses the same partition, with a batch and without, whether
 * the topic's partitions are told or not: 4 divides the lanes that there are
 * then, and 8 that may have been told wrong.
 */
static void
a_batch_has_lines_of_one_partition(void **state)
{
	static const uint32_t told[] = { CLUSTER_PARTITIONS,
		2 * CLUSTER_PARTITIONS, 0 };
	static const uint32_t lanes[] = { CLUSTER_PARTITIONS,
		2 * CLUSTER_PARTITIONS, 48 };
	struct destination_options options = some_options();
	uint64_t messages;
	struct found *single = places_of_flows(&options, &messages);

	(void)state;
	options.kafka.batch = 20;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct found *batched;

		options.kafka.partitions = told[i];
		batched = places_of_flows(&options, &messages);
		assert_true(messages == 0 || messages >= FLOWS / 20);
		assert_true(messages <= FLOWS / 20 + lanes[i]);
		for (size_t n = 0; n < FLOWS; n++)
			assert_int_equal(
			    single->partition[n], batched->partition[n]);
		free(batched);
	}
	free(single);
}

static bool
read_client(void *context, const rd_kafka_message_t *message)
{
	(void)context;
	assert_int_equal(message->key_len, strlen("10.0.0.3"));
	assert_memory_equal(message->key, "10.0.0.3", message->key_len);
	return true;
}

static void
the_key_can_be_the_client(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;

	(void)state;
	options.kafka.key = KAFKA_KEY_CLIENT;
	d = started(cluster->spec, &options);
	send_flows(d, 3, 4);
	finish_all(d, 1);
	cluster_consume(cluster, read_client, NULL);
	destination_free(&d);
	cluster_free(cluster);
}

/* The longest lines have lengths of their own. */
static void
lines_that_are_not_full_are_sent_by_the_tick(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;

	(void)state;
	options.kafka.batch = KAFKA_BATCH_MAX;
	options.kafka.key = KAFKA_KEY_NONE;
	d = started(cluster->spec, &options);
	send_flows(d, 0, 3);
	CLUSTER_UNTIL(d, d->counts.delivered == 3);
	assert_true(d->counts.messages == 1 || d->counts.replayed > 0);
	finish_all(d, 3);
	destination_free(&d);
	cluster_free(cluster);
}

/* --- failures */

static void
brokers_that_come_late_get_everything(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;
	struct found *found;

	(void)state;
	rd_kafka_mock_broker_set_down(cluster->mock, -1);
	d = started(cluster->spec, &options);
	send_flows(d, 0, FLOWS);
	CLUSTER_UNTIL(d, d->error[0] != '\0');
	rd_kafka_mock_broker_set_up(cluster->mock, -1);
	finish_all(d, FLOWS);
	found = consumed(cluster, d, FLOWS, 1);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
}

static void
brokers_that_go_and_come_back_get_everything(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d = started(cluster->spec, &options);
	struct found *found;

	(void)state;
	for (uint64_t round = 0; round < 4; round++) {
		send_flows(d, round * FLOWS / 4, (round + 1) * FLOWS / 4);
		CLUSTER_UNTIL(d, d->counts.delivered > 0);
		rd_kafka_mock_broker_set_down(cluster->mock, -1);
		CLUSTER_UNTIL(d, d->error[0] != '\0');
		rd_kafka_mock_broker_set_up(cluster->mock, -1);
	}
	finish_all(d, FLOWS);
	found = consumed(cluster, d, FLOWS, 1);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
}

static void
a_broker_that_leads_no_more_loses_nothing(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d = started(cluster->spec, &options);
	struct found *found;

	(void)state;
	rd_kafka_mock_push_request_errors(cluster->mock, PRODUCE_REQUEST, 3,
	    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
	    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
	    RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
	send_flows(d, 0, FLOWS / 2);
	send_flows(d, FLOWS / 2, FLOWS);
	finish_all(d, FLOWS);
	found = consumed(cluster, d, FLOWS, 1);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
}

/* The brokers store, but their answer comes too late. */
static void
what_may_be_stored_is_sent_again_and_counted(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;
	struct found *found;

	(void)state;
	options.send_timeout_seconds = 1;
	d = started(cluster->spec, &options);
	send_flows(d, 0, 1);
	CLUSTER_UNTIL(d, d->counts.delivered == 1);
	rd_kafka_mock_broker_set_rtt(cluster->mock, -1, 5000);
	send_flows(d, 1, 100);
	CLUSTER_UNTIL(d, d->counts.maybe_twice > 0);
	rd_kafka_mock_broker_set_rtt(cluster->mock, -1, 0);
	finish_all(d, 100);
	assert_true(d->counts.maybe_twice <= 99);
	assert_true(d->counts.replayed >= d->counts.maybe_twice);
	found = consumed(cluster, d, 100, 1);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
}

/*
 * A message fails, and the next one is stored: librdkafka takes the first one
 * for stored, too, as real brokers refuse a gap as a rule.  These do not, and
 * lost it when the leader moved, a few times in a thousand.
 */
static void
what_librdkafka_only_infers_to_be_stored_is_sent_again(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;
	struct found *found;

	(void)state;
	options.kafka.key = KAFKA_KEY_CLIENT;
	d = started(cluster->spec, &options);
	send_flows(d, 0, 1);
	CLUSTER_UNTIL(d, d->counts.delivered == 1);
	rd_kafka_mock_broker_set_rtt(cluster->mock, -1, 2000);
	rd_kafka_mock_push_request_errors(cluster->mock, PRODUCE_REQUEST, 1,
	    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
	/*
	 * All of one client, and so of one partition: of fewer than 5 messages
	 * several requests may be under way.
	 */
	for (uint64_t number = 200; number < FLOWS; number += 200) {
		send_flows(d, number, number + 1);
		usleep(50000);
	}
	CLUSTER_UNTIL(d, d->counts.delivered == FLOWS / 200);
	assert_true(d->counts.maybe_twice > 0);
	rd_kafka_mock_broker_set_rtt(cluster->mock, -1, 0);
	finish_all(d, FLOWS / 200);
	found = consumed(cluster, d, FLOWS / 200, 1);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
}

/* Leaders move all the time, and what was sent to the old ones is not lost. */
static void
leaders_that_move_lose_nothing(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d = started(cluster->spec, &options);
	struct found *found;

	(void)state;
	for (uint64_t round = 0; round < 20; round++) {
		send_flows(d, round * FLOWS / 20, (round + 1) * FLOWS / 20);
		for (int32_t i = 0; i < CLUSTER_PARTITIONS; i++)
			rd_kafka_mock_partition_set_leader(cluster->mock,
			    CLUSTER_TOPIC, i,
			    1 + (i + (int32_t)round) % CLUSTER_BROKERS);
		usleep((useconds_t)(7 * round % 20) * 1000);
	}
	finish_all(d, FLOWS);
	found = consumed(cluster, d, FLOWS, 1);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
}

static void
a_message_that_is_too_large_is_lost_and_counted(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d = started(cluster->spec, &options);

	(void)state;
	rd_kafka_mock_push_request_errors(cluster->mock, PRODUCE_REQUEST, 1,
	    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	send_flows(d, 0, 1);
	CLUSTER_UNTIL(d, d->counts.lost[LOSS_TOO_LARGE] == 1);
	send_flows(d, 1, 10);
	assert_int_equal(d->ops->finish(d), -1);
	assert_int_equal(d->counts.delivered, 9);
	assert_int_equal(destination_lost(&d->counts), 1);
	assert_true(destination_balanced(&d->counts));
	assert_non_null(strstr(d->error, CLUSTER_TOPIC));
	destination_free(&d);
	cluster_free(cluster);
}

static void
an_unknown_topic_is_waited_for(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;
	struct found *found;

	(void)state;
	options.send_timeout_seconds = 1;
	rd_kafka_mock_topic_set_error(cluster->mock, CLUSTER_TOPIC,
	    RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
	d = started(cluster->spec, &options);
	send_flows(d, 0, 100);
	CLUSTER_UNTIL(d, d->error[0] != '\0');
	assert_int_equal(d->counts.delivered, 0);
	rd_kafka_mock_topic_set_error(
	    cluster->mock, CLUSTER_TOPIC, RD_KAFKA_RESP_ERR_NO_ERROR);
	finish_all(d, 100);
	found = consumed(cluster, d, 100, 1);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
}

static void
a_fatal_error_makes_a_new_producer(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d = started(cluster->spec, &options);
	rd_kafka_t *first = last_handle;

	(void)state;
	send_flows(d, 0, FLOWS / 2);
	CLUSTER_UNTIL(d, d->counts.delivered > 0);
	rd_kafka_mock_broker_set_rtt(cluster->mock, -1, 200);
	send_flows(d, FLOWS / 2, FLOWS);
	assert_int_equal(
	    rd_kafka_test_fatal_error(first,
	        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test"),
	    RD_KAFKA_RESP_ERR_NO_ERROR);
	CLUSTER_UNTIL(d, d->counts.connects == 2);
	rd_kafka_mock_broker_set_rtt(cluster->mock, -1, 0);
	finish_all(d, FLOWS);
	destination_free(&d);
	cluster_free(cluster);
}

/* --- the end, and the next run */

static void
what_is_left_waits_in_the_spool_for_the_next_run(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	char *folder = fixture_folder(), command[128];
	struct destination *d;
	struct found *found;

	(void)state;
	options.spool_dir = folder;
	options.shutdown_timeout_seconds = 1;
	rd_kafka_mock_broker_set_down(cluster->mock, -1);
	d = started(cluster->spec, &options);
	send_flows(d, 0, FLOWS);
	assert_int_equal(d->ops->finish(d), -1);
	assert_int_equal(d->counts.waiting, FLOWS);
	assert_int_equal(d->counts.in_spool, FLOWS);
	assert_int_equal(destination_lost(&d->counts), 0);
	destination_free(&d);
	rd_kafka_mock_broker_set_up(cluster->mock, -1);
	options.shutdown_timeout_seconds = 30;
	d = started(cluster->spec, &options);
	CLUSTER_UNTIL(d, d->counts.delivered == FLOWS);
	finish_all(d, FLOWS);
	assert_int_equal(d->counts.recovered, FLOWS);
	found = consumed(cluster, d, FLOWS, 1);
	free(found);
	destination_free(&d);
	cluster_free(cluster);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
	free(folder);
}

static void
without_a_spool_what_is_left_is_lost_and_counted(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;

	(void)state;
	options.shutdown_timeout_seconds = 1;
	rd_kafka_mock_broker_set_down(cluster->mock, -1);
	d = started(cluster->spec, &options);
	send_flows(d, 0, 100);
	assert_int_equal(d->ops->finish(d), -1);
	assert_int_equal(d->counts.lost[LOSS_SEND], 100);
	assert_true(destination_balanced(&d->counts));
	destination_free(&d);
	cluster_free(cluster);
}

/* A live run that fills the queue loses its oldest, and waits for nothing. */
static void
a_dead_cluster_never_blocks_a_live_run(void **state)
{
	struct cluster *cluster = cluster_new();
	struct destination_options options = some_options();
	struct destination *d;

	(void)state;
	options.wait = false;
	options.live = true;
	options.queue_octets = QUEUE_OCTETS_MIN;
	options.shutdown_timeout_seconds = 1;
	rd_kafka_mock_broker_set_down(cluster->mock, -1);
	d = started(cluster->spec, &options);
	for (unsigned i = 0; i < 5; i++)
		send_flows(d, 0, FLOWS);
	assert_int_equal(d->ops->finish(d), -1);
	assert_true(d->counts.lost[LOSS_QUEUE] > 0);
	assert_true(d->counts.lost[LOSS_SEND] > 0);
	assert_true(destination_balanced(&d->counts));
	destination_free(&d);
	cluster_free(cluster);
}

/* --- what is refused */

static void
expect_refused(const char *spec, const struct destination_options *options,
    const char *part)
{
	char error[DESTINATION_ERROR_SIZE] = "";

	assert_null(destination_new(spec, options, error));
	if (strstr(error, part) == NULL)
		fail_msg("%s is missing in %s", part, error);
}

static void
addresses_that_name_no_topic_are_refused(void **state)
{
	struct destination_options options = some_options();
	struct destination *d;

	(void)state;
	expect_refused("kafka://h", &options, "the topic is missing");
	expect_refused("kafka://h/", &options, "the topic is missing");
	expect_refused("kafka:///t", &options, "a broker is HOST");
	expect_refused("kafka://h,/t", &options, "a broker is HOST");
	expect_refused("kafka://h:0/t", &options, "a broker is HOST");
	expect_refused("kafka://h/a/b", &options, "a topic's name");
	expect_refused("kafka://h/..", &options, "a topic's name");
	expect_refused("kafka:h/t", &options, "expected kafka://");
	d = fixture_destination("kafka://h,[2001:db8::1]:99/a_b.c-d", &options);
	destination_free(&d);
}

static void
options_that_do_not_fit_are_refused(void **state)
{
	struct destination_options options = some_options();

	(void)state;
	options.kafka.batch = 2;
	options.kafka.format = KAFKA_IPFIX;
	expect_refused("kafka://h/t", &options, "expected batch = 1");
	options.kafka.batch = 1;
	options.record.biflow = false;
	options.kafka.key = KAFKA_KEY_CLIENT;
	expect_refused("kafka://h/t", &options, "expected key = exchange");
}

static void
expect_property(const char *property, const char *part)
{
	char error[DESTINATION_ERROR_SIZE] = "";
	int result = kafka_property_check(property, error);

	if (result != (*part == '\0' ? 0 : -1))
		fail_msg("%s: %d, %s", property, result, error);
	if (strstr(error, part) == NULL)
		fail_msg("%s is missing in %s", part, error);
	assert_null(strstr(error, "s3cret"));
}

static void
properties_are_checked_and_secrets_stand_in_files(void **state)
{
	(void)state;
	expect_property("linger.ms=5", "");
	expect_property("security.protocol=SASL_SSL", "");
	expect_property("sasl.password=@/etc/exflow/password", "");
	expect_property("sasl.password=s3cret", "expected @FILE");
	expect_property("ssl.key.pem=s3cret", "expected @FILE");
	expect_property("linger.ms=often", "linger.ms");
	expect_property("no.such=1", "no.such");
	expect_property("no.such=@f", "no such property");
	expect_property("=1", "is no property");
	expect_property("linger.ms", "is no property");
	expect_property("acks=0", "exflow sets this itself");
	expect_property("enable.idempotence=false", "exflow sets this itself");
	expect_property("plugin.library.paths=x", "loads no library");
	expect_property("dr_cb=x", "dr_cb");
}

static void
a_secret_is_the_first_line_of_its_file(void **state)
{
	struct destination_options options = some_options();
	char *folder = fixture_folder(), *path = fixture_path(folder, "p");
	static const char *const names[] = { "p", NULL };
	char properties[256];
	struct destination *d;
	FILE *file;

	(void)state;
	snprintf(properties, sizeof(properties),
	    "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-256\n"
	    "sasl.username=exflow\nsasl.password=@%s",
	    path);
	options.kafka.properties = properties;
	d = fixture_destination("kafka://h/t", &options);
	assert_int_equal(d->ops->check(d), -1);
	assert_non_null(strstr(d->error, "No such file"));
	file = fopen(path, "w");
	fputs("s3cret\nnot this\n", file);
	fclose(file);
	assert_int_equal(d->ops->check(d), 0);
	file = fopen(path, "w");
	fputs("\n", file);
	fclose(file);
	assert_int_equal(d->ops->check(d), -1);
	assert_null(strstr(d->error, "s3cret"));
	destination_free(&d);
	free(path);
	fixture_remove(folder, names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_an_object_with_a_key_and_headers),
		cmocka_unit_test(records_of_an_exchange_are_in_one_partition),
		cmocka_unit_test(a_batch_has_lines_of_one_partition),
		cmocka_unit_test(the_key_can_be_the_client),
		cmocka_unit_test(lines_that_are_not_full_are_sent_by_the_tick),
		cmocka_unit_test(brokers_that_come_late_get_everything),
		cmocka_unit_test(brokers_that_go_and_come_back_get_everything),
		cmocka_unit_test(a_broker_that_leads_no_more_loses_nothing),
		cmocka_unit_test(what_may_be_stored_is_sent_again_and_counted),
		cmocka_unit_test(
		    what_librdkafka_only_infers_to_be_stored_is_sent_again),
		cmocka_unit_test(leaders_that_move_lose_nothing),
		cmocka_unit_test(
		    a_message_that_is_too_large_is_lost_and_counted),
		cmocka_unit_test(an_unknown_topic_is_waited_for),
		cmocka_unit_test(a_fatal_error_makes_a_new_producer),
		cmocka_unit_test(
		    what_is_left_waits_in_the_spool_for_the_next_run),
		cmocka_unit_test(
		    without_a_spool_what_is_left_is_lost_and_counted),
		cmocka_unit_test(a_dead_cluster_never_blocks_a_live_run),
		cmocka_unit_test(addresses_that_name_no_topic_are_refused),
		cmocka_unit_test(options_that_do_not_fit_are_refused),
		cmocka_unit_test(
		    properties_are_checked_and_secrets_stand_in_files),
		cmocka_unit_test(a_secret_is_the_first_line_of_its_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
