/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX over UDP (RFC 7011, 10.3): one message a datagram.
 *
 * The kernel reports the fate of a datagram late: an ICMP error shows at the
 * next call on the socket.  So the records of the last datagram stay
 * "waiting" until the next one goes out without such a report, and an error
 * that was pending before a send belongs to the datagram before it.
 *
 * A sender that replays a file is faster than any collector, and what a
 * collector's full socket buffer drops nobody tells us: hence the rate.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "exflow/clock.h"

#include "kinds.h"
#include "peer.h"

#define UDP_SEND_BUFFER (1 << 20)
#define UDP_PATIENCE_MS 1000 /* for a full queue of the interface */
#define UDP_BURST 8          /* messages that may go at once */
#define UDP_LAST_WAIT_MS 20  /* for the report about the last datagram */
#define UDP_RETURN_MS 1000   /* templates again, at most so often */
#define UDP_TROUBLES 8

/* What went wrong how often, by errno. */
struct udp_trouble {
	int code;
	uint64_t messages;
	uint64_t records;
};

struct udp {
	struct destination base;
	struct peer peer;
	struct addrinfo *addresses; /* all of the peer's */
	struct addrinfo *next;      /* tried when nobody listens */
	int fd;
	bool heard;        /* data went out without an error report */
	bool refused;      /* an error report since the last templates */
	uint32_t sequence; /* data records before the next message */
	uint32_t statistics_sequence; /* the same in domain 0 */
	uint32_t last;                /* exchanges in the last datagram */
	const struct message *templates, *types;
	size_t templates_count, types_count;
	uint64_t templates_ms;       /* when they were sent last */
	uint32_t templates_messages; /* data messages since then */
	uint64_t pace_us;            /* when the burst is used up */
	struct udp_trouble troubles[UDP_TROUBLES];
	uint8_t octets[MESSAGE_MAX_OCTETS];
};

static uint32_t
udp_message_octets(const struct destination *destination)
{
	return destination->options.udp_message_octets;
}

/* The first address from udp->next on that a socket can be made for. */
static int
udp_connect(struct udp *udp)
{
	int buffer = UDP_SEND_BUFFER;

	while (udp->next != NULL) {
		const struct addrinfo *address = udp->next;
		int fd = socket(address->ai_family,
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		udp->next = address->ai_next;
		if (fd >= 0 &&
		    connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
			setsockopt(
			    fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
			udp->fd = fd;
			return 0;
		}
		destination_fail(&udp->base, "cannot reach %s port %s: %s",
		    udp->peer.host, udp->peer.port, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

static int
udp_start(struct destination *destination)
{
	struct udp *udp = (struct udp *)destination;

	udp->addresses = peer_resolve(&udp->peer, SOCK_DGRAM, destination);
	udp->next = udp->addresses;
	return udp->addresses != NULL ? udp_connect(udp) : -1;
}

/* The last kind takes what does not fit; code 0 marks a free one. */
static void
udp_trouble(struct udp *udp, int code, uint32_t records)
{
	size_t i = 0;

	while (i + 1 < UDP_TROUBLES && udp->troubles[i].code != 0 &&
	       udp->troubles[i].code != code)
		i++;
	udp->troubles[i].code = code;
	udp->troubles[i].messages++;
	udp->troubles[i].records += records;
	destination_fail(&udp->base, "%s", strerror(code));
	destination_lose(&udp->base, LOSS_SEND, records);
}

/* The report about the last datagram, if there is one by now. */
static void
udp_settle(struct udp *udp, int code)
{
	uint32_t records = udp->last;

	udp->last = 0;
	if (code == 0) {
		destination_deliver(&udp->base, records);
		udp->heard = udp->heard || records > 0;
		return;
	}
	udp_trouble(udp, code, records);
	udp->refused = true;
}

static uint64_t
clock_us(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC) / 1000;
}

/* Each message moves the pace by its share of a second. */
static void
udp_pace(struct udp *udp)
{
	uint32_t rate = udp->base.options.udp_rate;
	uint64_t now, burst;

	if (rate == 0)
		return;
	now = clock_us();
	burst = (uint64_t)UDP_BURST * 1000000 / rate;
	if (udp->pace_us < now)
		udp->pace_us = now;
	if (udp->pace_us > now + burst)
		peer_sleep_us(udp->pace_us - now);
	udp->pace_us += 1000000 / rate;
}

/* A full queue empties by itself; whether to try again. */
static bool
udp_wait(struct udp *udp, int code, uint64_t deadline)
{
	struct pollfd poller = { .fd = udp->fd, .events = POLLOUT };
	uint64_t now = peer_clock_ms();

	if (now >= deadline)
		return false;
	if (code == EAGAIN)
		poll(&poller, 1, (int)(deadline - now));
	else
		peer_sleep_us(1000);
	return true;
}

/* 0, or the errno that this datagram met. */
static int
udp_transmit(struct udp *udp, size_t length)
{
	uint64_t deadline = peer_clock_ms() + UDP_PATIENCE_MS;
	bool retried = false;

	while (send(udp->fd, udp->octets, length, MSG_NOSIGNAL) < 0) {
		int code = errno;

		if (code == EINTR)
			continue;
		if (code == ECONNREFUSED && !retried) {
			/* It came since the last look. */
			retried = true;
			udp_settle(udp, code);
			continue;
		}
		if ((code != EAGAIN && code != ENOBUFS) ||
		    !udp_wait(udp, code, deadline))
			return code;
	}
	return 0;
}

static void
udp_send(struct udp *udp, const struct message *message)
{
	uint32_t exchanges =
	    message->kind == MESSAGE_DATA ? message->records : 0;
	uint32_t *sequence = message->kind == MESSAGE_STATISTICS
	                         ? &udp->statistics_sequence
	                         : &udp->sequence;
	int code;

	udp_pace(udp);
	memcpy(udp->octets, message->octets, message->length);
	message_stamp(udp->octets, *sequence, (uint32_t)time(NULL));
	/* Also where it is lost: the collector shall see the gap. */
	*sequence += message->records;
	code = udp_transmit(udp, message->length);
	if (code != 0) {
		udp_trouble(udp, code, exchanges);
		return;
	}
	udp_settle(udp, 0);
	udp->last = exchanges;
	udp->base.counts.messages++;
	udp->base.counts.octets += message->length;
}

static void
udp_send_templates(struct udp *udp)
{
	udp->templates_ms = peer_clock_ms();
	udp->templates_messages = 0;
	udp->refused = false;
	/* Types first: ipfixDump takes a template as it knows it then. */
	for (size_t i = 0; udp->base.options.types_udp && i < udp->types_count;
	     i++)
		udp_send(udp, &udp->types[i]);
	for (size_t i = 0; i < udp->templates_count; i++)
		udp_send(udp, &udp->templates[i]);
}

/*
 * A name may stand for several addresses ("localhost" does), and a collector
 * listens on one of them: go on to the next as long as none took anything.
 */
static bool
udp_next_address(struct udp *udp)
{
	int old = udp->fd;

	if (udp->heard || udp->next == NULL || udp_connect(udp) != 0)
		return false;
	close(old);
	/* Another port of ours: another session. */
	udp->sequence = udp->statistics_sequence = 0;
	udp_send_templates(udp);
	return true;
}

/* What the kernel knows by now about what was sent before. */
static void
udp_look(struct udp *udp)
{
	int code;

	do {
		code = peer_socket_error(udp->fd);
		if (code != 0)
			udp_settle(udp, code);
	} while (udp->refused && udp_next_address(udp));
}

static bool
udp_templates_due(const struct udp *udp)
{
	const struct destination_options *options = &udp->base.options;
	uint64_t age = peer_clock_ms() - udp->templates_ms;

	/* A collector that was away needs them to read what follows. */
	if (udp->refused && age >= UDP_RETURN_MS)
		return true;
	if (options->template_refresh_messages != 0 &&
	    udp->templates_messages >= options->template_refresh_messages)
		return true;
	return options->template_refresh_seconds != 0 &&
	       age >= (uint64_t)options->template_refresh_seconds * 1000;
}

static void
udp_templates(struct destination *destination, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct udp *udp = (struct udp *)destination;

	udp->templates = templates;
	udp->templates_count = templates_count;
	udp->types = types;
	udp->types_count = types_count;
	udp_send_templates(udp);
}

static void
udp_message(struct destination *destination, const struct message *message)
{
	struct udp *udp = (struct udp *)destination;

	udp_look(udp);
	if (udp_templates_due(udp))
		udp_send_templates(udp);
	udp_send(udp, message);
	udp->templates_messages++;
}

static void
udp_statistics(struct destination *destination, const struct message *message)
{
	struct udp *udp = (struct udp *)destination;

	udp_look(udp);
	udp_send(udp, message);
}

/* The last word: all that went wrong, by kind. */
static void
udp_summary(struct udp *udp)
{
	char text[DESTINATION_ERROR_SIZE] = "";
	size_t used = 0;

	for (size_t i = 0; i < UDP_TROUBLES; i++) {
		const struct udp_trouble *trouble = &udp->troubles[i];

		if (trouble->code == 0 || used >= sizeof(text))
			break;
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%s (%" PRIu64 " messages, %" PRIu64 " records)",
		    i > 0 ? ", " : "", strerror(trouble->code),
		    trouble->messages, trouble->records);
	}
	destination_fail(&udp->base, "%s", text);
}

static int
udp_finish(struct destination *destination)
{
	struct udp *udp = (struct udp *)destination;
	struct pollfd poller = { .fd = udp->fd };

	if (udp->last > 0)
		poll(&poller, 1, UDP_LAST_WAIT_MS);
	udp_settle(udp, peer_socket_error(udp->fd));
	if (destination_lost(&destination->counts) == 0)
		return 0;
	udp_summary(udp);
	return -1;
}

static void
udp_free(struct destination *destination)
{
	struct udp *udp = (struct udp *)destination;

	if (udp->fd >= 0)
		close(udp->fd);
	if (udp->addresses != NULL)
		freeaddrinfo(udp->addresses);
	peer_clear(&udp->peer);
}

static const struct destination_ops udp_ops = {
	.scheme = "udp",
	.message_octets = udp_message_octets,
	.start = udp_start,
	.templates = udp_templates,
	.message = udp_message,
	.statistics = udp_statistics,
	.finish = udp_finish,
	.free = udp_free,
};

struct destination *
udp_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct peer peer = { NULL, NULL };
	struct udp *udp;

	if (peer_parse(&peer, spec, argument, IPFIX_PORT_DEFAULT, error) != 0)
		return NULL;
	udp = destination_alloc(sizeof(*udp), &udp_ops, spec, options, error);
	if (udp == NULL) {
		peer_clear(&peer);
		return NULL;
	}
	udp->fd = -1;
	udp->peer = peer;
	return &udp->base;
}
