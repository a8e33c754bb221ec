/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a spool file begins with (spool_scan.h): the messages of types, then
 * those of templates.
 */
#include <config.h>

#include <string.h>

#include "exflow/base/octets.h"

#include "spool_octets.h"
#include "spool_scan.h"

#define VOTERS 64        /* messages that tell the domain */
#define DAMAGED_OCTETS 8 /* of a preamble that resembles */

/* The domain of most of the first messages. */
static uint32_t
elect_domain(struct spool_scan *scan, uint8_t octets[SPOOL_SCAN_OCTETS])
{
	uint64_t place = 0;
	uint32_t domain = 0;
	int votes = 0;

	for (int i = 0; i < VOTERS && place < scan->end; i++) {
		size_t there = spool_octets_message(scan, place, octets);
		uint32_t length = spool_octets_header(octets, there);

		if (length == 0 || length > there ||
		    !spool_octets_are_tiled(octets, length)) {
			place = spool_octets_next_header(scan, place + 1);
			continue;
		}
		if (votes == 0)
			domain = get32(octets + DOMAIN_OFFSET);
		votes += get32(octets + DOMAIN_OFFSET) == domain ? 1 : -1;
		place += length;
	}
	return domain;
}

/* The set fills its octets with templates, each as long as it says. */
static bool
is_template_set(const uint8_t *octets)
{
	uint32_t at = MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS;
	uint32_t end =
	    MESSAGE_HEADER_OCTETS + get16(octets + MESSAGE_HEADER_OCTETS + 2);

	while (end - at >= SET_HEADER_OCTETS) {
		uint32_t fields = get16(octets + at + 2);

		at += 4;
		for (; fields > 0 && end - at >= 4; fields--)
			at += get16(octets + at) & ENTERPRISE_BIT ? 8 : 4;
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

	if (id == OPTIONS_TEMPLATE_SET &&
	    get16(octets + LENGTH_OFFSET) >=
	        MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS + 2)
		*types_id =
		    get16(octets + MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS);
	if (id == TEMPLATE_SET)
		return is_template_set(octets);
	return id == OPTIONS_TEMPLATE_SET ||
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
		size_t there = spool_octets_message(&scan, scan.place, octets);
		uint32_t length = spool_octets_header(octets, there);

		if (length == 0 || length > there ||
		    !spool_octets_are_tiled(octets, length)) {
			scan.place =
			    spool_octets_next_header(&scan, scan.place + 1);
			continue;
		}
		if (!is_preamble(own, octets, &types_id))
			break;
		*damaged = scan.place > behind;
		put32(octets + DOMAIN_OFFSET, domain);
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
		uint32_t length = get16(message + LENGTH_OFFSET);
		uint8_t octets[MESSAGE_MAX_OCTETS];

		if (spool_octets_read(&scan, at, octets, length) != length)
			return false;
		for (uint32_t i = 0; i < length; i++)
			differing +=
			    (i < 4 || i >= 8) && octets[i] != message[i];
		at += length;
	}
	return differing <= DAMAGED_OCTETS;
}
