/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A preamble is a run of whole messages:
 *
 *	┌───────────────┬──────────────┬────────────┬────────────┬─ ─
 *	│ types template│ type records │ template 1 │ template 2 │
 *	└───────────────┴──────────────┴────────────┴────────────┴─ ─
 *	sequence 0       0              records      records
 *
 * The types come first, because ipfixDump binds a template with what it knows
 * of the elements at that moment.  Only type records count in the sequence.
 *
 * From the templates the length of a record is learned, so that records of data
 * messages can be counted without libfixbuf: of its fixed fields, and how many
 * fields of any length, each behind its own length, follow them.  The messages
 * may come from a damaged spool file: every length is checked against its set,
 * and a template that does not fit, or has a fixed field behind one of any
 * length, is left out.  Records of such a template count as 0.
 */
#include <config.h>

#include "exflow/ipfix/preamble.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/wire.h"

/* Add a field of this length; false: a fixed one cannot be behind a text. */
static bool
learn_field(struct preamble_shape *shape, uint32_t length)
{
	if (length == VARIABLE_LENGTH) {
		shape->texts++;
		return true;
	}
	shape->octets += length;
	return shape->texts == 0;
}

/* Learn the templates of one set, in the message at this octet. */
static void
learn_set(struct preamble *preamble, size_t message, const uint8_t *at,
    const uint8_t *end)
{
	while (end - at >= 4 && preamble->shape_count < PREAMBLE_SHAPES) {
		struct preamble_shape shape = { .id = get16(at),
			.at = message };
		uint32_t fields = get16(at + 2);
		bool ordered = true;

		at += 4;
		for (; fields > 0 && end - at >= 4; fields--) {
			ordered &= learn_field(&shape, get16(at + 2));
			at += (get16(at) & ENTERPRISE_BIT) != 0 ? 8 : 4;
		}
		if (fields > 0 || !ordered || at > end || shape.octets == 0)
			return;
		preamble->shapes[preamble->shape_count++] = shape;
	}
}

/* Where the set at this place ends; NULL if there is no whole set. */
static const uint8_t *
set_end(const uint8_t *at, const uint8_t *end)
{
	uint32_t length = end - at >= 4 ? get16(at + 2) : 0;

	return length >= 4 && length <= end - at ? at + length : NULL;
}

/* Learn the templates of the message at this octet of the preamble. */
static void
learn(struct preamble *preamble, size_t message, uint32_t length)
{
	const uint8_t *octets = preamble->octets + message;
	const uint8_t *at = octets + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = octets + length, *next;

	for (; (next = set_end(at, end)) != NULL; at = next)
		if (get16(at) == TEMPLATE_SET)
			learn_set(preamble, message, at + 4, next);
}

/* The last template of this id; NULL: there is none. */
static const struct preamble_shape *
find_shape(const struct preamble *preamble, uint32_t id)
{
	for (size_t i = preamble->shape_count; i-- > 0;)
		if (preamble->shapes[i].id == id)
			return &preamble->shapes[i];
	return NULL;
}

/* Where the record at this place ends; NULL: it goes on behind the end. */
static const uint8_t *
record_end(
    const struct preamble_shape *shape, const uint8_t *at, const uint8_t *end)
{
	if ((size_t)(end - at) < shape->octets)
		return NULL;
	at += shape->octets;
	for (uint32_t i = 0; i < shape->texts; i++) {
		uint32_t length;

		if (at == end)
			return NULL;
		length = *at++;
		if (length == LONG_TEXT) {
			if (end - at < 2)
				return NULL;
			length = get16(at);
			at += 2;
		}
		if ((size_t)(end - at) < length)
			return NULL;
		at += length;
	}
	return at;
}

/* The whole records from at on; *at moves behind them. */
static uint32_t
count_texts(
    const struct preamble_shape *shape, const uint8_t **at, const uint8_t *end)
{
	uint32_t records = 0;
	const uint8_t *next;

	for (; (next = record_end(shape, *at, end)) != NULL; *at = next)
		records++;
	return records;
}

uint32_t
preamble_set_records(const struct preamble *preamble, uint32_t id,
    const uint8_t *octets, uint32_t length)
{
	const struct preamble_shape *shape = find_shape(preamble, id);
	const uint8_t *end = octets + length;
	uint32_t records;

	if (shape == NULL)
		return 0;
	if (shape->texts == 0)
		return length % shape->octets == 0 ? length / shape->octets : 0;
	records = count_texts(shape, &octets, end);
	return octets == end ? records : 0;
}

uint32_t
preamble_record_octets(const struct preamble *preamble, uint32_t id,
    const uint8_t *octets, uint32_t length)
{
	const struct preamble_shape *shape = find_shape(preamble, id);
	const uint8_t *at = octets;
	uint32_t records;

	if (shape == NULL || shape->texts == 0)
		return shape == NULL ? 0 : shape->octets;
	records = count_texts(shape, &at, octets + length);
	return records == 0 ? 0 : (uint32_t)(at - octets) / records;
}

uint32_t
preamble_count(
    const struct preamble *preamble, const uint8_t *octets, uint32_t length)
{
	const uint8_t *at = octets + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = octets + length, *next;
	uint32_t records = 0;

	for (; (next = set_end(at, end)) != NULL; at = next) {
		const struct preamble_shape *shape =
		    find_shape(preamble, get16(at));

		if (shape != NULL && shape->texts > 0) {
			const uint8_t *body = at + 4;

			records += count_texts(shape, &body, next);
		} else if (shape != NULL) {
			records += (uint32_t)(next - at - 4) / shape->octets;
		}
	}
	return records;
}

void
preamble_needs(const struct preamble *preamble, const uint8_t *octets,
    uint32_t length, struct shape_set *shapes)
{
	const uint8_t *at = octets + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = octets + length, *next;

	for (; (next = set_end(at, end)) != NULL; at = next) {
		const struct preamble_shape *shape =
		    find_shape(preamble, get16(at));

		if (shape != NULL)
			shape_set_add(
			    shapes, (unsigned)(shape - preamble->shapes));
	}
}

/* The shapes that were learned from the message at this octet. */
static struct shape_set
shapes_at(const struct preamble *preamble, size_t at)
{
	struct shape_set shapes = { 0 };

	for (unsigned i = 0; i < preamble->shape_count; i++)
		if (preamble->shapes[i].at == at)
			shape_set_add(&shapes, i);
	return shapes;
}

/* Its records are told by the sequence number behind it. */
static struct message
message_at(const struct preamble *preamble, size_t at)
{
	const uint8_t *octets = preamble->octets + at;
	uint32_t length = get16(octets + LENGTH_OFFSET);
	uint32_t behind = preamble->records;

	if (at + length < preamble->length)
		behind = get32(octets + length + SEQUENCE_OFFSET);
	return (struct message){ .octets = octets,
		.length = length,
		.records = behind - get32(octets + SEQUENCE_OFFSET),
		.kind = MESSAGE_TEMPLATES };
}

bool
preamble_first(
    const struct preamble *preamble, size_t *at, struct message *message)
{
	while (*at < preamble->length) {
		struct shape_set learned = shapes_at(preamble, *at);

		*message = message_at(preamble, *at);
		*at += message->length;
		if (shape_set_empty(&learned))
			return true;
	}
	return false;
}

struct message
preamble_template(const struct preamble *preamble,
    const struct shape_set *shapes, struct shape_set *covered)
{
	size_t at = preamble->shapes[shape_set_lowest(shapes)].at;

	*covered = shapes_at(preamble, at);
	return message_at(preamble, at);
}

int
preamble_extend(
    struct preamble *preamble, const uint8_t *octets, uint32_t length)
{
	uint8_t *grown = realloc(preamble->octets, preamble->length + length);

	if (grown == NULL)
		return -1;
	preamble->octets = grown;
	memcpy(grown + preamble->length, octets, length);
	preamble->length += length;
	preamble->messages++;
	/* The last messages are templates: all type records are before them. */
	preamble->records = get32(octets + SEQUENCE_OFFSET);
	learn(preamble, preamble->length - length, length);
	return 0;
}

static int
preamble_add(struct preamble *preamble, const struct message *message)
{
	uint32_t sequence = preamble->records;
	uint8_t *place;

	if (preamble_extend(preamble, message->octets, message->length) != 0)
		return -1;
	place = preamble->octets + preamble->length - message->length;
	message_stamp(place, sequence, (uint32_t)time(NULL));
	preamble->records = sequence + message->records;
	return 0;
}

struct preamble *
preamble_new(const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	struct preamble *preamble = calloc(1, sizeof(*preamble));
	int failed = preamble == NULL ? -1 : 0;

	for (size_t i = 0; failed == 0 && i < types_count; i++)
		failed = preamble_add(preamble, &types[i]);
	for (size_t i = 0; failed == 0 && i < templates_count; i++)
		failed = preamble_add(preamble, &templates[i]);
	if (failed != 0 && preamble != NULL)
		preamble_free(&preamble);
	return preamble;
}

void
preamble_free(struct preamble **preamble)
{
	if (*preamble == NULL)
		return;
	free((*preamble)->octets);
	free(*preamble);
	*preamble = NULL;
}

bool
preamble_equal(const struct preamble *a, const struct preamble *b)
{
	if (a->length != b->length)
		return false;
	for (size_t at = 0; at < a->length;) {
		size_t end = at + get16(a->octets + at + LENGTH_OFFSET);

		if (memcmp(a->octets + at, b->octets + at, 4) != 0 ||
		    memcmp(a->octets + at + 8, b->octets + at + 8,
		        end - at - 8) != 0)
			return false;
		at = end;
	}
	return true;
}

void
preamble_stamp(struct preamble *preamble)
{
	uint32_t now = (uint32_t)time(NULL);

	for (size_t at = 0; at < preamble->length;) {
		uint8_t *octets = preamble->octets + at;

		message_stamp(octets, get32(octets + SEQUENCE_OFFSET), now);
		at += get16(octets + LENGTH_OFFSET);
	}
}
