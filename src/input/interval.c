/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of each template is kept where in a record its end stands.  A template whose
 * end has a field of variable length before it, or that has none, makes the
 * interval unknown as soon as records of it come.
 */
#include "interval.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "exflow/base/stream.h"

#include "exflow/input/element.h"
#include "exflow/ipfix/message.h"
#include "exflow/ipfix/wire.h"

/* flowEnd… of IANA, the best first. */
static const struct {
	uint16_t id;
	uint8_t type;
} ends[] = { { 153, READER_MILLISECONDS }, { 155, READER_MICROSECONDS },
	{ 157, READER_NANOSECONDS }, { 151, READER_SECONDS } };
#define ENDS (sizeof(ends) / sizeof(ends[0]))

struct end_place {
	size_t offset;
	uint16_t length;
	uint8_t rank; /* in ends; ENDS: it has none */
	bool options;
};

struct scan {
	FILE *file;
	struct stream *stream;
	GHashTable *templates; /* domain and id → struct end_place */
	uint32_t domain;
	struct interval *interval;
	uint8_t message[65536];
};

static uint32_t
get16(const uint8_t *octets)
{
	return (uint32_t)(octets[0] << 8 | octets[1]);
}

static uint64_t
template_key(const struct scan *scan, uint32_t id)
{
	return (uint64_t)scan->domain << 16 | id;
}

/* --- templates */

static void
consider(struct end_place *place, uint32_t id, size_t offset, uint32_t length)
{
	for (uint8_t rank = 0; rank < place->rank; rank++)
		if (ends[rank].id == id && length >= 1 && length <= 8) {
			place->rank = rank;
			place->offset = offset;
			place->length = (uint16_t)length;
		}
}

/* The octets of one template's fields; 0: they are cut off. */
static size_t
take_fields(
    struct end_place *place, const uint8_t *at, size_t left, uint32_t fields)
{
	size_t used = 0, offset = 0;
	bool fixed = true;

	for (uint32_t i = 0; i < fields; i++) {
		uint32_t id, length;

		if (left - used < 4)
			return 0;
		id = get16(at + used);
		length = get16(at + used + 2);
		used += 4;
		if (fixed && length != VARIABLE_LENGTH)
			consider(place, id, offset, length);
		fixed = fixed && length != VARIABLE_LENGTH;
		offset += length;
		if ((id & ENTERPRISE_BIT) == 0)
			continue;
		if (left - used < 4)
			return 0;
		used += 4;
	}
	return used;
}

static void
take_templates(struct scan *scan, const uint8_t *at, size_t left, bool options)
{
	size_t header = options ? 6 : 4;

	while (left >= header) {
		struct end_place place = { .rank = ENDS, .options = options };
		uint64_t key = template_key(scan, get16(at));
		size_t used = take_fields(
		    &place, at + header, left - header, get16(at + 2));

		if (used == 0) /* a withdrawal, or damage */
			return;
		g_hash_table_replace(scan->templates,
		    g_memdup2(&key, sizeof(key)),
		    g_memdup2(&place, sizeof(place)));
		at += header + used;
		left -= header + used;
	}
}

/* --- records */

static void
take_data(struct scan *scan, uint32_t id, const uint8_t *at, size_t left)
{
	uint64_t key = template_key(scan, id);
	const struct end_place *place =
	    g_hash_table_lookup(scan->templates, &key);
	struct reader_field field = { .pen = 0 };
	timestamp time;

	if (place != NULL && place->options)
		return;
	if (place == NULL || place->rank == ENDS ||
	    place->offset + place->length > left) {
		scan->interval->complete = false;
		return;
	}
	field.octets = at + place->offset;
	field.length = place->length;
	field.type = ends[place->rank].type;
	if (!element_time(&field, &time)) {
		scan->interval->complete = false;
		return;
	}
	scan->interval->least = timestamp_min(scan->interval->least, time);
	scan->interval->greatest =
	    timestamp_max(scan->interval->greatest, time);
}

static void
take_message(struct scan *scan, size_t length)
{
	const uint8_t *at = scan->message + MESSAGE_HEADER_OCTETS;
	size_t left = length - MESSAGE_HEADER_OCTETS;

	scan->domain =
	    get16(scan->message + 12) << 16 | get16(scan->message + 14);
	while (left >= SET_HEADER_OCTETS) {
		uint32_t id = get16(at), octets = get16(at + 2);

		if (octets < SET_HEADER_OCTETS || octets > left)
			return;
		if (id == TEMPLATE_SET || id == OPTIONS_TEMPLATE_SET)
			take_templates(scan, at + SET_HEADER_OCTETS,
			    octets - SET_HEADER_OCTETS,
			    id == OPTIONS_TEMPLATE_SET);
		else if (id >= DATA_SET_MIN)
			take_data(scan, id, at + SET_HEADER_OCTETS,
			    octets - SET_HEADER_OCTETS);
		at += octets;
		left -= octets;
	}
}

/* The next message's length; 0: there is none. */
static size_t
read_message(struct scan *scan)
{
	size_t length;

	if (fread(scan->message, 1, MESSAGE_HEADER_OCTETS, scan->file) !=
	        MESSAGE_HEADER_OCTETS ||
	    get16(scan->message) != IPFIX_VERSION)
		return 0;
	length = get16(scan->message + 2);
	if (length < MESSAGE_HEADER_OCTETS ||
	    fread(scan->message + MESSAGE_HEADER_OCTETS, 1,
	        length - MESSAGE_HEADER_OCTETS,
	        scan->file) != length - MESSAGE_HEADER_OCTETS)
		return 0;
	return length;
}

/* --- files */

static bool
scan_open(struct scan *scan, const char *path)
{
	scan->stream = stream_open(path);
	scan->file =
	    scan->stream == NULL ? NULL : stream_take_file(scan->stream);
	return scan->file != NULL;
}

static void
scan_close(struct scan *scan)
{
	if (scan->file != NULL)
		fclose(scan->file);
	stream_close(&scan->stream);
	g_free(scan);
}

bool
interval_read(const char *path, struct interval *interval)
{
	struct scan *scan = g_new0(struct scan, 1);
	bool found = false;
	size_t length;

	*interval =
	    (struct interval){ .least = TIMESTAMP_MAX, .complete = true };
	scan->interval = interval;
	scan->templates =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	if (scan_open(scan, path))
		while ((length = read_message(scan)) > 0) {
			found = true;
			take_message(scan, length);
		}
	g_hash_table_destroy(scan->templates);
	scan_close(scan);
	return found;
}

bool
interval_is_ipfix(const char *path)
{
	struct scan *scan = g_new0(struct scan, 1);
	bool found = scan_open(scan, path) && read_message(scan) > 0;

	scan_close(scan);
	return found;
}
