/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the octets of a record come about:
 *
 *	fields.def ──► record_fields[] ──► struct record_template
 *	    │          the table           its fields that a shape has
 *	    │                                   │
 *	    ├─ inlined ──► record_encode()      └──► record_pack()
 *	    │              network order             host order
 *	    │                   │                        │ libfixbuf swaps
 *	    │                   ▼                        ▼ field by field
 *	    │              one octetArray  ═══════  the same octets
 *
 * record_encode() is straight-line code, once for each shape: fields.def is
 * included into a function whose conditions are constants, so that a field
 * costs a load, a swap and a store, and the fields of other shapes cost
 * nothing.  What an option decides (flag counters, interface, VLAN) is a
 * branch on a mask that does not change while the program runs.
 *
 * Invariant: both ways write template->octets octets, and the same ones.  A
 * test compares them for every shape and every option.  A table that outgrows
 * the smallest message does not compile.
 */
#include "record_template.h"

#include <endian.h>
#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/record/derived.h"

/* What a message needs beside one record, or one template. */
#define DATA_HEADERS (MESSAGE_HEADER_OCTETS + 4)
#define TEMPLATE_HEADERS (MESSAGE_HEADER_OCTETS + 4 + 4)

#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	+((pen) == 0 ? 4 : 8)
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	+((pen) == 0 ? 4 : 8)
enum {
	TEMPLATE_OCTETS_MAX =
#include "exflow/record/fields.def"
};
_Static_assert(RECORD_OCTETS_MAX + DATA_HEADERS <= MESSAGE_MIN_OCTETS,
    "a record with every field must fit in the smallest message");
_Static_assert(TEMPLATE_OCTETS_MAX + TEMPLATE_HEADERS <= MESSAGE_MIN_OCTETS,
    "a template with every field must fit in the smallest message");

/* --- templates */

/*
 * The shapes in their order: template, IP version, protocol, and those
 * conditions that are constants in the code of record_encode().
 */
#define PORT_SHAPES(SHAPE)                                                     \
	SHAPE(TEMPLATE_TCP4, 4, PROTOCOL_TCP, FIELD_IF_IPV4 | FIELD_IF_TCP)    \
	SHAPE(TEMPLATE_UDP4, 4, PROTOCOL_UDP, FIELD_IF_IPV4)                   \
	SHAPE(TEMPLATE_TCP6, 6, PROTOCOL_TCP, FIELD_IF_IPV6 | FIELD_IF_TCP)    \
	SHAPE(TEMPLATE_UDP6, 6, PROTOCOL_UDP, FIELD_IF_IPV6)
#define OTHER_SHAPES(SHAPE)                                                    \
	SHAPE(                                                                 \
	    TEMPLATE_ICMP4, 4, PROTOCOL_ICMP, FIELD_IF_IPV4 | FIELD_IF_ICMP4)  \
	SHAPE(TEMPLATE_OTHER4, 4, PROTOCOL_ANY, FIELD_IF_IPV4)                 \
	SHAPE(                                                                 \
	    TEMPLATE_ICMP6, 6, PROTOCOL_ICMP6, FIELD_IF_IPV6 | FIELD_IF_ICMP6) \
	SHAPE(TEMPLATE_OTHER6, 6, PROTOCOL_ANY, FIELD_IF_IPV6)
#define SHAPE_CONDITIONS                                                       \
	(FIELD_IF_IPV4 | FIELD_IF_IPV6 | FIELD_IF_TCP | FIELD_IF_ICMP4 |       \
	    FIELD_IF_ICMP6)
#define PROTOCOL_ANY 255 /* reserved by IANA: stands for all others */

#define SHAPE(template, ip_version, protocol, constant)                        \
	{ template, { ip_version, protocol } },
static const struct {
	uint16_t template_id;
	struct ipfix_shape_key key;
} shapes[IPFIX_SHAPES] = { PORT_SHAPES(SHAPE) OTHER_SHAPES(SHAPE) };
#undef SHAPE

struct ipfix_shape_key
ipfix_shape_key(unsigned shape)
{
	return shapes[shape].key;
}

static void
add_fields(struct record_template *template)
{
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (!field_present(field, template->conditions))
			continue;
		template->field[template->field_count++] = field;
		template->octets += field->octets;
	}
}

void
record_templates_init(struct record_template templates[IPFIX_SHAPES],
    const struct record_options *options)
{
	memset(templates, 0, IPFIX_SHAPES * sizeof(templates[0]));
	for (size_t i = 0; i < IPFIX_SHAPES; i++) {
		templates[i].id = shapes[i].template_id;
		templates[i].conditions = record_conditions(
		    options, shapes[i].key.ip_version, shapes[i].key.protocol);
		add_fields(&templates[i]);
	}
}

/* --- the octets of the wire, at once */

/* wanted and constant are constants, and often so is the result. */
RECORD_INLINE bool
holds(unsigned wanted, unsigned constant, unsigned conditions)
{
	return (wanted & SHAPE_CONDITIONS & ~constant) == 0 &&
	       (wanted & ~SHAPE_CONDITIONS & ~conditions) == 0;
}

/* octets is a constant, so that one of the branches remains. */
RECORD_INLINE uint8_t *
put_number(uint8_t *out, uint64_t value, unsigned octets)
{
	if (octets == 8)
		return put64(out, value);
	if (octets == 4)
		return put32(out, (uint32_t)value);
	if (octets == 2)
		return put16(out, (uint16_t)value);
	return put8(out, (uint8_t)value);
}

RECORD_INLINE uint8_t *
put_address(uint8_t *out, const uint8_t *address, unsigned octets)
{
	memcpy(out, address, octets);
	return out + octets;
}

#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	if (holds(FIELD_IF_##condition, constant, conditions))                 \
		out = put_number(out, (value), FIELD_OCTETS_##type);
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	if (holds(FIELD_IF_##condition, constant, conditions))                 \
		out = put_address(out, (value), FIELD_OCTETS_##type);
RECORD_INLINE uint8_t *
encode_fields(uint8_t *out, const struct exchange *exchange,
    const struct record_derived *derived, unsigned constant,
    unsigned conditions)
{
#include "exflow/record/fields.def"
	return out;
}

#define SHAPE(template, ip_version, protocol, constant)                        \
	case template:                                                         \
		encode_fields(out, exchange, &derived, constant, conditions);  \
		break;

/* Rare shapes have a function of their own, so that the others stay fast. */
static __attribute__((noinline)) void
encode_other(const struct record_template *template,
    const struct exchange *restrict exchange, uint8_t *restrict out)
{
	const unsigned conditions = template->conditions;
	struct record_derived derived;

	record_derive(&derived, exchange);
	switch (template->id) {
		OTHER_SHAPES(SHAPE)
	default: /* there are no others */
		break;
	}
}

void
record_encode(const struct record_template *template,
    const struct exchange *restrict exchange, uint8_t *restrict out)
{
	const unsigned conditions = template->conditions;
	struct record_derived derived;

	if (template->id > TEMPLATE_UDP6) {
		encode_other(template, exchange, out);
		return;
	}
	record_derive(&derived, exchange);
	switch (template->id) {
		PORT_SHAPES(SHAPE)
	default: /* there are no others */
		break;
	}
}
#undef SHAPE

/* --- what libfixbuf takes, field by field */

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

/* libfixbuf takes IPv4 addresses as numbers, IPv6 addresses as octets. */
static void
pack_address(uint8_t *out, const uint8_t *address, enum field_type type)
{
	if (type == FIELD_IPV4)
		pack_number(out, get32(address), 4);
	else
		memcpy(out, address, 16);
}

void
record_pack(const struct record_template *template,
    const struct exchange *exchange, uint8_t *out)
{
	for (unsigned i = 0; i < template->field_count; i++) {
		const struct field *field = template->field[i];

		if (field->address != NULL)
			pack_address(out, field->address(exchange),
			    (enum field_type)field->type);
		else
			pack_number(out, field->value(exchange), field->octets);
		out += field->octets;
	}
}
