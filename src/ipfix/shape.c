/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "shape.h"

#include "record_brief.h"

#define PROTOCOL_ANY 255 /* reserved by IANA: stands for all others */

static const struct {
	uint16_t template_id;
	uint8_t ip_version;
	uint8_t protocol;
} bases[IPFIX_BASES] = {
	{ TEMPLATE_TCP4, 4, PROTOCOL_TCP },
	{ TEMPLATE_UDP4, 4, PROTOCOL_UDP },
	{ TEMPLATE_TCP6, 6, PROTOCOL_TCP },
	{ TEMPLATE_UDP6, 6, PROTOCOL_UDP },
	{ TEMPLATE_ICMP4, 4, PROTOCOL_ICMP },
	{ TEMPLATE_OTHER4, 4, PROTOCOL_ANY },
	{ TEMPLATE_ICMP6, 6, PROTOCOL_ICMP6 },
	{ TEMPLATE_OTHER6, 6, PROTOCOL_ANY },
};

static const uint16_t sides_id[SIDES_COUNT] = {
	[SIDES_CLIENT] = TEMPLATE_CLIENT_ONLY,
	[SIDES_SERVER] = TEMPLATE_SERVER_ONLY,
};

bool
ipfix_shape_occurs(const struct record_options *options, unsigned shape)
{
	bool ports = shape % IPFIX_BASES < IPFIX_PORT_BASES;

	if (shape_has_names(shape) && (!options->names || !ports))
		return false;
	if (shape_has_quality(shape) && !options->quality)
		return false;
	if (shape_is_brief(shape) &&
	    (!ports || options->profiles != 0 ||
	        !record_brief_occurs(shape_plain(shape))))
		return false;
	return options->mac || shape_macs(shape) == 0;
}

struct record_kind
ipfix_shape_kind(unsigned shape)
{
	unsigned base = shape % IPFIX_BASES, sides = shape_sides(shape);

	return (struct record_kind){ .ip_version = bases[base].ip_version,
		.protocol = bases[base].protocol,
		.client = sides != SIDES_SERVER,
		.server = sides != SIDES_CLIENT,
		.macs = shape_macs(shape),
		.quality = shape_has_quality(shape),
		.names = shape_has_names(shape),
		.brief = shape_is_brief(shape) };
}

uint16_t
ipfix_shape_template(unsigned shape)
{
	return (uint16_t)(bases[shape % IPFIX_BASES].template_id +
	                  sides_id[shape_sides(shape)] +
	                  shape_macs(shape) * TEMPLATE_MACS +
	                  (shape_has_quality(shape) ? TEMPLATE_QUALITY : 0) +
	                  (shape_is_brief(shape) ? TEMPLATE_BRIEF : 0) +
	                  (shape_has_names(shape) ? TEMPLATE_NAMES : 0));
}
