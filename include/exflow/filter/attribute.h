/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a filter, a key or a column may name: an attribute of an exchange.
 *
 *	octets, port, rtt, end, …	short names, see attributes.def
 *	packetDeltaCount, …		every element of the table of fields
 *	others				elements of other exporters, which a
 *					caller that reads records may resolve
 *
 * Many attributes are of each side.  "client" or "server" before the name
 * chooses one; without it the attribute is the sum of both (octets), or that of
 * either end (port).
 *
 * Numbers are unsigned: times are nanoseconds since 1970, spans are
 * nanoseconds, everything else is in the units of the exchange.
 */
#ifndef EXFLOW_FILTER_ATTRIBUTE_H
#define EXFLOW_FILTER_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/exchange/exchange.h"
#include "exflow/record/record.h"

enum attribute_kind {
	ATTRIBUTE_COUNT,
	ATTRIBUTE_OCTETS, /* a count, shown in multiples */
	ATTRIBUTE_PORT,
	ATTRIBUTE_PROTOCOL,
	ATTRIBUTE_FLAGS,  /* TCP's */
	ATTRIBUTE_CHOICE, /* a number whose values have names */
	ATTRIBUTE_SPAN,
	ATTRIBUTE_TIME,
	/* These have octets instead of a number: */
	ATTRIBUTE_ADDRESS, /* 4 or 16 */
	ATTRIBUTE_MAC,
	ATTRIBUTE_TEXT
};

/* Parts of struct exchange, for readers that fill only those in use. */
enum exchange_part {
	PART_KEY = 1, /* ports, protocol; addresses are below */
	PART_TIMES = 2,
	PART_COUNTS = 4, /* packets, IP octets */
	PART_PAYLOAD = 8,
	PART_FLAGS = 16, /* and packets by flag */
	PART_OTHER = 32, /* all else but these two: */
	PART_QUALITY = 64,
	PART_NAMES = 128,
	PART_FOREIGN = 256, /* elements that an exchange does not have */
	PART_ADDRESSES = 512,
	PART_ALL = 1023
};

enum attribute_side {
	ATTRIBUTE_CLIENT = CLIENT,
	ATTRIBUTE_SERVER = SERVER,
	ATTRIBUTE_BOTH /* or it has no sides */
};

/* What a two-sided attribute is without a side. */
enum attribute_join {
	ATTRIBUTE_ONE,    /* it has no sides */
	ATTRIBUTE_SUM,    /* known where one side's is */
	ATTRIBUTE_WHOLE,  /* a sum that is known where both are */
	ATTRIBUTE_EITHER, /* a test holds if it holds for one of them */
};

struct attribute_value {
	uint64_t number;
	const uint8_t *octets;
	size_t length; /* of octets */
};

/* An exchange and, for elements it does not have, the record it came in. */
struct subject {
	const struct exchange *exchange;
	/* The value of such an element, by its number; NULL: there are none. */
	bool (*foreign)(
	    void *context, unsigned number, struct attribute_value *value);
	void *context;
};

struct attribute_row; /* attribute.c */

/* A name that was found; a plain value. */
struct attribute {
	const struct attribute_row *row; /* a short name; else NULL */
	const struct field *field;       /* of the table; else NULL */
	unsigned foreign;                /* else: the resolver's number */
	enum attribute_kind kind;
	enum attribute_side side;
	enum attribute_join join;
	uint64_t unit;  /* nanoseconds of one, in spans and times */
	unsigned parts; /* enum exchange_part */
};

/*
 * Finds elements that the table does not have.  Sets foreign, kind and unit of
 * the attribute; false if there is none of that name.
 */
struct attribute_resolver {
	bool (*find)(
	    void *context, const char *name, struct attribute *attribute);
	void *context;
};

/*
 * Find the name, of length octets, for a side.  resolver may be NULL.  0, or -1
 * with a message in error that says what was expected.
 */
int attribute_find(struct attribute *attribute, const char *name, size_t length,
    enum attribute_side side, const struct attribute_resolver *resolver,
    char *error, size_t error_size);

/*
 * The value for one side, or for both where the attribute has none or is a sum.
 * False where the exchange does not have it.
 */
bool attribute_get(const struct attribute *attribute, enum attribute_side side,
    const struct subject *subject, struct attribute_value *value);

/* The name of a value of ATTRIBUTE_CHOICE; NULL: it has none. */
const char *attribute_choice_name(
    const struct attribute *attribute, uint64_t value);
/* The value of a name of ATTRIBUTE_CHOICE; -1: no such name. */
int attribute_choice_value(
    const struct attribute *attribute, const char *name, size_t length);

/* The n-th short name, and what it means; NULL behind the last one. */
const char *attribute_name(size_t n, const char **meaning);

#endif
