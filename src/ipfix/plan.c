/* SPDX-License-Identifier: BSD-2-Clause */
#include <endian.h>
#include <string.h>

#include "internal.h"

static const struct shape {
	uint16_t template_id;
	uint8_t ip_version;
	uint8_t protocol;
} shapes[IPFIX_SHAPES] = {
	{ TEMPLATE_TCP4, 4, PROTOCOL_TCP },
	{ TEMPLATE_UDP4, 4, PROTOCOL_UDP },
	{ TEMPLATE_TCP6, 6, PROTOCOL_TCP },
	{ TEMPLATE_UDP6, 6, PROTOCOL_UDP },
};

static bool
is_address(const struct field *field)
{
	return field->kind == FIELD_IPV4 || field->kind == FIELD_IPV6;
}

static void
plan_add_fields(struct plan *plan)
{
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (!field_present(field, plan->conditions))
			continue;
		plan->field[plan->field_count++] = field;
		plan->octets += field->octets;
	}
}

void
plan_compile_all(
    struct plan plans[IPFIX_SHAPES], const struct record_options *options)
{
	memset(plans, 0, IPFIX_SHAPES * sizeof(plans[0]));
	for (size_t i = 0; i < IPFIX_SHAPES; i++) {
		plans[i].template_id = shapes[i].template_id;
		plans[i].conditions = record_conditions(
		    options, shapes[i].ip_version, shapes[i].protocol);
		plan_add_fields(&plans[i]);
	}
}

static void
pack_number(uint8_t *out, uint64_t value, unsigned octets)
{
	uint32_t value32 = (uint32_t)value;
	uint16_t value16 = (uint16_t)value;

	if (octets == 8)
		memcpy(out, &value, 8);
	else if (octets == 4)
		memcpy(out, &value32, 4);
	else if (octets == 2)
		memcpy(out, &value16, 2);
	else
		*out = (uint8_t)value;
}

/* libfixbuf has IPv4 addresses as numbers, IPv6 addresses as octets. */
static void
pack_address(
    uint8_t *out, const struct field *field, const struct exchange *exchange)
{
	const uint8_t *address = field_address(field, exchange);
	uint32_t number;

	if (field->kind == FIELD_IPV6) {
		memcpy(out, address, 16);
		return;
	}
	memcpy(&number, address, 4);
	pack_number(out, be32toh(number), 4);
}

void
plan_pack(
    const struct plan *plan, const struct exchange *exchange, uint8_t *out)
{
	for (unsigned i = 0; i < plan->field_count; i++) {
		const struct field *field = plan->field[i];

		if (is_address(field))
			pack_address(out, field, exchange);
		else
			pack_number(out, field->value(exchange), field->octets);
		out += field->octets;
	}
}
