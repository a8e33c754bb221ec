/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message is checked before libfixbuf sees it, because libfixbuf trusts what
 * it reads:
 *
 *	┌────────┬───────┬───────┬─ ─ ─ ─┐
 *	│ header │ set   │ set   │  set     each length within the one before
 *	└────────┴───────┴───────┴─ ─ ─ ─┘
 *	version 10                ▲
 *	length ≥ 16               damage: the message is cut here, and its
 *	                          length put right
 *
 * So the octets of a frame are always a header and whole sets, however the
 * file ends or lies.  After damage to the length of a message nothing behind it
 * can be found: the frame is stopped.
 *
 * Templates are checked, too.  libfixbuf takes any, in a time that grows with
 * the square of their fields; and a template whose fields are mostly empty
 * makes gigabytes of text from a few octets.
 */
#include "frame.h"

#include <stdarg.h>
#include <stdio.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/wire.h"
#include "exflow/ipfixfile/reader.h"

__attribute__((format(printf, 3, 4))) static void
damage(struct frame *frame, uint64_t offset, const char *format, ...)
{
	va_list arguments;

	if (frame->damage[0] != '\0')
		return; /* the first one is the reason */
	frame->damage_offset = offset;
	va_start(arguments, format);
	vsnprintf(frame->damage, sizeof(frame->damage), format, arguments);
	va_end(arguments);
}

/*
 * Count the empty ones of a template's fields.  Returns where the fields end,
 * or NULL if the set is too short for them.
 */
static const uint8_t *
count_empty(
    const uint8_t *at, const uint8_t *end, unsigned fields, unsigned *empty)
{
	for (*empty = 0; fields > 0; fields--) {
		if (end - at < 4)
			return NULL;
		*empty += get16(at + 2) == 0;
		at += (get16(at) & ENTERPRISE_BIT) != 0 ? 8 : 4;
	}
	return at <= end ? at : NULL;
}

/*
 * Are the templates of a set within the limits of reader.h?  A set of records
 * is, and a template that is cut is left to libfixbuf to refuse.
 */
static bool
good_templates(struct frame *frame, size_t set_at, size_t length)
{
	const uint8_t *set = frame->octets + set_at;
	const uint8_t *at = set + SET_HEADER_OCTETS, *end = set + length;
	bool options = get16(set) == OPTIONS_TEMPLATE_SET;

	if (get16(set) != TEMPLATE_SET && !options)
		return true;
	while (at != NULL && end - at >= 4) {
		unsigned id = get16(at), fields = get16(at + 2), empty;

		if (fields > READER_FIELDS_MAX) {
			damage(frame, frame->offset + set_at,
			    "template %u has %u fields, at most %d are read",
			    id, fields, READER_FIELDS_MAX);
			return false;
		}
		/* The withdrawal of an options template has no scope. */
		at += options && fields > 0 ? 6 : 4;
		if (at > end)
			return true;
		at = count_empty(at, end, fields, &empty);
		if (at != NULL && empty > READER_EMPTY_FIELDS_MAX) {
			damage(frame, frame->offset + set_at,
			    "template %u has %u fields without an octet, at "
			    "most %d are read",
			    id, empty, READER_EMPTY_FIELDS_MAX);
			return false;
		}
	}
	return true;
}

/*
 * How many octets of the message are good: those before the first set whose
 * length or template cannot be right.  A data set that is cut keeps its whole
 * records: its length is put right, and the rest then looks like padding.
 */
static size_t
good_sets(struct frame *frame, size_t have)
{
	size_t at = MESSAGE_HEADER_OCTETS;

	while (at < have) {
		uint8_t *set = frame->octets + at;
		size_t room = have - at;
		size_t length = room < SET_HEADER_OCTETS ? 0 : get16(set + 2);

		if (length >= SET_HEADER_OCTETS && length <= room) {
			if (!good_templates(frame, at, length))
				return at;
			at += length;
			continue;
		}
		damage(frame, frame->offset + at,
		    room < SET_HEADER_OCTETS
		        ? "%zu octets are too few for a set"
		        : "a set cannot have a length of %zu",
		    room < SET_HEADER_OCTETS ? room : length);
		if (length < room || get16(set) < DATA_SET_MIN)
			return at;
		put16(set + 2, (uint16_t)room);
		return have;
	}
	return at;
}

/* What begins otherwise than IPFIX, and is given to exflowdump by mistake. */
static const char *
what_else(const uint8_t *octets, bool first)
{
	static const struct {
		uint32_t octets, mask;
		bool first; /* only at the begin of a file */
		const char *what;
	} others[] = {
		{ 0x00050000, 0xffff0000, false, "a NetFlow v5 message" },
		{ 0x00070000, 0xffff0000, false, "a NetFlow v7 message" },
		{ 0x00090000, 0xffff0000, false, "a NetFlow v9 message" },
		{ 0x0ca50000, 0xffff0000, true, "a file of nfcapd" },
		{ 0xa50c0000, 0xffff0000, true, "a file of nfcapd" },
		{ 0xa1b2c3d4, 0xffffffff, true, "a capture of packets" },
		{ 0xd4c3b2a1, 0xffffffff, true, "a capture of packets" },
		{ 0xa1b23c4d, 0xffffffff, true, "a capture of packets" },
		{ 0x4d3cb2a1, 0xffffffff, true, "a capture of packets" },
		{ 0x0a0d0d0a, 0xffffffff, true, "a capture of packets" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if ((get32(octets) & others[i].mask) == others[i].octets &&
		    (first || !others[i].first))
			return others[i].what;
	return NULL;
}

static bool
good_header(struct frame *frame, size_t have)
{
	unsigned version = have < 2 ? 0 : get16(frame->octets);
	const char *other =
	    have < 4 ? NULL : what_else(frame->octets, frame->offset == 0);

	if (other != NULL)
		damage(frame, frame->offset,
		    "%s, but only IPFIX messages (version 10) are read", other);
	else if (have < MESSAGE_HEADER_OCTETS)
		damage(frame, frame->offset,
		    have == 0 ? "the file is empty"
		              : "the file ends in the header of a message");
	else if (version != IPFIX_VERSION)
		damage(frame, frame->offset,
		    "no IPFIX message: version %u instead of 10", version);
	else if (get16(frame->octets + LENGTH_OFFSET) < MESSAGE_HEADER_OCTETS)
		damage(frame, frame->offset,
		    "a message cannot have a length of %u",
		    get16(frame->octets + LENGTH_OFFSET));
	return frame->damage[0] == '\0';
}

/* The first octets of what comes next; fewer than size at the end. */
static size_t
look(struct frame *frame, size_t size)
{
	size_t have;
	const char *why;

	frame->octets = read_ahead_look(frame->source, size, &have);
	why = have < size ? read_ahead_error(frame->source) : NULL;
	if (why != NULL)
		damage(frame, frame->offset + have, "cannot be read: %s", why);
	return have;
}

int
frame_next(struct frame *frame)
{
	size_t have, length;

	frame->damage[0] = '\0';
	frame->offset = frame->next;
	if (frame->stopped)
		return 0;
	have = look(frame, MESSAGE_HEADER_OCTETS);
	/* A file without a message is no IPFIX file. */
	if (have == 0 && frame->offset > 0 && frame->damage[0] == '\0')
		return 0;
	if (!good_header(frame, have)) {
		frame->stopped = true;
		return -1;
	}
	length = get16(frame->octets + LENGTH_OFFSET);
	have = look(frame, length);
	read_ahead_pass(frame->source, have);
	frame->next = frame->offset + have;
	if (have < length) {
		damage(frame, frame->offset + have,
		    "the file ends in a message, %zu of its %zu octets "
		    "are there",
		    have, length);
		frame->stopped = true;
	}
	frame->length = (uint32_t)good_sets(frame, have);
	put16(frame->octets + LENGTH_OFFSET, (uint16_t)frame->length);
	frame->export_time = get32(frame->octets + EXPORT_TIME_OFFSET);
	frame->sequence = get32(frame->octets + SEQUENCE_OFFSET);
	frame->domain = get32(frame->octets + DOMAIN_OFFSET);
	return 1;
}
