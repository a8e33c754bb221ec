/* SPDX-License-Identifier: BSD-2-Clause */
#include "template_check.h"

#include <stdio.h>

#include "exflow/ipfix/reader.h"

#define SET_HEADER_OCTETS 4
#define TEMPLATE_SET 2
#define OPTIONS_TEMPLATE_SET 3
#define ENTERPRISE_BIT 0x80u

static unsigned
get16(const uint8_t *octets)
{
	return (unsigned)octets[0] << 8 | octets[1];
}

/* The fields of a template; where they end, NULL where they are cut. */
static const uint8_t *
count_empty(
    const uint8_t *at, const uint8_t *end, unsigned fields, unsigned *empty)
{
	for (*empty = 0; fields > 0; fields--) {
		if (end - at < 4)
			return NULL;
		*empty += get16(at + 2) == 0;
		at += (at[0] & ENTERPRISE_BIT) != 0 ? 8 : 4;
	}
	return at <= end ? at : NULL;
}

bool
template_check(const uint8_t *set, size_t length, char *why, size_t why_size)
{
	const uint8_t *at = set + SET_HEADER_OCTETS, *end = set + length;
	bool options = get16(set) == OPTIONS_TEMPLATE_SET;

	if (get16(set) != TEMPLATE_SET && !options)
		return true;
	while (at != NULL && end - at >= 4) {
		unsigned id = get16(at), fields = get16(at + 2), empty;

		if (fields > READER_FIELDS_MAX) {
			snprintf(why, why_size,
			    "template %u has %u fields, at most %d are read",
			    id, fields, READER_FIELDS_MAX);
			return false;
		}
		/* A withdrawal has no scope. */
		at += options && fields > 0 ? 6 : 4;
		if (at > end)
			return true;
		at = count_empty(at, end, fields, &empty);
		if (at != NULL && empty > READER_EMPTY_FIELDS_MAX) {
			snprintf(why, why_size,
			    "template %u has %u fields without an octet, at "
			    "most %d are read",
			    id, empty, READER_EMPTY_FIELDS_MAX);
			return false;
		}
	}
	return true;
}
