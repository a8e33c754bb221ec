/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "udp_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exflow/base/clock.h"

#include "udp_pieces.h"
#include "udp_report.h"

#define SEND_BUFFER (1 << 20)
#define BURST 8        /* messages that may go at once, at least … */
#define BURST_PART 250 /* … and this part of a second's */
#define ENOBUFS_MS 1   /* wait for the queue of an interface */
#define NS_A_MS 1000000ULL

struct udp_socket {
	struct sender *sender;
	const struct udp_protocol *protocol;
	const struct addrinfo *source; /* our address, or NULL */
	int fd;
	uint64_t pace_ns;  /* when what was sent is paid for, at the rate */
	bool segments;     /* the kernel cuts pieces up */
	bool full;         /* until it is writable … */
	uint64_t retry_ms; /* … or, where this is not 0, until then */
	struct udp_reports reports;
};

/* --- opening */

struct udp_socket *
udp_socket_new(struct sender *sender, const struct udp_protocol *protocol,
    const struct addrinfo *source)
{
	struct udp_socket *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->sender = s->reports.sender = sender;
	s->protocol = s->reports.protocol = protocol;
	s->source = source;
	s->fd = -1;
	return s;
}

void
udp_socket_free(struct udp_socket **s)
{
	if (*s == NULL)
		return;
	if ((*s)->fd >= 0)
		close((*s)->fd);
	free(*s);
	*s = NULL;
}

static const struct addrinfo *
source_for(const struct udp_socket *s, int family)
{
	const struct addrinfo *source = s->source;

	while (source != NULL && source->ai_family != family)
		source = source->ai_next;
	return source;
}

static void
set_options(int fd, int family)
{
	int buffer = SEND_BUFFER, on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (family == AF_INET)
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	else
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
}

/* A descriptor, connected to the address; -1 with errno. */
static int
connected_to(const struct udp_socket *s, const struct addrinfo *address)
{
	const struct addrinfo *source = source_for(s, address->ai_family);
	int fd, code;

	if (s->source != NULL && source == NULL) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	fd = socket(
	    address->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	set_options(fd, address->ai_family);
	if ((source == NULL ||
	        bind(fd, source->ai_addr, source->ai_addrlen) == 0) &&
	    connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	code = errno;
	close(fd);
	errno = code;
	return -1;
}

int
udp_socket_open(struct udp_socket *s, const struct addrinfo *address)
{
	int fd = connected_to(s, address);

	if (fd < 0)
		return -1;
	udp_report_settle(&s->reports, true);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	s->reports.delivered = false;
	s->segments = true;
	s->full = false;
	return 0;
}

bool
udp_socket_is_to(const struct udp_socket *s, const struct addrinfo *addresses)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);

	if (s->fd < 0 ||
	    getpeername(s->fd, (struct sockaddr *)&peer, &length) != 0)
		return false;
	for (; addresses != NULL; addresses = addresses->ai_next)
		if (addresses->ai_addrlen == length &&
		    memcmp(addresses->ai_addr, &peer, length) == 0)
			return true;
	return false;
}

bool
udp_socket_has_delivered(const struct udp_socket *s)
{
	return s->reports.delivered;
}

/* --- pacing */

static uint64_t
now_ns(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

static uint64_t
burst_ns(uint32_t rate)
{
	uint64_t burst = rate / BURST_PART;

	return (burst > BURST ? burst : BURST) * 1000000000 / rate;
}

static uint32_t
rate_of(const struct udp_socket *s)
{
	return s->sender->base.options.udp_rate;
}

size_t
udp_socket_allowance(struct udp_socket *s)
{
	uint32_t rate = rate_of(s);
	uint64_t now, end;

	if (rate == 0)
		return UDP_BATCH;
	now = now_ns();
	end = now + burst_ns(rate);
	if (s->pace_ns < now)
		s->pace_ns = now;
	return s->pace_ns >= end ? 0 : (end - s->pace_ns) / (1000000000 / rate);
}

static void
pace(struct udp_socket *s, size_t messages)
{
	if (rate_of(s) != 0)
		s->pace_ns += messages * 1000000000 / rate_of(s);
}

/* When half of the burst may go again. */
uint64_t
udp_socket_send_at(const struct udp_socket *s)
{
	uint32_t rate = rate_of(s);
	uint64_t half, at = 0;

	if (s->full && s->retry_ms == 0)
		return UINT64_MAX; /* poll will say so */
	if (rate != 0) {
		half = burst_ns(rate) / 2;
		at = s->pace_ns > half ? (s->pace_ns - half) / NS_A_MS + 1 : 0;
	}
	return s->full && s->retry_ms > at ? s->retry_ms : at;
}

/* --- sending */

/* Nothing at all gets to the peer. */
static bool
is_down(int code)
{
	switch (code) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
		return true;
	default:
		return false;
	}
}

static void
piece_sent(struct udp_socket *s, const struct udp_piece *piece,
    struct queued_message *const *list)
{
	struct destination_counts *counts = &s->sender->counts;

	udp_report_expect(
	    &s->reports, list[0], piece->first, piece->behind, piece->records);
	counts->messages += piece->count;
	counts->sent += piece->records;
	for (size_t i = 0; i < piece->count; i++)
		counts->octets += list[i]->length;
	pace(s, piece->count);
	s->sender->progress_ms = clock_ms();
	s->full = false;
}

enum verdict {
	LOST,  /* and counted */
	AGAIN, /* try at once */
	LATER,
	DOWN, /* nothing at all gets to the peer */
};

/* The piece failed with this errno, and no report has come in. */
static enum verdict
piece_refused(struct udp_socket *s, const struct udp_piece *piece, int code)
{
	if (code == EAGAIN || code == ENOBUFS) {
		if (code == ENOBUFS)
			udp_count_error(s->sender, code, piece->count);
		s->full = true;
		s->retry_ms = code == ENOBUFS ? clock_ms() + ENOBUFS_MS : 0;
		return LATER;
	}
	if (piece->count > 1) {
		s->segments = false; /* this path cannot do it */
		return AGAIN;
	}
	udp_count_error(s->sender, code, 1);
	if (is_down(code))
		return DOWN;
	s->sender->counts.lost[LOSS_SEND] += piece->records;
	return LOST;
}

/*
 * The piece failed with this errno; *down becomes the errno of DOWN.  Where a
 * report has come in, the errno is about what was sent before.
 */
static enum verdict
piece_failed(
    struct udp_socket *s, const struct udp_piece *piece, int code, int *down)
{
	enum verdict verdict;
	int reported = 0;

	if (code == EINTR)
		return AGAIN;
	if (udp_report_read(&s->reports, s->fd, &reported) > 0) {
		if (!is_down(reported))
			return AGAIN;
		*down = reported;
		return DOWN;
	}
	verdict = piece_refused(s, piece, code);
	if (verdict == DOWN)
		*down = code;
	return verdict;
}

/*
 * An error behind the first piece is not returned by sendmmsg: the next call
 * returns it, or it was a report.
 */
size_t
udp_socket_send(struct udp_socket *s, struct queued_message *const *list,
    size_t n, uint32_t *sequence, bool data, int *down)
{
	struct udp_pieces pieces;
	size_t done = 0;

	while (done < n) {
		const struct udp_stamp how = {
			.protocol = s->protocol,
			.segments = s->segments,
			.data = data,
		};
		size_t i = 0;
		int sent;

		udp_pieces_make(
		    &pieces, &how, list + done, n - done, *sequence);
		sent = sendmmsg(s->fd, pieces.headers, (unsigned)pieces.count,
		    MSG_NOSIGNAL);
		for (; sent > 0 && i < (size_t)sent; i++) {
			piece_sent(s, &pieces.list[i], list + done);
			done += pieces.list[i].count;
			*sequence = pieces.list[i].behind;
		}
		if (sent >= 0)
			continue;
		switch (piece_failed(s, &pieces.list[0], errno, down)) {
		case LOST: /* the sequence numbers show the gap */
			*sequence = pieces.list[0].behind;
			done += pieces.list[0].count;
			break;
		case AGAIN:
			break;
		case LATER:
		case DOWN:
			return done;
		}
	}
	return done;
}

void
udp_socket_probe_delivered(
    struct udp_socket *s, const struct queued_message *message)
{
	s->sender->counts.sent += message->records;
	s->sender->counts.delivered += message->records;
	s->reports.delivered = true;
}

bool
udp_socket_is_full(const struct udp_socket *s)
{
	return s->full;
}

void
udp_socket_retry(struct udp_socket *s)
{
	s->full = false;
}

int
udp_socket_fd(const struct udp_socket *s)
{
	return s->fd;
}

short
udp_socket_events(const struct udp_socket *s)
{
	return s->full && s->retry_ms == 0 ? POLLOUT : 0;
}

/* --- reports */

int
udp_socket_read_reports(struct udp_socket *s)
{
	int code = 0;

	return udp_report_read(&s->reports, s->fd, &code) > 0 && is_down(code)
	           ? code
	           : 0;
}

void
udp_socket_settle(struct udp_socket *s)
{
	udp_report_settle(&s->reports, false);
}

uint64_t
udp_socket_settle_at(const struct udp_socket *s)
{
	return udp_report_deadline(&s->reports);
}

void
udp_socket_settle_all(struct udp_socket *s)
{
	struct pollfd poller = { .fd = s->fd };
	int code;

	if (s->reports.count > 0)
		(void)poll(&poller, 1, UDP_PROBE_MS);
	(void)udp_report_read(&s->reports, s->fd, &code);
	udp_report_settle(&s->reports, true);
}
