/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX over UDP (RFC 7011, 10.3): the destination udp://.  It takes whole
 * messages of its message class; the preamble is type information, where that
 * is asked for, and the templates that the data has needed so far.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "exflow/udp/kinds.h"

#include "udp.h"

/* RFC 7011, 3.1 */
static const struct udp_protocol ipfix_protocol = {
	.port = IPFIX_PORT_DEFAULT,
	.header_octets = MESSAGE_HEADER_OCTETS,
	.sequence_at = 8,
	.domain_at = 12,
	.domain_octets = 4,
	.sets = true,
	.refreshed = true,
};

static uint32_t
ipfix_message_octets(const struct destination *destination)
{
	return destination->options.udp_message_octets;
}

/* Types first: ipfixDump reads a template by the elements it knows then. */
static void
ipfix_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	struct udp *u = (struct udp *)destination;

	if (!destination->options.types_udp)
		types_count = 0;
	if (udp_add_preamble(u, types, types_count) != 0 ||
	    udp_add_templates(u, templates, templates_count) != 0)
		destination_fail(destination, "%s", strerror(ENOMEM));
	else
		(void)udp_begin(u);
}

static const struct destination_ops ipfix_ops = {
	.scheme = "udp",
	.message_octets = ipfix_message_octets,
	.check = peer_check,
	.start = udp_start,
	.templates = ipfix_templates,
	.message = sender_message,
	.statistics = sender_statistics,
	.tick = sender_tick,
	.ending = sender_ending,
	.finish = udp_finish,
	.free = udp_free,
};

struct destination *
udp_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	return udp_alloc(sizeof(struct udp), &ipfix_ops, &ipfix_protocol, spec,
	    argument, options, error);
}
