/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of fields at run time, made of fields.def: for each field a
 * function that gets its value, and a row that points to it.
 *
 *	FIELD(vlanId, 0, 58, UNSIGNED16, …, exchange->vlan, …)
 *	   │
 *	   ├──►	uint64_t get_vlanId(exchange) { return exchange->vlan; }
 *	   └──►	{ "vlanId", 0, 58, FIELD_UNSIGNED16, 2, …, get_vlanId, … }
 *
 * Everything that a getter derives is in line (derived.h), so the compiler
 * drops what its one expression does not use.
 */
#include "exflow/record/record.h"

#include <string.h>

#include "exflow/record/derived.h"

#define FIELD(                                                                 \
    name, pen, id, type, condition, semantics, units, expression, text)        \
	static uint64_t get_##name(const struct exchange *exchange)            \
	{                                                                      \
		struct record_derived derived[1];                              \
                                                                               \
		record_derive(derived, exchange);                              \
		return (expression);                                           \
	}
#define FIELD_ADDRESS(name, pen, id, type, condition, expression, text)        \
	static const uint8_t *get_##name(const struct exchange *exchange)      \
	{                                                                      \
		return (expression);                                           \
	}
#define FIELD_BINS(name, pen, id, condition, expression, text)                 \
	static const uint32_t *get_##name(const struct exchange *exchange)     \
	{                                                                      \
		return (expression);                                           \
	}
#define FIELD_TEXT(name, pen, id, type, condition, which, description)         \
	static const char *get_##name(                                         \
	    const struct exchange *exchange, size_t *octets)                   \
	{                                                                      \
		*octets = exchange->names->length[which];                      \
		return exchange_names_text(exchange->names, which);            \
	}
#include "exflow/record/fields.def"

#define FIELD(                                                                 \
    name, pen, id, type, condition, semantics, units, expression, text)        \
	{ #name, pen, id, FIELD_##type, FIELD_OCTETS_##type,                   \
		FIELD_IF_##condition, SEMANTICS_##semantics, UNITS_##units,    \
		get_##name, NULL, NULL, NULL, text },
#define FIELD_ADDRESS(name, pen, id, type, condition, expression, text)        \
	{ #name, pen, id, FIELD_##type, FIELD_OCTETS_##type,                   \
		FIELD_IF_##condition, SEMANTICS_DEFAULT, UNITS_NONE, NULL,     \
		get_##name, NULL, NULL, text },
#define FIELD_BINS(name, pen, id, condition, expression, text)                 \
	{ #name, pen, id, FIELD_COUNTS, FIELD_OCTETS_COUNTS,                   \
		FIELD_IF_##condition, SEMANTICS_DEFAULT, UNITS_PACKETS, NULL,  \
		NULL, get_##name, NULL, text },
#define FIELD_TEXT(name, pen, id, type, condition, which, description)         \
	{ #name, pen, id, FIELD_##type, FIELD_OCTETS_##type,                   \
		FIELD_IF_##condition, SEMANTICS_DEFAULT, UNITS_NONE, NULL,     \
		NULL, NULL, get_##name, description },
const struct field record_fields[RECORD_FIELDS] = {
#include "exflow/record/fields.def"
};
const size_t record_field_count = RECORD_FIELDS;

const char *
field_type_name(const struct field *field)
{
	switch (field->type) {
#define TYPE_NAME(type, number, octets, name)                                  \
	case FIELD_##type:                                                     \
		return name;
		FIELD_TYPES(TYPE_NAME)
#undef TYPE_NAME
	default:
		return NULL;
	}
}

const uint8_t *
field_address(const struct field *field, const struct exchange *exchange)
{
	return field->address(exchange);
}

void
record_options_init(struct record_options *options)
{
	memset(options, 0, sizeof(*options));
	options->enterprise_number = PEN_DOCUMENTATION;
	options->flags_own = true;
	options->biflow = true;
}

const char *
record_number_wrong(uint32_t enterprise_number)
{
	bool cut = enterprise_number > PEN_NFDUMP_MASK;

	switch (enterprise_number & PEN_NFDUMP_MASK) {
	case 0:
		return cut ? "is 0 in its low 16 bits" : "is IANA's own";
	case PEN_CERT:
		return cut ? "is 6871, CERT's, in its low 16 bits"
		           : "is CERT's, whose elements records have";
	case PEN_REVERSE:
		return cut ? "is 29305, of reverse elements, in its low 16 bits"
		           : "is that of reverse elements (RFC 5103)";
	default:
		return NULL;
	}
}

const char *
record_options_wrong(const struct record_options *options)
{
	const char *wrong = record_number_wrong(options->enterprise_number);

	if (wrong != NULL)
		return wrong;
	if ((options->profiles & RECORD_FLOWMON) != 0 &&
	    options->enterprise_number == PEN_FLOWMON)
		return "is Flowmon's, whose elements the profile adds";
	if ((options->profiles & RECORD_NTOP) != 0 &&
	    options->enterprise_number == PEN_NTOP)
		return "is ntop's, whose elements the profile adds";
	return NULL;
}

static bool
is_ttl(const struct field *field)
{
	switch (field - record_fields) {
	case FIELD_NUMBER_minimumTtl:
	case FIELD_NUMBER_reverseMinimumTtl:
	case FIELD_NUMBER_maximumTtl:
	case FIELD_NUMBER_reverseMaximumTtl:
	case FIELD_NUMBER_minimumTTL:
	case FIELD_NUMBER_maximumTTL:
		return true;
	default:
		return false;
	}
}

/* The numbers of names that are 0 where they are not known. */
static bool
is_0_unknown(const struct field *field)
{
	return field == &record_fields[FIELD_NUMBER_silkAppLabel] ||
	       field == &record_fields[FIELD_NUMBER_serverNameSource] ||
	       field == &record_fields[FIELD_NUMBER_quicVersion];
}

bool
field_unknown(const struct field *field, uint64_t value)
{
	if ((field->conditions & FIELD_GROUPS) == 0)
		return false;
	if (is_ttl(field))
		return value == QUALITY_TTL_UNKNOWN;
	if (is_0_unknown(field))
		return value == 0;
	return value == UINT64_MAX >> (64 - 8 * field->octets);
}

unsigned
record_conditions(
    const struct record_options *options, const struct record_kind *kind)
{
	unsigned conditions = 0;

#define FIELD_CONDITION_ROW(name, holds, text)                                 \
	if (holds)                                                             \
		conditions |= FIELD_IF_##name;
	FIELD_CONDITIONS(FIELD_CONDITION_ROW)
#undef FIELD_CONDITION_ROW
	return conditions;
}
