/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "template_check.h"

#define IPFIX_VERSION 10
#define SET_HEADER_OCTETS 4
#define DATA_SET_MIN 256

static unsigned
get16(const uint8_t *octets)
{
	return (unsigned)octets[0] << 8 | octets[1];
}

static uint32_t
get32(const uint8_t *octets)
{
	return (uint32_t)get16(octets) << 16 | get16(octets + 2);
}

static void
put16(uint8_t *octets, unsigned value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

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

static bool
good_templates(struct frame *frame, size_t at, size_t length)
{
	char why[FRAME_DAMAGE_SIZE];

	if (template_check(frame->octets + at, length, why, sizeof(why)))
		return true;
	damage(frame, frame->offset + at, "%s", why);
	return false;
}

/*
 * How much of the message is good: up to the first set whose length cannot
 * be right.  A data set that is cut keeps its whole records: its length is
 * put right, and what is left of a record looks like padding.
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
		put16(set + 2, (unsigned)room);
		return have;
	}
	return at;
}

static bool
good_header(struct frame *frame, size_t have)
{
	unsigned version = have < 2 ? 0 : get16(frame->octets);

	if (have < MESSAGE_HEADER_OCTETS)
		damage(frame, frame->offset,
		    "the file ends in the header of a message");
	else if (version != IPFIX_VERSION)
		damage(frame, frame->offset,
		    "no IPFIX message: version %u instead of 10", version);
	else if (get16(frame->octets + 2) < MESSAGE_HEADER_OCTETS)
		damage(frame, frame->offset,
		    "a message cannot have a length of %u",
		    get16(frame->octets + 2));
	return frame->damage[0] == '\0';
}

static size_t
read_octets(struct frame *frame, size_t at, size_t n)
{
	size_t have = fread(frame->octets + at, 1, n, frame->file);
	const char *why;

	if (have < n && ferror(frame->file)) {
		why = strerror(errno);
		if (stream_error(frame->stream) != NULL)
			why = stream_error(frame->stream);
		damage(frame, frame->offset + at + have, "cannot be read: %s",
		    why);
	}
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
	have = read_octets(frame, 0, MESSAGE_HEADER_OCTETS);
	if (have == 0 && frame->damage[0] == '\0')
		return 0;
	if (!good_header(frame, have)) {
		frame->stopped = true;
		return -1;
	}
	length = get16(frame->octets + 2);
	have += read_octets(frame, have, length - have);
	frame->next = frame->offset + have;
	if (have < length) {
		damage(frame, frame->offset + have,
		    "the file ends in a message, %zu of its %zu octets "
		    "are there",
		    have, length);
		frame->stopped = true;
	}
	frame->length = (uint32_t)good_sets(frame, have);
	put16(frame->octets + 2, frame->length);
	frame->export_time = get32(frame->octets + 4);
	frame->sequence = get32(frame->octets + 8);
	frame->domain = get32(frame->octets + 12);
	return 1;
}
