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

static bool
is_of_server(const struct field *field)
{
	size_t start = offsetof(struct exchange, side[SERVER]);

	return field->offset >= start &&
	       field->offset < start + sizeof(struct exchange_side);
}

static enum plan_kind
copy_kind(const struct field *field)
{
	bool derived = field->source == FIELD_FROM_DERIVED;

	if (is_address(field))
		return field->octets == 4 ? PLAN_IPV4 : PLAN_IPV6;
	if (field->octets == 8 && !derived && is_of_server(field))
		return PLAN_SERVER_64;
	if (field->octets == 8)
		return derived ? PLAN_DERIVED_64 : PLAN_EXCHANGE_64;
	return derived ? PLAN_DERIVED_SMALL : PLAN_EXCHANGE_SMALL;
}

static void
plan_add_fields(struct plan *plan, unsigned conditions)
{
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (!field_present(field, conditions))
			continue;
		plan->field[plan->field_count++] = field;
		plan->octets += field->octets;
	}
}

static void
plan_add_copies(struct plan *plan)
{
	struct plan_copy *copy = plan->copy;

	for (unsigned kind = 0; kind < PLAN_KINDS; kind++) {
		uint16_t to = 0;

		for (unsigned i = 0; i < plan->field_count; i++) {
			const struct field *field = plan->field[i];

			if (copy_kind(field) == kind)
				*copy++ = (struct plan_copy){ field->offset, to,
					field->octets };
			to += field->octets;
		}
		plan->end[kind] = (unsigned)(copy - plan->copy);
	}
}

void
plan_compile_all(
    struct plan plans[IPFIX_SHAPES], const struct record_options *options)
{
	memset(plans, 0, IPFIX_SHAPES * sizeof(plans[0]));
	for (size_t i = 0; i < IPFIX_SHAPES; i++) {
		unsigned conditions = record_conditions(
		    options, shapes[i].ip_version, shapes[i].protocol);

		plans[i].template_id = shapes[i].template_id;
		plan_add_fields(&plans[i], conditions);
		plan_add_copies(&plans[i]);
	}
}

const struct plan *
plan_of(const struct plan plans[IPFIX_SHAPES], const struct exchange *exchange)
{
	return &plans[ipfix_shape(exchange)];
}

/* Copy numbers of one kind, swapped by swap. */
#define NUMBERS(kind, base, type, swap)                                        \
	for (; i < plan->end[kind]; i++) {                                     \
		const struct plan_copy *copy = &plan->copy[i];                 \
		type value;                                                    \
                                                                               \
		memcpy(&value, (base) + copy->from, sizeof(value));            \
		value = swap(value);                                           \
		memcpy(out + copy->to, &value, sizeof(value));                 \
	}
#define SMALL_NUMBERS(kind, base)                                              \
	for (; i < plan->end[kind]; i++)                                       \
		copy_small(&plan->copy[i], base, out);
#define ADDRESSES(kind, octets)                                                \
	for (; i < plan->end[kind]; i++)                                       \
		memcpy(out + plan->copy[i].to, from + plan->copy[i].from,      \
		    octets);

static inline void
copy_small(const struct plan_copy *copy, const uint8_t *base, uint8_t *out)
{
	uint16_t value16;
	uint32_t value32;

	base += copy->from;
	out += copy->to;
	if (copy->octets == 1) {
		*out = *base;
	} else if (copy->octets == 2) {
		memcpy(&value16, base, 2);
		value16 = htobe16(value16);
		memcpy(out, &value16, 2);
	} else {
		memcpy(&value32, base, 4);
		value32 = htobe32(value32);
		memcpy(out, &value32, 4);
	}
}

void
plan_encode(const struct plan *restrict plan,
    const struct exchange *restrict exchange, uint8_t *restrict out)
{
	const uint8_t *from = (const uint8_t *)exchange;
	struct record_derived derived;
	const uint8_t *made = (const uint8_t *)&derived;
	unsigned i = 0;

	record_derive(&derived, exchange);
	if (exchange->side[SERVER].packets > 0)
		NUMBERS(PLAN_SERVER_64, from, uint64_t, htobe64)
	for (; i < plan->end[PLAN_SERVER_64]; i++)
		memset(out + plan->copy[i].to, 0, sizeof(uint64_t));
	NUMBERS(PLAN_EXCHANGE_64, from, uint64_t, htobe64)
	NUMBERS(PLAN_DERIVED_64, made, uint64_t, htobe64)
	SMALL_NUMBERS(PLAN_EXCHANGE_SMALL, from)
	SMALL_NUMBERS(PLAN_DERIVED_SMALL, made)
	ADDRESSES(PLAN_IPV4, 4)
	ADDRESSES(PLAN_IPV6, 16)
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
