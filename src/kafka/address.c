/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/output/peer.h"

#define NAME_LETTERS                                                           \
	"abcdefghijklmnopqrstuvwxyz"                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                           \
	"0123456789._-"

static int
refuse(const char *spec, const char *wrong, char error[DESTINATION_ERROR_SIZE])
{
	snprintf(error, DESTINATION_ERROR_SIZE,
	    "output \"%.200s\": %s; expected "
	    "kafka://BROKER[:PORT][,BROKER[:PORT]...]/TOPIC",
	    spec, wrong);
	return -1;
}

static int
no_memory(const char *spec, char error[DESTINATION_ERROR_SIZE])
{
	snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s", spec,
	    strerror(ENOMEM));
	return -1;
}

static int
parse_topic(struct address *address, const char *spec, const char *topic,
    char error[DESTINATION_ERROR_SIZE])
{
	size_t length = strlen(topic);

	if (length == 0)
		return refuse(spec, "the topic is missing", error);
	if (length > TOPIC_MAX || strspn(topic, NAME_LETTERS) != length ||
	    strcmp(topic, ".") == 0 || strcmp(topic, "..") == 0)
		return refuse(spec,
		    "a topic's name has letters, digits, \".\", \"_\" and "
		    "\"-\"",
		    error);
	address->topic = strdup(topic);
	return address->topic != NULL ? 0 : no_memory(spec, error);
}

/* Append "host:port"; 0, or -1 without memory. */
static int
append(struct address *address, const struct peer *peer)
{
	const char *before = address->brokers != NULL ? address->brokers : "";
	bool brackets = strchr(peer->host, ':') != NULL;
	char *joined;

	if (asprintf(&joined, "%s%s%s%s%s:%s", before,
	        *before != '\0' ? "," : "", brackets ? "[" : "", peer->host,
	        brackets ? "]" : "", peer->port) == -1)
		return -1;
	free(address->brokers);
	address->brokers = joined;
	return 0;
}

static int
parse_broker(struct address *address, const char *spec, const char *text,
    size_t length, char error[DESTINATION_ERROR_SIZE])
{
	struct peer peer = { .host = NULL };
	char *one = strndup(text, length);
	char why[DESTINATION_ERROR_SIZE];
	int result = 0;

	if (one == NULL)
		return no_memory(spec, error);
	if (peer_parse(&peer, one, one, KAFKA_PORT_DEFAULT, why) != 0)
		result = refuse(spec, "a broker is HOST or HOST:PORT", error);
	else if (append(address, &peer) != 0)
		result = no_memory(spec, error);
	peer_clear(&peer);
	free(one);
	return result;
}

int
address_parse(struct address *address, const char *spec, const char *argument,
    char error[DESTINATION_ERROR_SIZE])
{
	const char *end = strchr(argument, '/');
	int result;

	*address = (struct address){ .brokers = NULL };
	if (end == NULL)
		return refuse(spec, "the topic is missing", error);
	result = parse_topic(address, spec, end + 1, error);
	while (result == 0) {
		size_t length = strcspn(argument, ",/");

		result = parse_broker(address, spec, argument, length, error);
		argument += length;
		if (argument++ == end)
			break;
	}
	if (result != 0)
		address_clear(address);
	return result;
}

void
address_clear(struct address *address)
{
	free(address->brokers);
	free(address->topic);
	*address = (struct address){ .brokers = NULL };
}
