/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of a collector over UDP (RFC 7011, 10.3; RFC 3954, 4): a sender
 * that takes messages from the queue in batches and sends them, one a datagram,
 * through its socket (udp_socket.h).  Neither the rate nor a name that is being
 * looked up holds up another output.
 *
 *   CLOSED ──► TEMPLATES ──► PROBING ──► OPEN
 *      ▲          ▲   │         │         │
 *      │          │   └─────────┴─────────┴─── ICMP error ──► REFUSED
 *      │          └────────────── back-off ───────────────────────┘
 *      └── no address can be used
 *
 *   CLOSED      no address yet: the name is looked up, in its own thread
 *   TEMPLATES   the preamble is sent, and nothing else: type information and
 *               the templates that the data has needed so far, the first data
 *               included; where there is none (NetFlow version 5), the first
 *               data, which is kept
 *   PROBING     all of it is sent; an ICMP error would come back soon
 *   OPEN        none came: data is sent, each new template before the first
 *               data that needs it; all of these again by time and count
 *   REFUSED     nobody listens, or there is no route
 *
 * So while a collector is being restarted nothing but the preamble is lost:
 * data waits in the queue.  The name is looked up again and again, as a
 * collector may move; where it has several addresses and none has taken data
 * yet, the next one is tried at once.
 *
 * Sequence numbers begin at 0 with each socket, as RFC 7011 counts them by
 * transport session.  Over UDP nothing is sent again: what is refused is lost.
 */
#include <config.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "exflow/base/clock.h"
#include "exflow/output/kind.h"
#include "exflow/output/lookup.h"

#include "udp.h"
#include "udp_data.h"
#include "udp_report.h"

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 1000
#define LOOKUP_MS 300000        /* look the name up again so often … */
#define LOOKUP_REFUSED_MS 10000 /* … and when the collector is away */

static const struct destination_options *
options_of(const struct udp *u)
{
	return &u->sender.base.options;
}

/* --- refused */

static void
back_off(struct udp *u)
{
	if (u->down_ms == 0)
		u->down_ms = clock_ms();
	peer_back_off(&u->peer, BACKOFF_MIN_MS, BACKOFF_MAX_MS, false);
}

/* Nothing gets through for longer than connect_timeout_seconds. */
static uint64_t
hopeless_at(const struct udp *u)
{
	return u->down_ms == 0
	           ? UINT64_MAX
	           : u->down_ms +
	                 (uint64_t)options_of(u)->connect_timeout_seconds *
	                     1000;
}

/* Somebody waits for room in the queue, or for the end. */
static bool
is_awaited(const struct udp *u)
{
	return options_of(u)->wait || sender_finishing(&u->sender);
}

/* Another address of the name is tried at once, if none has taken data yet. */
static bool
may_try_next(const struct udp *u)
{
	return !udp_socket_has_delivered(u->socket) && u->next != NULL;
}

static void
refused(struct udp *u, int code)
{
	uint64_t lookup = clock_ms() + LOOKUP_REFUSED_MS;

	back_off(u);
	u->state = UDP_REFUSED;
	if (may_try_next(u)) {
		u->sender.error[0] = '\0';
		u->peer.again_ms = 0;
		return;
	}
	peer_failed(&u->peer, &u->sender, "cannot send to", strerror(code));
	if (u->lookup_ms > lookup)
		u->lookup_ms = lookup;
}

static void
read_reports(struct udp *u)
{
	int code = udp_socket_read_reports(u->socket);

	if (code != 0 && u->state != UDP_REFUSED)
		refused(u, code);
	udp_socket_settle(u->socket);
}

/* --- addresses */

/* The first of the next addresses that a socket can be opened to. */
static void
open_socket(struct udp *u)
{
	bool opened = false;

	while (!opened && u->next != NULL) {
		opened = udp_socket_open(u->socket, u->next) == 0;
		if (!opened)
			peer_failed(&u->peer, &u->sender, "cannot reach",
			    strerror(errno));
		u->next = u->next->ai_next;
	}
	if (!opened) {
		u->state = UDP_CLOSED;
		back_off(u);
		return;
	}
	u->sequence = u->statistics_sequence = 0;
	u->preamble_sent = 0;
	u->sender.counts.connects++;
	u->state = UDP_TEMPLATES;
}

/*
 * Stay with a collector that takes data and still has its address; else try
 * the addresses, but not the only one again that has just refused.
 */
static void
take_addresses(struct udp *u, struct addrinfo *list)
{
	bool current = udp_socket_is_to(u->socket, list);
	bool stay =
	    current && (u->state != UDP_REFUSED || list->ai_next == NULL);

	if (u->addresses != NULL)
		freeaddrinfo(u->addresses);
	u->addresses = list;
	u->next = stay ? NULL : list;
	if (u->next != NULL)
		open_socket(u);
}

static void
lookup_failed(struct udp *u, const char *why)
{
	peer_failed(&u->peer, &u->sender, "cannot look up", why);
	back_off(u);
}

static void
step_lookup(struct udp *u)
{
	struct addrinfo *list;
	const char *why;
	int result = lookup_step(&u->lookup, u->peer.host, u->peer.port,
	    SOCK_DGRAM, u->sender.queue.wake, &list, &why);

	if (result == 0)
		return;
	u->lookup_ms = clock_ms() + (u->state == UDP_REFUSED ? LOOKUP_REFUSED_MS
	                                                     : LOOKUP_MS);
	if (peer_host_is_number(u->peer.host))
		u->lookup_ms = 0;
	if (result > 0)
		take_addresses(u, list);
	else if (u->state == UDP_CLOSED)
		lookup_failed(u, why);
}

static bool
lookup_is_due(const struct udp *u)
{
	uint64_t now = clock_ms();

	if (u->lookup != NULL)
		return true;
	if (u->state == UDP_CLOSED)
		return now >= u->peer.again_ms;
	return u->lookup_ms != 0 && now >= u->lookup_ms;
}

/* --- the thread */

/* The back-off is over. */
static void
try_again(struct udp *u)
{
	if (may_try_next(u)) {
		open_socket(u);
		return;
	}
	u->preamble_sent = 0;
	u->state = UDP_TEMPLATES;
}

/* No report has come in: somebody listens. */
static void
begin_data(struct udp *u)
{
	u->state = UDP_OPEN;
	u->peer.backoff_ms = 0;
	u->down_ms = 0;
	peer_works(&u->peer, &u->sender, "sends again");
	udp_count_probe(u);
}

/* Nothing to probe with has come yet. */
static bool
has_no_probe(struct udp *u)
{
	return u->state == UDP_TEMPLATES && u->preamble_count == 0 &&
	       udp_data_idle(u);
}

/* While sending, nothing at all got to the peer. */
static void
take_refusal(struct udp *u)
{
	int code = u->refusal;

	u->refusal = 0;
	if (code != 0)
		refused(u, code);
}

static bool
send_first(struct udp *u)
{
	bool sent = udp_send_first(u);

	take_refusal(u);
	return sent;
}

static void
udp_step(struct udp *u)
{
	(void)sender_check_finish(&u->sender);
	if (lookup_is_due(u))
		step_lookup(u);
	read_reports(u);
	if (u->state == UDP_REFUSED && clock_ms() >= u->peer.again_ms)
		try_again(u);
	if (has_no_probe(u) && u->peer.backoff_ms == 0)
		u->down_ms = clock_ms(); /* it has not been tried */
	if (u->state == UDP_TEMPLATES && send_first(u)) {
		u->state = UDP_PROBING;
		u->probe_ms = clock_ms() + UDP_PROBE_MS;
		read_reports(u);
	}
	if (u->state == UDP_PROBING && clock_ms() >= u->probe_ms)
		begin_data(u);
	if (u->state == UDP_OPEN) {
		udp_send_data(u);
		take_refusal(u);
	}
	if (is_awaited(u) && clock_ms() >= hopeless_at(u))
		udp_lose_data(u);
	sender_report(&u->sender);
}

static bool
is_over(struct udp *u)
{
	if (!sender_finishing(&u->sender))
		return false;
	if (clock_ms() >= sender_finish_until(&u->sender))
		return true;
	return udp_data_idle(u) &&
	       (u->state != UDP_TEMPLATES || has_no_probe(u)) &&
	       (u->state != UDP_OPEN || u->preamble_sent == u->preamble_count);
}

/* When the state has something to do. */
static uint64_t
step_at(struct udp *u)
{
	switch (u->state) {
	case UDP_CLOSED:
		return u->lookup == NULL ? u->peer.again_ms : UINT64_MAX;
	case UDP_TEMPLATES:
		return has_no_probe(u) ? UINT64_MAX
		                       : udp_socket_send_at(u->socket);
	case UDP_PROBING:
		return u->probe_ms;
	case UDP_OPEN:
		return udp_data_idle(u) ? UINT64_MAX
		                        : udp_socket_send_at(u->socket);
	case UDP_REFUSED:
		return u->peer.again_ms;
	}
	return UINT64_MAX;
}

static void
udp_sleep(struct udp *u)
{
	uint64_t until =
	    clock_earlier(sender_finish_until(&u->sender), step_at(u));

	until = clock_earlier(until, udp_socket_settle_at(u->socket));
	if (u->lookup == NULL && u->lookup_ms != 0)
		until = clock_earlier(until, u->lookup_ms);
	if (is_awaited(u) && clock_ms() < hopeless_at(u))
		until = clock_earlier(until, hopeless_at(u));
	message_queue_sleep(&u->sender.queue, udp_socket_fd(u->socket),
	    udp_socket_events(u->socket), until);
}

static void *
udp_run(void *argument)
{
	struct udp *u = argument;

	u->down_ms = clock_ms();
	for (;;) {
		udp_step(u);
		if (is_over(u))
			break;
		udp_sleep(u);
	}
	udp_lose_data(u);
	udp_socket_settle_all(u->socket);
	if (destination_lost(&u->sender.counts) > 0 &&
	    u->sender.error[0] == '\0')
		snprintf(u->sender.error, sizeof(u->sender.error),
		    "not all could be sent in time");
	sender_report(&u->sender);
	return NULL;
}

/* --- for the export thread */

void *
udp_alloc(size_t size, const struct destination_ops *ops,
    const struct udp_protocol *protocol, const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct peer peer = { .host = NULL };
	struct udp *u;

	if (peer_parse(&peer, spec, argument, protocol->port, error) != 0)
		return NULL;
	u = destination_alloc(size, ops, spec, options, error);
	if (u == NULL) {
		peer_clear(&peer);
		return NULL;
	}
	u->protocol = protocol;
	u->peer = peer;
	return u;
}

/* Nobody is looked up or spoken to yet. */
int
udp_start(struct destination *destination)
{
	struct udp *u = (struct udp *)destination;

	if (peer_source(destination->options.source_address, SOCK_DGRAM,
	        &u->source, destination->error) != 0)
		return -1;
	u->socket = udp_socket_new(&u->sender, u->protocol, u->source);
	if (u->socket == NULL) {
		destination_fail(destination, "%s", strerror(ENOMEM));
		return -1;
	}
	return sender_init(&u->sender, destination->options.queue_octets);
}

int
udp_begin(struct udp *u)
{
	return sender_start(&u->sender, u->sender.base.ops->scheme, udp_run, u);
}

int
udp_finish(struct destination *destination)
{
	struct udp *u = (struct udp *)destination;

	if (!u->sender.running)
		return -1;
	sender_stop(&u->sender, false);
	message_queue_get_counts(&u->sender.queue, destination);
	if (destination_lost(&destination->counts) == 0)
		return 0;
	udp_summarise_errors(destination);
	return -1;
}

void
udp_free(struct destination *destination)
{
	struct udp *u = (struct udp *)destination;

	sender_stop(&u->sender, true);
	lookup_free(&u->lookup);
	udp_socket_free(&u->socket);
	if (u->addresses != NULL)
		freeaddrinfo(u->addresses);
	udp_data_clear(u);
	sender_clear(&u->sender);
	if (u->source != NULL)
		freeaddrinfo(u->source);
	peer_clear(&u->peer);
}
