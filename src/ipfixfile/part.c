/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message with the withdrawal of template 256 in the middle of a set:
 *
 *	┌────────┬──────┬────────────────────────────────┬──────┐
 *	│ header │ data │ set: template 300, −256, 301    │ data │
 *	└────────┴──────┴────────────────────────────────┴──────┘
 *	┌────────┬──────┬───────────────────┐
 *	│ header │ data │ set: template 300 │  part 1, then −256
 *	└────────┴──────┴───────────────────┘
 *	                     ┌────────┬──────────┬──────┐
 *	               part 2│ header │ set: 301 │ data │
 *	                     └────────┴──────────┴──────┘
 *
 * A part that is not the first gets its headers in the octets in front of it.
 * They are there: at least the message's header, a set's and the withdrawal,
 * and the part before was read.  A message without withdrawals is one part, and
 * nothing of it is written.
 *
 * Templates that are cut by the end of their set are left as they are:
 * libfixbuf refuses them.
 */
#include "part.h"

#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/message.h"
#include "exflow/ipfix/wire.h"

#define WITHDRAWAL_OCTETS 4

void
part_begin(struct part *part, uint8_t *message, size_t length)
{
	*part = (struct part){ .last = false };
	part->octets = message;
	part->rest = message + MESSAGE_HEADER_OCTETS;
	part->end = message + length;
}

/* Behind the template at; NULL if its set is too short for it. */
static uint8_t *
skip_template(uint8_t *at, const uint8_t *end, bool options)
{
	unsigned fields = get16(at + 2);

	if (end - at < 6)
		return NULL;
	for (at += options ? 6 : 4; fields > 0 && end - at >= 4; fields--) {
		int octets = (get16(at) & ENTERPRISE_BIT) != 0 ? 8 : 4;

		if (end - at < octets)
			return NULL;
		at += octets;
	}
	return fields == 0 ? at : NULL;
}

/* The first withdrawal from at to the end of its template set, or NULL. */
static uint8_t *
find_withdrawal(uint8_t *at, const uint8_t *end, unsigned set_id)
{
	while (at != NULL && end - at >= WITHDRAWAL_OCTETS) {
		unsigned id = get16(at);

		if (get16(at + 2) == 0) /* padding has neither id */
			return id >= DATA_SET_MIN || id == set_id ? at : NULL;
		at = skip_template(at, end, set_id == OPTIONS_TEMPLATE_SET);
	}
	return NULL;
}

/*
 * Put the message's header, and that of the set in which the part begins, in
 * front of the rest.
 */
static void
put_headers(struct part *part)
{
	uint8_t *to = part->rest;

	if (part->set_id != 0) {
		to -= SET_HEADER_OCTETS;
		put16(to, part->set_id);
		put16(to + 2, (uint16_t)(part->set_left + SET_HEADER_OCTETS));
	}
	to -= MESSAGE_HEADER_OCTETS;
	if (to != part->octets)
		memmove(to, part->octets, MESSAGE_HEADER_OCTETS);
	part->octets = to;
}

/* The part ends at a withdrawal in the set at set. */
static void
end_at(struct part *part, uint8_t *set, uint8_t *at)
{
	size_t before = (size_t)(at - set);
	size_t length = get16(set + 2);

	part->withdraws = true;
	part->withdrawal.id = (uint16_t)get16(at);
	part->withdrawal.options = get16(set) == OPTIONS_TEMPLATE_SET;
	part->rest = at + WITHDRAWAL_OCTETS;
	part->set_left = length - before - WITHDRAWAL_OCTETS;
	part->set_id =
	    part->set_left < WITHDRAWAL_OCTETS ? 0 : (uint16_t)get16(set);
	if (part->set_id == 0)
		part->rest += part->set_left; /* padding */
	/* A set without a template is left out. */
	put16(set + 2, (uint16_t)before);
	if (before == SET_HEADER_OCTETS)
		at = set;
	part->length = (size_t)(at - part->octets);
}

/* Cut the part at its first withdrawal, if it has one. */
static void
find_end(struct part *part)
{
	uint8_t *set = part->octets + MESSAGE_HEADER_OCTETS;

	part->withdraws = false;
	part->length = (size_t)(part->end - part->octets);
	part->rest = part->end;
	for (; set < part->end; set += get16(set + 2)) {
		unsigned id = get16(set);
		uint8_t *at = NULL;

		if (id == TEMPLATE_SET || id == OPTIONS_TEMPLATE_SET)
			at = find_withdrawal(
			    set + SET_HEADER_OCTETS, set + get16(set + 2), id);
		if (at != NULL) {
			end_at(part, set, at);
			return;
		}
	}
}

bool
part_next(struct part *part)
{
	if (part->last)
		return false;
	put_headers(part);
	find_end(part);
	part->last = part->rest == part->end;
	put16(part->octets + LENGTH_OFFSET, (uint16_t)part->length);
	return true;
}
