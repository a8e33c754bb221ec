/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/output/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"

#define LOG_EVERY_MS 60000 /* the same trouble is a warning this often */

/* HOST and PORT as parts of the argument; a NULL port: none was given. */
struct parts {
	const char *host;
	size_t host_length;
	const char *port;
};

/* NULL, or what is wrong with the argument. */
static const char *
split(const char *argument, struct parts *parts)
{
	const char *end;

	if (argument[0] == '[') {
		end = strchr(argument, ']');
		if (end == NULL)
			return "the closing ] is missing";
		parts->host = argument + 1;
		parts->host_length = (size_t)(end - argument) - 1;
		end++;
		if (*end != '\0' && *end != ':')
			return "only :PORT may follow the ]";
	} else {
		end = argument + strcspn(argument, ":");
		if (*end == ':' && strchr(end + 1, ':') != NULL)
			return "an IPv6 address stands in brackets";
		parts->host = argument;
		parts->host_length = (size_t)(end - argument);
	}
	parts->port = *end == ':' ? end + 1 : NULL;
	if (parts->host_length == 0)
		return "the host is missing";
	if (memchr(parts->host, '/', parts->host_length) != NULL)
		return "a host has no /";
	return NULL;
}

static bool
port_valid(const char *port)
{
	size_t digits = strspn(port, "0123456789");
	unsigned long number;

	if (digits == 0 || digits > 5 || port[digits] != '\0')
		return false;
	number = strtoul(port, NULL, 10);
	return number >= 1 && number <= 65535;
}

int
peer_parse(struct peer *peer, const char *spec, const char *argument,
    const char *port, char error[DESTINATION_ERROR_SIZE])
{
	struct parts parts = { NULL, 0, NULL };
	const char *wrong = split(argument, &parts);

	if (wrong == NULL && parts.port != NULL && !port_valid(parts.port))
		wrong = "a port is a number from 1 to 65535";
	if (wrong != NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "output \"%.200s\": %s; expected %.*s://HOST[:PORT]", spec,
		    wrong, (int)strcspn(spec, ":"), spec);
		return -1;
	}
	peer->host = strndup(parts.host, parts.host_length);
	peer->port = strdup(parts.port != NULL ? parts.port : port);
	if (peer->host != NULL && peer->port != NULL)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s", spec,
	    strerror(ENOMEM));
	peer_clear(peer);
	return -1;
}

void
peer_clear(struct peer *peer)
{
	free(peer->host);
	free(peer->port);
	peer->host = peer->port = NULL;
}

bool
peer_host_is_number(const char *host)
{
	uint8_t address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 ||
	       inet_pton(AF_INET6, host, address) == 1;
}

int
peer_source(const char *address, int socktype, struct addrinfo **source,
    char error[DESTINATION_ERROR_SIZE])
{
	struct addrinfo hints = { .ai_socktype = socktype,
		.ai_flags = AI_NUMERICHOST | AI_PASSIVE };

	*source = NULL;
	if (address == NULL || getaddrinfo(address, NULL, &hints, source) == 0)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE,
	    "source_address %.100s: expected an IPv4 or IPv6 address", address);
	return -1;
}

int
peer_socket_error(int fd)
{
	int code = 0;
	socklen_t length = sizeof(code);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0)
		return errno;
	return code;
}

/* --- failures */

void
peer_failed(
    struct peer *peer, struct sender *sender, const char *what, const char *why)
{
	uint64_t now = clock_ms();

	snprintf(sender->error, sizeof(sender->error), "%s %s port %s: %s",
	    what, peer->host, peer->port, why);
	if (peer->logged_ms != 0 && now - peer->logged_ms < LOG_EVERY_MS) {
		log_debug("%s: %s", sender->base.name, sender->error);
		return;
	}
	peer->logged_ms = now;
	log_warning("%s: %s; trying again", sender->base.name, sender->error);
}

static uint32_t
jittered(uint32_t ms)
{
	uint16_t number = 0;

	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return ms - ms / 4 + (uint32_t)((uint64_t)(ms / 2) * number / 65535);
}

void
peer_back_off(struct peer *peer, uint32_t min_ms, uint32_t max_ms, bool jitter)
{
	uint32_t ms = peer->backoff_ms == 0 ? min_ms : 2 * peer->backoff_ms;

	if (ms > max_ms)
		ms = max_ms;
	peer->backoff_ms = ms;
	peer->again_ms = clock_ms() + (jitter ? jittered(ms) : ms);
}

void
peer_works(struct peer *peer, const struct sender *sender, const char *text)
{
	if (peer->logged_ms != 0)
		log_warning("%s: %s", sender->base.name, text);
	peer->logged_ms = 0;
}

int
peer_check(struct destination *destination)
{
	struct addrinfo *source;

	if (peer_source(destination->options.source_address, SOCK_DGRAM,
	        &source, destination->error) != 0) {
		errno = 0;
		return -1;
	}
	if (source != NULL)
		freeaddrinfo(source);
	return 0;
}
