/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "connection.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exflow/base/clock.h"

#include "peer.h"
#include "socket.h"
#include "tls.h"

#define HUNGRY_OCTETS ((size_t)1 << 16) /* put more below this */
#define READ_OCTETS 4096

struct connection {
	struct connection_options options;
	enum connection_state state;
	struct addrinfo *list, *next; /* next: to be tried, or NULL */
	int fd;
	uint64_t begun_ms, until_ms; /* of this attempt */
	struct tls_session *tls;     /* NULL: plain */
	uint8_t *buffer;             /* what the kernel has not taken yet */
	size_t size, begin, end;
	uint64_t written; /* octets that the kernel took */
	uint64_t acknowledged;
	bool closing, shut; /* asked for; our FIN is out: one octet more */
	uint32_t window;    /* the greatest that the peer offered */
	char error[256];
};

/* --- the attempt */

static void
connection_break(struct connection *c, const char *why)
{
	if (c->state == CONNECTION_BROKEN)
		return;
	snprintf(c->error, sizeof(c->error), "%s", why);
	c->state = CONNECTION_BROKEN;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* The time is for all addresses; each gets its share of what is left. */
static uint64_t
attempt_until(const struct connection *c, uint64_t now)
{
	uint64_t end = c->begun_ms + c->options.connect_timeout_ms, left = 0;

	for (const struct addrinfo *a = c->next; a != NULL; a = a->ai_next)
		left++;
	return now + (end > now && left > 0 ? (end - now) / left : 0);
}

/* Try addresses until one is under way. */
static void
connection_try(struct connection *c)
{
	while (c->next != NULL) {
		const struct addrinfo *address = c->next;

		c->until_ms = attempt_until(c, clock_ms());
		c->next = address->ai_next;
		c->fd = socket_tcp(
		    address, c->options.source, c->options.silence_ms);
		if (c->fd >= 0 && (connect(c->fd, address->ai_addr,
		                       address->ai_addrlen) == 0 ||
		                      errno == EINPROGRESS))
			return;
		if (c->next != NULL && c->fd >= 0)
			close(c->fd);
		if (c->next == NULL)
			connection_break(c, strerror(errno));
	}
}

/* This address was nothing. */
static void
connection_try_next(struct connection *c, const char *why)
{
	if (c->next == NULL) {
		connection_break(c, why);
		return;
	}
	close(c->fd);
	c->fd = -1;
	connection_try(c);
}

struct connection *
connection_new(
    struct addrinfo *addresses, const struct connection_options *options)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		freeaddrinfo(addresses);
		return NULL;
	}
	c->options = *options;
	c->list = c->next = addresses;
	c->fd = -1;
	c->state = CONNECTION_CONNECTING;
	c->begun_ms = clock_ms();
	connection_try(c);
	return c;
}

void
connection_free(struct connection **connection)
{
	struct connection *c = *connection;

	if (c == NULL)
		return;
	if (c->fd >= 0)
		close(c->fd);
	freeaddrinfo(c->list);
	tls_session_free(&c->tls);
	free(c->buffer);
	free(c);
	*connection = NULL;
}

/* --- octets out and in */

static int
buffer_add(struct connection *c, const uint8_t *octets, size_t length)
{
	if (c->begin == c->end)
		c->begin = c->end = 0;
	if (c->end + length > c->size && c->begin > 0) {
		memmove(c->buffer, c->buffer + c->begin, c->end - c->begin);
		c->end -= c->begin;
		c->begin = 0;
	}
	if (c->end + length > c->size) {
		size_t size = (c->end + length) * 2;
		uint8_t *grown = realloc(c->buffer, size);

		if (grown == NULL) {
			connection_break(c, strerror(ENOMEM));
			return -1;
		}
		c->buffer = grown;
		c->size = size;
	}
	memcpy(c->buffer + c->end, octets, length);
	c->end += length;
	return 0;
}

static int
buffer_add_sealed(struct connection *c)
{
	uint8_t octets[READ_OCTETS];
	size_t n;

	while ((n = tls_session_out(c->tls, octets, sizeof(octets))) > 0)
		if (buffer_add(c, octets, n) != 0)
			return -1;
	return 0;
}

static void
connection_send(struct connection *c)
{
	while (c->begin < c->end) {
		ssize_t n = send(c->fd, c->buffer + c->begin, c->end - c->begin,
		    MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (errno != EAGAIN)
				connection_break(c, strerror(errno));
			return;
		}
		c->begin += (size_t)n;
		c->written += (uint64_t)n;
	}
	if (c->closing && !c->shut && c->state == CONNECTION_CLOSING) {
		if (shutdown(c->fd, SHUT_WR) != 0)
			connection_break(c, strerror(errno));
		else
			c->shut = true;
	}
}

static void
peer_closed(struct connection *c)
{
	if (c->shut)
		c->state = CONNECTION_CLOSED;
	else
		connection_break(c, "closed by the collector");
}

/* Collectors say nothing; with TLS there are alerts and tickets. */
static void
connection_receive(struct connection *c)
{
	uint8_t octets[READ_OCTETS];
	const char *why;
	ssize_t n;

	while (c->fd >= 0 && c->state != CONNECTION_CLOSED) {
		n = recv(c->fd, octets, sizeof(octets), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			connection_break(c, strerror(errno));
		} else if (n == 0) {
			peer_closed(c);
		} else if (c->tls != NULL) {
			why = tls_session_in(c->tls, octets, (size_t)n);
			if (why != NULL)
				connection_break(c, why);
		}
	}
}

/* --- steps */

static void
shake(struct connection *c)
{
	const char *why = NULL;
	int done = tls_session_shake(c->tls, &why);

	/* Also where it failed: the alert that says so. */
	if (buffer_add_sealed(c) == 0)
		connection_send(c);
	if (done < 0)
		connection_break(c, why);
	else if (done > 0 && c->state == CONNECTION_SHAKING)
		c->state = CONNECTION_UP;
}

static void
connection_established(struct connection *c)
{
	c->state = CONNECTION_UP;
	if (c->options.tls == NULL)
		return;
	c->tls = tls_session_new(c->options.tls);
	if (c->tls == NULL) {
		connection_break(c, strerror(ENOMEM));
		return;
	}
	c->state = CONNECTION_SHAKING;
	c->until_ms = c->begun_ms + c->options.connect_timeout_ms;
	shake(c);
}

static void
connecting(struct connection *c, uint64_t now)
{
	struct pollfd poller = { .fd = c->fd, .events = POLLOUT };
	int code;

	if (poll(&poller, 1, 0) <= 0) {
		if (now >= c->until_ms)
			connection_try_next(c, strerror(ETIMEDOUT));
		return;
	}
	code = peer_socket_error(c->fd);
	if (code != 0)
		connection_try_next(c, strerror(code));
	else
		connection_established(c);
}

void
connection_step(struct connection *c)
{
	uint64_t now = clock_ms();

	if (c->state == CONNECTION_CONNECTING)
		connecting(c, now);
	if (c->state != CONNECTION_CONNECTING && c->fd >= 0)
		connection_receive(c);
	if (c->state == CONNECTION_SHAKING) {
		shake(c);
		if (c->state == CONNECTION_SHAKING && now >= c->until_ms)
			connection_break(c, "the TLS handshake timed out");
	}
	if ((c->state == CONNECTION_UP || c->state == CONNECTION_CLOSING) &&
	    c->fd >= 0)
		connection_send(c);
}

enum connection_state
connection_state(const struct connection *c)
{
	return c->state;
}

const char *
connection_error(const struct connection *c)
{
	return c->error;
}

int
connection_fd(const struct connection *c)
{
	return c->state == CONNECTION_CLOSED ? -1 : c->fd;
}

short
connection_events(const struct connection *c)
{
	if (c->state == CONNECTION_CONNECTING)
		return POLLOUT;
	return (short)(POLLIN | (c->begin < c->end ? POLLOUT : 0));
}

uint64_t
connection_deadline(const struct connection *c)
{
	return c->state <= CONNECTION_SHAKING ? c->until_ms : UINT64_MAX;
}

bool
connection_hungry(const struct connection *c)
{
	return c->state == CONNECTION_UP && c->end - c->begin < HUNGRY_OCTETS;
}

int
connection_put(struct connection *c, const uint8_t *octets, size_t length)
{
	const char *why;

	if (c->tls == NULL)
		return buffer_add(c, octets, length);
	why = tls_session_write(c->tls, octets, length);
	if (why != NULL) {
		connection_break(c, why);
		return -1;
	}
	return buffer_add_sealed(c);
}

uint64_t
connection_queued(const struct connection *c)
{
	return c->written + (c->end - c->begin);
}

void
connection_close(struct connection *c)
{
	if (c->state != CONNECTION_UP)
		return;
	c->state = CONNECTION_CLOSING;
	c->closing = true;
	if (c->tls != NULL) {
		tls_session_close(c->tls);
		if (buffer_add_sealed(c) != 0)
			return;
	}
	connection_send(c);
}

uint64_t
connection_acknowledged(struct connection *c)
{
	uint64_t total = c->written + (c->shut ? 1 : 0), queued;

	if (c->fd < 0 || socket_queued(c->fd, &queued) != 0 || queued > total)
		return c->acknowledged;
	if (total - queued > c->acknowledged)
		c->acknowledged = total - queued;
	return c->acknowledged;
}

/*
 * What a program has not read makes the window smaller.  Twice, since the
 * window may have grown meanwhile; everything where the kernel does not tell,
 * and where half of the window is gone: a peer that lets that happen may not
 * read at all, and its buffer is larger than the window has ever been.
 */
uint64_t
connection_unread(struct connection *c)
{
	uint32_t window;

	if (c->fd < 0 || socket_window(c->fd, &window) != 0)
		return UINT64_MAX;
	if (window > c->window)
		c->window = window;
	if (window < c->window / 2)
		return UINT64_MAX;
	return 2 * (uint64_t)(c->window - window);
}
