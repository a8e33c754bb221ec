/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "dns.h"

#include "name.h"

#define OPCODE_QUERY 0

static bool
name_put(struct dns_name *name, uint8_t octet)
{
	if (name->length == sizeof(name->octets))
		return false;
	name->octets[name->length++] = octet;
	return true;
}

/* A dot in a label is not the dot between two (RFC 1035, 5.1). */
static bool
name_put_escaped(struct dns_name *name, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t octet = octets[i];

		if (octet >= 'A' && octet <= 'Z')
			octet |= 0x20;
		if ((octet == '.' || octet == '\\') && !name_put(name, '\\'))
			return false;
		if (!name_put(name, octet))
			return false;
	}
	return true;
}

/*
 * What is between the labels' ends is copied in words, as far as the message
 * goes on behind them: `there` octets.
 */
static bool
name_put_label(
    struct dns_name *name, const uint8_t *octets, size_t length, size_t there)
{
	const size_t words = (length + NAME_WORD - 1) / NAME_WORD;
	uint8_t *to;

	if (name->length > 0 && !name_put(name, '.'))
		return false;
	if (words * NAME_WORD > there ||
	    words * NAME_WORD > sizeof(name->octets) - name->length)
		return name_put_escaped(name, octets, length);
	to = &name->octets[name->length];
	for (size_t at = 0; at < length; at += NAME_WORD) {
		uint64_t word = name_load(octets + at);

		/* It may be behind the label: looking closer does no harm. */
		if (name_word_has(word, '.') || name_word_has(word, '\\'))
			return name_put_escaped(name, octets, length);
		name_store(to + at, name_lower_word(word));
	}
	name->length += length;
	return true;
}

/*
 * Move to where a pointer points.  It has to point before the labels that it
 * ends, so that following pointers ends.
 */
static bool
follow_pointer(
    struct cursor *labels, struct span whole, size_t *limit, uint8_t first)
{
	size_t target = (size_t)(first & ~DNS_POINTER) << 8;

	target |= cursor_8(labels);
	if (labels->state != CURSOR_GOOD || target >= *limit)
		return false;
	*limit = target;
	cursor_over(labels, whole);
	cursor_skip(labels, target);
	return true;
}

bool
dns_read_name(struct cursor *cursor, struct span whole, struct dns_name *name)
{
	size_t limit = (size_t)(cursor->at - whole.octets);
	struct cursor labels = *cursor;
	bool jumped = false;
	uint8_t length;

	name->length = 0;
	while ((length = cursor_8(&labels)) != 0) {
		if (length >= DNS_POINTER) {
			if (!jumped)
				cursor->at = labels.at + 1;
			jumped = true;
			if (!follow_pointer(&labels, whole, &limit, length))
				return false;
			continue;
		}
		if (length > 63 || !cursor_has(&labels, length) ||
		    !name_put_label(name, labels.at, length,
		        (size_t)(labels.end - labels.at)))
			return false;
		labels.at += length;
	}
	if (labels.state != CURSOR_GOOD)
		return false;
	if (!jumped)
		cursor->at = labels.at; /* labels ends where cursor does */
	return name->length > 0 || name_put(name, '.');
}

/* The first question is the one; mDNS asks several at once. */
static bool
read_questions(
    struct cursor *cursor, uint16_t count, struct dns_message *message)
{
	struct dns_name other;

	other.length = 0;
	for (uint16_t i = 0; i < count; i++) {
		struct dns_name *name = i == 0 ? &message->name : &other;
		uint16_t type;

		if (!dns_read_name(cursor, message->whole, name))
			return false;
		type = cursor_16(cursor);
		cursor_skip(cursor, 2); /* class */
		if (i == 0)
			message->type = type;
	}
	message->has_question = count > 0 && cursor->state == CURSOR_GOOD;
	return cursor->state == CURSOR_GOOD;
}

bool
dns_read(struct span octets, struct dns_message *message)
{
	struct cursor *cursor = &message->rest;
	uint16_t flags, questions;

	message->whole = octets;
	message->has_question = false;
	cursor_over(cursor, octets);
	message->id = cursor_16(cursor);
	flags = cursor_16(cursor);
	questions = cursor_16(cursor);
	message->records = cursor_16(cursor);
	cursor_skip(cursor, 4);
	message->answer = flags >> 15 != 0;
	message->code = flags & 15;
	if (cursor->state != CURSOR_GOOD)
		return false;
	if ((flags >> 11 & 15) != OPCODE_QUERY) {
		message->records = 0;
		return true;
	}
	return read_questions(cursor, questions, message);
}
