/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "properties.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/kafka/kinds.h"

#define NAME_SIZE 128
#define SECRET_SIZE 65536 /* a key in PEM fits */

/* What depends on these, exflow promises: it sets them, and nobody else. */
static const char *const own[] = { "acks", "bootstrap.servers",
	"compression.codec", "compression.type", "delivery.report.only.error",
	"delivery.timeout.ms", "enable.gapless.guarantee", "enable.idempotence",
	"enabled_events", "message.timeout.ms", "metadata.broker.list",
	"partitioner", "queue.buffering.max.kbytes",
	"queue.buffering.max.messages", "request.required.acks",
	"statistics.interval.ms", "transactional.id", NULL };

/* These run programs, or load code. */
static const char *const foreign[] = { "plugin.library.paths",
	"sasl.kerberos.kinit.cmd", "ssl.engine.id", "ssl.engine.location",
	"ssl.providers", NULL };

static const char *const secret[] = { "sasl.oauthbearer.client.secret",
	"sasl.oauthbearer.config", "sasl.password", "ssl.key.password",
	"ssl.key.pem", "ssl.keystore.password", NULL };

static const char *const codecs[] = { [KAFKA_LZ4] = "lz4",
	[KAFKA_ZSTD] = "zstd",
	[KAFKA_GZIP] = "gzip",
	[KAFKA_PLAIN] = "none" };

static bool
is_among(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* --- one property */

/* Split it: the value, or NULL with a message. */
static const char *
property_split(const char *property, size_t length, char name[NAME_SIZE],
    char error[DESTINATION_ERROR_SIZE])
{
	const char *sign = memchr(property, '=', length);

	if (sign == NULL || sign == property || sign - property >= NAME_SIZE) {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "\"%.*s\" is no property, expected \"NAME=VALUE\"",
		    (int)strcspn(property, "=\n"), property);
		return NULL;
	}
	snprintf(name, NAME_SIZE, "%.*s", (int)(sign - property), property);
	return sign + 1;
}

static int
refuse(const char *name, const char *why, char error[DESTINATION_ERROR_SIZE])
{
	snprintf(error, DESTINATION_ERROR_SIZE, "%.120s: %.300s", name, why);
	return -1;
}

/* The name alone, and whether its value may stand there. */
static int
name_check(
    const char *name, const char *value, char error[DESTINATION_ERROR_SIZE])
{
	if (is_among(own, name))
		return refuse(name,
		    "exflow sets this itself, expected another "
		    "property",
		    error);
	if (is_among(foreign, name))
		return refuse(name,
		    "exflow runs no program and loads no "
		    "library for it",
		    error);
	if (is_among(secret, name) && *value != '@')
		return refuse(name,
		    "a secret stands in a file, expected "
		    "@FILE",
		    error);
	return 0;
}

/* librdkafka's own words: they show the value, which is in no file here. */
static int
conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
    char error[DESTINATION_ERROR_SIZE])
{
	char why[DESTINATION_ERROR_SIZE / 2];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) ==
	    RD_KAFKA_CONF_OK)
		return 0;
	return refuse(name, why, error);
}

/* Whether librdkafka knows the name, of which the value is in a file. */
static int
known_check(
    rd_kafka_conf_t *conf, const char *name, char error[DESTINATION_ERROR_SIZE])
{
	char why[DESTINATION_ERROR_SIZE];

	/* No value: the default. */
	if (rd_kafka_conf_set(conf, name, NULL, why, sizeof(why)) ==
	    RD_KAFKA_CONF_OK)
		return 0;
	return refuse(name, "librdkafka has no such property", error);
}

int
kafka_property_check(const char *property, char error[DESTINATION_ERROR_SIZE])
{
	rd_kafka_conf_t *conf;
	char name[NAME_SIZE];
	const char *value =
	    property_split(property, strlen(property), name, error);
	int result;

	if (value == NULL || name_check(name, value, error) != 0)
		return -1;
	if (strpbrk(property, "\r\n") != NULL)
		return refuse(name, "its value has one line", error);
	conf = rd_kafka_conf_new();
	result = *value == '@' ? known_check(conf, name, error)
	                       : conf_set(conf, name, value, error);
	rd_kafka_conf_destroy(conf);
	return result;
}

/* --- values in files */

static void
forget(char *text, size_t size)
{
	explicit_bzero(text, size);
	free(text);
}

/* PEM has many lines; of anything else the first one counts. */
static void
cut(const char *name, char *text)
{
	size_t length = strlen(name);

	if (length < 4 || strcmp(name + length - 4, ".pem") != 0)
		text[strcspn(text, "\r\n")] = '\0';
}

static int
set_from_file(rd_kafka_conf_t *conf, const char *name, const char *path,
    char error[DESTINATION_ERROR_SIZE])
{
	char *text = calloc(1, SECRET_SIZE);
	FILE *file = text != NULL ? fopen(path, "re") : NULL;
	char unused[DESTINATION_ERROR_SIZE];
	size_t length;
	int code;

	if (file == NULL) {
		code = errno;
		snprintf(error, DESTINATION_ERROR_SIZE, "%.120s: %.200s: %s",
		    name, path, strerror(code));
		free(text);
		errno = code;
		return -1;
	}
	(void)setvbuf(file, NULL, _IONBF, 0); /* no copy of the secret */
	length = fread(text, 1, SECRET_SIZE - 1, file);
	code = ferror(file) != 0 ? EIO : 0;
	fclose(file);
	if (code == 0)
		cut(name, text);
	if (code != 0 || length == SECRET_SIZE - 1 || *text == '\0' ||
	    rd_kafka_conf_set(conf, name, text, unused, sizeof(unused)) !=
	        RD_KAFKA_CONF_OK) {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%.120s: %.200s: expected a file whose first line is its "
		    "value",
		    name, path);
		forget(text, SECRET_SIZE);
		errno = code;
		return -1;
	}
	forget(text, SECRET_SIZE);
	return 0;
}

/* --- all of them */

static int
set_property(rd_kafka_conf_t *conf, const char *property, size_t length,
    char error[DESTINATION_ERROR_SIZE])
{
	char name[NAME_SIZE], *copy;
	const char *value = property_split(property, length, name, error);
	int result;

	if (value == NULL || name_check(name, value, error) != 0)
		return -1;
	copy = strndup(value, length - (size_t)(value - property));
	if (copy == NULL)
		return refuse(name, strerror(ENOMEM), error);
	result = *copy == '@' ? set_from_file(conf, name, copy + 1, error)
	                      : conf_set(conf, name, copy, error);
	free(copy);
	return result;
}

static int
set_all(rd_kafka_conf_t *conf, const char *properties,
    char error[DESTINATION_ERROR_SIZE])
{
	while (properties != NULL && *properties != '\0') {
		size_t length = strcspn(properties, "\n");

		if (set_property(conf, properties, length, error) != 0)
			return -1;
		properties += length + (properties[length] == '\n');
	}
	return 0;
}

static int
set_number(rd_kafka_conf_t *conf, const char *name, uint64_t number,
    char error[DESTINATION_ERROR_SIZE])
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return conf_set(conf, name, text, error);
}

/*
 * What the settings may change, before them.  A topic that does not exist is
 * told of after 5 seconds, not 30, when messages have timed out.
 */
static int
set_defaults(rd_kafka_conf_t *conf, char error[DESTINATION_ERROR_SIZE])
{
	return conf_set(conf, "client.id", "exflow", error) |
	       conf_set(conf, "linger.ms", "100", error) |
	       conf_set(conf, "socket.keepalive.enable", "true", error) |
	       conf_set(
	           conf, "topic.metadata.propagation.max.ms", "5000", error) |
	       conf_set(conf, "log.connection.close", "false", error);
}

/*
 * A message comes back to us after send_timeout at the latest, so that the
 * spool gets it.
 */
static int
set_own(rd_kafka_conf_t *conf, const struct destination_options *options,
    const char *brokers, bool lanes, char error[DESTINATION_ERROR_SIZE])
{
	int result = conf_set(conf, "enable.idempotence", "true", error) |
	             conf_set(conf, "partitioner", "murmur2_random", error) |
	             conf_set(conf, "compression.codec",
	                 codecs[options->kafka.compression], error) |
	             set_number(conf, "queue.buffering.max.kbytes",
	                 PRODUCER_QUEUE_KBYTES, error) |
	             set_number(conf, "delivery.timeout.ms",
	                 (uint64_t)options->send_timeout_seconds * 1000, error);

	/* Else it asks nobody for the partition of messages without a key. */
	if (lanes)
		result |=
		    conf_set(conf, "sticky.partitioning.linger.ms", "0", error);
	if (brokers != NULL)
		result |= conf_set(conf, "bootstrap.servers", brokers, error);
	return result;
}

rd_kafka_conf_t *
properties_new(const struct destination_options *options, const char *brokers,
    bool lanes, char error[DESTINATION_ERROR_SIZE])
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	errno = 0;
	if (set_defaults(conf, error) == 0 &&
	    set_all(conf, options->kafka.properties, error) == 0 &&
	    set_own(conf, options, brokers, lanes, error) == 0)
		return conf;
	rd_kafka_conf_destroy(conf);
	return NULL;
}
