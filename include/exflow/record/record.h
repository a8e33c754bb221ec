/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of fields (RECORDS): what each field of a record is called,
 * how it is encoded, where its value comes from and what it means.  IPFIX
 * templates, type information, the XML of the elements, the keys of JSON,
 * the columns of CSV and the list in exflow-records(5) are made from it.
 */
#ifndef EXFLOW_RECORD_RECORD_H
#define EXFLOW_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/meter/exchange.h"

#define PEN_REVERSE 29305 /* RFC 5103 */
#define PEN_CERT 6871
#define PEN_DOCUMENTATION 32473 /* RFC 5612, the default */
#define REVERSE_BIT 0x4000      /* of an own element's reverse */

/* Stands in the table for the configured enterprise number. */
#define PEN_OWN UINT32_MAX

enum field_kind { /* IPFIX abstract data types, RFC 7011 6.1 */
	FIELD_UNSIGNED,
	FIELD_IPV4,
	FIELD_IPV6,
	FIELD_MILLISECONDS,
	FIELD_MICROSECONDS, /* NTP 64 bit, fraction rounded up */
};

/* Which records have the field: all conditions of the mask must hold. */
enum field_condition {
	FIELD_IF_IPV4 = 1 << 0,
	FIELD_IF_IPV6 = 1 << 1,
	FIELD_IF_TCP = 1 << 2,
	FIELD_IF_FLAGS_OWN = 1 << 3,  /* flag_counters enterprise, both */
	FIELD_IF_FLAGS_IANA = 1 << 4, /* flag_counters iana, both */
	FIELD_IF_INTERFACE = 1 << 5,  /* live */
	FIELD_IF_VLAN = 1 << 6,       /* vlan asked for */
};

enum field_semantics { /* RFC 5610, 3.10 */
	SEMANTICS_DEFAULT,
	SEMANTICS_QUANTITY,
	SEMANTICS_TOTAL_COUNTER,
	SEMANTICS_DELTA_COUNTER,
	SEMANTICS_IDENTIFIER,
	SEMANTICS_FLAGS,
};

struct field {
	const char *name;   /* element name, "reverse…" for a reverse */
	uint32_t pen;       /* 0: IANA; PEN_OWN: as configured */
	uint16_t id;        /* with REVERSE_BIT for an own reverse */
	uint8_t octets;     /* on the wire: 1, 2, 4, 8, 16 */
	uint8_t kind;       /* enum field_kind */
	uint8_t conditions; /* mask of enum field_condition */
	uint8_t semantics;  /* enum field_semantics */
	const char *units;  /* "packets", "octets", … or NULL */
	/* The value; NULL for addresses: field_address has them. */
	uint64_t (*value)(const struct exchange *exchange);
	uint16_t address;        /* where in struct exchange it stands */
	const char *description; /* one sentence, for type information */
};

extern const struct field record_fields[];
extern const size_t record_field_count;

/* The shape of records: which of the optional fields they have. */
struct record_options {
	uint32_t enterprise_number; /* 1 … 65535 */
	bool flags_own;             /* ids 2 … 7 */
	bool flags_iana;            /* 218 … 223 */
	bool interface;
	bool vlan;
};
/* The documentation number, own flag counters, nothing optional. */
void record_options_init(struct record_options *options);

/* Conditions that hold for an exchange (IP version, protocol) and options. */
unsigned record_conditions(const struct record_options *options,
    unsigned ip_version, uint8_t protocol);
static inline bool
field_present(const struct field *field, unsigned conditions)
{
	return (field->conditions & conditions) == field->conditions;
}

/* The address behind an address field: 4 or 16 octets in network order. */
const uint8_t *field_address(
    const struct field *field, const struct exchange *exchange);

#endif
