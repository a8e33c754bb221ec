/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address of a collector over UDP, and whether anybody is there.  The name
 * is looked up beside the thread, again and again, as a collector may move.
 * Templates go first and alone: while they are refused nothing else goes out,
 * so that a collector which is being restarted gets what came meanwhile.
 */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"

#include "udp_internal.h"

#define SEND_BUFFER (1 << 20)
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 1000
#define LOOKUP_MS 300000     /* a collector may move … */
#define LOOKUP_AWAY_MS 10000 /* … the more so when it does not answer */
#define TELL_MS 60000        /* the same trouble is logged so often at most */

/* --- trouble */

static void
link_tell(struct udp *u, const char *what, const char *why)
{
	uint64_t now = clock_ms();

	snprintf(u->error, sizeof(u->error), "%s %s port %s: %s", what,
	    u->peer.host, u->peer.port, why);
	if (u->logged_ms != 0 && now - u->logged_ms < TELL_MS) {
		log_debug("%s: %s", u->base.name, u->error);
		return;
	}
	u->logged_ms = now;
	log_warning("%s: %s; trying again", u->base.name, u->error);
}

/* When to try again. */
static void
link_wait(struct udp *u)
{
	uint64_t now = clock_ms();

	if (u->trouble_ms == 0)
		u->trouble_ms = now;
	u->backoff_ms = u->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * u->backoff_ms;
	if (u->backoff_ms > BACKOFF_MAX_MS)
		u->backoff_ms = BACKOFF_MAX_MS;
	u->again_ms = now + u->backoff_ms;
}

bool
udp_link_is_down(int code)
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

/* Another address of the same name is tried at once, if none ever took data. */
void
udp_link_refused(struct udp *u, int code)
{
	uint64_t again = clock_ms() + LOOKUP_AWAY_MS;

	link_wait(u);
	u->state = UDP_AWAY;
	if (!u->heard && u->next != NULL) {
		u->error[0] = '\0';
		u->again_ms = 0;
		return;
	}
	link_tell(u, "cannot send to", strerror(code));
	if (u->lookup_ms > again)
		u->lookup_ms = again;
}

/* --- sockets */

static const struct addrinfo *
source_for(const struct udp *u, int family)
{
	const struct addrinfo *source = u->source;

	while (source != NULL && source->ai_family != family)
		source = source->ai_next;
	return source;
}

static void
socket_options(int fd, int family)
{
	int buffer = SEND_BUFFER, on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (family == AF_INET)
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	else
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
}

/* -1 with errno. */
static int
socket_udp(const struct udp *u, const struct addrinfo *address)
{
	const struct addrinfo *source = source_for(u, address->ai_family);
	int fd, code;

	if (u->source != NULL && source == NULL) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	fd = socket(
	    address->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	socket_options(fd, address->ai_family);
	if ((source == NULL ||
	        bind(fd, source->ai_addr, source->ai_addrlen) == 0) &&
	    connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	code = errno;
	close(fd);
	errno = code;
	return -1;
}

/* The first address from next on that there can be a socket for. */
static void
link_open(struct udp *u)
{
	int fd = -1;

	while (fd < 0 && u->next != NULL) {
		fd = socket_udp(u, u->next);
		if (fd < 0)
			link_tell(u, "cannot reach", strerror(errno));
		u->next = u->next->ai_next;
	}
	if (fd < 0) {
		u->state = UDP_CLOSED;
		link_wait(u);
		return;
	}
	udp_report_settle(u, true);
	if (u->fd >= 0)
		close(u->fd);
	u->fd = fd;
	/* Another port of ours: another session. */
	u->sequence = u->statistics_sequence = 0;
	u->greeted = 0;
	u->heard = u->full = false;
	u->segments = true;
	u->tally.connects++;
	u->state = UDP_GREETING;
}

/* --- names */

/* Whether the socket's peer is among these. */
static bool
is_among(const struct udp *u, const struct addrinfo *list)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);

	if (u->fd < 0 ||
	    getpeername(u->fd, (struct sockaddr *)&peer, &length) != 0)
		return false;
	for (; list != NULL; list = list->ai_next)
		if (list->ai_addrlen == length &&
		    memcmp(list->ai_addr, &peer, length) == 0)
			return true;
	return false;
}

static bool
is_number(const char *host)
{
	uint8_t address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 ||
	       inet_pton(AF_INET6, host, address) == 1;
}

/* Go where the name says now; one that is away has other addresses tried. */
static void
link_take_list(struct udp *u, struct addrinfo *list)
{
	bool stay = is_among(u, list) && u->state != UDP_AWAY;

	if (u->addresses != NULL)
		freeaddrinfo(u->addresses);
	u->addresses = list;
	u->next = stay ? NULL : list;
	if (is_among(u, list) && u->state == UDP_AWAY && list->ai_next == NULL)
		u->next = NULL; /* there is none but this one */
	if (u->next != NULL)
		link_open(u);
}

static void
link_look_up(struct udp *u)
{
	struct addrinfo *list;
	const char *why;
	int done;

	if (u->lookup == NULL) {
		u->lookup = lookup_new(&u->peer, SOCK_DGRAM, u->queue.wake);
		if (u->lookup == NULL) {
			link_tell(u, "cannot look up", strerror(errno));
			link_wait(u);
		}
		return;
	}
	done = lookup_result(u->lookup, &list, &why);
	if (done == 0)
		return;
	lookup_free(&u->lookup);
	u->lookup_ms = is_number(u->peer.host)
	                   ? 0
	                   : clock_ms() + (u->state == UDP_AWAY ? LOOKUP_AWAY_MS
	                                                        : LOOKUP_MS);
	if (done > 0) {
		link_take_list(u, list);
	} else if (u->state == UDP_CLOSED) {
		link_tell(u, "cannot look up", why);
		link_wait(u);
	}
}

static bool
lookup_due(const struct udp *u, uint64_t now)
{
	if (u->lookup != NULL)
		return true;
	if (u->state == UDP_CLOSED)
		return now >= u->again_ms;
	return u->lookup_ms != 0 && now >= u->lookup_ms;
}

/* --- steps */

static void
link_opened(struct udp *u)
{
	u->state = UDP_OPEN;
	u->backoff_ms = 0;
	u->trouble_ms = 0;
	if (u->logged_ms != 0)
		log_warning("%s: sends again", u->base.name);
	u->logged_ms = 0;
}

static void
link_back(struct udp *u)
{
	if (!u->heard && u->next != NULL) {
		link_open(u);
		return;
	}
	u->greeted = 0;
	u->state = UDP_GREETING;
}

static void
link_listen(struct udp *u)
{
	int code = 0;

	if (udp_report_read(u, &code) > 0 && u->state != UDP_AWAY &&
	    udp_link_is_down(code))
		udp_link_refused(u, code);
	/* While it is away silence says nothing. */
	udp_report_settle(u, false);
}

void
udp_link_step(struct udp *u)
{
	uint64_t now = clock_ms();

	if (lookup_due(u, now))
		link_look_up(u);
	link_listen(u);
	if (u->state == UDP_AWAY && now >= u->again_ms)
		link_back(u);
	if (u->state == UDP_GREETING && udp_send_greeting(u)) {
		u->state = UDP_PROBING;
		u->probe_ms = clock_ms() + UDP_PROBE_MS;
		link_listen(u);
	}
	if (u->state == UDP_PROBING && clock_ms() >= u->probe_ms)
		link_opened(u);
}

uint64_t
udp_link_deadline(const struct udp *u)
{
	uint64_t deadline = UINT64_MAX;

	if (u->state == UDP_AWAY ||
	    (u->state == UDP_CLOSED && u->lookup == NULL))
		deadline = u->again_ms;
	if (u->state == UDP_PROBING)
		deadline = u->probe_ms;
	if (u->state == UDP_GREETING)
		deadline = udp_send_deadline(u);
	if (u->lookup == NULL && u->lookup_ms != 0 && u->lookup_ms < deadline)
		deadline = u->lookup_ms;
	return deadline;
}

void
udp_link_free(struct udp *u)
{
	lookup_free(&u->lookup);
	if (u->fd >= 0)
		close(u->fd);
	if (u->addresses != NULL)
		freeaddrinfo(u->addresses);
}
