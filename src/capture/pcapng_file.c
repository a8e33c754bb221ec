/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng (draft-ietf-opsawg-pcapng): blocks, each of a multiple of 4 octets.
 *
 *	┌──────┬────────┬──────────────┬────────┐
 *	│ type │ length │ body         │ length │
 *	└──────┴────────┴──────────────┴────────┘
 *
 *	section header      begins a section: octet order, no interfaces yet
 *	 ├ interface        the next one of this section
 *	 ├ enhanced packet  interface, time, lengths, octets, options
 *	 ├ packet           the same, obsolete
 *	 ├ simple packet    length, octets: of interface 0, without a time
 *	 ├ statistics       what an interface lost
 *	 └ any other        skipped
 *	section header …
 *
 * Every section may have another octet order.  A block is looked at where it
 * lies in the window; of one that is too long for that, what is not needed is
 * cut out of its middle, so that memory stays bounded.
 *
 * The happy path ends behind a block.  What can go wrong is what libpcap says
 * is wrong: lengths that contradict each other, an interface that was not
 * described, a packet longer than its snap length, a file that is cut.  A
 * packet of a damaged block is not delivered.
 */
#include <config.h>

#include "pcapng_options.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <string.h>

#define SECTION 0x0a0d0d0a /* the same in both orders */
#define INTERFACE 1
#define PACKET 2
#define SIMPLE_PACKET 3
#define STATISTICS 5
#define ENHANCED_PACKET 6

#define HEAD_SIZE 8 /* type and length */
#define TAIL_SIZE 4 /* length */
#define BLOCK_MIN (HEAD_SIZE + TAIL_SIZE)
#define BLOCK_MAX 16777216
/* As long as a packet and its options may be where packets may be long. */
#define BLOCK_MAX_BESIDE_PACKET (131072 + HEAD_SIZE + 20 + TAIL_SIZE)

#define ORDER_MAGIC 0x1a2b3c4d
#define ORDER_AT HEAD_SIZE
#define VERSION_AT 12
#define VERSION_MAJOR 1
#define SECTION_SIZE 24 /* up to the options, like all that follow */
#define INTERFACE_SIZE 16
#define PACKET_SIZE 28 /* enhanced or obsolete */
#define SIMPLE_PACKET_SIZE 12
#define STATISTICS_SIZE 20

/* What a call of read_block came upon. */
enum {
	BLOCK_DAMAGED = -1,
	BLOCK_END = 0,
	BLOCK_PACKET = 1, /* as capture_next wants it */
	BLOCK_OTHER = 2,
};

struct block {
	uint32_t type, length;
	const uint8_t *data; /* its first octet */
};

/* The order of a section's numbers stands in its first block. */
static int
set_order(struct reading *reading)
{
	const uint8_t *order;

	if (window_need(&reading->window, BLOCK_MIN) < BLOCK_MIN)
		return reading_cut(
		    reading, BLOCK_MIN, window_left(&reading->window));
	order = reading->window.next + ORDER_AT;
	reading->swapped = load32(order, false) != ORDER_MAGIC;
	if (reading->swapped && load32(order, true) != ORDER_MAGIC)
		return reading_damaged(
		    reading, "a section without the magic of octet order");
	return 0;
}

static int
read_head(struct reading *reading, struct block *block)
{
	struct window *window = &reading->window;

	block->type = load32(window->next, reading->swapped);
	if (block->type == SECTION && set_order(reading) == -1)
		return -1;
	block->length = load32(window->next + 4, reading->swapped);
	if (block->length < BLOCK_MIN ||
	    (block->length % 4 != 0 && !reading->unchecked) ||
	    block->length > reading->block_max)
		return reading_damaged(reading,
		    "a block of %" PRIu32
		    " octets; expected a multiple of 4 from %d to %" PRIu32,
		    block->length, BLOCK_MIN, reading->block_max);
	return 0;
}

/*
 * See that the block is there and its two lengths agree: its first kept
 * octets (at least HEAD_SIZE) stay, and lie at data.  The window is behind it.
 */
static int
take_block(struct reading *reading, struct block *block, uint32_t kept)
{
	struct window *window = &reading->window;
	uint32_t cut = block->length - TAIL_SIZE - kept, length;

	if (window_need(window, kept) < kept ||
	    (cut > 0 && !window_cut(window, kept, cut)) ||
	    window_need(window, (size_t)kept + TAIL_SIZE) <
	        (size_t)kept + TAIL_SIZE)
		return reading_cut(
		    reading, block->length, window->read - reading->record);
	block->data = window->next;
	length = load32(window->next + kept, reading->swapped);
	if (length != block->length && !reading->unchecked)
		return reading_damaged(reading,
		    "a block's lengths are %" PRIu32 " and %" PRIu32,
		    block->length, length);
	window_take(window, kept + TAIL_SIZE);
	return 0;
}

/* Of a block that is not of packets: all of it, or its first options. */
static int
take_description(struct reading *reading, struct block *block, uint32_t size)
{
	uint32_t kept = block->length - TAIL_SIZE;

	if (kept < size)
		return reading_damaged(reading,
		    "a block of type %" PRIu32 " has %" PRIu32
		    " octets; expected %" PRIu32 " at least",
		    block->type, block->length, size + TAIL_SIZE);
	if (kept > WINDOW_HEADROOM - TAIL_SIZE)
		kept = WINDOW_HEADROOM - TAIL_SIZE;
	return take_block(reading, block, kept);
}

/* --- blocks */

static int
read_section(struct reading *reading, struct block *block)
{
	uint16_t major;

	if (take_description(reading, block, SECTION_SIZE) == -1)
		return BLOCK_DAMAGED;
	major = load16(block->data + VERSION_AT, reading->swapped);
	if (major != VERSION_MAJOR)
		return reading_damaged(
		    reading, "version %u of pcapng is not known", major);
	interfaces_begin_section(&reading->interfaces);
	return BLOCK_OTHER;
}

static struct options
options_of(
    const struct reading *reading, const struct block *block, uint32_t size)
{
	uint32_t length = block->length - TAIL_SIZE;
	bool whole = length <= WINDOW_HEADROOM - TAIL_SIZE;

	return (struct options){
		.next = block->data + size,
		.end = block->data +
		       (whole ? length : WINDOW_HEADROOM - TAIL_SIZE),
		.swapped = reading->swapped,
		.whole = whole,
	};
}

/* A link type with longer packets than others makes longer blocks right. */
static void
raise_block_max(struct reading *reading, int datalink)
{
	uint32_t most = datalink_packet_max(datalink) + BLOCK_MAX_BESIDE_PACKET;

	if (reading->block_max < most)
		reading->block_max = most;
}

static int
read_interface(struct reading *reading, struct block *block)
{
	struct interface_options found;
	struct described *described;
	struct options options;

	if (take_description(reading, block, INTERFACE_SIZE) == -1)
		return BLOCK_DAMAGED;
	options = options_of(reading, block, INTERFACE_SIZE);
	if (options_of_interface(reading, &options, &found) == -1)
		return BLOCK_DAMAGED;
	described = interfaces_add(&reading->interfaces,
	    load16(block->data + HEAD_SIZE, reading->swapped),
	    load32(block->data + HEAD_SIZE + 4, reading->swapped), found.name);
	if (described == NULL && errno == E2BIG)
		return reading_damaged(
		    reading, "more than %d interfaces", CAPTURE_INTERFACES_MAX);
	if (described == NULL)
		return reading_damaged(reading, "%s", strerror(errno));
	described->ticks = found.ticks;
	raise_block_max(reading, described->known->shown.datalink);
	return BLOCK_OTHER;
}

static int
read_statistics(struct reading *reading, struct block *block)
{
	struct interfaces *interfaces = &reading->interfaces;
	struct options options;
	uint32_t number;

	if (block->length < STATISTICS_SIZE + TAIL_SIZE)
		return take_block(reading, block, HEAD_SIZE) == -1
		           ? BLOCK_DAMAGED
		           : BLOCK_OTHER;
	if (take_description(reading, block, STATISTICS_SIZE) == -1)
		return BLOCK_DAMAGED;
	options = options_of(reading, block, STATISTICS_SIZE);
	number = load32(block->data + HEAD_SIZE, reading->swapped);
	if (number < interfaces->count)
		options_of_statistics(&options, &interfaces->section[number]);
	return BLOCK_OTHER;
}

/* --- packets */

static const struct described *
find_interface(struct reading *reading, uint32_t number)
{
	struct interfaces *interfaces = &reading->interfaces;

	if (number < interfaces->count)
		return &interfaces->section[number];
	reading_damaged(reading,
	    "a packet of interface %" PRIu32 ", which its section does not "
	    "describe",
	    number);
	return NULL;
}

/* A packet of a block: its octets begin behind the first fixed ones. */
static int
take_packet(struct reading *reading, struct block *block,
    struct capture_packet *packet, uint32_t fixed)
{
	uint32_t kept = packet->captured;

	if (packet->captured > reading->from->snaplen)
		return reading_damaged(reading,
		    "a packet of %" PRIu32 " octets; its interface has a snap "
		    "length of %" PRIu32,
		    packet->captured, reading->from->snaplen);
	if (packet->captured > block->length - TAIL_SIZE - fixed)
		return reading_damaged(reading,
		    "a packet of %" PRIu32 " octets in a block of %" PRIu32,
		    packet->captured, block->length);
	if (kept > CAPTURE_PACKET_MAX)
		kept = CAPTURE_PACKET_MAX;
	packet->captured = kept;
	kept = block->length <= WINDOW_HEADROOM ? block->length - TAIL_SIZE
	                                        : fixed + kept;
	if (take_block(reading, block, kept) == -1)
		return BLOCK_DAMAGED;
	packet->frame = block->data + fixed;
	packet->datalink = reading->from->known->shown.datalink;
	packet->interface = &reading->from->known->shown;
	if (reading->swapped)
		reading_to_host_order(reading, packet);
	return BLOCK_PACKET;
}

/* See that a packet block's first octets are there. */
static int
need_fixed(struct reading *reading, const struct block *block, uint32_t fixed)
{
	size_t there;

	if (block->length < fixed + TAIL_SIZE)
		return reading_damaged(reading,
		    "a packet in a block of %" PRIu32
		    " octets; expected %" PRIu32 " at least",
		    block->length, fixed + TAIL_SIZE);
	there = window_need(&reading->window, fixed);
	return there < fixed ? reading_cut(reading, block->length, there) : 0;
}

/* Once for all such packets. */
static void
tell_far_time(struct reading *reading)
{
	if (reading->notice[0] == '\0')
		snprintf(reading->notice, sizeof(reading->notice),
		    "packet %" PRIu64 " is dated after 2554-07-20: that is "
		    "taken for its time, and for that of all such packets",
		    reading->packets + 1);
}

/* Enhanced, or obsolete: its interface has two octets there. */
static int
read_packet(
    struct reading *reading, struct block *block, struct capture_packet *packet)
{
	bool swapped = reading->swapped;
	const uint8_t *at;
	uint64_t count;

	if (need_fixed(reading, block, PACKET_SIZE) == -1)
		return BLOCK_DAMAGED;
	at = reading->window.next + HEAD_SIZE;
	reading->from = find_interface(reading,
	    block->type == PACKET ? load16(at, swapped) : load32(at, swapped));
	if (reading->from == NULL)
		return BLOCK_DAMAGED;
	count =
	    (uint64_t)load32(at + 4, swapped) << 32 | load32(at + 8, swapped);
	packet->time = ticks_time(&reading->from->ticks, count);
	if (__builtin_expect(packet->time.ns == TIMESTAMP_LAST.ns, 0))
		tell_far_time(reading);
	packet->captured = load32(at + 12, swapped);
	packet->wire_length = load32(at + 16, swapped);
	reading->time = packet->time;
	return take_packet(reading, block, packet, PACKET_SIZE);
}

/* Of the first interface, up to its snap length, without a time. */
static int
read_simple_packet(
    struct reading *reading, struct block *block, struct capture_packet *packet)
{
	if (need_fixed(reading, block, SIMPLE_PACKET_SIZE) == -1 ||
	    (reading->from = find_interface(reading, 0)) == NULL)
		return BLOCK_DAMAGED;
	packet->time = reading->time;
	packet->wire_length =
	    load32(reading->window.next + HEAD_SIZE, reading->swapped);
	packet->captured = packet->wire_length < reading->from->snaplen
	                       ? packet->wire_length
	                       : reading->from->snaplen;
	return take_packet(reading, block, packet, SIMPLE_PACKET_SIZE);
}

/* --- reading */

static int
read_body(
    struct reading *reading, struct block *block, struct capture_packet *packet)
{
	switch (block->type) {
	case ENHANCED_PACKET:
	case PACKET:
		return read_packet(reading, block, packet);
	case SIMPLE_PACKET:
		return read_simple_packet(reading, block, packet);
	case INTERFACE:
		return read_interface(reading, block);
	case SECTION:
		return read_section(reading, block);
	case STATISTICS:
		return read_statistics(reading, block);
	default:
		return take_block(reading, block, HEAD_SIZE) == -1
		           ? BLOCK_DAMAGED
		           : BLOCK_OTHER;
	}
}

static int
read_block(struct reading *reading, struct capture_packet *packet)
{
	size_t there = window_need(&reading->window, HEAD_SIZE);
	struct block block;

	reading->record = window_position(&reading->window);
	if (there == 0)
		return BLOCK_END;
	if (there < HEAD_SIZE)
		return reading_cut(reading, BLOCK_MIN, there);
	if (read_head(reading, &block) == -1)
		return BLOCK_DAMAGED;
	return read_body(reading, &block, packet);
}

static int
pcapng_file_next(struct reading *reading, struct capture_packet *packet)
{
	int result;

	do
		result = read_block(reading, packet);
	while (result == BLOCK_OTHER);
	return result;
}

/*
 * Up to the first interface, which tells the file's link type.  The second
 * length of the first block is not held against the file: libpcap does not
 * look at it.
 */
static int
read_first_interface(struct reading *reading)
{
	struct capture_packet packet;
	int result;

	reading->unchecked = true;
	result = read_block(reading, &packet);
	reading->unchecked = false;
	while (reading->interfaces.count == 0 && result == BLOCK_OTHER)
		result = read_block(reading, &packet);
	if (result == BLOCK_END)
		return reading_damaged(
		    reading, "the file describes no interface");
	return result == BLOCK_OTHER ? 1 : -1;
}

int
pcapng_file_begin(struct reading *reading)
{
	const uint8_t *head;

	/* The type alone is a text that begins with empty lines. */
	if (window_need(&reading->window, BLOCK_MIN) < BLOCK_MIN)
		return 0;
	head = reading->window.next;
	if (load32(head, false) != SECTION ||
	    (load32(head + ORDER_AT, false) != ORDER_MAGIC &&
	        load32(head + ORDER_AT, true) != ORDER_MAGIC))
		return 0;
	reading->block_max = BLOCK_MAX;
	reading->next = pcapng_file_next;
	return read_first_interface(reading);
}
