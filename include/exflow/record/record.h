/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of a record as a table at run time, and the vocabulary of its
 * source, fields.def: data types, conditions, semantics, units.  A field is
 * added in fields.def alone.  A new kind of data type or condition is one more
 * row of FIELD_TYPES or FIELD_CONDITIONS here.
 */
#ifndef EXFLOW_RECORD_RECORD_H
#define EXFLOW_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/exchange/exchange.h"
#include "exflow/record/interface_names.h"

#define PEN_REVERSE 29305 /* RFC 5103 */
#define PEN_CERT 6871
#define PEN_FLOWMON 39499
#define PEN_NTOP 35632
#define PEN_DOCUMENTATION 32473 /* RFC 5612, the default */
#define REVERSE_BIT 0x4000      /* of an enterprise's reverse elements */

/* Stands in the table for the configured enterprise number. */
#define PEN_OWN UINT32_MAX
/* nfdump keeps so much of an enterprise number. */
#define PEN_NFDUMP_MASK UINT32_C(0xffff)

/* The reverse of an element: IANA's have a PEN for it, others a bit. */
#define REVERSE_PEN(pen) ((pen) == 0 ? PEN_REVERSE : (pen))
#define REVERSE_ID(pen, id) ((pen) == 0 ? (id) : REVERSE_BIT | (id))

/*
 * The data types: name, number (RFC 5610, 3.1), octets on the wire and the
 * name in IANA's registry (RFC 7011, 6.1).
 */
#define FIELD_TYPES(TYPE)                                                      \
	TYPE(UNSIGNED8, 1, 1, "unsigned8")                                     \
	TYPE(UNSIGNED16, 2, 2, "unsigned16")                                   \
	TYPE(UNSIGNED32, 3, 4, "unsigned32")                                   \
	TYPE(UNSIGNED64, 4, 8, "unsigned64")                                   \
	TYPE(MILLISECONDS, 15, 8, "dateTimeMilliseconds")                      \
	TYPE(MAC, 12, 6, "macAddress")                                         \
	/* NTP time of 64 bits, the fraction rounded up: moment_ntp(). */      \
	TYPE(MICROSECONDS, 16, 8, "dateTimeMicroseconds")                      \
	TYPE(IPV4, 18, 4, "ipv4Address")                                       \
	TYPE(IPV6, 19, 16, "ipv6Address")                                      \
	/* QUALITY_SIZE_BINS counts of 32 bits, each in network order. */      \
	TYPE(COUNTS, 0, 32, "octetArray")                                      \
	/* Of any length, 0 octets here (RFC 7011, 7). */                      \
	TYPE(STRING, 13, 0, "string")
/* The same type as COUNTS, and of any length, too: see field.text. */
#define FIELD_PAYLOAD FIELD_COUNTS
#define FIELD_OCTETS_PAYLOAD 0

#define FIELD_TYPE_ROW(type, number, octets, name)                             \
	FIELD_##type = (number), FIELD_OCTETS_##type = (octets),
enum field_type { /* FIELD_UNSIGNED8 is the number, FIELD_OCTETS_… the width */
	FIELD_TYPES(FIELD_TYPE_ROW)
};
#undef FIELD_TYPE_ROW

/* What of an exchange decides on the fields of its record. */
struct record_kind {
	uint8_t ip_version;
	uint8_t protocol;
	bool client, server; /* this side sent something */
	uint8_t macs;        /* as in struct exchange */
	bool quality;        /* it has figures */
	bool names;          /* it has names */
	bool brief;          /* of one packet of each side, see WHOLE */
};

/*
 * The conditions: name, when it holds for a record of this kind with these
 * options, and what the manual calls it.  A whole group of fields that comes
 * and goes has one condition.  A condition on the kind makes shapes, see
 * ipfix_shape().
 */
#define FIELD_CONDITIONS(CONDITION)                                            \
	CONDITION(IPV4, kind->ip_version == 4, "IPv4")                         \
	CONDITION(IPV6, kind->ip_version != 4, "IPv6")                         \
	CONDITION(TCP, kind->protocol == PROTOCOL_TCP, "TCP")                  \
	CONDITION(ICMP4,                                                       \
	    kind->ip_version == 4 && kind->protocol == PROTOCOL_ICMP, "ICMP")  \
	CONDITION(ICMP6,                                                       \
	    kind->ip_version != 4 && kind->protocol == PROTOCOL_ICMP6,         \
	    "ICMPv6")                                                          \
	CONDITION(CLIENT, kind->client, "a client that sent something")        \
	CONDITION(SERVER, kind->server, "a server that sent something")        \
	CONDITION(                                                             \
	    FLAGS_OWN, options->flags_own, "flag counters enterprise or both") \
	CONDITION(                                                             \
	    FLAGS_IANA, options->flags_iana, "flag counters iana or both")     \
	CONDITION(BIFLOW, options->biflow, "biflow")                           \
	CONDITION(INTERFACE, options->interface, "live capture")               \
	CONDITION(VLAN, options->vlan, "VLAN asked for")                       \
	CONDITION(CLIENT_MAC, options->mac && (kind->macs >> CLIENT & 1),      \
	    "hardware addresses asked for and the client's known")             \
	CONDITION(SERVER_MAC, options->mac && (kind->macs >> SERVER & 1),      \
	    "hardware addresses asked for and the server's known")             \
	CONDITION(QUALITY, kind->quality, "quality")                           \
	CONDITION(WHOLE, !kind->brief, "not brief")                            \
	CONDITION(SIZES, !kind->brief || kind->protocol != PROTOCOL_TCP,       \
	    "UDP if brief")                                                    \
	CONDITION(ANSWER, !kind->brief || kind->server,                        \
	    "a server that sent something if brief")                           \
	CONDITION(FLOWMON, (options->profiles & RECORD_FLOWMON) != 0,          \
	    "profile flowmon")                                                 \
	CONDITION(                                                             \
	    NTOP, (options->profiles & RECORD_NTOP) != 0, "profile ntop")      \
	CONDITION(NAMES, kind->names, "names")                                 \
	CONDITION(PAYLOAD, options->payload, "payload asked for")

#define FIELD_CONDITION_ROW(name, holds, text) FIELD_CONDITION_BIT_##name,
enum { /* their bit numbers */
	FIELD_CONDITIONS(FIELD_CONDITION_ROW) FIELD_CONDITION_COUNT
};
#undef FIELD_CONDITION_ROW

/* Masks of conditions: a field is in the records where all of them hold. */
#define FIELD_CONDITION_ROW(name, holds, text)                                 \
	FIELD_IF_##name = 1 << FIELD_CONDITION_BIT_##name,
enum field_condition {
	FIELD_IF_ALWAYS = 0,
	FIELD_CONDITIONS(FIELD_CONDITION_ROW)
	FIELD_IF_TCP_FLAGS_OWN = FIELD_IF_TCP | FIELD_IF_FLAGS_OWN,
	FIELD_IF_TCP_FLAGS_IANA = FIELD_IF_TCP | FIELD_IF_FLAGS_IANA,
	FIELD_IF_CLIENT_TCP = FIELD_IF_CLIENT | FIELD_IF_TCP,
	/* Of a reverse element, whose forward one has what follows SERVER_. */
	FIELD_IF_SERVER_ALWAYS = FIELD_IF_SERVER,
	FIELD_IF_SERVER_BIFLOW = FIELD_IF_SERVER | FIELD_IF_BIFLOW,
	FIELD_IF_SERVER_TCP = FIELD_IF_SERVER | FIELD_IF_TCP,
	FIELD_IF_SERVER_TCP_FLAGS_OWN =
	    FIELD_IF_SERVER | FIELD_IF_TCP_FLAGS_OWN,
	FIELD_IF_SERVER_TCP_FLAGS_IANA =
	    FIELD_IF_SERVER | FIELD_IF_TCP_FLAGS_IANA,
	/* Quality: of what a side sent, of TCP, of a profile. */
	FIELD_IF_CLIENT_QUALITY = FIELD_IF_CLIENT | FIELD_IF_QUALITY,
	FIELD_IF_SERVER_QUALITY = FIELD_IF_SERVER | FIELD_IF_QUALITY,
	FIELD_IF_CLIENT_SIZES = FIELD_IF_CLIENT_QUALITY | FIELD_IF_SIZES,
	FIELD_IF_SERVER_SIZES = FIELD_IF_SERVER_QUALITY | FIELD_IF_SIZES,
	FIELD_IF_CLIENT_ANSWER = FIELD_IF_CLIENT_QUALITY | FIELD_IF_ANSWER,
	FIELD_IF_QUALITY_WHOLE = FIELD_IF_QUALITY | FIELD_IF_WHOLE,
	FIELD_IF_CLIENT_WHOLE = FIELD_IF_CLIENT | FIELD_IF_QUALITY_WHOLE,
	FIELD_IF_SERVER_WHOLE = FIELD_IF_SERVER | FIELD_IF_QUALITY_WHOLE,
	FIELD_IF_CLIENT_WHOLE_TCP = FIELD_IF_CLIENT_WHOLE | FIELD_IF_TCP,
	FIELD_IF_SERVER_WHOLE_TCP = FIELD_IF_SERVER_WHOLE | FIELD_IF_TCP,
	FIELD_IF_CLIENT_QUALITY_TCP = FIELD_IF_CLIENT_QUALITY | FIELD_IF_TCP,
	FIELD_IF_SERVER_QUALITY_TCP = FIELD_IF_SERVER_QUALITY | FIELD_IF_TCP,
	FIELD_IF_CLIENT_QUALITY_FLOWMON =
	    FIELD_IF_CLIENT_QUALITY | FIELD_IF_FLOWMON,
	FIELD_IF_CLIENT_QUALITY_TCP_FLOWMON =
	    FIELD_IF_CLIENT_QUALITY_TCP | FIELD_IF_FLOWMON,
	FIELD_IF_CLIENT_QUALITY_NTOP = FIELD_IF_CLIENT_QUALITY | FIELD_IF_NTOP,
	FIELD_IF_CLIENT_QUALITY_TCP_NTOP =
	    FIELD_IF_CLIENT_QUALITY_TCP | FIELD_IF_NTOP,
	FIELD_IF_SERVER_QUALITY_TCP_NTOP =
	    FIELD_IF_SERVER_QUALITY_TCP | FIELD_IF_NTOP,
	FIELD_IF_QUALITY_TCP_NTOP =
	    FIELD_IF_QUALITY | FIELD_IF_TCP | FIELD_IF_NTOP,
	/* Names: of TCP only, and the payload of a side. */
	FIELD_IF_NAMES_TCP = FIELD_IF_NAMES | FIELD_IF_TCP,
	FIELD_IF_CLIENT_PAYLOAD =
	    FIELD_IF_NAMES | FIELD_IF_PAYLOAD | FIELD_IF_CLIENT,
	FIELD_IF_SERVER_PAYLOAD =
	    FIELD_IF_NAMES | FIELD_IF_PAYLOAD | FIELD_IF_SERVER,
};
#undef FIELD_CONDITION_ROW

enum field_semantics { /* RFC 5610, 3.10 */
	SEMANTICS_DEFAULT,
	SEMANTICS_QUANTITY,
	SEMANTICS_TOTAL_COUNTER,
	SEMANTICS_DELTA_COUNTER,
	SEMANTICS_IDENTIFIER,
	SEMANTICS_FLAGS,
};

enum field_units { /* RFC 5610, 3.11 */
	UNITS_NONE = 0,
	UNITS_OCTETS = 2,
	UNITS_PACKETS = 3,
	UNITS_MILLISECONDS = 6,
	UNITS_MICROSECONDS = 7,
	UNITS_HOPS = 11,
};

struct field {
	const char *name;    /* of the element, "reverse…" for a reverse */
	uint32_t pen;        /* 0: IANA; PEN_OWN: as configured */
	uint16_t id;         /* with REVERSE_BIT for an own reverse */
	uint8_t type;        /* enum field_type */
	uint8_t octets;      /* on the wire: 1, 2, 4, 6, 8, 16, 32; 0: any */
	uint32_t conditions; /* mask of enum field_condition */
	uint8_t semantics;   /* enum field_semantics */
	uint8_t units;       /* enum field_units */
	/*
	 * One of these is not NULL: the value of a number, the octets of an
	 * address in network order, the counts of FIELD_COUNTS, a text and its
	 * octets (0: not known).  A field with FIELD_IF_QUALITY needs an
	 * exchange that has figures, one with FIELD_IF_NAMES one with names.
	 */
	uint64_t (*value)(const struct exchange *exchange);
	const uint8_t *(*address)(const struct exchange *exchange);
	const uint32_t *(*bins)(const struct exchange *exchange);
	const char *(*text)(const struct exchange *exchange, size_t *octets);
	const char *description; /* one sentence, for type information */
};

/*
 * How many fields there are, and what all of them together take; those of
 * quality and names, which stand at the end, are not in RECORD_BASE_OCTETS_MAX,
 * and of a text nothing is counted.
 */
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	FIELD_NUMBER_##name,
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	FIELD_NUMBER_##name,
#define FIELD_BINS(name, pen, id, condition, value, text) FIELD_NUMBER_##name,
#define FIELD_TEXT(name, pen, id, type, condition, value, text)                \
	FIELD_NUMBER_##name,
enum {
#include "exflow/record/fields.def"
	RECORD_FIELDS
};
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	+FIELD_OCTETS_##type
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	+FIELD_OCTETS_##type
#define FIELD_BINS(name, pen, id, condition, value, text) +FIELD_OCTETS_COUNTS
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
enum {
	RECORD_OCTETS_MAX =
#include "exflow/record/fields.def"
};
/* The groups, which stand behind all other fields. */
#define FIELD_GROUPS (FIELD_IF_QUALITY | FIELD_IF_NAMES)
#define OCTETS_BUT_OF_GROUPS(condition, octets)                                \
	+((FIELD_IF_##condition & FIELD_GROUPS) == 0 ? (octets) : 0)
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	OCTETS_BUT_OF_GROUPS(condition, FIELD_OCTETS_##type)
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	OCTETS_BUT_OF_GROUPS(condition, FIELD_OCTETS_##type)
#define FIELD_BINS(name, pen, id, condition, value, text)
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
enum {
	RECORD_BASE_OCTETS_MAX =
#include "exflow/record/fields.def"
};
#undef OCTETS_BUT_OF_GROUPS

extern const struct field record_fields[RECORD_FIELDS];
extern const size_t record_field_count; /* RECORD_FIELDS */

/* Elements of others that say some figures of quality again. */
enum record_profile {
	RECORD_FLOWMON = 1,
	RECORD_NTOP = 2,
};

/* Which of the optional fields records have. */
struct record_options {
	uint32_t enterprise_number; /* see record_number_wrong() */
	bool flags_own;             /* ids 2 … 7 */
	bool flags_iana;            /* 218 … 223 */
	bool interface;
	bool vlan;
	bool mac;
	/*
	 * Records of exchanges, both sides in one (RFC 5103); false: uniflow,
	 * records of what one side sent, as exchange_one_way() gives it.
	 */
	bool biflow;
	/*
	 * Exchanges of protocols other than TCP and UDP may come, and have
	 * their templates.  No field depends on it.
	 */
	bool other;
	/*
	 * Exchanges may come with figures of their quality, and those that do
	 * have templates of their own.  Where it is off, figures are ignored.
	 */
	bool quality;
	unsigned profiles; /* of enum record_profile; fields of quality */
	/*
	 * Exchanges may come with names, and those that do have templates of
	 * their own.  Where it is off, names are ignored.
	 */
	bool names;
	bool payload; /* with names: the first octets of each side, too */
	/* Of JSON; NULL: none.  Borrowed, and no field depends on it. */
	const struct interface_names *interface_names;
};
/* The documentation number, own flag counters, biflow, nothing optional. */
void record_options_init(struct record_options *options);
/*
 * Why own elements cannot have this enterprise number, as "is …", at most 60
 * octets; NULL: they can.  Others have it, or nfdump takes it for theirs.
 */
const char *record_number_wrong(uint32_t enterprise_number);
/*
 * The same with the elements of these profiles in the records, whose numbers
 * are taken, too.
 */
const char *record_options_wrong(const struct record_options *options);

/* The conditions that hold for records of a kind. */
unsigned record_conditions(
    const struct record_options *options, const struct record_kind *kind);
static inline bool
field_present(const struct field *field, unsigned conditions)
{
	return (field->conditions & conditions) == field->conditions;
}

/*
 * Does this value of a field say that it is not known?  Only figures of quality
 * and numbers of names may be unknown; they have all bits set then, or none:
 * TTLs, the source of a name, the application, the version of QUIC.
 */
bool field_unknown(const struct field *field, uint64_t value);

/* The name of its data type in IANA's registry, "unsigned8", … */
const char *field_type_name(const struct field *field);

/* The address of an address field: 4, 6 or 16 octets in network order. */
const uint8_t *field_address(
    const struct field *field, const struct exchange *exchange);

#endif
