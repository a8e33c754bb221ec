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
 * record_encode() is straight-line code, once for each shape of TCP and UDP
 * without hardware addresses:
 * fields.def is included into a function whose conditions are constants, so
 * that a field costs a load, a swap and a store, and the fields of other shapes
 * cost nothing.  What an option decides (flag counters, interface, VLAN) is a
 * branch on a mask that does not change while the program runs.  The other
 * shapes, which are rare or not the default, share one copy of the code in
 * which every condition is such a branch.
 *
 * The fields of quality stand behind all others, and those of names behind
 * these, so that both are written by code of their own (brief ones by
 * record_brief.c): such a shape costs no copy of the rest.  Texts are not
 * written here, see record_texts.h.
 *
 * Invariant: both ways write template->octets octets, and the same ones.  A
 * test compares them for every shape and every option.  A table that outgrows
 * the smallest message, without quality or with it, does not compile.
 */
#include "record_template.h"

#include <endian.h>
#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/record/derived.h"

#include "record_brief.h"
#include "shape.h"

/* What a message needs beside one record, or one template. */
#define DATA_HEADERS (MESSAGE_HEADER_OCTETS + 4)
#define TEMPLATE_HEADERS (MESSAGE_HEADER_OCTETS + 4 + 4)

/* A field in a template takes so much; the groups are not in the base. */
#define FIELD_HEADER(pen) ((pen) == 0 ? 4 : 8)
#define BASE_HEADER(condition, pen)                                            \
	+((FIELD_IF_##condition & FIELD_GROUPS) == 0 ? FIELD_HEADER(pen) : 0)
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	+FIELD_HEADER(pen)
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	+FIELD_HEADER(pen)
#define FIELD_BINS(name, pen, id, condition, value, text) +FIELD_HEADER(pen)
#define FIELD_TEXT(name, pen, id, type, condition, value, text)                \
	+FIELD_HEADER(pen)
enum {
	TEMPLATE_OCTETS_MAX =
#include "exflow/record/fields.def"
};
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	BASE_HEADER(condition, pen)
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	BASE_HEADER(condition, pen)
#define FIELD_BINS(name, pen, id, condition, value, text)                      \
	BASE_HEADER(condition, pen)
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
enum {
	TEMPLATE_BASE_OCTETS_MAX =
#include "exflow/record/fields.def"
};
#define NAMES_HEADER(condition, pen)                                           \
	+((FIELD_IF_##condition & FIELD_IF_NAMES) != 0 ? FIELD_HEADER(pen) : 0)
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	NAMES_HEADER(condition, pen)
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)
#define FIELD_BINS(name, pen, id, condition, value, text)
#define FIELD_TEXT(name, pen, id, type, condition, value, text)                \
	NAMES_HEADER(condition, pen)
enum {
	TEMPLATE_NAMES_OCTETS =
#include "exflow/record/fields.def"
};
_Static_assert(RECORD_BASE_OCTETS_MAX + DATA_HEADERS <= MESSAGE_MIN_OCTETS,
    "a record with every field must fit in the smallest message");
_Static_assert(
    TEMPLATE_BASE_OCTETS_MAX + TEMPLATE_HEADERS <= MESSAGE_MIN_OCTETS,
    "a template with every field must fit in the smallest message");
_Static_assert(RECORD_OCTETS_MAX + NAMES_TEXT_COUNT + DATA_HEADERS <=
                   MESSAGE_QUALITY_MIN_OCTETS,
    "a record with quality and empty texts must fit in the smallest message");
_Static_assert(TEMPLATE_OCTETS_MAX - TEMPLATE_NAMES_OCTETS + TEMPLATE_HEADERS <=
                   MESSAGE_QUALITY_MIN_OCTETS,
    "a template with quality must fit in the smallest message for it");
_Static_assert(
    TEMPLATE_OCTETS_MAX + TEMPLATE_HEADERS <= MESSAGE_BOTH_MIN_OCTETS,
    "a template with quality and names must fit in the smallest message");

/* --- templates */

/* A field of a group, which may be its first one, comes next. */
static void
note_group(struct record_template *template, const struct field *field)
{
	if (field->conditions & FIELD_IF_QUALITY && template->quality_at == 0)
		template->quality_at = template->octets;
	if (field->conditions & FIELD_IF_NAMES && template->names_at == 0)
		template->names_at = template->octets;
}

static void
add_fields(struct record_template *template)
{
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (!field_present(field, template->conditions))
			continue;
		template->field[template->field_count++] = field;
		note_group(template, field);
		template->octets += field->octets;
		template->text_count += field->text != NULL;
	}
}

void
record_templates_init(struct record_template templates[IPFIX_SHAPES],
    const struct record_options *options)
{
	for (unsigned shape = 0; shape < IPFIX_SHAPES; shape++) {
		struct record_template *template = &templates[shape];
		struct record_kind kind = ipfix_shape_kind(shape);

		if (!ipfix_shape_occurs(options, shape))
			continue;
		memset(template, 0, sizeof(*template));
		template->id = ipfix_shape_template(shape);
		template->shape = (uint16_t)shape;
		template->conditions = record_conditions(options, &kind);
		template->plain = (uint16_t)shape_plain(shape);
		template->brief = shape_is_brief(shape);
		add_fields(template);
	}
}

/* --- the octets of the wire, at once */

/*
 * The conditions that are constants in the code of a shape.  The groups are
 * among them and do not hold there: encode_quality() and encode_names() write
 * them.
 */
#define SHAPE_CONDITIONS                                                       \
	(FIELD_IF_IPV4 | FIELD_IF_IPV6 | FIELD_IF_TCP | FIELD_IF_ICMP4 |       \
	    FIELD_IF_ICMP6 | FIELD_IF_CLIENT | FIELD_IF_SERVER |               \
	    FIELD_IF_CLIENT_MAC | FIELD_IF_SERVER_MAC | FIELD_GROUPS)

/*
 * Do the conditions that are wanted hold?  Of those that are known the constant
 * tells, of the others the template's conditions.  All but the last one are
 * constants, and often so is the result.
 */
RECORD_INLINE bool
holds(unsigned wanted, unsigned known, unsigned constant, unsigned conditions)
{
	return (wanted & known & ~constant) == 0 &&
	       (wanted & ~known & ~conditions) == 0;
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

RECORD_INLINE uint8_t *
put_bins(uint8_t *out, const uint32_t bins[QUALITY_SIZE_BINS])
{
#pragma GCC unroll 8
	for (int i = 0; i < QUALITY_SIZE_BINS; i++)
		out = put32(out, bins[i]);
	return out;
}
_Static_assert(FIELD_OCTETS_COUNTS == 4 * QUALITY_SIZE_BINS,
    "the width of a histogram in the table of types");

#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	if (holds(FIELD_IF_##condition, known, constant, conditions))          \
		out = put_number(out, (value), FIELD_OCTETS_##type);
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	if (holds(FIELD_IF_##condition, known, constant, conditions))          \
		out = put_address(out, (value), FIELD_OCTETS_##type);
#define FIELD_BINS(name, pen, id, condition, value, text)                      \
	if (holds(FIELD_IF_##condition, known, constant, conditions))          \
		out = put_bins(out, (value));
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
RECORD_INLINE uint8_t *
encode_fields(uint8_t *out, const struct exchange *exchange,
    const struct record_derived *derived, unsigned known, unsigned constant,
    unsigned conditions)
{
#include "exflow/record/fields.def"
	return out;
}

#define IS_QUALITY(condition) ((FIELD_IF_##condition & FIELD_IF_QUALITY) != 0)
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	if (IS_QUALITY(condition) &&                                           \
	    holds(FIELD_IF_##condition, known, constant, conditions))          \
		out = put_number(out, (value), FIELD_OCTETS_##type);
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)
#define FIELD_BINS(name, pen, id, condition, value, text)                      \
	if (IS_QUALITY(condition) &&                                           \
	    holds(FIELD_IF_##condition, known, constant, conditions))          \
		out = put_bins(out, (value));
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
RECORD_INLINE void
encode_figures(uint8_t *restrict out, const struct exchange *restrict exchange,
    unsigned known, unsigned constant, unsigned conditions)
{
	/* For the entries that are left out. */
	const struct record_derived *derived = &(struct record_derived){ 0 };

#include "exflow/record/fields.def"
	(void)out;
}

/* The fields of quality: a copy of the code for the shape that most have. */
#define WHOLE_CONDITIONS                                                       \
	(FIELD_IF_QUALITY | FIELD_IF_WHOLE | FIELD_IF_SIZES | FIELD_IF_ANSWER)
#define FIGURES_CONDITIONS                                                     \
	(WHOLE_CONDITIONS | FIELD_IF_TCP | FIELD_IF_CLIENT | FIELD_IF_SERVER)
#define FIGURES_KNOWN (FIGURES_CONDITIONS | FIELD_IF_FLOWMON | FIELD_IF_NTOP)
static __attribute__((noinline)) void
encode_any_figures(uint8_t *restrict out,
    const struct exchange *restrict exchange, unsigned conditions)
{
	encode_figures(
	    out, exchange, WHOLE_CONDITIONS, WHOLE_CONDITIONS, conditions);
}

static __attribute__((noinline)) void
encode_whole(uint8_t *restrict out, const struct exchange *restrict exchange,
    unsigned conditions)
{
	if ((conditions & FIGURES_KNOWN) == FIGURES_CONDITIONS)
		encode_figures(out, exchange, FIGURES_KNOWN, FIGURES_CONDITIONS,
		    conditions);
	else
		encode_any_figures(out, exchange, conditions);
}

/* Figures that came as a brief, in a record that is not. */
static __attribute__((noinline)) void
encode_expanded(uint8_t *restrict out, const struct exchange *restrict exchange,
    unsigned conditions)
{
	struct exchange_quality figures;
	const struct exchange whole = { .direction = exchange->direction,
		.quality = &figures };

	exchange_read_brief(exchange, &figures);
	encode_whole(out, &whole, conditions);
}

static inline void
encode_quality(const struct record_template *template,
    const struct exchange *restrict exchange, uint8_t *restrict out)
{
	if (template->brief)
		record_brief_encode(exchange, out);
	else if (exchange->brief.kind == BRIEF_NONE)
		encode_whole(out, exchange, template->conditions);
	else
		encode_expanded(out, exchange, template->conditions);
}

#define IS_NAMES(condition) ((FIELD_IF_##condition & FIELD_IF_NAMES) != 0)
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	if (IS_NAMES(condition) && holds(FIELD_IF_##condition, FIELD_IF_NAMES, \
	                               FIELD_IF_NAMES, conditions))            \
		out = put_number(out, (value), FIELD_OCTETS_##type);
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)
#define FIELD_BINS(name, pen, id, condition, value, text)
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
static __attribute__((noinline)) void
encode_names(uint8_t *restrict out, const struct exchange *restrict exchange,
    unsigned conditions)
{
	/* For the entries that are left out. */
	const struct record_derived *derived = &(struct record_derived){ 0 };

#include "exflow/record/fields.def"
	(void)out;
}

/* A shape whose conditions are this constant. */
RECORD_INLINE void
encode_shape(uint8_t *restrict out, const struct exchange *restrict exchange,
    unsigned constant, unsigned conditions)
{
	struct record_derived derived;

	record_derive_sides(&derived, exchange,
	    (constant & FIELD_IF_CLIENT) != 0,
	    (constant & FIELD_IF_SERVER) != 0);
	encode_fields(
	    out, exchange, &derived, SHAPE_CONDITIONS, constant, conditions);
}

/* Any shape: one that is not worth code of its own. */
static __attribute__((noinline)) void
encode_any(uint8_t *restrict out, const struct exchange *restrict exchange,
    unsigned conditions)
{
	struct record_derived derived;

	record_derive(&derived, exchange);
	encode_fields(out, exchange, &derived, FIELD_GROUPS, 0, conditions);
}

/* Behind the fields of the same shape without groups those of these. */
static __attribute__((noinline)) void
encode_groups(const struct record_template *template,
    const struct exchange *exchange, uint8_t *out)
{
	if (template->names_at != 0)
		encode_names(
		    out + template->names_at, exchange, template->conditions);
	if (template->quality_at != 0)
		encode_quality(template, exchange, out + template->quality_at);
}

/* base is that of ipfix_base(). */
#define ENCODE_BASE(base, constant)                                            \
	case base + IPFIX_BASES *SIDES_BOTH:                                   \
		encode_shape(out, exchange,                                    \
		    (constant) | FIELD_IF_CLIENT | FIELD_IF_SERVER,            \
		    template->conditions);                                     \
		break;                                                         \
	case base + IPFIX_BASES *SIDES_CLIENT:                                 \
		encode_shape(out, exchange, (constant) | FIELD_IF_CLIENT,      \
		    template->conditions);                                     \
		break;                                                         \
	case base + IPFIX_BASES *SIDES_SERVER:                                 \
		encode_shape(out, exchange, (constant) | FIELD_IF_SERVER,      \
		    template->conditions);                                     \
		break;

void
record_encode(const struct record_template *template,
    const struct exchange *restrict exchange, uint8_t *restrict out)
{
	if (__builtin_expect(template->shape != template->plain, 0))
		encode_groups(template, exchange, out);
	switch (template->plain) {
		ENCODE_BASE(0, FIELD_IF_IPV4 | FIELD_IF_TCP)
		ENCODE_BASE(1, FIELD_IF_IPV4)
		ENCODE_BASE(2, FIELD_IF_IPV6 | FIELD_IF_TCP)
		ENCODE_BASE(3, FIELD_IF_IPV6)
	default:
		encode_any(out, exchange, template->conditions);
		break;
	}
}

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

/* libfixbuf takes IPv4 addresses as numbers, others as octets. */
static void
pack_address(uint8_t *out, const uint8_t *address, const struct field *field)
{
	if (field->type == FIELD_IPV4)
		pack_number(out, get32(address), 4);
	else
		memcpy(out, address, field->octets);
}

void
record_pack(const struct record_template *template,
    const struct exchange *exchange, uint8_t *out)
{
	unsigned count = template->field_count - template->text_count;

	for (unsigned i = 0; i < count; i++) {
		const struct field *field = template->field[i];

		if (field->address != NULL)
			pack_address(out, field->address(exchange), field);
		else if (field->bins != NULL)
			put_bins(out, field->bins(exchange));
		else
			pack_number(out, field->value(exchange), field->octets);
		out += field->octets;
	}
}
