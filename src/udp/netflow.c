/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetFlow over UDP: the destinations netflow9:// (RFC 3954) and netflow5://.
 * They take exchanges, which the export thread encodes into datagrams
 * (netflow.h) for the message queue; all behind it is the same as for IPFIX.
 *
 *   exchanges ──► encoder ──► message queue ──► thread of udp.c ──► network
 *                    │
 *                    └─ flushed by each tick, every DESTINATION_STATUS_MS
 *
 * Counts are of exchanges: one is delivered when the datagram with its last
 * record is.  Exchanges of IPv6 are lost to version 5 (LOSS_NOT_V5).
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/udp/kinds.h"
#include "exflow/netflow/netflow.h"

#include "udp.h"

struct netflow {
	struct udp udp;
	struct netflow_encoder *encoder; /* NULL before start */
};

static const struct udp_protocol netflow9_protocol = {
	.port = NETFLOW_PORT_DEFAULT,
	.header_octets = NETFLOW9_HEADER_OCTETS,
	.sequence_at = NETFLOW9_SEQUENCE_AT,
	.domain_at = NETFLOW9_SOURCE_AT,
	.domain_octets = 4,
	.sets = true,
	.refreshed = true,
	.own_times = true,
};

static const struct udp_protocol netflow5_protocol = {
	.port = NETFLOW_PORT_DEFAULT,
	.header_octets = NETFLOW5_HEADER_OCTETS,
	.sequence_at = NETFLOW5_SEQUENCE_AT,
	.domain_at = NETFLOW5_ENGINE_AT,
	.domain_octets = 2,
	.own_times = true,
};

static uint64_t
now_since_1970(void)
{
	return (uint64_t)(clock_ns(CLOCK_REALTIME) / NS_PER_MS);
}

/* It takes exchanges. */
static uint32_t
netflow_message_octets(const struct destination *destination)
{
	(void)destination;
	return 0;
}

/* A netflow_handler. */
static void
put_datagram(void *context, const struct message *message)
{
	struct netflow *n = context;

	sender_message(&n->udp.sender.base, message);
}

static int
add_templates(struct netflow *n)
{
	const struct message *templates = netflow_encoder_templates(n->encoder);

	return templates != NULL ? udp_add_preamble(&n->udp, templates, 1) : 0;
}

static int
netflow_start(struct destination *destination)
{
	struct netflow *n = (struct netflow *)destination;
	const struct netflow_options options = {
		.version = n->udp.protocol == &netflow9_protocol ? NETFLOW_V9
		                                                 : NETFLOW_V5,
		.domain = destination->options.domain,
		.message_octets = destination->options.udp_message_octets,
	};

	if (udp_start(destination) != 0)
		return -1;
	n->encoder =
	    netflow_encoder_new(&options, now_since_1970(), put_datagram, n);
	if (n->encoder == NULL || add_templates(n) != 0) {
		destination_fail(destination, "%s", strerror(ENOMEM));
		return -1;
	}
	return udp_begin(&n->udp);
}

static void
netflow_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct netflow *netflow = (struct netflow *)destination;
	uint64_t now = now_since_1970(), lost = 0;

	for (size_t i = 0; i < n; i++)
		if (netflow_encoder_add(netflow->encoder, &exchanges[i], now) !=
		    0)
			lost++;
	if (lost == 0)
		return;
	destination_lose(destination, LOSS_NOT_V5, lost);
	if (destination->error[0] == '\0')
		destination_fail(
		    destination, "NetFlow version 5 has no place for IPv6");
}

static void
flush(struct destination *destination)
{
	struct netflow *n = (struct netflow *)destination;

	netflow_encoder_flush(n->encoder, now_since_1970());
}

static uint64_t
netflow_tick(struct destination *destination, uint64_t now_ms)
{
	flush(destination);
	return sender_tick(destination, now_ms);
}

static void
netflow_ending(struct destination *destination)
{
	flush(destination);
	sender_ending(destination);
}

static int
netflow_finish(struct destination *destination)
{
	flush(destination);
	return udp_finish(destination);
}

static void
netflow_free(struct destination *destination)
{
	struct netflow *n = (struct netflow *)destination;

	netflow_encoder_free(&n->encoder);
	udp_free(destination);
}

static const struct destination_ops netflow9_ops = {
	.scheme = "netflow9",
	.message_octets = netflow_message_octets,
	.check = peer_check,
	.start = netflow_start,
	.exchanges = netflow_exchanges,
	.tick = netflow_tick,
	.ending = netflow_ending,
	.finish = netflow_finish,
	.free = netflow_free,
};

static const struct destination_ops netflow5_ops = {
	.scheme = "netflow5",
	.message_octets = netflow_message_octets,
	.check = peer_check,
	.start = netflow_start,
	.exchanges = netflow_exchanges,
	.tick = netflow_tick,
	.ending = netflow_ending,
	.finish = netflow_finish,
	.free = netflow_free,
};

struct destination *
netflow9_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	return udp_alloc(sizeof(struct netflow), &netflow9_ops,
	    &netflow9_protocol, spec, argument, options, error);
}

struct destination *
netflow5_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	return udp_alloc(sizeof(struct netflow), &netflow5_ops,
	    &netflow5_protocol, spec, argument, options, error);
}
