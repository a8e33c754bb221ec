/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Short names come from attributes.def: for each one a function that gets its
 * value, and a row that points to it.  Elements come from the table of fields,
 * whose getters give what is on the wire; it is brought into our units here.
 */
#include <config.h>

#include "exflow/filter/attribute.h"

#include <stdio.h>
#include <string.h>

#include "exflow/record/derived.h"

typedef bool attribute_getter(
    const struct exchange *exchange, int side, struct attribute_value *value);

struct attribute_row {
	const char *name;
	enum attribute_kind kind;
	enum attribute_join join;
	unsigned parts;
	attribute_getter *get;
	const char *meaning;
};

/* --- what the expressions of attributes.def use */

static inline uint64_t
span_of(const struct exchange *exchange)
{
	return timestamp_gap(exchange_last(exchange), exchange_first(exchange));
}

/* The start, cut to a multiple of so many seconds. */
static inline uint64_t
begin_of(const struct exchange *exchange, uint64_t seconds)
{
	uint64_t ns = exchange_first(exchange).ns;

	return ns - ns % (seconds * (uint64_t)NS_PER_SECOND);
}

static inline uint64_t
rate_of(const struct exchange *exchange)
{
	uint64_t octets =
	    exchange->side[CLIENT].ip_octets + exchange->side[SERVER].ip_octets;
	double seconds = (double)span_of(exchange) / (double)NS_PER_SECOND;

	return seconds <= 1 ? octets : (uint64_t)((double)octets / seconds);
}

static inline bool
has_icmp(const struct exchange *exchange)
{
	return (exchange->protocol == PROTOCOL_ICMP ||
	           exchange->protocol == PROTOCOL_ICMP6) &&
	       exchange->icmp_type_code != ICMP_TYPE_CODE_UNKNOWN;
}

static inline uint32_t
rtt_of(const struct quality_side *figures)
{
	return figures->rtt_mean != QUALITY_UNKNOWN ? figures->rtt_mean
	                                            : figures->handshake_rtt;
}

static inline const uint8_t *
server_name(const struct exchange *exchange)
{
	return (const uint8_t *)exchange_names_text(
	    exchange->names, NAMES_SERVER);
}

static inline bool
has_server_name(const struct exchange *exchange)
{
	return exchange->names != NULL &&
	       exchange->names->length[NAMES_SERVER] > 0;
}

/* --- the table */

#define FROM (&exchange->side[side])
#define QUALITY (exchange->quality)
#define FIGURES (&exchange->quality->side[side])
/* UDP retransmits nothing that could be seen: no 0 that is measured. */
#define TCP_FIGURES (QUALITY != NULL && exchange->protocol == PROTOCOL_TCP)

#define ATTRIBUTE(name, kind, join, part, known, expression, meaning)          \
	static bool get_##name(const struct exchange *exchange, int side,      \
	    struct attribute_value *value)                                     \
	{                                                                      \
		(void)side;                                                    \
		if (!(known))                                                  \
			return false;                                          \
		value->number = (expression);                                  \
		return true;                                                   \
	}
#define ATTRIBUTE_ENDPOINT(name, kind, join, part, known, at, size, meaning)   \
	static bool get_##name(const struct exchange *exchange, int side,      \
	    struct attribute_value *value)                                     \
	{                                                                      \
		(void)side;                                                    \
		if (!(known))                                                  \
			return false;                                          \
		value->octets = (at);                                          \
		value->length = (size);                                        \
		return true;                                                   \
	}
#include "exflow/filter/attributes.def"
#undef ATTRIBUTE
#undef ATTRIBUTE_ENDPOINT
#undef FROM
#undef QUALITY
#undef FIGURES
#undef TCP_FIGURES

#define ATTRIBUTE(name, kind, join, part, known, expression, meaning)          \
	{ #name, ATTRIBUTE_##kind, ATTRIBUTE_##join, PART_##part, get_##name,  \
		meaning },
#define ATTRIBUTE_ENDPOINT(name, kind, join, part, known, at, size, meaning)   \
	ATTRIBUTE(name, kind, join, part, known, at, meaning)
static const struct attribute_row rows[] = {
#include "exflow/filter/attributes.def"
};
#undef ATTRIBUTE
#undef ATTRIBUTE_ENDPOINT
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Other words for some of them. */
static const char *const aliases[][2] = {
	{ "net", "host" },
	{ "address", "host" },
	{ "proto", "protocol" },
	{ "bytes", "octets" },
	{ "retransmitted", "retransmissions" },
	{ "first", "start" },
};

const char *
attribute_name(size_t n, const char **meaning)
{
	if (n >= ROWS)
		return NULL;
	*meaning = rows[n].meaning;
	return rows[n].name;
}

/* --- choices */

static const char *const reasons[] = { NULL, "idle", "active", "end", "forced",
	"resources" };
static const char *const directions[] = { "guessed", "initiator", "responder" };

static bool
is_end(const struct attribute *attribute)
{
	return attribute->field == &record_fields[FIELD_NUMBER_exchangeEnd] ||
	       (attribute->row != NULL &&
	           strcmp(attribute->row->name, "end") == 0);
}

const char *
attribute_choice_name(const struct attribute *attribute, uint64_t value)
{
	if (is_end(attribute))
		return value > 0 && value < END_COUNT
		           ? exchange_end_name((enum exchange_end)value)
		           : NULL;
	if (attribute->row == NULL)
		return NULL;
	if (strcmp(attribute->row->name, "reason") == 0)
		return value < sizeof(reasons) / sizeof(reasons[0])
		           ? reasons[value]
		           : NULL;
	return value < sizeof(directions) / sizeof(directions[0])
	           ? directions[value]
	           : NULL;
}

int
attribute_choice_value(
    const struct attribute *attribute, const char *name, size_t length)
{
	for (int i = 0; i < END_COUNT; i++) {
		const char *known =
		    attribute_choice_name(attribute, (uint64_t)i);

		if (known != NULL && strlen(known) == length &&
		    strncmp(known, name, length) == 0)
			return i;
	}
	return -1;
}

/* --- finding */

static bool
same(const char *known, const char *name, size_t length)
{
	return strlen(known) == length && strncmp(known, name, length) == 0;
}

static const struct attribute_row *
find_row(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (same(aliases[i][0], name, length)) {
			name = aliases[i][1];
			length = strlen(name);
			break;
		}
	for (size_t i = 0; i < ROWS; i++)
		if (same(rows[i].name, name, length))
			return &rows[i];
	return NULL;
}

static const struct field *
find_field(const char *name, size_t length)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (same(record_fields[i].name, name, length) &&
		    record_fields[i].bins == NULL)
			return &record_fields[i];
	return NULL;
}

static enum attribute_kind
field_kind(const struct field *field)
{
	if (field->text != NULL)
		return ATTRIBUTE_TEXT;
	switch (field->type) {
	case FIELD_MILLISECONDS:
	case FIELD_MICROSECONDS:
		return ATTRIBUTE_TIME;
	case FIELD_IPV4:
	case FIELD_IPV6:
		return ATTRIBUTE_ADDRESS;
	case FIELD_MAC:
		return ATTRIBUTE_MAC;
	default:
		break;
	}
	if (field == &record_fields[FIELD_NUMBER_protocolIdentifier])
		return ATTRIBUTE_PROTOCOL;
	if (field == &record_fields[FIELD_NUMBER_exchangeEnd])
		return ATTRIBUTE_CHOICE;
	if (field->semantics == SEMANTICS_FLAGS && field->pen != PEN_OWN)
		return ATTRIBUTE_FLAGS;
	switch (field->units) {
	case UNITS_MICROSECONDS:
	case UNITS_MILLISECONDS:
		return ATTRIBUTE_SPAN;
	case UNITS_OCTETS:
		return ATTRIBUTE_OCTETS;
	default:
		return ATTRIBUTE_COUNT;
	}
}

static void
take_field(struct attribute *attribute, const struct field *field)
{
	attribute->field = field;
	attribute->kind = field_kind(field);
	attribute->join = ATTRIBUTE_ONE;
	attribute->unit = field->units == UNITS_MILLISECONDS
	                      ? (uint64_t)NS_PER_MS
	                      : (uint64_t)NS_PER_US;
	attribute->parts = PART_ALL & ~PART_FOREIGN;
	if ((field->conditions & FIELD_IF_QUALITY) == 0)
		attribute->parts &= ~(unsigned)PART_QUALITY;
	if ((field->conditions & FIELD_IF_NAMES) == 0)
		attribute->parts &= ~(unsigned)PART_NAMES;
}

static void
take_row(struct attribute *attribute, const struct attribute_row *row)
{
	attribute->row = row;
	attribute->kind = row->kind;
	attribute->join = row->join;
	attribute->unit = 0;
	attribute->parts = row->parts;
}

static bool
resolve(struct attribute *attribute, const char *name, size_t length,
    const struct attribute_resolver *resolver)
{
	char copy[128];

	if (resolver == NULL || length >= sizeof(copy))
		return false;
	memcpy(copy, name, length);
	copy[length] = '\0';
	attribute->join = ATTRIBUTE_ONE;
	attribute->parts = PART_FOREIGN;
	return resolver->find(resolver->context, copy, attribute);
}

int
attribute_find(struct attribute *attribute, const char *name, size_t length,
    enum attribute_side side, const struct attribute_resolver *resolver,
    char *error, size_t error_size)
{
	const struct attribute_row *row = find_row(name, length);
	const struct field *field =
	    row == NULL ? find_field(name, length) : NULL;

	*attribute = (struct attribute){ .side = side };
	if (row != NULL)
		take_row(attribute, row);
	else if (field != NULL)
		take_field(attribute, field);
	else if (!resolve(attribute, name, length, resolver)) {
		snprintf(error, error_size,
		    "expected a name of exflow-filter(7), as octets, port or "
		    "rtt, or of an element");
		return -1;
	}
	if (side == ATTRIBUTE_BOTH || attribute->join != ATTRIBUTE_ONE)
		return 0;
	snprintf(error, error_size,
	    "expected no client or server before it: it has no sides");
	return -1;
}

/* --- values */

static bool
get_sum(const struct attribute *attribute, const struct exchange *exchange,
    struct attribute_value *value)
{
	attribute_getter *get = attribute->row->get;
	struct attribute_value client, server;
	bool has_client = get(exchange, CLIENT, &client);
	bool has_server = get(exchange, SERVER, &server);

	value->number =
	    (has_client ? client.number : 0) + (has_server ? server.number : 0);
	return attribute->join == ATTRIBUTE_WHOLE ? has_client && has_server
	                                          : has_client || has_server;
}

/* What a record of this exchange has, whatever the settings were. */
static unsigned
conditions_of(const struct exchange *exchange)
{
	static const struct record_options all = { .flags_own = true,
		.flags_iana = true,
		.interface = true,
		.vlan = true,
		.mac = true,
		.biflow = true,
		.other = true,
		.quality = true,
		.names = true,
		.payload = true,
		.profiles = RECORD_FLOWMON | RECORD_NTOP };
	struct record_kind kind = { .ip_version = exchange->ip_version,
		.protocol = exchange->protocol,
		.client = exchange->side[CLIENT].packets > 0,
		.server = exchange->side[SERVER].packets > 0,
		.macs = exchange->macs,
		.quality = exchange->quality != NULL,
		.names = exchange->names != NULL };

	return record_conditions(&all, &kind);
}

/* NTP's era is the one that 1970 to 2106 lie in. */
static uint64_t
ntp_ns(uint64_t ntp)
{
	uint32_t seconds = (uint32_t)((ntp >> 32) - NTP_UNIX_EPOCH);
	uint64_t us = ((ntp & UINT32_MAX) * 1000000) >> 32;

	return seconds * (uint64_t)NS_PER_SECOND + us * (uint64_t)NS_PER_US;
}

static bool
get_field(const struct field *field, const struct attribute *attribute,
    const struct exchange *exchange, struct attribute_value *value)
{
	if (!field_present(field, conditions_of(exchange)))
		return false;
	if (field->text != NULL) {
		value->octets =
		    (const uint8_t *)field->text(exchange, &value->length);
		return value->length > 0;
	}
	if (field->address != NULL) {
		value->octets = field->address(exchange);
		value->length = field->octets;
		return true;
	}
	value->number = field->value(exchange);
	if (field_unknown(field, value->number))
		return false;
	if (field->type == FIELD_MICROSECONDS)
		value->number = ntp_ns(value->number);
	else if (attribute->kind == ATTRIBUTE_TIME ||
	         attribute->kind == ATTRIBUTE_SPAN)
		value->number *= attribute->unit;
	return true;
}

bool
attribute_get(const struct attribute *attribute, enum attribute_side side,
    const struct subject *subject, struct attribute_value *value)
{
	if (attribute->row != NULL) {
		if (side == ATTRIBUTE_BOTH &&
		    (attribute->join == ATTRIBUTE_SUM ||
		        attribute->join == ATTRIBUTE_WHOLE))
			return get_sum(attribute, subject->exchange, value);
		return attribute->row->get(subject->exchange,
		    side == ATTRIBUTE_BOTH ? CLIENT : (int)side, value);
	}
	if (attribute->field != NULL)
		return get_field(
		    attribute->field, attribute, subject->exchange, value);
	return subject->foreign != NULL &&
	       subject->foreign(subject->context, attribute->foreign, value);
}
