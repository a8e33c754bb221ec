/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap (draft-ietf-opsawg-pcap): a header of 24 octets, then packets.
 *
 *	┌───────┬───────┬──────┬─────────┬─────────┬──────────┐
 *	│ magic │version│ zone │ sigfigs │ snaplen │ linktype │
 *	└───────┴───────┴──────┴─────────┴─────────┴──────────┘
 *	┌─────────┬──────────┬──────────┬────────┐
 *	│ seconds │ fraction │ captured │ length │ captured octets …
 *	└─────────┴──────────┴──────────┴────────┘
 *
 * The magic tells the octet order, and whether fractions are micro- or
 * nanoseconds; one magic (Kuznetzov's, of old Linux distributions) has eight
 * octets more before the packet, which say nothing that is needed.
 *
 * What can go wrong is what libpcap says is wrong: a captured length above
 * what any packet of the link type has, or a file that is cut.  A packet
 * longer than the snap length is cut to it.
 */
#include <config.h>

#include "reading.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <string.h>

#define MAGIC_MICRO 0xa1b2c3d4
#define MAGIC_NANO 0xa1b23c4d
#define MAGIC_KUZNETZOV 0xa1b2cd34

#define HEADER_SIZE 24
#define VERSION_AT 4
#define SNAPLEN_AT 16
#define LINKTYPE_AT 20

#define PACKET_HEADER_SIZE 16
#define KUZNETZOV_HEADER_SIZE 24
#define FRACTION_AT 4
#define CAPTURED_AT 8
#define LENGTH_AT 12

#define VERSION_MAJOR 2
#define VERSION_MINOR 4
#define VERSION_LENGTHS 3 /* since then in today's order, nearly always */
#define VERSION_DG_UX 543

#define ETHERNET_HEADER_SIZE 14

static int pcap_file_next(
    struct reading *reading, struct capture_packet *packet);

static bool
version_is_known(uint16_t major, uint16_t minor)
{
	return (major == VERSION_MAJOR && minor <= VERSION_MINOR) ||
	       (major == VERSION_DG_UX && minor == 0);
}

/* Which of a packet's lengths stands first. */
static void
set_lengths(struct reading *reading, uint16_t major, uint16_t minor)
{
	if (major == VERSION_DG_UX || minor < VERSION_LENGTHS)
		reading->lengths = LENGTHS_SWAPPED;
	else if (minor == VERSION_LENGTHS)
		reading->lengths = LENGTHS_MAYBE;
}

static bool
set_magic(struct reading *reading, uint32_t magic)
{
	reading->header_size = PACKET_HEADER_SIZE;
	reading->fraction_ns = NS_PER_US;
	if (magic == MAGIC_KUZNETZOV)
		reading->header_size = KUZNETZOV_HEADER_SIZE;
	else if (magic == MAGIC_NANO)
		reading->fraction_ns = 1;
	else if (magic != MAGIC_MICRO)
		return false;
	reading->second = (uint32_t)NS_PER_SECOND / reading->fraction_ns;
	return true;
}

static uint32_t
smallest(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* The only interface: it has no name. */
static int
set_interface(struct reading *reading, const uint8_t *header)
{
	uint32_t linktype = load32(header + LINKTYPE_AT, reading->swapped);
	struct described *described = interfaces_add(&reading->interfaces,
	    linktype, load32(header + SNAPLEN_AT, reading->swapped), "");

	if (described == NULL)
		return reading_damaged(reading,
		    "link type 0x%" PRIx32 " cannot be used: %s", linktype,
		    strerror(errno));
	/* A captured cooked header became an Ethernet one behind its back. */
	if (reading->header_size == KUZNETZOV_HEADER_SIZE &&
	    described->known->shown.datalink == DLT_EN10MB)
		described->snaplen += ETHERNET_HEADER_SIZE;
	reading->from = described;
	reading->most = smallest(described->snaplen,
	    datalink_packet_max(described->known->shown.datalink),
	    CAPTURE_PACKET_MAX);
	return 1;
}

int
pcap_file_begin(struct reading *reading)
{
	size_t there = window_need(&reading->window, HEADER_SIZE);
	const uint8_t *header = reading->window.next;
	uint16_t major, minor;

	if (there < sizeof(uint32_t))
		return 0;
	reading->swapped = !set_magic(reading, load32(header, false));
	if (reading->swapped && !set_magic(reading, load32(header, true)))
		return 0;
	if (there < HEADER_SIZE)
		return reading_cut(reading, HEADER_SIZE, there);
	major = load16(header + VERSION_AT, reading->swapped);
	minor = load16(header + VERSION_AT + 2, reading->swapped);
	if (!version_is_known(major, minor))
		return reading_damaged(reading,
		    "version %u.%u of pcap is not known", major, minor);
	set_lengths(reading, major, minor);
	reading->window.next += HEADER_SIZE;
	reading->next = pcap_file_next;
	reading->uniform = true;
	return set_interface(reading, header);
}

/* The two lengths in today's order. */
static void
put_lengths_right(const struct reading *reading, struct capture_packet *packet)
{
	uint32_t captured = packet->captured;

	if (reading->lengths == LENGTHS_MAYBE &&
	    captured <= packet->wire_length)
		return;
	packet->captured = packet->wire_length;
	packet->wire_length = captured;
}

static void
tell_fraction(struct reading *reading, uint32_t fraction)
{
	if (reading->notice[0] == '\0')
		snprintf(reading->notice, sizeof(reading->notice),
		    "packet %" PRIu64 " has a time with %" PRIu32
		    " %s: what makes whole seconds is added to the seconds, in "
		    "all such packets",
		    reading->packets + 1, fraction,
		    reading->fraction_ns == 1 ? "nanoseconds" : "microseconds");
}

/*
 * From the header at next: everything but the frame.  Seconds have no sign:
 * they last until 2106, and no sum of the two overflows.
 */
static void
read_header(struct reading *reading, struct capture_packet *packet)
{
	const uint8_t *header = reading->window.next;
	bool swapped = reading->swapped;
	uint32_t fraction = load32(header + FRACTION_AT, swapped);

	packet->time.ns = load32(header, swapped) * NS_PER_SECOND +
	                  (int64_t)fraction * reading->fraction_ns;
	packet->captured = load32(header + CAPTURED_AT, swapped);
	packet->wire_length = load32(header + LENGTH_AT, swapped);
	if (fraction >= reading->second)
		tell_fraction(reading, fraction);
	if (reading->lengths != LENGTHS_RIGHT)
		put_lengths_right(reading, packet);
}

/* A packet of which not every octet is handed out: the rest is skipped. */
static int
shorten(struct reading *reading, struct capture_packet *packet)
{
	uint32_t limit = datalink_packet_max(packet->datalink);
	uint32_t size = reading->header_size;
	uint32_t kept = smallest(
	    packet->captured, reading->from->snaplen, CAPTURE_PACKET_MAX);

	if (packet->captured > limit)
		return reading_damaged(reading,
		    "a packet of %" PRIu32 " octets; expected at most %" PRIu32,
		    packet->captured, limit);
	if (window_need(&reading->window, size + kept) < size + kept ||
	    !window_cut(&reading->window, size + kept, packet->captured - kept))
		return reading_cut(reading, (uint64_t)size + packet->captured,
		    reading->window.read - reading->record);
	packet->captured = kept;
	return 1;
}

static int
pcap_file_end(struct reading *reading, size_t there)
{
	return there == 0 ? 0
	                  : reading_cut(reading, reading->header_size, there);
}

static int
pcap_file_next(struct reading *reading, struct capture_packet *packet)
{
	struct window *window = &reading->window;
	size_t there = window_need(window, reading->header_size), size;

	reading->record = window_position(window);
	if (there < reading->header_size)
		return pcap_file_end(reading, there);
	read_header(reading, packet);
	packet->datalink = reading->from->known->shown.datalink;
	packet->interface = &reading->from->known->shown;
	size = (size_t)reading->header_size + packet->captured;
	if (packet->captured > reading->most) {
		if (shorten(reading, packet) == -1)
			return -1;
		size = (size_t)reading->header_size + packet->captured;
	} else if ((there = window_need(window, size)) < size) {
		return reading_cut(reading, size, there);
	}
	packet->frame = window->next + reading->header_size;
	window_take(window, size);
	if (reading->swapped)
		reading_to_host_order(reading, packet);
	return 1;
}
