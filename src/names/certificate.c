/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Just as much of X.509 (RFC 5280, 4.1) and DER as leads to the subject.  No
 * library is asked: most chains are longer than what is put together of them,
 * and libraries want a certificate whole.
 */
#include <config.h>

#include "certificate.h"

#include <string.h>

/* DER: class and number of what follows. */
enum {
	DER_INTEGER = 0x02,
	DER_OBJECT = 0x06,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_TELETEX = 0x14,
	DER_IA5 = 0x16,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_VERSION = 0xa0, /* [0], explicit */
};

static const uint8_t common_name[] = { 0x55, 0x04, 0x03 }; /* 2.5.4.3 */

/* The tag and content of what comes next; content fails where it is not. */
static uint8_t
take_any(struct cursor *cursor, struct cursor *content)
{
	uint8_t tag = cursor_8(cursor);
	uint32_t length = cursor_8(cursor);

	if (length == 0x81)
		length = cursor_8(cursor);
	else if (length == 0x82)
		length = cursor_16(cursor);
	else if (length == 0x83)
		length = cursor_24(cursor);
	else if (length >= 0x80)
		cursor_reject(cursor);
	cursor_sub(content, cursor, length);
	return tag;
}

static void
take(struct cursor *cursor, uint8_t tag, struct cursor *content)
{
	if (take_any(cursor, content) != tag) {
		cursor_reject(cursor);
		cursor_reject(content);
	}
}

static bool
is_text(uint8_t tag)
{
	return tag == DER_UTF8 || tag == DER_PRINTABLE || tag == DER_TELETEX ||
	       tag == DER_IA5;
}

/* RelativeDistinguishedName: a set of type and value, nearly always of one. */
static void
read_attributes(struct cursor *set, struct span *name)
{
	while (cursor_goes_on(set)) {
		struct cursor pair, type, value;
		uint8_t tag;

		take(set, DER_SEQUENCE, &pair);
		take(&pair, DER_OBJECT, &type);
		tag = take_any(&pair, &value);
		if (pair.state != CURSOR_GOOD) {
			if (set->state == CURSOR_GOOD)
				*set = pair;
			return;
		}
		if (is_text(tag) &&
		    (size_t)(type.end - type.at) == sizeof(common_name) &&
		    memcmp(type.at, common_name, sizeof(common_name)) == 0)
			*name = span_of(&value);
	}
}

static void
read_subject(struct cursor *subject, struct span *name)
{
	while (cursor_goes_on(subject)) {
		struct cursor set;

		take(subject, DER_SET, &set);
		read_attributes(&set, name);
		if (set.state != CURSOR_GOOD && subject->state == CURSOR_GOOD)
			*subject = set;
	}
}

/* Version, serial number, algorithm, issuer and validity stand before it. */
static void
find_subject(struct cursor *certificate, struct cursor *subject)
{
	struct cursor content, signed_part, part;

	take(certificate, DER_SEQUENCE, &content);
	take(&content, DER_SEQUENCE, &signed_part);
	part = signed_part;
	if (cursor_8(&part) == DER_VERSION)
		take(&signed_part, DER_VERSION, &content);
	take(&signed_part, DER_INTEGER, &content);
	for (int i = 0; i < 3; i++)
		take(&signed_part, DER_SEQUENCE, &content);
	take(&signed_part, DER_SEQUENCE, subject);
	if (signed_part.state == CURSOR_OVERRUN)
		cursor_reject(subject);
}

enum parsed
certificate_read_name(struct span body, uint32_t length, struct span *name)
{
	struct cursor cursor, chain, certificate, subject;
	struct span found = { 0 };

	*name = found;
	cursor_begin(&cursor, body.octets, (uint32_t)body.length, length);
	cursor_declare(&cursor, length);
	cursor_sub(&chain, &cursor, cursor_24(&cursor));
	if (!cursor_goes_on(&chain))
		return chain.state == CURSOR_OVERRUN ? PARSED_MALFORMED
		       : chain.state == CURSOR_CUT   ? PARSED_MORE
		                                     : PARSED_DONE;
	cursor_sub(&certificate, &chain, cursor_24(&chain));
	find_subject(&certificate, &subject);
	read_subject(&subject, &found);
	if (subject.state == CURSOR_CUT)
		return PARSED_MORE;
	if (subject.state == CURSOR_OVERRUN)
		return PARSED_MALFORMED;
	*name = found;
	return PARSED_DONE;
}
