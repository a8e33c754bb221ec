/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/record/record.h"

#include <string.h>

void
record_options_init(struct record_options *options)
{
	memset(options, 0, sizeof(*options));
	options->enterprise_number = PEN_DOCUMENTATION;
	options->flags_own = true;
}

unsigned
record_conditions(
    const struct record_options *options, unsigned ip_version, uint8_t protocol)
{
	unsigned conditions = ip_version == 4 ? FIELD_IF_IPV4 : FIELD_IF_IPV6;

	if (protocol == PROTOCOL_TCP)
		conditions |= FIELD_IF_TCP;
	if (options->flags_own)
		conditions |= FIELD_IF_FLAGS_OWN;
	if (options->flags_iana)
		conditions |= FIELD_IF_FLAGS_IANA;
	if (options->interface)
		conditions |= FIELD_IF_INTERFACE;
	if (options->vlan)
		conditions |= FIELD_IF_VLAN;
	return conditions;
}

const uint8_t *
field_address(const struct field *field, const struct exchange *exchange)
{
	return (const uint8_t *)exchange + field->address;
}
