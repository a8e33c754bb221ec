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
#include "exflow/output/peer.h"

#include "tcp_socket.h"
#include "tls.h"

#define LOW_OCTETS ((size_t)1 << 16) /* the send buffer is low below this */
#define READ_OCTETS 4096
#define CLOSE_MS 1000      /* for the peer to close its side, too */
#define CLOSE_UNREAD 65536 /* octets: fewer may be a smaller window */

struct connection {
	struct connection_options options;
	enum connection_state state;
	struct addrinfo *addresses, *next; /* next: the next to try, or NULL */
	int fd;
	uint64_t begun_ms;       /* the first attempt */
	uint64_t until_ms;       /* end of this attempt, or of the handshake */
	struct tls_session *tls; /* NULL: plain TCP */
	uint8_t *buffer;         /* the send buffer: octets from begin to end */
	size_t size, begin, end;
	uint64_t sent; /* octets that our kernel has taken */
	uint64_t acknowledged;
	bool peer_closed;      /* behind our FIN */
	bool fin_sent;         /* and it counts as one octet more */
	uint64_t fin_acked_ms; /* … when that was acknowledged; 0: not yet */
	uint32_t window;       /* the largest that the peer has offered */
	char error[256];
};

/* --- connecting */

static void
connection_fail(struct connection *c, const char *why)
{
	if (c->state == CONNECTION_BROKEN)
		return;
	snprintf(c->error, sizeof(c->error), "%s", why);
	c->state = CONNECTION_BROKEN;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* All addresses share the time: each gets its part of what is left. */
static uint64_t
attempt_end(const struct connection *c, uint64_t now)
{
	uint64_t end = c->begun_ms + c->options.connect_timeout_ms, left = 0;

	for (const struct addrinfo *a = c->next; a != NULL; a = a->ai_next)
		left++;
	return now + (end > now && left > 0 ? (end - now) / left : 0);
}

/* Try the next addresses until connecting to one has begun. */
static void
connection_try(struct connection *c)
{
	while (c->next != NULL) {
		const struct addrinfo *address = c->next;

		c->until_ms = attempt_end(c, clock_ms());
		c->next = address->ai_next;
		c->fd = tcp_socket_new(
		    address, c->options.source, c->options.silence_ms);
		if (c->fd >= 0 && (connect(c->fd, address->ai_addr,
		                       address->ai_addrlen) == 0 ||
		                      errno == EINPROGRESS))
			return;
		if (c->next != NULL && c->fd >= 0)
			close(c->fd);
		if (c->next == NULL)
			connection_fail(c, strerror(errno));
	}
}

/* This address failed: try the next one. */
static void
connection_try_next(struct connection *c, const char *why)
{
	if (c->next == NULL) {
		connection_fail(c, why);
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
	c->addresses = c->next = addresses;
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
	freeaddrinfo(c->addresses);
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
			connection_fail(c, strerror(ENOMEM));
			return -1;
		}
		c->buffer = grown;
		c->size = size;
	}
	memcpy(c->buffer + c->end, octets, length);
	c->end += length;
	return 0;
}

/* Octets that TLS wants to send. */
static int
buffer_add_records(struct connection *c)
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
				connection_fail(c, strerror(errno));
			return;
		}
		c->begin += (size_t)n;
		c->sent += (uint64_t)n;
	}
	if (c->state == CONNECTION_CLOSING && !c->fin_sent) {
		if (shutdown(c->fd, SHUT_WR) != 0)
			connection_fail(c, strerror(errno));
		else
			c->fin_sent = true;
	}
}

static void
peer_closed(struct connection *c)
{
	c->peer_closed = c->fin_sent;
	if (c->fin_sent)
		c->state = CONNECTION_CLOSED;
	else
		connection_fail(c, "closed by the collector");
}

/* Collectors send no data; over TLS there are alerts and tickets. */
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
			connection_fail(c, strerror(errno));
		} else if (n == 0) {
			peer_closed(c);
		} else if (c->tls != NULL) {
			why = tls_session_in(c->tls, octets, (size_t)n);
			if (why != NULL)
				connection_fail(c, why);
		}
	}
}

/* --- steps */

static void
handshake(struct connection *c)
{
	const char *why = NULL;
	int done = tls_session_handshake(c->tls, &why);

	/* Where it failed, too: an alert tells the peer why. */
	if (buffer_add_records(c) == 0)
		connection_send(c);
	if (done < 0)
		connection_fail(c, why);
	else if (done > 0 && c->state == CONNECTION_HANDSHAKE)
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
		connection_fail(c, strerror(ENOMEM));
		return;
	}
	c->state = CONNECTION_HANDSHAKE;
	c->until_ms = c->begun_ms + c->options.connect_timeout_ms;
	handshake(c);
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

/*
 * How many octets the peer's program may not have read, by the window that the
 * peer offers; UINT64_MAX: perhaps all.
 * Octets that a program has not read make the window smaller.  Twice as many,
 * since the window may have grown meanwhile.  All of them where the kernel
 * does not tell, and where half of the window is gone: a peer that lets that
 * happen may not read at all, and its buffer is larger than any window that
 * it has offered.
 */
static uint64_t
peer_unread(struct connection *c)
{
	uint32_t window;

	if (c->fd < 0 || tcp_socket_window(c->fd, &window) != 0)
		return UINT64_MAX;
	if (window > c->window)
		c->window = window;
	if (window < c->window / 2)
		return UINT64_MAX;
	return 2 * (uint64_t)(c->window - window);
}

/*
 * Our FIN is out and acknowledged, but the peer does not close its side.  It
 * may still be reading.
 */
static void
closing(struct connection *c, uint64_t now)
{
	uint64_t unread = peer_unread(c);

	if (connection_acknowledged(c) <= connection_written(c))
		return;
	if (c->fin_acked_ms == 0)
		c->fin_acked_ms = now;
	if (now - c->fin_acked_ms >= c->options.silence_ms ||
	    (now - c->fin_acked_ms >= CLOSE_MS && unread <= CLOSE_UNREAD))
		c->state = CONNECTION_CLOSED;
}

void
connection_step(struct connection *c)
{
	uint64_t now = clock_ms();

	if (c->state == CONNECTION_CONNECTING)
		connecting(c, now);
	if (c->state != CONNECTION_CONNECTING && c->fd >= 0)
		connection_receive(c);
	if (c->state == CONNECTION_HANDSHAKE) {
		handshake(c);
		if (c->state == CONNECTION_HANDSHAKE && now >= c->until_ms)
			connection_fail(c, "the TLS handshake timed out");
	}
	if ((c->state == CONNECTION_UP || c->state == CONNECTION_CLOSING) &&
	    c->fd >= 0)
		connection_send(c);
	if (c->state == CONNECTION_CLOSING)
		closing(c, now);
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
	return c->state <= CONNECTION_HANDSHAKE ? c->until_ms : UINT64_MAX;
}

bool
connection_wants_more(const struct connection *c)
{
	return c->state == CONNECTION_UP && c->end - c->begin < LOW_OCTETS;
}

int
connection_write(struct connection *c, const uint8_t *octets, size_t length)
{
	const char *why;

	if (c->tls == NULL)
		return buffer_add(c, octets, length);
	why = tls_session_write(c->tls, octets, length);
	if (why != NULL) {
		connection_fail(c, why);
		return -1;
	}
	return buffer_add_records(c);
}

void
connection_close(struct connection *c)
{
	if (c->state != CONNECTION_UP)
		return;
	c->state = CONNECTION_CLOSING;
	if (c->tls != NULL) {
		tls_session_close(c->tls);
		if (buffer_add_records(c) != 0)
			return;
	}
	connection_send(c);
}

/* --- acknowledgements */

uint64_t
connection_written(const struct connection *c)
{
	return c->sent + (c->end - c->begin);
}

bool
connection_peer_closed(const struct connection *c)
{
	return c->peer_closed;
}

uint64_t
connection_acknowledged(struct connection *c)
{
	uint64_t sent = c->sent + (c->fin_sent ? 1 : 0), queued;

	if (c->fd < 0 || tcp_socket_unacknowledged(c->fd, &queued) != 0 ||
	    queued > sent)
		return c->acknowledged;
	if (sent - queued > c->acknowledged)
		c->acknowledged = sent - queued;
	return c->acknowledged;
}
