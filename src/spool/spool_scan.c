/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "spool_scan.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/octets.h"

#define IPFIX_VERSION 10 /* RFC 7011, 3.1 */
#define LENGTH_AT 2
#define SEQUENCE_AT 8
#define DOMAIN_AT 12
#define SET_OCTETS 4
#define TEMPLATES 2         /* set id */
#define OPTIONS_TEMPLATES 3 /* set id */
#define DATA_MIN 256        /* least set id of data */
#define ENTERPRISE 0x8000u  /* bit of an element: a number follows */
#define FILLER 65535        /* set id, of no template */

#define GAP_MAX ((uint32_t)1 << 24) /* more is a damaged number */
#define PAGE ((uint64_t)4096)
#define LOOK_OCTETS ((size_t)1 << 13) /* read at once in a search */
#define VOTERS 64                     /* messages that tell the domain */
#define DAMAGED_OCTETS 8              /* of a preamble that resembles */

/* --- octets of the file */

/* So many, fewer at the end; what cannot be read is 0. */
static size_t
read_octets(
    struct spool_scan *scan, uint64_t place, uint8_t *octets, size_t length)
{
	size_t done = 0;

	if (place >= scan->end)
		return 0;
	if (length > scan->end - place)
		length = (size_t)(scan->end - place);
	while (done < length) {
		ssize_t n = pread(scan->fd, octets + done, length - done,
		    (off_t)(place + done));
		size_t page = (size_t)(PAGE - (place + done) % PAGE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			break;
		if (n < 0) {
			scan->unreadable = true;
			n = (ssize_t)(page < length - done ? page
			                                   : length - done);
			memset(octets + done, 0, (size_t)n);
		}
		done += (size_t)n;
	}
	return done;
}

/* --- one message */

/* Where the set at this place ends; 0: there is no whole set. */
static uint32_t
set_end(const uint8_t *octets, uint32_t at, uint32_t length)
{
	uint32_t set;

	if (length - at < SET_OCTETS)
		return 0;
	set = get16(octets + at + 2);
	return set >= SET_OCTETS && set <= length - at ? at + set : 0;
}

/* Its sets fill it exactly, and are of kinds that there are. */
static bool
is_tiled(const uint8_t *octets, uint32_t length)
{
	uint32_t at = MESSAGE_HEADER_OCTETS, end;

	for (; at < length; at = end) {
		uint32_t id;

		end = set_end(octets, at, length);
		if (end == 0)
			return false;
		id = get16(octets + at);
		if (id != TEMPLATES && id != OPTIONS_TEMPLATES && id < DATA_MIN)
			return false;
	}
	return length > MESSAGE_HEADER_OCTETS;
}

/* The records of its sets, if they fill it exactly and are known; else 0. */
static uint32_t
exact_records(
    const struct preamble *preamble, const uint8_t *octets, uint32_t length)
{
	uint32_t at = MESSAGE_HEADER_OCTETS, end, records = 0;

	if (length < at)
		return 0;
	for (; at < length; at = end) {
		uint32_t one;

		end = set_end(octets, at, length);
		one = end == 0 ? 0
		               : preamble_record_octets(
		                     preamble, get16(octets + at));
		if (one == 0 || (end - at - SET_OCTETS) % one != 0)
			return 0;
		records += (end - at - SET_OCTETS) / one;
	}
	return records;
}

static bool
is_filler(const uint8_t *octets, uint32_t length)
{
	return length >= MESSAGE_HEADER_OCTETS + SET_OCTETS &&
	       get16(octets + MESSAGE_HEADER_OCTETS) == FILLER &&
	       set_end(octets, MESSAGE_HEADER_OCTETS, length) == length;
}

/* The length in a header that may be right; 0: it is none. */
static uint32_t
header_length(const uint8_t *octets, size_t there)
{
	uint32_t length;

	if (there < MESSAGE_HEADER_OCTETS || get16(octets) != IPFIX_VERSION)
		return 0;
	length = get16(octets + LENGTH_AT);
	return length >= MESSAGE_HEADER_OCTETS + SET_OCTETS ? length : 0;
}

static uint32_t
domain_of(const struct preamble *preamble)
{
	return preamble->length >= MESSAGE_HEADER_OCTETS
	           ? get32(preamble->octets + DOMAIN_AT)
	           : 0;
}

/* Read what is at this place, with the header behind it.  How many octets. */
static size_t
read_message(
    struct spool_scan *scan, uint64_t place, uint8_t octets[SPOOL_SCAN_OCTETS])
{
	size_t there = read_octets(scan, place, octets, MESSAGE_HEADER_OCTETS);
	uint32_t length = header_length(octets, there);

	return length == 0 ? there
	                   : read_octets(scan, place, octets,
	                         length + MESSAGE_HEADER_OCTETS);
}

/* The records of the message that was read; 0: it does not fit. */
static uint32_t
fitting_records(
    const struct spool_scan *scan, const uint8_t *octets, size_t there)
{
	uint32_t length = header_length(octets, there);

	return length == 0 || length > there
	           ? 0
	           : exact_records(scan->preamble, octets, length);
}

/* The header behind the message continues with this sequence number. */
static bool
is_continued(const struct spool_scan *scan, const uint8_t *octets, size_t there,
    uint32_t sequence)
{
	uint32_t length = get16(octets + LENGTH_AT);
	const uint8_t *next = octets + length;

	return header_length(next, there - length) > 0 &&
	       get32(next + DOMAIN_AT) == domain_of(scan->preamble) &&
	       get32(next + SEQUENCE_AT) == sequence;
}

/* --- from one message to the next */

/* The message at the scan's place; false: there is none, or a damaged one. */
static bool
take_here(struct spool_scan *scan, uint8_t octets[SPOOL_SCAN_OCTETS],
    struct spool_found *found)
{
	size_t there = read_message(scan, scan->place, octets);
	uint32_t records = fitting_records(scan, octets, there);
	uint32_t gap = get32(octets + SEQUENCE_AT) - scan->sequence;

	if (records == 0)
		return false;
	if (get32(octets + DOMAIN_AT) != domain_of(scan->preamble)) {
		if (gap != 0)
			return false;
		put32(octets + DOMAIN_AT, domain_of(scan->preamble));
	}
	found->odd = gap != 0;
	if (gap > GAP_MAX ||
	    is_continued(scan, octets, there, scan->sequence + records))
		gap = 0; /* the number is damaged, not the count */
	found->place = scan->place;
	found->length = get16(octets + LENGTH_AT);
	found->records = records;
	found->missing = gap;
	return true;
}

/* The next place from here on with a header that may fit; the end if none. */
static uint64_t
next_header(struct spool_scan *scan, uint64_t place)
{
	uint8_t octets[LOOK_OCTETS];
	size_t there;

	for (; place < scan->end; place += LOOK_OCTETS - 1) {
		there = read_octets(scan, place, octets, sizeof(octets));
		for (size_t i = 0; i + 1 < there; i++)
			if (octets[i] == 0 && octets[i + 1] == IPFIX_VERSION)
				return place + i;
	}
	return scan->end;
}

/* Its first set has templates: no records are lost with it. */
static bool
is_template(const uint8_t *octets)
{
	uint32_t id = get16(octets + MESSAGE_HEADER_OCTETS);

	return id == TEMPLATES || id == OPTIONS_TEMPLATES;
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
		size_t there = read_message(scan, place, octets);
		uint32_t length = header_length(octets, there);

		if (length == 0 || length > there ||
		    !is_tiled(octets, length) || is_template(octets)) {
			place = next_header(scan, place + 1);
			continue;
		}
		last = get32(octets + SEQUENCE_AT);
		body += length_last;
		length_last = length - MESSAGE_HEADER_OCTETS - SET_OCTETS;
		place += length;
	}
	records = last - scan->sequence;
	if (records == 0 || records > scan->end)
		return 1;
	one = body / records > 0 ? body / records : 1;
	return records + (length_last + one - 1) / one;
}

/* Octets of a record of which a body has n: of this template, if it fits. */
static uint32_t
likely_record(const struct preamble *preamble, uint32_t id, uint64_t body)
{
	uint32_t one = preamble_record_octets(preamble, id);

	if (one > 0 && body % one == 0)
		return one;
	for (size_t i = 0; i < preamble->shape_count; i++)
		if (body % preamble->shapes[i].octets == 0)
			return preamble->shapes[i].octets;
	return one == 0 && preamble->shape_count > 0
	           ? preamble->shapes[0].octets
	           : one;
}

/* How many records so many octets were: like those of this message. */
static uint64_t
estimate(const struct spool_scan *scan, uint64_t octets, const uint8_t *like)
{
	uint64_t frame = MESSAGE_HEADER_OCTETS + SET_OCTETS;
	uint64_t body = octets > frame ? octets - frame : 0;
	uint32_t one = likely_record(
	    scan->preamble, get16(like + MESSAGE_HEADER_OCTETS), body);

	return one == 0 || body < one ? 1 : body / one;
}

/* The records that were skipped before the message at this place. */
static uint64_t
skipped_records(
    const struct spool_scan *scan, uint64_t place, const uint8_t *octets)
{
	uint32_t gap = get32(octets + SEQUENCE_AT) - scan->sequence;
	uint64_t octets_skipped = place - scan->place;

	if (gap <= octets_skipped) /* 0: there were templates, or nothing */
		return gap;
	return estimate(scan, octets_skipped, octets);
}

/* Whether a message fits there, behind octets that were skipped. */
static bool
take_behind(struct spool_scan *scan, uint64_t place,
    uint8_t octets[SPOOL_SCAN_OCTETS], struct spool_found *found)
{
	size_t there = read_message(scan, place, octets);
	uint32_t records = fitting_records(scan, octets, there);

	if (records == 0 ||
	    get32(octets + DOMAIN_AT) != domain_of(scan->preamble))
		return false;
	found->odd = true;
	found->skipped = place - scan->place;
	found->lost = skipped_records(scan, place, octets);
	scan->sequence = get32(octets + SEQUENCE_AT) - (uint32_t)found->lost;
	found->place = place;
	found->length = get16(octets + LENGTH_AT);
	found->records = records;
	return true;
}

/* A message that a kill cut off: it would go on behind the end. */
static bool
is_torn(const struct spool_scan *scan, const uint8_t *octets, size_t there)
{
	uint32_t length = header_length(octets, there), set;

	if (there < MESSAGE_HEADER_OCTETS + SET_OCTETS)
		return true;
	set = get16(octets + MESSAGE_HEADER_OCTETS + 2);
	return length > there &&
	       get32(octets + DOMAIN_AT) == domain_of(scan->preamble) &&
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
	    read_octets(scan, scan->place, octets, SPOOL_SCAN_OCTETS);
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
	         header_length(octets, there) > there)
		found->lost = 0; /* a kill while the preamble was written */
	else if (scan->preamble->shape_count == 0)
		found->lost = unknown_records(scan, octets);
	else
		found->lost = estimate(scan, left, octets);
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
	uint8_t octets[MESSAGE_HEADER_OCTETS + SET_OCTETS];

	while (read_octets(scan, scan->place, octets, sizeof(octets)) ==
	       sizeof(octets)) {
		uint32_t length = header_length(octets, sizeof(octets));

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
	place = next_header(scan, scan->place + 1);
	while (place < scan->end && !take_behind(scan, place, octets, found))
		place = next_header(scan, place + 1);
	if (place < scan->end)
		step(scan, found);
	else
		take_tail(scan, octets, found);
	found->unreadable = scan->unreadable;
}

/* --- the preamble */

/* The domain of most of the first messages. */
static uint32_t
elect_domain(struct spool_scan *scan, uint8_t octets[SPOOL_SCAN_OCTETS])
{
	uint64_t place = 0;
	uint32_t domain = 0;
	int votes = 0;

	for (int i = 0; i < VOTERS && place < scan->end; i++) {
		size_t there = read_message(scan, place, octets);
		uint32_t length = header_length(octets, there);

		if (length == 0 || length > there ||
		    !is_tiled(octets, length)) {
			place = next_header(scan, place + 1);
			continue;
		}
		if (votes == 0)
			domain = get32(octets + DOMAIN_AT);
		votes += get32(octets + DOMAIN_AT) == domain ? 1 : -1;
		place += length;
	}
	return domain;
}

/* The set fills its octets with templates, each as long as it says. */
static bool
is_template_set(const uint8_t *octets)
{
	uint32_t at = MESSAGE_HEADER_OCTETS + SET_OCTETS;
	uint32_t end =
	    MESSAGE_HEADER_OCTETS + get16(octets + MESSAGE_HEADER_OCTETS + 2);

	while (end - at >= SET_OCTETS) {
		uint32_t fields = get16(octets + at + 2);

		at += 4;
		for (; fields > 0 && end - at >= 4; fields--)
			at += get16(octets + at) & ENTERPRISE ? 8 : 4;
		if (fields > 0 || at > end)
			return false;
	}
	return true;
}

/*
 * Whether a message belongs to the preamble: it has templates, or is the type
 * information that comes before these, of the options template types_id.
 */
static bool
is_preamble(
    const struct preamble *own, const uint8_t *octets, uint32_t *types_id)
{
	uint32_t id = get16(octets + MESSAGE_HEADER_OCTETS);

	if (id == OPTIONS_TEMPLATES &&
	    get16(octets + LENGTH_AT) >= MESSAGE_HEADER_OCTETS + SET_OCTETS + 2)
		*types_id = get16(octets + MESSAGE_HEADER_OCTETS + SET_OCTETS);
	if (id == TEMPLATES)
		return is_template_set(octets);
	return id == OPTIONS_TEMPLATES ||
	       (id == *types_id && own->shape_count == 0);
}

int64_t
spool_scan_preamble(int fd, uint64_t end, struct preamble *own, bool *damaged)
{
	struct spool_scan scan = { .fd = fd, .end = end };
	uint8_t octets[SPOOL_SCAN_OCTETS];
	uint32_t domain = elect_domain(&scan, octets), types_id = 0;
	uint64_t behind = 0; /* the last message of the preamble */

	while (scan.place < end) {
		size_t there = read_message(&scan, scan.place, octets);
		uint32_t length = header_length(octets, there);

		if (length == 0 || length > there ||
		    !is_tiled(octets, length)) {
			scan.place = next_header(&scan, scan.place + 1);
			continue;
		}
		if (!is_preamble(own, octets, &types_id))
			break;
		*damaged = scan.place > behind;
		put32(octets + DOMAIN_AT, domain);
		if (preamble_extend(own, octets, length) != 0)
			return -1;
		behind = scan.place += length;
	}
	return (int64_t)behind;
}

/* Export times differ; of all else only a few octets may. */
bool
spool_scan_resembles(int fd, const struct preamble *preamble)
{
	struct spool_scan scan = { .fd = fd, .end = UINT64_MAX };
	size_t differing = 0;

	for (size_t at = 0; at < preamble->length;) {
		const uint8_t *message = preamble->octets + at;
		uint32_t length = get16(message + LENGTH_AT);
		uint8_t octets[MESSAGE_MAX_OCTETS];

		if (read_octets(&scan, at, octets, length) != length)
			return false;
		for (uint32_t i = 0; i < length; i++)
			differing +=
			    (i < 4 || i >= 8) && octets[i] != message[i];
		at += length;
	}
	return differing <= DAMAGED_OCTETS;
}

/* --- what was counted */

int
spool_scan_fill(
    int fd, const struct preamble *preamble, uint64_t place, uint64_t octets)
{
	const uint32_t least = MESSAGE_HEADER_OCTETS + SET_OCTETS;

	while (octets >= least) {
		uint8_t header[MESSAGE_HEADER_OCTETS + SET_OCTETS] = { 0 };
		uint32_t length = octets > MESSAGE_MAX_OCTETS
		                      ? MESSAGE_MAX_OCTETS - least
		                      : (uint32_t)octets;

		put16(header, IPFIX_VERSION);
		put16(header + LENGTH_AT, (uint16_t)length);
		put32(header + DOMAIN_AT, domain_of(preamble));
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
