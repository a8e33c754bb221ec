/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "payload.h"

#include <string.h>
#include <time.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/preamble.h"

#include "line_message.h"

#define LENGTH_AT 2
#define ANY_PARTITION (-1)

/* --- lines */

/* All lines of a message have the same key, or keys of one partition. */
static void
choose_partition(
    struct payload_maker *maker, const struct key *key, struct payload *payload)
{
	payload->partition = ANY_PARTITION;
	payload->key = maker->key;
	payload->key_length = 0;
	if (maker->batch <= 1)
		payload->key_length = key_text(key, maker->key);
	else if (maker->partitions > 0)
		payload->partition = key_partition(key, maker->partitions);
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
			choose_partition(maker, &line.key, payload);
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
	uint32_t used = get16(maker->octets + LENGTH_AT);
	uint32_t sets = length - MESSAGE_HEADER_OCTETS;

	if (sets > MESSAGE_MAX_OCTETS - used)
		return false;
	memcpy(maker->octets + used, octets + MESSAGE_HEADER_OCTETS, sets);
	put16(maker->octets + LENGTH_AT, (uint16_t)(used + sets));
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

static bool
make_exchanges(struct payload_maker *maker, struct queued_message *message,
    struct payload *payload)
{
	stamp(maker, message);
	memcpy(maker->octets, message->octets, MESSAGE_HEADER_OCTETS);
	put16(maker->octets + LENGTH_AT, MESSAGE_HEADER_OCTETS);
	if (!append_templates(maker, message) ||
	    !append_sets(maker, message->octets, message->length))
		return false;
	payload->key_length = 0;
	payload->partition = ANY_PARTITION;
	payload->octets = maker->octets;
	payload->length = get16(maker->octets + LENGTH_AT);
	return true;
}

bool
payload_make(struct payload_maker *maker, struct queued_message *message,
    struct payload *payload)
{
	if (!line_message_is(message->octets, message->length))
		return make_exchanges(maker, message, payload);
	make_lines(maker, message, payload);
	return true;
}
