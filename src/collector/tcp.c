/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX over TCP (RFC 7011, 10.4) and over TLS above it: an address, and a
 * session that does the work.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/collector/kinds.h"
#include "exflow/output/kind.h"

#include "session.h"
#include "tls.h"

struct tcp {
	struct destination base;
	struct peer peer;
	char *label;             /* "tcp-HOST-PORT": names the spool's folder */
	struct session *session; /* from start on */
	bool secure;
};

static uint32_t
tcp_message_octets(const struct destination *destination)
{
	return destination->options.tcp_message_octets;
}

/* No connection yet: a collector that is away may come back. */
static int
tcp_start(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;
	struct tls *tls = NULL;

	if (tcp->secure) {
		tls = tls_new(
		    &destination->options, tcp->peer.host, destination->error);
		if (tls == NULL)
			return -1;
	}
	tcp->session = session_new(
	    destination, &tcp->peer, tls, tcp->label, destination->error);
	return tcp->session != NULL ? 0 : -1;
}

static void
tcp_templates(struct destination *destination, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (session_start(tcp->session, templates, templates_count, types,
	        types_count, destination->error) != 0)
		session_free(&tcp->session);
}

static void
tcp_message(struct destination *destination, const struct message *message)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (tcp->session == NULL) {
		destination_lose(destination, LOSS_CONNECT, message->records);
		return;
	}
	session_message(tcp->session, message);
	session_read(tcp->session, destination);
}

static void
tcp_statistics(struct destination *destination, const struct message *message)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (tcp->session != NULL)
		session_statistics(tcp->session, message);
}

/* The session counts on while nothing comes. */
static uint64_t
tcp_tick(struct destination *destination, uint64_t now_ms)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (tcp->session == NULL)
		return 0;
	session_read(tcp->session, destination);
	return now_ms + DESTINATION_STATUS_MS;
}

static void
tcp_ending(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (tcp->session != NULL)
		session_ending(tcp->session);
}

static int
tcp_finish(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (tcp->session == NULL)
		return -1;
	session_finish(tcp->session, destination->succeeded);
	session_read(tcp->session, destination);
	return destination_lost(&destination->counts) == 0 &&
	               destination->counts.waiting == 0
	           ? 0
	           : -1;
}

static void
tcp_free(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;

	session_free(&tcp->session);
	peer_clear(&tcp->peer);
	free(tcp->label);
}

static const struct destination_ops tcp_ops = {
	.scheme = "tcp",
	.message_octets = tcp_message_octets,
	.start = tcp_start,
	.templates = tcp_templates,
	.message = tcp_message,
	.statistics = tcp_statistics,
	.tick = tcp_tick,
	.ending = tcp_ending,
	.finish = tcp_finish,
	.free = tcp_free,
};

static const struct destination_ops tls_ops = {
	.scheme = "tls",
	.message_octets = tcp_message_octets,
	.start = tcp_start,
	.templates = tcp_templates,
	.message = tcp_message,
	.statistics = tcp_statistics,
	.tick = tcp_tick,
	.ending = tcp_ending,
	.finish = tcp_finish,
	.free = tcp_free,
};

static char *
label_of(const struct destination_ops *ops, const struct peer *peer,
    const char *given)
{
	size_t size = strlen(peer->host) + 16;
	char *label = given != NULL ? strdup(given) : malloc(size);

	if (given == NULL && label != NULL)
		snprintf(label, size, "%s-%s-%s", ops->scheme, peer->host,
		    peer->port);
	return label;
}

static struct destination *
stream_new(const struct destination_ops *ops, const char *spec,
    const char *argument, const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	bool secure = ops == &tls_ops;
	struct peer peer = { NULL, NULL };
	struct destination *destination;
	struct tcp *tcp;

	if (peer_parse(&peer, spec, argument,
	        secure ? IPFIX_TLS_PORT_DEFAULT : IPFIX_PORT_DEFAULT,
	        error) != 0)
		return NULL;
	tcp = destination_alloc(sizeof(*tcp), ops, spec, options, error);
	if (tcp == NULL) {
		peer_clear(&peer);
		return NULL;
	}
	tcp->peer = peer;
	tcp->secure = secure;
	tcp->label = label_of(ops, &peer, options->label);
	if (tcp->label != NULL)
		return &tcp->base;
	destination = &tcp->base;
	destination_free(&destination);
	snprintf(error, DESTINATION_ERROR_SIZE, "out of memory");
	return NULL;
}

struct destination *
tcp_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	return stream_new(&tcp_ops, spec, argument, options, error);
}

struct destination *
tls_destination_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	return stream_new(&tls_ops, spec, argument, options, error);
}
