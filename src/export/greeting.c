/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "greeting.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "octets.h"

#define TEMPLATE_SET 2
#define ENTERPRISE_BIT 0x8000
#define VARIABLE_LENGTH 65535

/* The templates of one set; those of variable length are left out. */
static void
learn_set(struct greeting *greeting, const uint8_t *at, const uint8_t *end)
{
	while (end - at >= 4 && greeting->shape_count < GREETING_SHAPES) {
		struct greeting_shape shape = { .id = octets_u16(at) };
		uint32_t fields = octets_u16(at + 2);
		bool fixed = fields > 0;

		at += 4;
		for (; fields > 0 && end - at >= 4; fields--) {
			bool own = (octets_u16(at) & ENTERPRISE_BIT) != 0;

			fixed &= octets_u16(at + 2) != VARIABLE_LENGTH;
			shape.octets += octets_u16(at + 2);
			at += own ? 8 : 4;
		}
		if (fields > 0 || !fixed || at > end || shape.octets == 0)
			return;
		greeting->shapes[greeting->shape_count++] = shape;
	}
}

/* The next set of a message; its end, or NULL where there is none. */
static const uint8_t *
set_end(const uint8_t *at, const uint8_t *end)
{
	uint32_t length = end - at >= 4 ? octets_u16(at + 2) : 0;

	return length >= 4 && length <= end - at ? at + length : NULL;
}

static void
learn(struct greeting *greeting, const uint8_t *octets, uint32_t length)
{
	const uint8_t *at = octets + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = octets + length, *next;

	for (; (next = set_end(at, end)) != NULL; at = next)
		if (octets_u16(at) == TEMPLATE_SET)
			learn_set(greeting, at + 4, next);
}

static uint32_t
shape_octets(const struct greeting *greeting, uint32_t id)
{
	for (size_t i = greeting->shape_count; i-- > 0;)
		if (greeting->shapes[i].id == id)
			return greeting->shapes[i].octets;
	return 0;
}

uint32_t
greeting_count(
    const struct greeting *greeting, const uint8_t *octets, uint32_t length)
{
	const uint8_t *at = octets + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = octets + length, *next;
	uint32_t records = 0;

	for (; (next = set_end(at, end)) != NULL; at = next) {
		uint32_t one = shape_octets(greeting, octets_u16(at));

		if (one > 0)
			records += (uint32_t)(next - at - 4) / one;
	}
	return records;
}

int
greeting_extend(
    struct greeting *greeting, const uint8_t *octets, uint32_t length)
{
	uint8_t *grown = realloc(greeting->octets, greeting->length + length);

	if (grown == NULL)
		return -1;
	greeting->octets = grown;
	memcpy(grown + greeting->length, octets, length);
	greeting->length += length;
	greeting->messages++;
	/* Only the templates, which stand last, tell how many types. */
	greeting->records = octets_u32(octets + 8);
	learn(greeting, octets, length);
	return 0;
}

static int
greeting_add(struct greeting *greeting, const struct message *message)
{
	uint32_t sequence = greeting->records;
	uint8_t *place;

	if (greeting_extend(greeting, message->octets, message->length) != 0)
		return -1;
	place = greeting->octets + greeting->length - message->length;
	message_stamp(place, sequence, (uint32_t)time(NULL));
	greeting->records = sequence + message->records;
	return 0;
}

/* Types first: ipfixDump takes a template as it knows it then. */
struct greeting *
greeting_new(const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	struct greeting *greeting = calloc(1, sizeof(*greeting));
	int failed = greeting == NULL ? -1 : 0;

	for (size_t i = 0; failed == 0 && i < types_count; i++)
		failed = greeting_add(greeting, &types[i]);
	for (size_t i = 0; failed == 0 && i < templates_count; i++)
		failed = greeting_add(greeting, &templates[i]);
	if (failed != 0 && greeting != NULL)
		greeting_free(&greeting);
	return greeting;
}

void
greeting_free(struct greeting **greeting)
{
	if (*greeting == NULL)
		return;
	free((*greeting)->octets);
	free(*greeting);
	*greeting = NULL;
}

bool
greeting_equal(const struct greeting *a, const struct greeting *b)
{
	if (a->length != b->length)
		return false;
	for (size_t at = 0; at < a->length;) {
		size_t end = at + octets_u16(a->octets + at + 2);

		if (memcmp(a->octets + at, b->octets + at, 4) != 0 ||
		    memcmp(a->octets + at + 8, b->octets + at + 8,
		        end - at - 8) != 0)
			return false;
		at = end;
	}
	return true;
}

void
greeting_stamp(struct greeting *greeting)
{
	uint32_t now = (uint32_t)time(NULL);

	for (size_t at = 0; at < greeting->length;) {
		uint8_t *octets = greeting->octets + at;

		message_stamp(octets, octets_u32(octets + 8), now);
		at += octets_u16(octets + 2);
	}
}
