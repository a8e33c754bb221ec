/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX over TCP (RFC 7011, 10.4).
 *
 * A record is delivered when the peer's kernel has acknowledged the last
 * octet of its message.  The socket tells how many octets it has not
 * (SIOCOUTQ), so a ring of (end of message in the stream, records) says which
 * messages those are; until then their records wait, and with the connection
 * they are lost.
 */
#include <config.h>

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kinds.h"
#include "peer.h"

#define TCP_RING 1024    /* messages that may be unacknowledged apart */
#define TCP_SLICE_MS 250 /* between two looks at a slow peer */
#define TCP_SLEEP_US 500 /* first wait for the last acknowledgements … */
#define TCP_SLEEP_MAX_US 50000 /* … which doubles up to this */

struct tcp_sent {
	uint64_t end; /* octets of the stream up to the message's end */
	uint64_t records;
};

struct tcp {
	struct destination base;
	struct peer peer;
	int fd;            /* -1: it is over */
	bool shut;         /* our FIN is out: one more octet to acknowledge */
	uint32_t sequence; /* data records before the next message */
	uint64_t written;  /* octets that the kernel took */
	uint64_t acknowledged;
	struct tcp_sent ring[TCP_RING];
	size_t head, count; /* oldest; how many */
	uint8_t octets[MESSAGE_MAX_OCTETS];
};

static uint32_t
tcp_message_octets(const struct destination *destination)
{
	(void)destination;
	return TCP_MESSAGE_OCTETS;
}

static uint64_t
send_timeout_ms(const struct tcp *tcp)
{
	return (uint64_t)tcp->base.options.send_timeout_seconds * 1000;
}

/* 0 when connected by the deadline, else an errno. */
static int
connect_by(int fd, const struct addrinfo *address, uint64_t deadline)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	uint64_t now;
	int ready;

	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	do {
		now = peer_clock_ms();
		ready = poll(
		    &poller, 1, deadline > now ? (int)(deadline - now) : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return ETIMEDOUT;
	return ready < 0 ? errno : peer_socket_error(fd);
}

static int
tcp_try(struct tcp *tcp, const struct addrinfo *address, uint64_t deadline)
{
	int on = 1, code = 0;
	int fd = socket(
	    address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		code = errno;
	else
		code = connect_by(fd, address, deadline);
	if (code == 0) {
		/* Whole messages go out; nothing is gained by waiting. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		tcp->fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	destination_fail(&tcp->base, "cannot connect to %s port %s: %s",
	    tcp->peer.host, tcp->peer.port, strerror(code));
	return -1;
}

/* The time is for all addresses together; each gets its share of the rest. */
static int
tcp_start(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;
	struct addrinfo *list =
	    peer_resolve(&tcp->peer, SOCK_STREAM, destination);
	uint64_t end =
	    peer_clock_ms() +
	    (uint64_t)destination->options.connect_timeout_seconds * 1000;
	uint64_t left = 0;

	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
		left++;
	for (const struct addrinfo *a = list; a != NULL && tcp->fd < 0;
	     a = a->ai_next, left--) {
		uint64_t now = peer_clock_ms();

		tcp_try(tcp, a, now + (end > now ? (end - now) / left : 0));
	}
	if (list != NULL)
		freeaddrinfo(list);
	return tcp->fd >= 0 ? 0 : -1;
}

/* Octets that the peer's kernel has; only ever grows. */
static void
tcp_ask(struct tcp *tcp)
{
	uint64_t total = tcp->written + (tcp->shut ? 1 : 0);
	int queued = 0;

	if (tcp->fd < 0 || ioctl(tcp->fd, SIOCOUTQ, &queued) != 0 ||
	    queued < 0 || (uint64_t)queued > total)
		return;
	if (total - (uint64_t)queued > tcp->acknowledged)
		tcp->acknowledged = total - (uint64_t)queued;
}

static void
tcp_settle(struct tcp *tcp)
{
	tcp_ask(tcp);
	while (
	    tcp->count > 0 && tcp->ring[tcp->head].end <= tcp->acknowledged) {
		destination_deliver(&tcp->base, tcp->ring[tcp->head].records);
		tcp->head = (tcp->head + 1) % TCP_RING;
		tcp->count--;
	}
}

/* The connection is over: what is not acknowledged is lost. */
static void
tcp_break(struct tcp *tcp, int code)
{
	tcp_settle(tcp);
	destination_fail(&tcp->base, "connection to %s port %s: %s",
	    tcp->peer.host, tcp->peer.port,
	    code == ETIMEDOUT ? "no progress in time" : strerror(code));
	for (; tcp->count > 0; tcp->count--) {
		destination_lose(
		    &tcp->base, LOSS_SEND, tcp->ring[tcp->head].records);
		tcp->head = (tcp->head + 1) % TCP_RING;
	}
	if (tcp->fd >= 0)
		close(tcp->fd);
	tcp->fd = -1;
}

/*
 * Until there is room, or nothing has moved for the timeout: an errno then.
 * The kernel calls a socket writable only when a third of its buffer is free,
 * so a slow peer's progress shows in the acknowledgements.
 */
static int
tcp_wait_room(struct tcp *tcp)
{
	struct pollfd poller = { .fd = tcp->fd, .events = POLLOUT };
	uint64_t last = tcp->acknowledged;
	uint64_t deadline = peer_clock_ms() + send_timeout_ms(tcp);

	for (;;) {
		int ready = poll(&poller, 1, TCP_SLICE_MS);

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return errno;
		tcp_settle(tcp);
		if (tcp->acknowledged > last) {
			last = tcp->acknowledged;
			deadline = peer_clock_ms() + send_timeout_ms(tcp);
		} else if (peer_clock_ms() >= deadline) {
			return ETIMEDOUT;
		}
	}
}

/* The whole message, or an errno. */
static int
tcp_write(struct tcp *tcp, size_t length)
{
	size_t done = 0;
	int code = 0;

	while (done < length && code == 0) {
		ssize_t n = send(
		    tcp->fd, tcp->octets + done, length - done, MSG_NOSIGNAL);

		if (n >= 0) {
			done += (size_t)n;
			tcp->written += (size_t)n;
		} else if (errno == EAGAIN) {
			code = tcp_wait_room(tcp);
		} else if (errno != EINTR) {
			code = errno;
		}
	}
	return code;
}

/* In a full ring the newest two share a place: counted later, not wrong. */
static void
tcp_remember(struct tcp *tcp, uint64_t end, uint64_t records)
{
	struct tcp_sent *sent;

	if (tcp->count < TCP_RING)
		tcp->ring[(tcp->head + tcp->count++) % TCP_RING] =
		    (struct tcp_sent){ 0, 0 };
	sent = &tcp->ring[(tcp->head + tcp->count - 1) % TCP_RING];
	sent->end = end;
	sent->records += records;
}

static void
tcp_send(struct tcp *tcp, const struct message *message)
{
	uint64_t exchanges =
	    message->kind == MESSAGE_DATA ? message->records : 0;
	int code;

	if (tcp->fd < 0) {
		destination_lose(&tcp->base, LOSS_SEND, exchanges);
		return;
	}
	memcpy(tcp->octets, message->octets, message->length);
	message_stamp(tcp->octets, tcp->sequence, (uint32_t)time(NULL));
	tcp->sequence += message->records;
	tcp_remember(tcp, tcp->written + message->length, exchanges);
	code = tcp_write(tcp, message->length);
	if (code != 0) {
		tcp_break(tcp, code);
		return;
	}
	tcp->base.counts.messages++;
	tcp->base.counts.octets += message->length;
	tcp_settle(tcp);
}

static void
tcp_templates(struct destination *destination, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct tcp *tcp = (struct tcp *)destination;

	/* Types first: ipfixDump takes a template as it knows it then. */
	for (size_t i = 0; destination->options.types_tcp && i < types_count;
	     i++)
		tcp_send(tcp, &types[i]);
	for (size_t i = 0; i < templates_count; i++)
		tcp_send(tcp, &templates[i]);
}

static void
tcp_message(struct destination *destination, const struct message *message)
{
	tcp_send((struct tcp *)destination, message);
}

/* Our FIN goes last, so its acknowledgement stands for everything. */
static int
tcp_wait_acknowledged(struct tcp *tcp)
{
	uint64_t last = tcp->acknowledged, sleep_us = TCP_SLEEP_US;
	uint64_t deadline = peer_clock_ms() + send_timeout_ms(tcp);

	for (;;) {
		int code = peer_socket_error(tcp->fd);

		tcp_settle(tcp);
		if (tcp->acknowledged > tcp->written || tcp->count == 0)
			return 0;
		if (code != 0)
			return code;
		if (tcp->acknowledged > last) {
			last = tcp->acknowledged;
			deadline = peer_clock_ms() + send_timeout_ms(tcp);
			sleep_us = TCP_SLEEP_US;
		} else if (peer_clock_ms() >= deadline) {
			return ETIMEDOUT;
		}
		peer_sleep_us(sleep_us);
		if (sleep_us < TCP_SLEEP_MAX_US)
			sleep_us *= 2;
	}
}

static int
tcp_finish(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;
	int code;

	if (tcp->fd < 0)
		return -1;
	if (shutdown(tcp->fd, SHUT_WR) != 0) {
		tcp_break(tcp, errno);
		return -1;
	}
	tcp->shut = true;
	code = tcp_wait_acknowledged(tcp);
	if (code != 0) {
		tcp_break(tcp, code);
		return -1;
	}
	close(tcp->fd);
	tcp->fd = -1;
	return destination_lost(&destination->counts) == 0 ? 0 : -1;
}

static void
tcp_free(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (tcp->fd >= 0)
		close(tcp->fd);
	peer_clear(&tcp->peer);
}

static const struct destination_ops tcp_ops = {
	.scheme = "tcp",
	.message_octets = tcp_message_octets,
	.start = tcp_start,
	.templates = tcp_templates,
	.message = tcp_message,
	.finish = tcp_finish,
	.free = tcp_free,
};

struct destination *
tcp_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct peer peer = { NULL, NULL };
	struct tcp *tcp;

	if (peer_parse(&peer, spec, argument, error) != 0)
		return NULL;
	tcp = destination_alloc(sizeof(*tcp), &tcp_ops, spec, options, error);
	if (tcp == NULL) {
		peer_clear(&peer);
		return NULL;
	}
	tcp->fd = -1;
	tcp->peer = peer;
	return &tcp->base;
}
