/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "spool_scan.h"

#include <unistd.h>

#include "exflow/base/octets.h"

#include "spool_octets.h"

#define FILLER 65535                /* set id, of no template */
#define GAP_MAX ((uint32_t)1 << 24) /* more is a damaged number */

/* --- one message */

/* The records of its sets, if they fill it exactly and are known; else 0. */
static uint32_t
exact_records(
    const struct preamble *preamble, const uint8_t *octets, uint32_t length)
{
	uint32_t at = MESSAGE_HEADER_OCTETS, end, records = 0;

	if (length < at)
		return 0;
	for (; at < length; at = end) {
		uint32_t some;

		end = spool_octets_set_end(octets, at, length);
		some = end == 0
		           ? 0
		           : preamble_set_records(preamble, get16(octets + at),
		                 octets + at + SET_HEADER_OCTETS,
		                 end - at - SET_HEADER_OCTETS);
		if (some == 0)
			return 0;
		records += some;
	}
	return records;
}

static bool
is_filler(const uint8_t *octets, uint32_t length)
{
	return length >= MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS &&
	       get16(octets + MESSAGE_HEADER_OCTETS) == FILLER &&
	       spool_octets_set_end(octets, MESSAGE_HEADER_OCTETS, length) ==
	           length;
}

static uint32_t
domain_of(const struct preamble *preamble)
{
	return preamble->length >= MESSAGE_HEADER_OCTETS
	           ? get32(preamble->octets + DOMAIN_OFFSET)
	           : 0;
}

/* The records of the message that was read; 0: it does not fit. */
static uint32_t
fitting_records(
    const struct spool_scan *scan, const uint8_t *octets, size_t there)
{
	uint32_t length = spool_octets_header(octets, there);

	return length == 0 || length > there
	           ? 0
	           : exact_records(scan->preamble, octets, length);
}

/* The header behind the message continues with this sequence number. */
static bool
is_continued(const struct spool_scan *scan, const uint8_t *octets, size_t there,
    uint32_t sequence)
{
	uint32_t length = get16(octets + LENGTH_OFFSET);
	const uint8_t *next = octets + length;

	return spool_octets_header(next, there - length) > 0 &&
	       get32(next + DOMAIN_OFFSET) == domain_of(scan->preamble) &&
	       get32(next + SEQUENCE_OFFSET) == sequence;
}

/* --- from one message to the next */

/* The message at the scan's place; false: there is none, or a damaged one. */
static bool
take_here(struct spool_scan *scan, uint8_t octets[SPOOL_SCAN_OCTETS],
    struct spool_found *found)
{
	size_t there = spool_octets_message(scan, scan->place, octets);
	uint32_t records = fitting_records(scan, octets, there);
	uint32_t gap = get32(octets + SEQUENCE_OFFSET) - scan->sequence;

	if (records == 0)
		return false;
	if (get32(octets + DOMAIN_OFFSET) != domain_of(scan->preamble)) {
		if (gap != 0)
			return false;
		put32(octets + DOMAIN_OFFSET, domain_of(scan->preamble));
	}
	found->odd = gap != 0;
	if (gap > GAP_MAX ||
	    is_continued(scan, octets, there, scan->sequence + records))
		gap = 0; /* the number is damaged, not the count */
	found->place = scan->place;
	found->length = get16(octets + LENGTH_OFFSET);
	found->records = records;
	found->missing = gap;
	return true;
}

/* Its first set has templates: no records are lost with it. */
static bool
is_template(const uint8_t *octets)
{
	uint32_t id = get16(octets + MESSAGE_HEADER_OCTETS);

	return id == TEMPLATE_SET || id == OPTIONS_TEMPLATE_SET;
}

/*
 * How many records are behind the scan's place, in messages of templates that
 * are not known: by the sequence numbers, and in the last message by its
 * length, as in the others.
 */
static uint64_t
unknown_records(struct spool_scan *scan, uint8_t octets[SPOOL_SCAN_OCTETS])
{
	uint32_t last = scan->sequence, records;
	uint64_t place = scan->place, body = 0, length_last = 0, one;

	while (place < scan->end) {
		size_t there = spool_octets_message(scan, place, octets);
		uint32_t length = spool_octets_header(octets, there);

		if (length == 0 || length > there ||
		    !spool_octets_are_tiled(octets, length) ||
		    is_template(octets)) {
			place = spool_octets_next_header(scan, place + 1);
			continue;
		}
		last = get32(octets + SEQUENCE_OFFSET);
		body += length_last;
		length_last =
		    length - MESSAGE_HEADER_OCTETS - SET_HEADER_OCTETS;
		place += length;
	}
	records = last - scan->sequence;
	if (records == 0 || records > scan->end)
		return 1;
	one = body / records > 0 ? body / records : 1;
	return records + (length_last + one - 1) / one;
}

/*
 * Octets of a record of which a body has n: of this message's template, if it
 * fits.  So many octets of the message are there.
 */
static uint32_t
likely_record(const struct preamble *preamble, const uint8_t *message,
    size_t there, uint64_t body)
{
	const uint32_t frame = MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS;
	uint32_t one = 0;

	if (there > frame)
		one = preamble_record_octets(preamble,
		    get16(message + MESSAGE_HEADER_OCTETS), message + frame,
		    (uint32_t)there - frame);
	if (one > 0 && body % one == 0)
		return one;
	for (size_t i = 0; i < preamble->shape_count; i++)
		if (preamble->shapes[i].texts == 0 &&
		    body % preamble->shapes[i].octets == 0)
			return preamble->shapes[i].octets;
	return one == 0 && preamble->shape_count > 0
	           ? preamble->shapes[0].octets
	           : one;
}

/* How many records so many octets were: like those of this message. */
static uint64_t
estimate(const struct spool_scan *scan, uint64_t octets, const uint8_t *like,
    size_t there)
{
	uint64_t frame = MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS;
	uint64_t body = octets > frame ? octets - frame : 0;
	uint32_t one = likely_record(scan->preamble, like, there, body);

	return one == 0 || body < one ? 1 : body / one;
}

/* The records that were skipped before the message at this place. */
static uint64_t
skipped_records(
    const struct spool_scan *scan, uint64_t place, const uint8_t *octets)
{
	uint32_t gap = get32(octets + SEQUENCE_OFFSET) - scan->sequence;
	uint64_t octets_skipped = place - scan->place;

	if (gap <= octets_skipped) /* 0: there were templates, or nothing */
		return gap;
	return estimate(
	    scan, octets_skipped, octets, get16(octets + LENGTH_OFFSET));
}

/* Whether a message fits there, behind octets that were skipped. */
static bool
take_behind(struct spool_scan *scan, uint64_t place,
    uint8_t octets[SPOOL_SCAN_OCTETS], struct spool_found *found)
{
	size_t there = spool_octets_message(scan, place, octets);
	uint32_t records = fitting_records(scan, octets, there);

	if (records == 0 ||
	    get32(octets + DOMAIN_OFFSET) != domain_of(scan->preamble))
		return false;
	found->odd = true;
	found->skipped = place - scan->place;
	found->lost = skipped_records(scan, place, octets);
	scan->sequence =
	    get32(octets + SEQUENCE_OFFSET) - (uint32_t)found->lost;
	found->place = place;
	found->length = get16(octets + LENGTH_OFFSET);
	found->records = records;
	return true;
}

/* A message that a kill cut off: it would go on behind the end. */
static bool
is_torn(const struct spool_scan *scan, const uint8_t *octets, size_t there)
{
	uint32_t length = spool_octets_header(octets, there), set;

	if (there < MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS)
		return true;
	set = get16(octets + MESSAGE_HEADER_OCTETS + 2);
	return length > there &&
	       get32(octets + DOMAIN_OFFSET) == domain_of(scan->preamble) &&
	       set > there - MESSAGE_HEADER_OCTETS &&
	       set <= length - MESSAGE_HEADER_OCTETS;
}

/* Nothing more fits: what is left of the file is torn or damaged. */
static void
take_tail(struct spool_scan *scan, uint8_t octets[SPOOL_SCAN_OCTETS],
    struct spool_found *found)
{
	uint64_t left = scan->place < scan->end ? scan->end - scan->place : 0;
	size_t there =
	    spool_octets_read(scan, scan->place, octets, SPOOL_SCAN_OCTETS);
	uint32_t records = 0;

	found->place = scan->end;
	found->skipped = left;
	if (left == 0)
		return;
	found->odd = true;
	found->torn = left == there && is_torn(scan, octets, there);
	if (left <= MESSAGE_MAX_OCTETS)
		records =
		    exact_records(scan->preamble, octets, (uint32_t)there);
	if (records > 0)
		found->lost = records;
	else if (there > MESSAGE_HEADER_OCTETS + 1 && is_template(octets) &&
	         spool_octets_header(octets, there) > there)
		found->lost = 0; /* a kill while the preamble was written */
	else if (scan->preamble->shape_count == 0)
		found->lost = unknown_records(scan, octets);
	else
		found->lost = estimate(scan, left, octets, there);
	scan->place = scan->end;
}

static void
step(struct spool_scan *scan, const struct spool_found *found)
{
	scan->place = found->place + found->length;
	scan->sequence += (uint32_t)found->lost + found->missing;
	scan->sequence += found->records;
}

/* Step over octets that were counted before. */
static void
skip_fillers(struct spool_scan *scan)
{
	uint8_t octets[MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS];

	while (spool_octets_read(scan, scan->place, octets, sizeof(octets)) ==
	       sizeof(octets)) {
		uint32_t length = spool_octets_header(octets, sizeof(octets));

		if (!is_filler(octets, length) ||
		    length > scan->end - scan->place)
			return;
		scan->place += length;
	}
}

void
spool_scan_next(struct spool_scan *scan, uint8_t octets[SPOOL_SCAN_OCTETS],
    struct spool_found *found)
{
	uint64_t place;

	*found = (struct spool_found){ 0 };
	scan->unreadable = false;
	skip_fillers(scan);
	if (take_here(scan, octets, found)) {
		step(scan, found);
		return;
	}
	place = spool_octets_next_header(scan, scan->place + 1);
	while (place < scan->end && !take_behind(scan, place, octets, found))
		place = spool_octets_next_header(scan, place + 1);
	if (place < scan->end)
		step(scan, found);
	else
		take_tail(scan, octets, found);
	found->unreadable = scan->unreadable;
}

/* --- what was counted */

int
spool_scan_fill(
    int fd, const struct preamble *preamble, uint64_t place, uint64_t octets)
{
	const uint32_t least = MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS;

	while (octets >= least) {
		uint8_t header[MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS] = {
			0
		};
		uint32_t length = octets > MESSAGE_MAX_OCTETS
		                      ? MESSAGE_MAX_OCTETS - least
		                      : (uint32_t)octets;

		put16(header, IPFIX_VERSION);
		put16(header + LENGTH_OFFSET, (uint16_t)length);
		put32(header + DOMAIN_OFFSET, domain_of(preamble));
		put16(header + MESSAGE_HEADER_OCTETS, FILLER);
		put16(header + MESSAGE_HEADER_OCTETS + 2,
		    (uint16_t)(length - MESSAGE_HEADER_OCTETS));
		if (pwrite(fd, header, least, (off_t)place) != (ssize_t)least)
			return -1;
		place += length;
		octets -= length;
	}
	return 0;
}
