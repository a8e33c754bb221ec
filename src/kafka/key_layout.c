/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "key_layout.h"

#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/ipfix/wire.h"

/* Information elements of IANA. */
enum {
	PROTOCOL_IDENTIFIER = 4,
	SOURCE_PORT = 7,
	SOURCE_IPV4 = 8,
	DESTINATION_PORT = 11,
	DESTINATION_IPV4 = 12,
	SOURCE_IPV6 = 27,
	DESTINATION_IPV6 = 28,
};

/* Which parts of a key were found, as bits. */
enum {
	FOUND_ADDRESSES = 1 | 2,
	FOUND_PORTS = 4 | 8,
	FOUND_PROTOCOL = 16,
	FOUND_ALL = FOUND_ADDRESSES | FOUND_PORTS | FOUND_PROTOCOL,
};

static unsigned
address_at(
    struct key_layout *layout, int side, uint8_t ip_version, uint32_t offset)
{
	layout->address[side] = offset;
	layout->ip_version = ip_version;
	return side == CLIENT ? 1 : 2;
}

static unsigned
port_at(struct key_layout *layout, int side, uint32_t offset)
{
	layout->port[side] = offset;
	return side == CLIENT ? 4 : 8;
}

/* The bit of what this field is; 0: no part of a key. */
static unsigned
learn_field(struct key_layout *layout, uint32_t element, uint32_t offset)
{
	switch (element) {
	case SOURCE_IPV4:
		return address_at(layout, CLIENT, 4, offset);
	case DESTINATION_IPV4:
		return address_at(layout, SERVER, 4, offset);
	case SOURCE_IPV6:
		return address_at(layout, CLIENT, 6, offset);
	case DESTINATION_IPV6:
		return address_at(layout, SERVER, 6, offset);
	case SOURCE_PORT:
		return port_at(layout, CLIENT, offset);
	case DESTINATION_PORT:
		return port_at(layout, SERVER, offset);
	case PROTOCOL_IDENTIFIER:
		layout->protocol = offset;
		return FOUND_PROTOCOL;
	default:
		return 0;
	}
}

/*
 * The template at this place.  Returns where it ends; NULL: its set ends before
 * that.
 */
static const uint8_t *
learn(struct key_layout *layout, const uint8_t *at, const uint8_t *end,
    unsigned *found)
{
	uint32_t fields = get16(at + 2), offset = 0;

	for (at += 4; fields > 0; fields--) {
		uint32_t element, length;

		if (end - at < 4)
			return NULL;
		element = get16(at);
		length = get16(at + 2);
		*found |= learn_field(layout, element, offset);
		offset += length == VARIABLE_LENGTH ? 0 : length;
		at += (element & ENTERPRISE_BIT) != 0 ? 8 : 4;
	}
	return at <= end ? at : NULL;
}

/* The template with the layout's id in this set; false: it is not there. */
static bool
learn_set(struct key_layout *layout, const uint8_t *at, const uint8_t *end)
{
	while (at != NULL && end - at >= 4) {
		uint32_t id = get16(at);
		unsigned found = 0;

		at = learn(layout, at, end, &found);
		if (id == layout->id && at != NULL)
			return found == FOUND_ALL;
	}
	return false;
}

static bool
learn_message(struct key_layout *layout, const uint8_t *message)
{
	const uint8_t *at = message + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = message + get16(message + LENGTH_OFFSET);

	while (end - at >= SET_HEADER_OCTETS) {
		uint32_t length = get16(at + 2);

		if (length < SET_HEADER_OCTETS || length > end - at)
			break;
		if (get16(at) == TEMPLATE_SET &&
		    learn_set(layout, at + SET_HEADER_OCTETS, at + length))
			return true;
		at += length;
	}
	return false;
}

bool
key_layout_find(
    struct key_layout *layout, const struct preamble *preamble, uint32_t id)
{
	for (size_t i = preamble->shape_count; i-- > 0;) {
		const struct preamble_shape *shape = &preamble->shapes[i];

		if (shape->id != id)
			continue;
		*layout = (struct key_layout){
			.id = id, .octets = shape->octets, .texts = shape->texts
		};
		return learn_message(layout, preamble->octets + shape->at);
	}
	return false;
}

const uint8_t *
key_layout_record_end(
    const struct key_layout *layout, const uint8_t *at, const uint8_t *end)
{
	uint32_t need = layout->octets;

	for (uint32_t texts = layout->texts;; texts--) {
		if ((size_t)(end - at) < need)
			return NULL;
		at += need;
		if (texts == 0)
			return at;
		if (end - at < 1 || (*at == LONG_TEXT && end - at < 3))
			return NULL;
		need = *at == LONG_TEXT ? get16(at + 1) : *at;
		at += *at == LONG_TEXT ? 3 : 1;
	}
}

struct key
key_layout_get(
    const struct key_layout *layout, enum kafka_key kind, const uint8_t *record)
{
	return key_of(
	    kind, &(struct endpoints){
	              .address = { record + layout->address[CLIENT],
	                  record + layout->address[SERVER] },
	              .port = { (uint16_t)get16(record + layout->port[CLIENT]),
	                  (uint16_t)get16(record + layout->port[SERVER]) },
	              .protocol = record[layout->protocol],
	              .ip_version = layout->ip_version,
	          });
}
