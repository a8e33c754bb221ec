/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses of an answer.  CNAMEs may stand in any order (RFC 1034 does not
 * say), so records are gone through until the last alias is known, and then
 * once more for the addresses of its target.
 */
#include <config.h>

#include <string.h>

#include "dns.h"

#define RECORDS_MAX 32 /* that are looked at */
#define ALIASES_MAX 8  /* one behind another */
#define CLASS_INTERNET 1
#define CLASS_MASK 0x7fff /* mDNS: without the bit that flushes caches */

/* Parameters of HTTPS records, RFC 9460, 14.3.2. */
enum {
	HINTS_IPV4 = 4,
	HINTS_IPV6 = 6
};

struct record {
	struct dns_name owner;
	uint16_t type;
	uint32_t ttl;
	struct cursor data; /* over the whole message, to the record's end */
};

struct search {
	const struct dns_message *message;
	struct dns_name current; /* the question, or what it is an alias of */
	bool moved;
	struct names_answer *answer;
	names_answer_handler *handler;
	void *context;
};

static bool
names_equal(const struct dns_name *a, const struct dns_name *b)
{
	return a->length == b->length &&
	       memcmp(a->octets, b->octets, a->length) == 0;
}

static bool
read_record(struct cursor *cursor, struct span whole, struct record *record)
{
	uint16_t class;

	if (!dns_read_name(cursor, whole, &record->owner))
		return false;
	record->type = cursor_16(cursor);
	class = cursor_16(cursor);
	record->ttl = cursor_32(cursor);
	if ((class & CLASS_MASK) != CLASS_INTERNET)
		record->type = 0;
	cursor_sub(&record->data, cursor, cursor_16(cursor));
	return cursor->state == CURSOR_GOOD;
}

static void
report(struct search *search, const uint8_t *address, uint8_t version)
{
	struct names_answer *answer = search->answer;

	answer->name = (const char *)search->message->name.octets;
	answer->name_octets = search->message->name.length;
	answer->ip_version = version;
	memset(answer->address, 0, sizeof(answer->address));
	memcpy(answer->address, address, version == 4 ? 4 : 16);
	search->handler(search->context, answer);
}

/* Priority, target, then parameters: number, length, value. */
static bool
report_hints(struct search *search, struct record *record)
{
	struct dns_name target;
	struct cursor value;

	cursor_skip(&record->data, 2);
	if (!dns_read_name(&record->data, search->message->whole, &target))
		return false;
	while (cursor_goes_on(&record->data)) {
		uint16_t key = cursor_16(&record->data);
		uint32_t octets = key == HINTS_IPV4 ? 4 : 16;

		cursor_sub(&value, &record->data, cursor_16(&record->data));
		if (record->data.state != CURSOR_GOOD)
			return false;
		if (key != HINTS_IPV4 && key != HINTS_IPV6)
			continue;
		while (cursor_has(&value, octets))
			report(search, cursor_take(&value, octets),
			    key == HINTS_IPV4 ? 4 : 6);
	}
	return record->data.state == CURSOR_GOOD;
}

/* The owner is an alias: what is looked for is its target. */
static bool
follow_alias(struct search *search, struct record *record)
{
	struct dns_name target;

	if (record->type != DNS_TYPE_CNAME)
		return true;
	if (!dns_read_name(&record->data, search->message->whole, &target))
		return false;
	search->moved = true;
	search->current = target;
	return true;
}

static bool
report_addresses(struct search *search, struct record *record)
{
	size_t octets = (size_t)(record->data.end - record->data.at);

	search->answer->ttl = record->ttl;
	switch (record->type) {
	case DNS_TYPE_A:
		if (octets == 4)
			report(search, record->data.at, 4);
		return octets == 4;
	case DNS_TYPE_AAAA:
		if (octets == 16)
			report(search, record->data.at, 6);
		return octets == 16;
	case DNS_TYPE_HTTPS:
		return report_hints(search, record);
	default:
		return true;
	}
}

/* Every record whose owner is what is looked for now. */
static bool
visit_records(
    struct search *search, bool (*visit)(struct search *, struct record *))
{
	struct cursor cursor = search->message->rest;
	struct span whole = search->message->whole;
	uint16_t records = search->message->records;

	for (uint16_t i = 0; i < records && i < RECORDS_MAX; i++) {
		struct record record;

		if (!read_record(&cursor, whole, &record))
			return false;
		if (names_equal(&record.owner, &search->current) &&
		    !visit(search, &record))
			return false;
	}
	return true;
}

bool
dns_read_addresses(const struct dns_message *message,
    struct names_answer *answer, names_answer_handler *handler, void *context)
{
	struct search search = {
		.message = message,
		.current = message->name,
		.answer = answer,
		.handler = handler,
		.context = context,
	};

	for (int i = 0; i < ALIASES_MAX; i++) {
		search.moved = false;
		if (!visit_records(&search, follow_alias))
			return false;
		if (!search.moved)
			break;
	}
	return visit_records(&search, report_addresses);
}
