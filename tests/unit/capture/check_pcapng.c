/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng: sections, interfaces, clocks, each kind of block, its damage. */
#include <config.h>

#include "image.h"

#define RAW_IP 101
#define COOKED 113

#define OPTION_NAME 2
#define OPTION_IF_DROP 5
#define OPTION_OS_DROP 7
#define OPTION_RESOLUTION 9
#define OPTION_OFFSET 14

/* Begin a block; what comes until end_block is in it. */
static size_t
begin_block(struct image *image, uint32_t type)
{
	put32(image, type);
	put32(image, 0);
	return image->size;
}

static void
end_block(struct image *image, size_t begun)
{
	struct image length = { .big = image->big };

	put32(&length, (uint32_t)(image->size - begun + 12));
	memcpy(image->data + begun - 4, length.data, 4);
	put(image, length.data, 4);
	free(length.data);
}

static void
put_option(struct image *image, uint32_t code, const void *value, size_t length)
{
	put16(image, code);
	put16(image, (uint32_t)length);
	put(image, value, length);
	put(image, "\0\0\0", (4 - length % 4) % 4);
}

static size_t
begin_interface(struct image *image, uint32_t linktype, uint32_t snaplen)
{
	size_t begun = begin_block(image, 1);

	put16(image, linktype);
	put16(image, 0);
	put32(image, snaplen);
	return begun;
}

static void
put_named(struct image *image, uint32_t linktype, const char *name)
{
	size_t begun = begin_interface(image, linktype, 0);

	put_option(image, OPTION_NAME, name, strlen(name));
	end_block(image, begun);
}

/* An interface with one option and the end of options. */
static void
put_optioned(
    struct image *image, uint32_t code, const void *value, size_t length)
{
	size_t begun = begin_interface(image, ETHERNET, 0);

	put_option(image, code, value, length);
	put32(image, 0);
	end_block(image, begun);
}

/* An enhanced packet block of size octets, which are all n; options. */
static void
put_sized(struct image *image, uint32_t size, uint8_t n, uint32_t options)
{
	uint8_t *octets = calloc(1, 65536);
	size_t begun = begin_block(image, 6);

	memset(octets, n, 65536);
	put32(image, 0);
	put32(image, 0);
	put32(image, n);
	put32(image, size);
	put32(image, size + 1);
	for (uint32_t left = size; left > 0;) {
		uint32_t part = left < 65536 ? left : 65536;

		put(image, octets, part);
		left -= part;
	}
	put(image, "\0\0\0", (4 - size % 4) % 4);
	while (options-- > 0)
		put_option(image, 1, octets, 65000);
	end_block(image, begun);
	free(octets);
}

static void
put_statistics(
    struct image *image, uint32_t interface, uint32_t dropped, uint32_t lost)
{
	size_t begun = begin_block(image, 5);

	put32(image, interface);
	put32(image, 0);
	put32(image, 0);
	for (int i = 0; i < 2; i++) {
		put16(image, i == 0 ? OPTION_IF_DROP : OPTION_OS_DROP);
		put16(image, 8);
		put32(image, image->big ? 0 : i == 0 ? dropped : lost);
		put32(image, !image->big ? 0 : i == 0 ? dropped : lost);
	}
	put32(image, 0);
	end_block(image, begun);
}

/* A section with one interface: microseconds, no name. */
static struct image
image_begun(void)
{
	struct image image = { 0 };

	put_section(&image);
	put_interface(&image, ETHERNET, 6);
	return image;
}

static struct capture_packet
next(struct capture *capture)
{
	struct capture_packet packet;

	assert_int_equal(capture_next(capture, &packet), 1);
	return packet;
}

static void
ends(struct capture **capture, int end, const char *words)
{
	struct capture_packet packet;

	assert_int_equal(capture_next(*capture, &packet), end);
	if (words != NULL)
		assert_contains(capture_error(*capture), words);
	capture_close(capture);
}

/* --- sections and interfaces */

static void
pcapng_is_read_to_the_nanosecond(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct image image = { .big = big };
		struct capture *capture;

		put_section(&image);
		put_interface(&image, ETHERNET, 9);
		put_block(&image, 0, 5000000007, 1);
		capture = open_file(file_whole(image), NULL);
		next_at(capture, 5000000007);
		assert_false(capture_is_uniform(capture));
		ends(&capture, 0, NULL);
	}
}

static void
interfaces_of_different_kinds_are_read(void **state)
{
	struct image image = { 0 };
	struct capture_packet packet;
	struct capture *capture;

	(void)state;
	put_section(&image);
	put_named(&image, ETHERNET, "eth0");
	put_named(&image, COOKED, "any");
	put_block(&image, 1, 7, 1);
	put_block(&image, 0, 8, 2);
	capture = open_file(file_whole(image), NULL);
	packet = next(capture);
	assert_int_equal(packet.datalink, COOKED);
	assert_string_equal(packet.interface->name, "any");
	assert_int_equal(packet.interface->number, 1);
	packet = next(capture);
	assert_int_equal(packet.datalink, ETHERNET);
	assert_string_equal(packet.interface->name, "eth0");
	assert_int_equal(packet.interface->number, 0);
	assert_ptr_equal(packet.interface, capture_interface(capture, 0));
	assert_null(capture_interface(capture, 2));
	assert_int_equal(capture_datalink(capture), ETHERNET);
	ends(&capture, 0, NULL);
}

static void
link_types_of_files_are_those_of_libpcap(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_section(&image);
	put_named(&image, ETHERNET, "");
	put_named(&image, RAW_IP, "");
	put_block(&image, 1, 7, 1);
	capture = open_file(file_whole(image), NULL);
	assert_int_equal(next(capture).datalink, 12); /* DLT_RAW */
	capture_close(&capture);
}

static void
each_interface_has_its_own_snap_length(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_section(&image);
	end_block(&image, begin_interface(&image, ETHERNET, FRAME_SIZE));
	end_block(&image, begin_interface(&image, ETHERNET, FRAME_SIZE - 1));
	put_block(&image, 0, 7, 1);
	put_block(&image, 1, 7, 2);
	capture = open_file(file_whole(image), NULL);
	next_at(capture, 7000);
	ends(&capture, -1,
	    ": octet 160, after packet 1: a packet of 60 "
	    "octets; its interface has a snap length of 59");
}

static void
a_section_begins_anew_and_in_its_own_octet_order(void **state)
{
	struct image image = { 0 };
	const struct capture_interface *first;
	struct capture_packet packet;
	struct capture *capture;

	(void)state;
	for (int section = 0; section < 4; section++) {
		image.big = section % 2 != 0;
		put_section(&image);
		put_named(&image, ETHERNET, "eth0");
		put_named(&image, ETHERNET, section < 2 ? "eth1" : "eth2");
		put_block(&image, 0, (uint64_t)section, 1);
		put_block(&image, 1, (uint64_t)section, 2);
	}
	capture = open_file(file_whole(image), NULL);
	packet = next(capture);
	first = packet.interface;
	for (unsigned section = 0; section < 4; section++) {
		assert_int_equal(packet.time.ns, section * 1000);
		assert_ptr_equal(packet.interface, first);
		packet = next(capture);
		assert_string_equal(
		    packet.interface->name, section < 2 ? "eth1" : "eth2");
		assert_int_equal(packet.interface->number, section < 2 ? 1 : 2);
		if (section < 3)
			packet = next(capture);
	}
	ends(&capture, 0, NULL);
}

/* As libpcap has it, and tools that write nothing there. */
static void
the_second_length_of_the_first_block_is_not_looked_at(void **state)
{
	struct image image = image_begun();

	(void)state;
	put_block(&image, 0, 7, 1);
	image.data[24] ^= 0xff;
	delivers(file_whole(image), 1, 0, NULL);
}

static void
a_section_does_not_know_the_interfaces_of_the_one_before(void **state)
{
	struct image image = image_begun();
	struct capture *capture;

	(void)state;
	put_block(&image, 0, 7, 1);
	put_section(&image);
	put_block(&image, 0, 7, 2);
	capture = open_file(file_whole(image), NULL);
	next(capture);
	ends(&capture, -1,
	    "a packet of interface 0, which its section does not describe");
}

static void
a_long_name_is_cut(void **state)
{
	char name[201] = "";
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	memset(name, 'x', 200);
	put_section(&image);
	put_named(&image, ETHERNET, name);
	capture = open_file(file_whole(image), NULL);
	assert_int_equal(
	    strlen(capture_interface(capture, 0)->name), CAPTURE_NAME_SIZE - 1);
	ends(&capture, 0, NULL);
}

static void
a_name_cannot_command_a_terminal(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_section(&image);
	put_named(&image, ETHERNET, "eth\033[2J\n\177\302\233\342\200\256\377");
	capture = open_file(file_whole(image), NULL);
	assert_string_equal(
	    capture_interface(capture, 0)->name, "eth?[2J?????");
	ends(&capture, 0, NULL);
}

static void
too_many_interfaces_are_damage(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_section(&image);
	for (int i = 0; i <= CAPTURE_INTERFACES_MAX; i++)
		put_named(&image, ETHERNET, "");
	capture = open_file(file_whole(image), NULL);
	ends(&capture, -1, "more than 4096 interfaces");
}

/* --- clocks */

static void
times_count_in_any_resolution(void **state)
{
	static const struct {
		uint8_t resolution;
		uint64_t count;
		uint64_t ns;
	} clocks[] = {
		{ 0, 5, 5000000000 },
		{ 3, 5007, 5007000000 },
		{ 6, 5000007, 5000007000 },
		{ 9, 5000000007, 5000000007 },
		{ 12, 5000000007999, 5000000007 },
		{ 19, UINT64_MAX, 1844674407 },
		{ 0x80, 5, 5000000000 },
		{ 0x8a, 5 * 1024 + 512, 5500000000 },
		{ 0xa0, (UINT64_C(5) << 32) + 1, 5000000000 },
		{ 0xa0, (UINT64_C(5) << 32) + 5, 5000000001 },
		{ 0xbf, UINT64_MAX, 1999999999 },
		{ 0xbf, UINT64_C(1) << 62, 500000000 },
		/* 2262-04-11 23:47:17, and the last second that is told. */
		{ 0, 9223372037, UINT64_C(9223372037000000000) },
		{ 6, UINT64_C(9223372037000001),
		    UINT64_C(9223372037000001000) },
		{ 0x80, 18446644073, UINT64_C(18446644073000000000) },
		{ 0, UINT64_MAX, UINT64_MAX - 100000 * NS_PER_SECOND },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct image image = { 0 };
		struct capture *capture;

		put_section(&image);
		put_interface(&image, ETHERNET, clocks[i].resolution);
		put_block(&image, 0, clocks[i].count, 1);
		capture = open_file(file_whole(image), NULL);
		next_at(capture, clocks[i].ns);
		capture_close(&capture);
	}
}

static void
offsets_are_added_and_held_in_range(void **state)
{
	static const struct {
		int64_t offset;
		uint64_t ns;
	} clocks[] = {
		{ 3, 8000007000 },
		{ -3, 2000007000 },
		{ -10, 0 }, /* before 1970 */
		{ INT64_MIN, 0 },
		{ 10000000000, UINT64_C(10000000005000007000) },
		{ INT64_MAX, UINT64_MAX - 100000 * NS_PER_SECOND },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		for (int big = 0; big < 2; big++) {
			struct image image = { .big = big }, value = image;
			uint64_t offset = (uint64_t)clocks[i].offset;
			struct capture *capture;

			put32(&value, (uint32_t)(big ? offset >> 32 : offset));
			put32(&value, (uint32_t)(big ? offset : offset >> 32));
			put_section(&image);
			put_optioned(&image, OPTION_OFFSET, value.data, 8);
			free(value.data);
			put_block(&image, 0, 5000007, 1);
			capture = open_file(file_whole(image), NULL);
			next_at(capture, clocks[i].ns);
			capture_close(&capture);
		}
}

static void
times_behind_the_last_one_are_told_once(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_section(&image);
	put_interface(&image, ETHERNET, 0);
	put_block(&image, 0, 18446644073, 1);
	put_block(&image, 0, 18446644074, 2);
	put_block(&image, 0, UINT64_MAX, 3);
	capture = open_file(file_whole(image), NULL);
	next_at(capture, 18446644073u * (uint64_t)NS_PER_SECOND);
	next_at(capture, TIMESTAMP_LAST.ns);
	next_at(capture, TIMESTAMP_LAST.ns);
	assert_int_equal(
	    capture_next(capture, &(struct capture_packet){ 0 }), 0);
	assert_non_null(strstr(
	    capture_notice(capture), "packet 2 is dated after 2554-07-20"));
	capture_close(&capture);
}

/* --- kinds of blocks */

static void
put_simple(struct image *image, uint32_t length, uint8_t n)
{
	size_t begun = begin_block(image, 3);

	put32(image, length);
	put_frame(image, 17, n);
	end_block(image, begun);
}

static void
a_simple_packet_has_the_time_of_the_one_before(void **state)
{
	struct image image = { 0 };
	struct capture_packet packet;
	struct capture *capture;

	(void)state;
	put_section(&image);
	end_block(&image, begin_interface(&image, ETHERNET, FRAME_SIZE));
	put_simple(&image, 1500, 1); /* as long as the snap length */
	put_block(&image, 0, 7, 2);
	put_simple(&image, FRAME_SIZE, 3);
	capture = open_file(file_whole(image), NULL);
	next_at(capture, 0);
	next_at(capture, 7000);
	packet = next(capture);
	assert_int_equal(packet.time.ns, 7000);
	assert_int_equal(packet.captured, FRAME_SIZE);
	assert_int_equal(packet.wire_length, FRAME_SIZE);
	ends(&capture, 0, NULL);
}

static void
obsolete_packet_blocks_are_read(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct image image = { .big = big };
		struct capture *capture;
		size_t begun;

		put_section(&image);
		put_interface(&image, COOKED, 6);
		put_interface(&image, ETHERNET, 6);
		begun = begin_block(&image, 2);
		put16(&image, 1);
		put16(&image, 9); /* drops */
		put32(&image, 0);
		put32(&image, 7);
		put32(&image, FRAME_SIZE);
		put32(&image, 1500);
		put_frame(&image, 17, 1);
		end_block(&image, begun);
		capture = open_file(file_whole(image), NULL);
		next_at(capture, 7000);
		ends(&capture, 0, NULL);
	}
}

static void
unknown_blocks_are_skipped_however_long(void **state)
{
	static const uint32_t sizes[] = { 0, 4, 65536, 1048576 - 12, 1048576,
		3000000, 16777216 - 12 };
	struct image image = image_begun();
	uint8_t *octets = calloc(1, 16777216);
	struct capture *capture;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t begun = begin_block(&image, 4711);

		put(&image, octets, sizes[i]);
		end_block(&image, begun);
		put_block(&image, 0, i, 1);
	}
	free(octets);
	capture = open_file(file_whole(image), NULL);
	for (int64_t i = 0; i < 7; i++)
		next_at(capture, i * 1000);
	ends(&capture, 0, NULL);
}

static void
drops_add_up_over_sections_and_are_those_said_last(void **state)
{
	const struct capture_interface *interface;
	struct image image = image_begun();
	struct capture *capture;

	(void)state;
	put_statistics(&image, 0, 3, 30);
	put_statistics(&image, 0, 5, 20);  /* counts back: 30 stays */
	put_statistics(&image, 7, 99, 99); /* of none */
	image.big = true;
	put_section(&image);
	put_interface(&image, ETHERNET, 6);
	put_statistics(&image, 0, 2, 0);
	end_block(&image, begin_block(&image, 5)); /* says nothing */
	capture = open_file(file_whole(image), NULL);
	interface = capture_interface(capture, 0);
	assert_int_equal(interface->counts[CAPTURE_DROPPED_BY_INTERFACE], 0);
	assert_int_equal(
	    capture_next(capture, &(struct capture_packet){ 0 }), 0);
	assert_int_equal(interface->counts[CAPTURE_DROPPED_BY_INTERFACE], 7);
	assert_int_equal(interface->counts[CAPTURE_DROPPED_BY_SYSTEM], 30);
	capture_close(&capture);
}

/* --- long packets */

/* The options are longer than what is held of a file at once. */
static void
a_packet_with_many_options_is_read_whole(void **state)
{
	struct image image = image_begun();
	struct capture_packet packet;
	struct capture *capture;

	(void)state;
	put_sized(&image, 65535, 1, 0);
	put_sized(&image, 60001, 2, 30);
	put_sized(&image, 60, 3, 1);
	put_sized(&image, 60003, 4, 30);
	image.data[image.size - 1] ^= 1; /* a length that does not agree */
	capture = open_file(file_whole(image), NULL);
	for (uint8_t n = 1; n <= 3; n++) {
		packet = next(capture);
		assert_int_equal(packet.captured, n == 1   ? 65535
		                                  : n == 2 ? 60001
		                                           : 60);
		for (uint32_t i = 0; i < packet.captured; i++)
			assert_int_equal(packet.frame[i], n);
	}
	ends(&capture, -1, ", after packet 3: a block's lengths are ");
}

static void
of_a_packet_too_long_for_memory_the_rest_is_skipped(void **state)
{
	struct image image = { 0 };
	struct capture_packet packet;
	struct capture *capture;

	(void)state;
	put_section(&image);
	end_block(&image, begin_interface(&image, ETHERNET, 0x7fffffff));
	put_sized(&image, 5000001, 1, 0);
	put_sized(&image, CAPTURE_PACKET_MAX, 2, 0);
	put_sized(&image, CAPTURE_PACKET_MAX + 1, 3, 3);
	put_sized(&image, 1, 4, 0);
	capture = open_file(file_whole(image), NULL);
	for (uint8_t n = 1; n <= 4; n++) {
		packet = next(capture);
		assert_int_equal(
		    packet.captured, n < 4 ? CAPTURE_PACKET_MAX : 1);
		assert_int_equal(packet.frame[0], n);
		assert_int_equal(packet.frame[packet.captured - 1], n);
	}
	ends(&capture, 0, NULL);
}

/* --- damage */

/* The second packet's block with one word changed. */
static void
damaged(size_t word, uint32_t value, const char *words)
{
	struct image image = image_begun(), changed = { 0 };
	struct capture *capture;
	size_t at;

	put_block(&image, 0, 7, 1);
	at = image.size;
	put_block(&image, 0, 8, 2);
	put32(&changed, value);
	memcpy(image.data + at + 4 * word, changed.data, 4);
	free(changed.data);
	capture = open_file(file_whole(image), NULL);
	next_at(capture, 7000);
	ends(&capture, -1, ": octet 152, after packet 1: ");
	capture = open_file(path, NULL);
	next_at(capture, 7000);
	ends(&capture, -1, words);
}

static void
what_is_wrong_with_a_block_is_said(void **state)
{
	(void)state;
	damaged(1, 8, "a block of 8 octets; expected a multiple of 4 from 12");
	damaged(1, 94, "a block of 94 octets; expected a multiple of 4");
	damaged(1, 16777220, "a block of 16777220 octets; expected");
	damaged(1, 16777216,
	    "the file is cut: 92 octets follow, expected "
	    "16777216");
	damaged(1, 88, "a packet of 60 octets in a block of 88");
	damaged(22, 96, "a block's lengths are 92 and 96");
	damaged(2, 1, "a packet of interface 1, which its section does not");
	damaged(5, 61, "a packet of 61 octets in a block of 92");
	damaged(5, 65536, "its interface has a snap length of 65535");
	damaged(0, 0x0a0d0d0a, "a section without the magic of octet order");
}

static void
a_packet_block_that_is_too_short_is_damage(void **state)
{
	static const uint32_t types[] = { 2, 3, 6 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct image image = image_begun();
		struct capture *capture;

		end_block(&image, begin_block(&image, types[i]));
		capture = open_file(file_whole(image), NULL);
		ends(&capture, -1,
		    ": octet 60, before the first packet: a packet in a block "
		    "of 12 octets; expected ");
	}
}

static void
option_refused(
    uint32_t code, const void *value, size_t length, const char *words)
{
	struct image image = { 0 };

	put_section(&image);
	put_optioned(&image, code, value, length);
	refused(file_whole(image), NULL, words);
}

static void
what_is_wrong_with_an_interface_is_said(void **state)
{
	struct image image = { 0 };
	size_t begun;

	(void)state;
	option_refused(OPTION_RESOLUTION, "\024", 1,
	    "an interface counts time in units of 10^-20 seconds");
	option_refused(OPTION_RESOLUTION, "\300", 1,
	    "an interface counts time in units of 2^-64 seconds");
	option_refused(OPTION_RESOLUTION, "\6\6", 2,
	    "an interface's option 9 has 2 octets; expected 1");
	option_refused(OPTION_OFFSET, "1234", 4,
	    "an interface's option 14 has 4 octets; expected 8");
	option_refused(
	    0, "1234", 4, "an interface's option 0 has 4 octets; expected 0");
	put_section(&image);
	begun = begin_interface(&image, ETHERNET, 0);
	put_option(&image, OPTION_RESOLUTION, "\6", 1);
	put_option(&image, OPTION_RESOLUTION, "\6", 1);
	end_block(&image, begun);
	refused(file_whole(image), NULL, "an interface's option 9 is twice");
	image = (struct image){ 0 };
	put_section(&image);
	begun = begin_interface(&image, ETHERNET, 0);
	put16(&image, OPTION_NAME);
	put16(&image, 5);
	put32(&image, 0);
	end_block(&image, begun);
	refused(file_whole(image), NULL,
	    "an interface's options do not end in its block");
	image = (struct image){ 0 };
	put_section(&image);
	end_block(&image, begin_block(&image, 1));
	refused(file_whole(image), NULL,
	    "a block of type 1 has 12 octets; expected 20 at least");
}

static void
a_file_without_an_interface_is_refused(void **state)
{
	struct image image = { 0 };

	(void)state;
	put_section(&image);
	refused(file_whole(image), NULL, "the file describes no interface");
	image = (struct image){ 0 };
	put_section(&image);
	put_block(&image, 0, 7, 1);
	refused(file_whole(image), NULL, "a packet of interface 0, which");
	image = (struct image){ 0 };
	put_section(&image);
	image.data[12] = 2;
	refused(file_whole(image), NULL, "version 2 of pcapng is not known");
}

/* Whatever a file is cut to, all is delivered that is whole. */
static void
a_file_cut_anywhere_gives_what_is_before(void **state)
{
	struct image whole = image_begun();
	size_t begin = whole.size, block = 32 + FRAME_SIZE;

	(void)state;
	for (uint8_t n = 1; n <= 3; n++)
		put_block(&whole, 0, n, n);
	for (size_t size = begin; size <= whole.size; size++) {
		struct image image = { 0 };
		struct capture *capture;
		size_t packets = (size - begin) / block;

		put(&image, whole.data, size);
		capture = open_file(file_whole(image), NULL);
		for (size_t n = 1; n <= packets; n++)
			next_at(capture, (int64_t)n * 1000);
		if ((size - begin) % block == 0)
			ends(&capture, 0, NULL);
		else
			ends(&capture, -1, "the file is cut: ");
	}
	free(whole.data);
}

/* --- filters */

static void
a_filter_is_compiled_for_each_link_type(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_section(&image);
	put_named(&image, ETHERNET, "");
	put_named(&image, RAW_IP, "");
	put_block(&image, 0, 1, 1);
	put_block(&image, 1, 2, 2); /* which is no IP from its start */
	put_block(&image, 0, 3, 3);
	capture = open_file(file_whole(image), "udp");
	next_at(capture, 1000);
	next_at(capture, 3000);
	assert_int_equal(
	    capture_next(capture, &(struct capture_packet){ 0 }), 0);
	assert_null(capture_notice(capture));
	capture_close(&capture);
}

static void
where_a_filter_means_nothing_no_packet_passes(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_section(&image);
	put_named(&image, RAW_IP, "");
	put_named(&image, ETHERNET, "");
	put_block(&image, 0, 1, 1);
	put_block(&image, 1, 2, 2);
	capture = open_file(file_whole(image), "ether host 0:0:0:0:0:0");
	next_at(capture, 2000);
	assert_int_equal(
	    capture_next(capture, &(struct capture_packet){ 0 }), 0);
	assert_contains(capture_notice(capture),
	    ": no packet passes of interfaces for whose link type the filter "
	    "cannot be used: ");
	capture_close(&capture);
	refused(path, "ether host", "filter \"ether host\" cannot be used: ");
}

static void
where_a_filter_means_nothing_at_all_that_is_an_error(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_section(&image);
	put_named(&image, RAW_IP, "");
	put_block(&image, 0, 1, 1);
	capture = open_file(file_whole(image), "ether host 0:0:0:0:0:0");
	ends(&capture, -1, "the filter cannot be used for any interface");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcapng_is_read_to_the_nanosecond),
		cmocka_unit_test(interfaces_of_different_kinds_are_read),
		cmocka_unit_test(link_types_of_files_are_those_of_libpcap),
		cmocka_unit_test(each_interface_has_its_own_snap_length),
		cmocka_unit_test(
		    a_section_begins_anew_and_in_its_own_octet_order),
		cmocka_unit_test(
		    a_section_does_not_know_the_interfaces_of_the_one_before),
		cmocka_unit_test(
		    the_second_length_of_the_first_block_is_not_looked_at),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(a_name_cannot_command_a_terminal),
		cmocka_unit_test(too_many_interfaces_are_damage),
		cmocka_unit_test(times_count_in_any_resolution),
		cmocka_unit_test(offsets_are_added_and_held_in_range),
		cmocka_unit_test(times_behind_the_last_one_are_told_once),
		cmocka_unit_test(
		    a_simple_packet_has_the_time_of_the_one_before),
		cmocka_unit_test(obsolete_packet_blocks_are_read),
		cmocka_unit_test(unknown_blocks_are_skipped_however_long),
		cmocka_unit_test(
		    drops_add_up_over_sections_and_are_those_said_last),
		cmocka_unit_test(a_packet_with_many_options_is_read_whole),
		cmocka_unit_test(
		    of_a_packet_too_long_for_memory_the_rest_is_skipped),
		cmocka_unit_test(what_is_wrong_with_a_block_is_said),
		cmocka_unit_test(a_packet_block_that_is_too_short_is_damage),
		cmocka_unit_test(what_is_wrong_with_an_interface_is_said),
		cmocka_unit_test(a_file_without_an_interface_is_refused),
		cmocka_unit_test(a_file_cut_anywhere_gives_what_is_before),
		cmocka_unit_test(a_filter_is_compiled_for_each_link_type),
		cmocka_unit_test(where_a_filter_means_nothing_no_packet_passes),
		cmocka_unit_test(
		    where_a_filter_means_nothing_at_all_that_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
