/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "payload.h"

#include <string.h>
#include <time.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/ipfix/wire.h"

#include "key_layout.h"
#include "line_message.h"

#define NO_LANE (-1)

/* --- lines */

/*
 * All lines of a message have the same key, or keys of one lane.  A message of
 * one line has its key, also where it was left by a run without batch.
 */
static void
choose_lane(struct payload_maker *maker, const struct key *key, bool alone,
    struct payload *payload)
{
	if (alone && maker->batch <= 1)
		payload->key_length = key_text(key, maker->key);
	else if (maker->lanes > 0)
		payload->lane = key_lane(key, maker->lanes);
}

/* The line alone is sent from where it is. */
static void
make_lines(struct payload_maker *maker, const struct queued_message *message,
    struct payload *payload)
{
	uint32_t at = MESSAGE_HEADER_OCTETS, used = 0;
	struct line line = { .length = 0 };

	while (
	    line_message_next(message->octets, message->length, &at, &line)) {
		if (used == 0)
			choose_lane(
			    maker, &line.key, at >= message->length, payload);
		else
			maker->octets[used++] = '\n';
		if (used == 0 && at >= message->length) {
			payload->octets = line.text;
			payload->length = line.length;
			return;
		}
		memcpy(maker->octets + used, line.text, line.length);
		used += (uint32_t)line.length;
	}
	payload->octets = maker->octets;
	payload->length = used;
}

/* --- exchanges */

/* Append the sets of a message; false: there is no room. */
static bool
append_sets(struct payload_maker *maker, const uint8_t *octets, uint32_t length)
{
	uint32_t used = get16(maker->octets + LENGTH_OFFSET);
	uint32_t sets = length - MESSAGE_HEADER_OCTETS;

	if (sets > MESSAGE_MAX_OCTETS - used)
		return false;
	memcpy(maker->octets + used, octets + MESSAGE_HEADER_OCTETS, sets);
	put16(maker->octets + LENGTH_OFFSET, (uint16_t)(used + sets));
	return true;
}

static bool
append_templates(
    struct payload_maker *maker, const struct queued_message *message)
{
	struct shape_set shapes = { 0 }, covered;

	preamble_needs(
	    message->preamble, message->octets, message->length, &shapes);
	while (!shape_set_empty(&shapes)) {
		struct message part =
		    preamble_template(message->preamble, &shapes, &covered);

		if (!append_sets(maker, part.octets, part.length))
			return false;
		shape_set_remove_all(&shapes, &covered);
	}
	return true;
}

static void
stamp(struct payload_maker *maker, struct queued_message *message)
{
	if (message->sent_before)
		return;
	maker->sequence += message->missing;
	message_stamp(message->octets, maker->sequence, (uint32_t)time(NULL));
	maker->sequence += message->records;
}

/* All records of a message have keys of one lane. */
static int32_t
lane_of(const struct payload_maker *maker, const struct queued_message *message)
{
	const uint8_t *set = message->octets + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = message->octets + message->length;
	struct key_layout layout;
	struct key key;

	if (maker->lanes == 0 || end - set < SET_HEADER_OCTETS ||
	    !key_layout_find(&layout, message->preamble, get16(set)) ||
	    key_layout_record_end(&layout, set + SET_HEADER_OCTETS, end) ==
	        NULL)
		return NO_LANE;
	key = key_layout_get(&layout, maker->kind, set + SET_HEADER_OCTETS);
	return key_lane(&key, maker->lanes);
}

static bool
make_exchanges(struct payload_maker *maker, struct queued_message *message,
    struct payload *payload)
{
	stamp(maker, message);
	memcpy(maker->octets, message->octets, MESSAGE_HEADER_OCTETS);
	put16(maker->octets + LENGTH_OFFSET, MESSAGE_HEADER_OCTETS);
	if (!append_templates(maker, message) ||
	    !append_sets(maker, message->octets, message->length))
		return false;
	payload->lane = lane_of(maker, message);
	payload->octets = maker->octets;
	payload->length = get16(maker->octets + LENGTH_OFFSET);
	return true;
}

bool
payload_make(struct payload_maker *maker, struct queued_message *message,
    struct payload *payload)
{
	*payload = (struct payload){ .key = maker->key, .lane = NO_LANE };
	if (!line_message_is(message->octets, message->length))
		return make_exchanges(maker, message, payload);
	make_lines(maker, message, payload);
	return true;
}
