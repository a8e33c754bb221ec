/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "spool_octets.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/octets.h"

#define PAGE ((uint64_t)4096)
#define LOOK_OCTETS ((size_t)1 << 13) /* read at once in a search */

/* --- octets of the file */

/* So many, fewer at the end; what cannot be read is 0. */
size_t
spool_octets_read(
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

/* --- messages */

/* Where the set at this place ends; 0: there is no whole set. */
uint32_t
spool_octets_set_end(const uint8_t *octets, uint32_t at, uint32_t length)
{
	uint32_t set;

	if (length - at < SET_HEADER_OCTETS)
		return 0;
	set = get16(octets + at + 2);
	return set >= SET_HEADER_OCTETS && set <= length - at ? at + set : 0;
}

/* Its sets fill it exactly, and are of kinds that there are. */
bool
spool_octets_are_tiled(const uint8_t *octets, uint32_t length)
{
	uint32_t at = MESSAGE_HEADER_OCTETS, end;

	for (; at < length; at = end) {
		uint32_t id;

		end = spool_octets_set_end(octets, at, length);
		if (end == 0)
			return false;
		id = get16(octets + at);
		if (id != TEMPLATE_SET && id != OPTIONS_TEMPLATE_SET &&
		    id < DATA_SET_MIN)
			return false;
	}
	return length > MESSAGE_HEADER_OCTETS;
}

/* The length in a header that may be right; 0: it is none. */
uint32_t
spool_octets_header(const uint8_t *octets, size_t there)
{
	uint32_t length;

	if (there < MESSAGE_HEADER_OCTETS || get16(octets) != IPFIX_VERSION)
		return 0;
	length = get16(octets + LENGTH_OFFSET);
	return length >= MESSAGE_HEADER_OCTETS + SET_HEADER_OCTETS ? length : 0;
}

/* Read what is at this place, with the header behind it.  How many octets. */
size_t
spool_octets_message(
    struct spool_scan *scan, uint64_t place, uint8_t octets[SPOOL_SCAN_OCTETS])
{
	size_t there =
	    spool_octets_read(scan, place, octets, MESSAGE_HEADER_OCTETS);
	uint32_t length = spool_octets_header(octets, there);

	return length == 0 ? there
	                   : spool_octets_read(scan, place, octets,
	                         length + MESSAGE_HEADER_OCTETS);
}

/* The next place from here on with a header that may fit; the end if none. */
uint64_t
spool_octets_next_header(struct spool_scan *scan, uint64_t place)
{
	uint8_t octets[LOOK_OCTETS];
	size_t there;

	for (; place < scan->end; place += LOOK_OCTETS - 1) {
		there = spool_octets_read(scan, place, octets, sizeof(octets));
		for (size_t i = 0; i + 1 < there; i++)
			if (octets[i] == 0 && octets[i + 1] == IPFIX_VERSION)
				return place + i;
	}
	return scan->end;
}
