/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/ipfix/wire.h"
#include "exflow/output/message_queue.h"

#include "fills.h"
#include "key_layout.h"

struct records {
	enum kafka_key key;
	struct fills *fills;
	size_t last; /* the layout that was used last */
	size_t layout_count;
	struct key_layout layout[]; /* of each template */
};

struct records *
records_new(const struct preamble *preamble, enum kafka_key key, uint32_t lanes,
    uint32_t octets, uint32_t domain)
{
	struct records *records =
	    calloc(1, sizeof(*records) +
	                  preamble->shape_count * sizeof(records->layout[0]));

	if (records == NULL)
		return NULL;
	records->key = key;
	records->fills = fills_new(lanes, octets, domain);
	if (records->fills == NULL)
		records_free(&records);
	for (size_t i = 0; records != NULL && i < preamble->shape_count; i++)
		records->layout_count +=
		    key_layout_find(&records->layout[records->layout_count],
		        preamble, preamble->shapes[i].id);
	return records;
}

void
records_free(struct records **pointer)
{
	struct records *records = *pointer;

	if (records == NULL)
		return;
	fills_free(&records->fills);
	free(records);
	*pointer = NULL;
}

/* NULL: no template has this id. */
static const struct key_layout *
find(struct records *records, uint32_t id)
{
	for (size_t i = 0; i < records->layout_count; i++) {
		size_t n = (records->last + i) % records->layout_count;

		if (records->layout[n].id != id)
			continue;
		records->last = n;
		return &records->layout[n];
	}
	return NULL;
}

/* Where the record goes in this message, in a set with this id. */
static uint8_t *
make_room(struct fill *fill, uint32_t id, uint32_t octets)
{
	uint8_t *set = fill->octets + fill->set_at, *at;

	if (fill->set_at == 0 || get16(set) != id) {
		fill->set_at = fill->used;
		set = fill->octets + fill->used;
		put16(put16(set, (uint16_t)id), SET_HEADER_OCTETS);
		fill->used += SET_HEADER_OCTETS;
	}
	put16(set + 2, (uint16_t)(get16(set + 2) + octets));
	at = fill->octets + fill->used;
	fill->used += octets;
	return at;
}

/* False: no memory. */
static bool
add_one(struct records *records, const struct key_layout *layout,
    const uint8_t *record, uint32_t octets, struct message_queue *queue)
{
	struct key key = key_layout_get(layout, records->key, record);
	struct fill *fill = fills_find(records->fills, &key);

	if (fill == NULL)
		return false;
	if (fills_room(records->fills, fill) < SET_HEADER_OCTETS + octets)
		fills_emit(records->fills, fill, queue);
	memcpy(make_room(fill, layout->id, octets), record, octets);
	fill->records++;
	return true;
}

/* The records of a set that found a place. */
static uint32_t
add_set(struct records *records, const struct key_layout *layout,
    const uint8_t *at, const uint8_t *end, struct message_queue *queue)
{
	const uint8_t *next;
	uint32_t count = 0;

	while (at < end) {
		next = key_layout_record_end(layout, at, end);
		if (next == NULL)
			break;
		count +=
		    add_one(records, layout, at, (uint32_t)(next - at), queue);
		at = next;
	}
	return count;
}

void
records_add(struct records *records, const struct message *message,
    struct message_queue *queue)
{
	const uint8_t *at = message->octets + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = message->octets + message->length;
	uint32_t count = 0;

	while (end - at > SET_HEADER_OCTETS) {
		const struct key_layout *layout = find(records, get16(at));
		const uint8_t *next = at + get16(at + 2);

		if (layout != NULL)
			count += add_set(records, layout,
			    at + SET_HEADER_OCTETS, next, queue);
		at = next;
	}
	if (count < message->records)
		message_queue_lose(queue, message->records - count);
}

void
records_flush(struct records *records, struct message_queue *queue)
{
	fills_emit_all(records->fills, queue);
}
