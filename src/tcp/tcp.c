/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX over TCP (RFC 7011, 10.4) and over TLS above it: the destinations
 * tcp:// and tls://.  A sender whose thread runs the transport sessions
 * (session.h), which do the work.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/path.h"
#include "exflow/tcp/kinds.h"
#include "exflow/output/sender.h"
#include "exflow/output/peer.h"
#include "exflow/spool/spool.h"

#include "session.h"
#include "tls.h"

struct tcp {
	struct sender sender;
	struct peer peer;
	char *label;             /* "tcp-HOST-PORT": names the spool's folder */
	char *spool;             /* that folder; NULL: no spool */
	struct session *session; /* from start on */
	bool secure;             /* TLS */
};

static uint32_t
tcp_message_octets(const struct destination *destination)
{
	return destination->options.tcp_message_octets;
}

/* Files of TLS, our own address, the folder of the spool. */
static int
tcp_check(struct destination *destination)
{
	const struct destination_options *options = &destination->options;
	struct tcp *tcp = (struct tcp *)destination;
	const char *spool = options->spool_dir;
	struct stat status;

	if (tcp->secure) {
		struct tls *tls =
		    tls_new(options, tcp->peer.host, destination->error);

		if (tls == NULL)
			return -1;
		tls_free(&tls);
	}
	if (peer_check(destination) != 0)
		return -1;
	if (spool == NULL)
		return 0;
	/* The folder is made, but none above it. */
	if ((stat(spool, &status) == 0 ? path_check_folder : path_check_file)(
	        spool) == 0)
		return spool_check(tcp->spool, destination->error);
	destination_fail(
	    destination, "spool_dir %s: %s", spool, strerror(errno));
	return -1;
}

/* Two collectors cannot share a spool. */
static const char *
tcp_target(const struct destination *destination, size_t i)
{
	return i == 0 ? ((const struct tcp *)destination)->spool : NULL;
}

/* Nothing is connected yet: a collector that is away may come back. */
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
	    &tcp->sender, &tcp->peer, tls, tcp->label, destination->error);
	if (tcp->session == NULL)
		return -1;
	/* The other half of the memory is for what is sent and kept. */
	return sender_init(&tcp->sender, destination->options.queue_octets / 2);
}

static void
tcp_templates(struct destination *destination, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (session_set_templates(tcp->session, templates, templates_count,
	        types, types_count) != 0)
		destination_fail(destination, "%s", strerror(ENOMEM));
	else
		(void)sender_start(&tcp->sender, destination->ops->scheme,
		    session_run, tcp->session);
}

static int
tcp_finish(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;

	if (!tcp->sender.running)
		return -1;
	sender_stop(&tcp->sender, destination->succeeded);
	message_queue_get_counts(&tcp->sender.queue, destination);
	return destination_lost(&destination->counts) == 0 &&
	               destination->counts.waiting == 0
	           ? 0
	           : -1;
}

static void
tcp_free(struct destination *destination)
{
	struct tcp *tcp = (struct tcp *)destination;

	sender_stop(&tcp->sender, true);
	session_free(&tcp->session);
	sender_clear(&tcp->sender);
	peer_clear(&tcp->peer);
	free(tcp->label);
	free(tcp->spool);
}

static const struct destination_ops tcp_ops = {
	.scheme = "tcp",
	.message_octets = tcp_message_octets,
	.target = tcp_target,
	.check = tcp_check,
	.start = tcp_start,
	.templates = tcp_templates,
	.message = sender_message,
	.statistics = sender_statistics,
	.tick = sender_tick,
	.ending = sender_ending,
	.finish = tcp_finish,
	.free = tcp_free,
};

static const struct destination_ops tls_ops = {
	.scheme = "tls",
	.message_octets = tcp_message_octets,
	.target = tcp_target,
	.check = tcp_check,
	.start = tcp_start,
	.templates = tcp_templates,
	.message = sender_message,
	.statistics = sender_statistics,
	.tick = sender_tick,
	.ending = sender_ending,
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
	struct peer peer = { .host = NULL };
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
	if (tcp->label != NULL && options->spool_dir != NULL)
		tcp->spool = spool_folder_path(options->spool_dir, tcp->label);
	if (tcp->label != NULL &&
	    (tcp->spool != NULL || options->spool_dir == NULL))
		return &tcp->sender.base;
	destination = &tcp->sender.base;
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
