/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/filter/live_filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/human.h"

#define EXPECTED                                                               \
	"expected tcp, udp, icmp or another protocol, host ADDRESS, net "      \
	"PREFIX or port NUMBER, with \"and\" between"

static char *
next_word(char **rest)
{
	char *word;

	do
		word = strsep(rest, " \t");
	while (word != NULL && *word == '\0');
	return word;
}

static int
add_network(
    struct live_filter *filter, const char *text, char *error, size_t size)
{
	struct network_set *set;

	if (filter->network_count == LIVE_FILTER_NETWORKS) {
		snprintf(
		    error, size, "more than %d networks", LIVE_FILTER_NETWORKS);
		return -1;
	}
	set = network_set_new();
	if (set == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	filter->networks[filter->network_count++] = set;
	if (network_set_add(set, text, error, size) == -1)
		return -1;
	network_set_freeze(set);
	return 0;
}

static int
add_port(struct live_filter *filter, const char *text, char *error, size_t size)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || port > UINT16_MAX) {
		snprintf(error, size,
		    "port %.40s: expected a number from 0 to 65535", text);
		return -1;
	}
	if (filter->port_count == LIVE_FILTER_NETWORKS) {
		snprintf(
		    error, size, "more than %d ports", LIVE_FILTER_NETWORKS);
		return -1;
	}
	filter->ports[filter->port_count++] = (uint16_t)port;
	return 0;
}

static int
take_term(struct live_filter *filter, const char *word, char **rest,
    char *error, size_t size)
{
	int protocol = human_protocol_number(word);
	const char *value;

	if (protocol >= 0) {
		filter->protocol = (uint8_t)protocol;
		return 0;
	}
	if (strcmp(word, "host") == 0 || strcmp(word, "net") == 0 ||
	    strcmp(word, "port") == 0) {
		value = next_word(rest);
		if (value != NULL)
			return *word == 'p'
			           ? add_port(filter, value, error, size)
			           : add_network(filter, value, error, size);
	}
	snprintf(error, size, "%.40s: " EXPECTED, word);
	return -1;
}

int
live_filter_parse(
    struct live_filter *filter, char *text, char *error, size_t error_size)
{
	char *word;

	*filter = (struct live_filter){ 0 };
	while ((word = next_word(&text)) != NULL) {
		if (take_term(filter, word, &text, error, error_size) == -1)
			return -1;
		word = next_word(&text);
		if (word == NULL)
			break;
		if (strcmp(word, "and") != 0 || text == NULL) {
			snprintf(error, error_size, "%.40s: " EXPECTED, word);
			return -1;
		}
	}
	return 0;
}

void
live_filter_clear(struct live_filter *filter)
{
	for (size_t i = 0; i < filter->network_count; i++)
		network_set_free(&filter->networks[i]);
	filter->network_count = 0;
}

bool
live_filter_takes(
    const struct live_filter *filter, const struct exchange *exchange)
{
	if (filter->protocol != 0 && filter->protocol != exchange->protocol)
		return false;
	for (size_t i = 0; i < filter->port_count; i++)
		if (exchange->port[CLIENT] != filter->ports[i] &&
		    exchange->port[SERVER] != filter->ports[i])
			return false;
	for (size_t i = 0; i < filter->network_count; i++)
		if (!network_set_contains(filter->networks[i],
		        exchange->address[CLIENT], exchange->ip_version) &&
		    !network_set_contains(filter->networks[i],
		        exchange->address[SERVER], exchange->ip_version))
			return false;
	return true;
}
