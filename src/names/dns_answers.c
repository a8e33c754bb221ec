/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses of an answer to a question.  CNAMEs may stand in any order (RFC
 * 1034 does not say), and usually stand before what they lead to, so one look
 * at all records is nearly always enough:
 *
 *	question   a
 *	records    a CNAME b │ b CNAME c │ c A … │ c A …
 *	sought     a           b           c
 *
 * Else it goes on from the first one: until all were looked at for the last
 * alias' target.
 * What a malformed message says is not told: addresses are kept until its end.
 */
#include <config.h>

#include <string.h>

#include "dns.h"

#define RECORDS_MAX 32       /* that are looked at */
#define ALIASES_MAX 16       /* one behind another */
#define ADDRESSES_MAX 64     /* that are told of */
#define POINTER_REACH 0x4000 /* octets from the message's first on */
#define CLASS_INTERNET 1
#define CLASS_MASK 0x7fff /* mDNS: without the bit that flushes caches */

/* Parameters of HTTPS records, RFC 9460, 14.3.2. */
enum {
	HINTS_IPV4 = 4,
	HINTS_IPV6 = 6
};

/* Behind the owner's name. */
struct record {
	uint16_t type;
	uint32_t ttl;
	struct cursor data; /* over the whole message, to the record's end */
};

struct search {
	struct span whole;
	/* The question, or what it is an alias of, and where that stands. */
	const struct dns_name *sought;
	const uint8_t *sought_at;
	struct dns_name target;
	unsigned aliases; /* that were followed */
	unsigned count;
	struct {
		const uint8_t *octets;
		uint32_t ttl;
		uint8_t version;
	} address[ADDRESSES_MAX];
};

/* --- owners */

/* Most owners are pointers to what is sought, which need not be followed. */
static bool
points_there(const struct search *search, const struct cursor *cursor)
{
	size_t target = (size_t)(search->sought_at - search->whole.octets);

	return cursor_has(cursor, 2) && target < POINTER_REACH &&
	       load16(cursor->at) == (DNS_POINTER << 8 | target) &&
	       search->sought_at < cursor->at;
}

/*
 * Is the owner what is sought?  The cursor stands behind it then.  False: it is
 * malformed.
 */
static bool
read_owner(const struct search *search, struct cursor *cursor, bool *same)
{
	struct dns_name owner;

	*same = points_there(search, cursor);
	if (*same) {
		cursor->at += 2;
		return true;
	}
	if (!dns_read_name(cursor, search->whole, &owner))
		return false;
	*same = owner.length == search->sought->length &&
	        memcmp(owner.octets, search->sought->octets, owner.length) == 0;
	return true;
}

static bool
read_record(const struct search *search, struct cursor *cursor, bool *same,
    struct record *record)
{
	uint16_t class;

	if (!read_owner(search, cursor, same))
		return false;
	record->type = cursor_16(cursor);
	class = cursor_16(cursor);
	record->ttl = cursor_32(cursor);
	if ((class & CLASS_MASK) != CLASS_INTERNET)
		record->type = 0;
	cursor_sub(&record->data, cursor, cursor_16(cursor));
	return cursor->state == CURSOR_GOOD;
}

/* --- data of records */

static void
keep_address(
    struct search *search, const struct record *record, uint8_t version)
{
	if (search->count == ADDRESSES_MAX)
		return;
	search->address[search->count].octets = record->data.at;
	search->address[search->count].ttl = record->ttl;
	search->address[search->count++].version = version;
}

/* Priority, target, then parameters: number, length, value. */
static bool
keep_hints(struct search *search, struct record *record)
{
	struct dns_name target;
	struct record hint = { .ttl = record->ttl };

	cursor_skip(&record->data, 2);
	if (!dns_read_name(&record->data, search->whole, &target))
		return false;
	while (cursor_goes_on(&record->data)) {
		uint16_t key = cursor_16(&record->data);
		uint32_t octets = key == HINTS_IPV4 ? 4 : 16;

		cursor_sub(&hint.data, &record->data, cursor_16(&record->data));
		if (record->data.state != CURSOR_GOOD)
			return false;
		if (key != HINTS_IPV4 && key != HINTS_IPV6)
			continue;
		for (; cursor_has(&hint.data, octets);
		     cursor_skip(&hint.data, octets))
			keep_address(search, &hint, key == HINTS_IPV4 ? 4 : 6);
	}
	return record->data.state == CURSOR_GOOD;
}

/* What is sought is an alias: now its target is. */
static bool
follow_alias(struct search *search, struct record *record)
{
	const uint8_t *at = record->data.at;
	struct dns_name target;

	if (!dns_read_name(&record->data, search->whole, &target))
		return false;
	if (search->aliases++ == ALIASES_MAX)
		return true;
	search->target = target;
	search->sought = &search->target;
	search->sought_at = at;
	search->count = 0;
	return true;
}

/* A record of what is sought. */
static bool
visit(struct search *search, struct record *record)
{
	size_t octets = (size_t)(record->data.end - record->data.at);

	switch (record->type) {
	case DNS_TYPE_CNAME:
		return follow_alias(search, record);
	case DNS_TYPE_A:
		if (octets == 4)
			keep_address(search, record, 4);
		return octets == 4;
	case DNS_TYPE_AAAA:
		if (octets == 16)
			keep_address(search, record, 6);
		return octets == 16;
	case DNS_TYPE_HTTPS:
		return keep_hints(search, record);
	default:
		return true;
	}
}

/* --- answers */

/*
 * Around all records, until every one of them has been looked at since what is
 * sought is the same.
 */
static bool
search_records(struct search *search, const struct dns_message *message)
{
	unsigned all = message->records;
	struct cursor cursor = message->rest;
	unsigned next = 0;

	if (all > RECORDS_MAX)
		all = RECORDS_MAX;
	for (unsigned seen = 0; seen < all; seen++) {
		const uint8_t *sought_at = search->sought_at;
		struct record record;
		bool same;

		if (next++ == all) {
			cursor = message->rest;
			next = 1;
		}
		if (!read_record(search, &cursor, &same, &record) ||
		    (same && !visit(search, &record)))
			return false;
		if (search->sought_at != sought_at)
			seen = 0;
	}
	return true;
}

static void
tell(const struct search *search, const struct dns_message *message,
    timestamp time, names_answer_handler *handler, void *context)
{
	struct names_answer answer = {
		.name = (const char *)message->name.octets,
		.name_octets = message->name.length,
		.time = time,
	};

	for (unsigned i = 0; i < search->count; i++) {
		answer.ip_version = search->address[i].version;
		answer.ttl = search->address[i].ttl;
		memset(answer.address, 0, sizeof(answer.address));
		memcpy(answer.address, search->address[i].octets,
		    answer.ip_version == 4 ? 4 : 16);
		handler(context, &answer);
	}
}

bool
names_read_answers(const uint8_t *octets, size_t captured, timestamp time,
    names_answer_handler *handler, void *context)
{
	struct search search;
	struct dns_message message;

	if (!dns_read((struct span){ octets, captured }, &message))
		return false;
	if (!message.answer || message.code != 0 || !message.has_question)
		return true;
	search.whole = message.whole;
	search.sought = &message.name;
	search.sought_at = octets + DNS_HEADER_OCTETS;
	search.aliases = search.count = 0;
	if (!search_records(&search, &message))
		return false;
	tell(&search, &message, time, handler, context);
	return true;
}
