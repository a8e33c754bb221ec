/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, the end and damage, compression, pipes, filters. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include <cmocka.h>

#include "exflow/capture/capture.h"

#include "image.h"

static void
compress_gzip(struct image *to, const uint8_t *data, size_t size)
{
	size_t room = compressBound(size) + 64;
	uint8_t *octets = malloc(room);
	z_stream stream = { 0 };

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8,
	                     Z_DEFAULT_STRATEGY),
	    Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)data;
	stream.avail_in = (uInt)size;
	stream.next_out = octets;
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	put(to, octets, stream.total_out);
	deflateEnd(&stream);
	free(octets);
}

#ifdef HAVE_ZSTD

static void
compress_zstd(struct image *to, const uint8_t *data, size_t size)
{
	size_t room = ZSTD_compressBound(size);
	uint8_t *octets = malloc(room);

	size = ZSTD_compress(octets, room, data, size, 3);
	assert_false(ZSTD_isError(size));
	put(to, octets, size);
	free(octets);
}

#else

/* A build without it has nothing to test. */
static void
compress_zstd(struct image *to, const uint8_t *data, size_t size)
{
	(void)to;
	(void)data;
	(void)size;
	skip();
}

#endif

typedef void compressor(struct image *to, const uint8_t *data, size_t size);

/* The image in two streams that follow each other, cut at any octet. */
static struct image
compressed(compressor *compress, struct image image)
{
	struct image two = { 0 };

	compress(&two, image.data, image.size / 2);
	compress(
	    &two, image.data + image.size / 2, image.size - image.size / 2);
	free(image.data);
	return two;
}

static void
both_octet_orders_and_both_resolutions_are_read(void **state)
{
	static const struct {
		uint32_t magic;
		bool big;
		int64_t ns;
	} kinds[] = {
		{ MICRO, false, 5000007000 },
		{ MICRO, true, 5000007000 },
		{ NANO, false, 5000000007 },
		{ NANO, true, 5000000007 },
	};
	struct capture_packet packet;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct image image = { .big = kinds[i].big };
		struct capture *capture;

		put_header(&image, kinds[i].magic, ETHERNET);
		put_packet(&image, 5, 7, 1);
		capture = open_file(file_whole(image), NULL);
		next_at(capture, kinds[i].ns);
		assert_int_equal(capture_next(capture, &packet), 0);
		assert_int_equal(capture_datalink(capture), ETHERNET);
		capture_close(&capture);
	}
}

/* As some Linux distributions wrote: eight octets more in each header. */
static void
kuznetzovs_pcap_is_read(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct image image = { .big = big };
		struct capture *capture;

		put_header(&image, KUZNETZOV, ETHERNET);
		for (uint8_t n = 1; n <= 3; n++) {
			put32(&image, n);
			put32(&image, 7);
			put32(&image, FRAME_SIZE);
			put32(&image, 1500);
			put32(&image, 0xffffffff);
			put32(&image, 0xffffffff);
			put_frame(&image, 17, n);
		}
		capture = open_file(file_whole(image), NULL);
		next_at(capture, 1000007000);
		next_at(capture, 2000007000);
		next_at(capture, 3000007000);
		assert_int_equal(count_packets(capture, 0), 0);
		capture_close(&capture);
	}
}

static void
old_versions_have_their_lengths_the_other_way_round(void **state)
{
	static const struct {
		uint16_t major, minor;
		bool swapped;
	} versions[] = { { 2, 0, true }, { 2, 2, true }, { 2, 3, true },
		{ 2, 3, false }, { 2, 4, false }, { 543, 0, true } };

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct image image = { 0 };
		struct capture *capture;

		put_header(&image, MICRO, ETHERNET);
		image.size = 4;
		put16(&image, versions[i].major);
		put16(&image, versions[i].minor);
		image.size = 24;
		put32(&image, 5);
		put32(&image, 7);
		put32(&image, versions[i].swapped ? 1500 : FRAME_SIZE);
		put32(&image, versions[i].swapped ? FRAME_SIZE : 1500);
		put_frame(&image, 17, 1);
		capture = open_file(file_whole(image), NULL);
		next_at(capture, 5000007000);
		capture_close(&capture);
	}
}

static void
versions_that_nobody_knows_are_refused(void **state)
{
	static const uint8_t versions[][4] = { { 1, 0, 4, 0 }, { 2, 0, 5, 0 },
		{ 3, 0, 0, 0 }, { 0x1f, 2, 1, 0 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct image image = image_of(1);

		memcpy(image.data + 4, versions[i], 4);
		refused(file_whole(image), NULL, " of pcap is not known");
	}
}

/* 17:16:10.2147483648, as tcpdump shows one. */
static void
fractions_of_more_than_a_second_count_and_are_told_once(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_header(&image, MICRO, ETHERNET);
	put_packet(&image, 10, 999999, 1);
	put_packet(&image, 10, 1000000, 2);
	put_packet(&image, 10, 0xffffffff, 3);
	capture = open_file(file_whole(image), NULL);
	next_at(capture, 10999999000);
	assert_null(capture_notice(capture));
	next_at(capture, 11000000000);
	next_at(capture, 10 * NS_PER_SECOND + 4294967295000);
	assert_int_equal(
	    capture_next(capture, &(struct capture_packet){ 0 }), 0);
	assert_contains(capture_notice(capture),
	    ": packet 2 has a time with 1000000 microseconds");
	capture_close(&capture);
	image = (struct image){ 0 };
	put_header(&image, NANO, ETHERNET);
	put_packet(&image, 10, 0xffffffff, 1);
	capture = open_file(file_whole(image), NULL);
	next_at(capture, 14294967295);
	assert_int_equal(
	    capture_next(capture, &(struct capture_packet){ 0 }), 0);
	assert_contains(capture_notice(capture),
	    ": packet 1 has a time with 4294967295 nanoseconds");
	capture_close(&capture);
}

static void
a_packet_longer_than_the_snap_length_is_cut_to_it(void **state)
{
	struct image image = { 0 };
	struct capture_packet packet;
	struct capture *capture;

	(void)state;
	put_header(&image, MICRO, ETHERNET);
	image.data[16] = 20;
	image.data[17] = 0; /* the snap length */
	put_packet(&image, 1, 0, 1);
	put_packet(&image, 2, 0, 2);
	capture = open_file(file_of(image, image.size - 1), NULL);
	assert_int_equal(capture_next(capture, &packet), 1);
	assert_int_equal(packet.captured, 20);
	assert_int_equal(packet.wire_length, 1500);
	assert_int_equal(capture_next(capture, &packet), -1);
	assert_contains(capture_error(capture),
	    ": octet 100, after packet 1: the file is cut: 75 octets follow, "
	    "expected 76");
	capture_close(&capture);
}

static void
a_packet_longer_than_any_is_damage(void **state)
{
	struct image image = image_of(1);

	(void)state;
	put_packet(&image, 2, 0, 2);
	image.data[24 + 16 + FRAME_SIZE + 8 + 2] = 4; /* 262144 and more */
	delivers(file_whole(image), 1, -1,
	    ": octet 100, after packet 1: a packet of 262204 octets; expected "
	    "at most 262144");
}

static void
one_packet_of_each_of_several_captures_is_held_at_once(void **state)
{
	struct capture *captures[3];
	struct capture_packet packets[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct image image = { 0 };

		put_header(&image, MICRO, ETHERNET);
		for (unsigned j = 0; j < 100; j++)
			put_packet(&image, 3 * j + i, 0, (uint8_t)i);
		captures[i] = open_file(file_whole(image), NULL);
		unlink(path); /* the next one is a file of its own */
		assert_int_equal(capture_next(captures[i], &packets[i]), 1);
	}
	for (unsigned n = 0; n < 300; n++) {
		unsigned first = n % 3;

		for (unsigned i = 0; i < 3; i++) {
			assert_true(
			    packets[first].time.ns <= packets[i].time.ns);
			assert_int_equal(packets[i].frame[FRAME_SIZE - 1], i);
		}
		assert_int_equal(capture_next(captures[first], &packets[first]),
		    n < 297 ? 1 : 0);
		if (n >= 297)
			packets[first].time = TIMESTAMP_MAX;
	}
	for (unsigned i = 0; i < 3; i++)
		capture_close(&captures[i]);
}

static void
the_time_of_the_first_packet_is_known_without_reading_on(void **state)
{
	timestamp time = { -1 };
	struct image image = image_of(9), empty = { 0 };

	(void)state;
	assert_int_equal(
	    capture_first_time(file_of(image, image.size - 1), &time), 0);
	assert_int_equal(time.ns, 1001000001000);
	assert_int_equal(
	    capture_first_time(
	        file_whole(compressed(compress_gzip, image_of(9))), &time),
	    0);
	assert_int_equal(time.ns, 1001000001000);
	put_header(&empty, MICRO, ETHERNET);
	assert_int_equal(capture_first_time(file_whole(empty), &time), -1);
	assert_int_equal(capture_first_time(folder, &time), -1);
	assert_int_equal(capture_first_time("/dev/null", &time), -1);
	assert_int_equal(capture_first_time("-", &time), -1);
	snprintf(path, sizeof(path), "%s/missing", folder);
	assert_int_equal(capture_first_time(path, &time), -1);
}

static void
time_may_go_backward(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_header(&image, MICRO, ETHERNET);
	put_packet(&image, 9, 0, 1);
	put_packet(&image, 8, 0, 2);
	capture = open_file(file_whole(image), NULL);
	next_at(capture, 9 * NS_PER_SECOND);
	next_at(capture, 8 * NS_PER_SECOND);
	capture_close(&capture);
}

static void
seconds_of_32_bits_reach_2106(void **state)
{
	struct image image = { 0 };
	struct capture *capture;

	(void)state;
	put_header(&image, NANO, ETHERNET);
	put_packet(&image, 0x7fffffff, 999999999, 1);
	put_packet(&image, 0x80000000, 1, 2);
	put_packet(&image, 0xffffffff, 999999999, 3);
	capture = open_file(file_whole(image), NULL);
	next_at(capture, INT64_C(2147483647999999999));
	next_at(capture, INT64_C(2147483648000000001));
	next_at(capture, INT64_C(4294967295999999999));
	capture_close(&capture);
}

static void
compressed_streams_that_follow_each_other_are_one_capture(void **state)
{
	struct image image;

	(void)state;
	delivers(
	    file_whole(compressed(compress_gzip, image_of(200))), 200, 0, NULL);
	delivers(
	    file_whole(compressed(compress_zstd, image_of(200))), 200, 0, NULL);
	image = compressed(compress_gzip, image_of(3));
	put(&image, "\0\0\0\0\0", 5);
	delivers(file_whole(image), 3, 0, NULL);
}

static void
skippable_zstd_frames_are_skipped(void **state)
{
	static const uint8_t skip[] = { 0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1,
		2, 3 };
	struct image plain = image_of(5), image = { 0 };

	(void)state;
	put(&image, skip, sizeof(skip));
	compress_zstd(&image, plain.data, plain.size);
	put(&image, skip, sizeof(skip));
	free(plain.data);
	delivers(file_whole(image), 5, 0, NULL);
}

/* Octets that compress to nothing smaller, so that blocks are many. */
static struct image
image_of_noise(unsigned count)
{
	struct image image = { 0 };
	uint32_t random = 1;

	put_header(&image, MICRO, ETHERNET);
	for (unsigned i = 0; i < count; i++) {
		put32(&image, i);
		put32(&image, 0);
		put32(&image, 4 * 1024);
		put32(&image, 4 * 1024);
		for (unsigned j = 0; j < 1024; j++) {
			random = random * 1664525 + 1013904223;
			put32(&image, random);
		}
	}
	return image;
}

static void
large_compressed_captures_are_read_whole(void **state)
{
	compressor *compressors[] = { compress_gzip, compress_zstd };
	struct capture_packet packet;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct image image =
		    compressed(compressors[i], image_of_noise(300));
		size_t size = image.size;
		struct capture *capture = open_file(file_whole(image), NULL);

		for (int64_t n = 0; n < 300; n++) {
			assert_int_equal(capture_next(capture, &packet), 1);
			assert_int_equal(packet.time.ns, n * NS_PER_SECOND);
		}
		assert_int_equal(capture_next(capture, &packet), 0);
		assert_int_equal(capture_octets_total(capture), size);
		assert_int_equal(capture_octets_read(capture), size);
		capture_close(&capture);
	}
}

static void
damage_late_in_a_compressed_capture_costs_nothing_before_it(void **state)
{
	compressor *compressors[] = { compress_gzip, compress_zstd };
	struct capture_packet packet;
	unsigned packets;
	int result;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct image plain = image_of_noise(300), image = { 0 };
		struct capture *capture;

		compressors[i](&image, plain.data, plain.size);
		free(plain.data);
		/* zstd keeps noise as raw blocks: break the end of the
		 * frame, gzip's trailer, or what the blocks announce. */
		memset(image.data + image.size - 200 * 1024, 0xff, 200 * 1024);
		capture = open_file(file_whole(image), NULL);
		packets = 0;
		while ((result = capture_next(capture, &packet)) == 1)
			packets++;
		assert_int_equal(result, -1);
		assert_in_range(packets, 220, 299);
		capture_close(&capture);
	}
}

static void
plain_files_tell_how_far_they_are_read(void **state)
{
	struct image image = image_of(3);
	size_t size = image.size;
	struct capture *capture = open_file(file_whole(image), NULL);

	(void)state;
	assert_int_equal(capture_octets_total(capture), size);
	assert_int_equal(capture_octets_read(capture), 24);
	assert_int_equal(count_packets(capture, 0), 3);
	assert_int_equal(capture_octets_read(capture), size);
	capture_close(&capture);
}

static void
a_cut_packet_ends_what_was_delivered_before_it(void **state)
{
	struct image image = image_of(32);

	(void)state;
	delivers(file_of(image, image.size - 1), 31, -1,
	    ", after packet 31: the file is cut: 75 octets follow, expected "
	    "76");
	image = image_of(32);
	delivers(file_of(image, image.size - FRAME_SIZE - 1), 31, -1,
	    ": octet 2380, after packet 31: the file is cut: 15 "
	    "octets follow, expected 16");
	image = image_of(32);
	delivers(file_of(image, image.size - FRAME_SIZE - 16), 31, 0, NULL);
}

static void
a_cut_compressed_file_is_never_a_clean_end(void **state)
{
	struct image image = image_of(9), whole = { 0 };

	(void)state;
	/* All but the trailer: every packet is there, and yet it is cut. */
	compress_gzip(&whole, image.data, image.size);
	delivers(file_of(whole, whole.size - 1), 9, -1,
	    " of what is unpacked, after packet 9: gzip: the file is cut");
	whole = (struct image){ 0 };
	compress_zstd(&whole, image.data, image.size);
	free(image.data);
	refused(file_of(whole, whole.size - 1), NULL,
	    "zstd: the file is cut inside a frame; expected");

	image = image_of(200);
	whole = (struct image){ 0 };
	compress_zstd(&whole, image.data, image.size - 100);
	compress_zstd(&whole, image.data + image.size - 100, 100);
	free(image.data);
	delivers(file_of(whole, whole.size - 1), 198, -1,
	    ", after packet 198: zstd: the file is cut");
}

static void
a_wrong_checksum_is_told_after_the_last_packet(void **state)
{
	struct image plain = image_of(9), image = { 0 };

	(void)state;
	compress_gzip(&image, plain.data, plain.size);
	free(plain.data);
	image.data[image.size - 8] ^= 1;
	delivers(file_whole(image), 9, -1,
	    ", after packet 9: gzip: incorrect data check");
}

static void
octets_behind_a_compressed_stream_are_told(void **state)
{
	struct image plain = image_of(9), image = { 0 };

	(void)state;
	compress_gzip(&image, plain.data, plain.size);
	put(&image, "more", 4);
	delivers(file_whole(image), 9, -1, "not gzip");
	image = (struct image){ 0 };
	compress_zstd(&image, plain.data, plain.size);
	free(plain.data);
	put(&image, "more than that", 14);
	delivers(file_whole(image), 9, -1, ", after packet 9: zstd: ");
}

static void
what_is_no_capture_is_refused_with_what_was_expected(void **state)
{
	struct image image = { 0 };

	(void)state;
	put(&image, "PK\003\004 this is no capture, not at all", 30);
	refused(file_whole(image), NULL, "neither pcap nor pcapng");
	image = image_of(0);
	refused(file_of(image, 9), NULL,
	    "the file is cut: 9 octets follow, expected 24");
	refused(file_of((struct image){ 0 }, 0), NULL,
	    ": empty; expected a pcap or pcapng capture");
	image = (struct image){ 0 };
	compress_gzip(&image, (const uint8_t *)"words, words, words", 19);
	refused(file_whole(image), NULL, "neither pcap nor pcapng inside gzip");
	image = (struct image){ 0 };
	compress_zstd(&image, (const uint8_t *)"", 0);
	refused(file_whole(image), NULL, "empty inside zstd");
}

static void
what_cannot_be_opened_is_refused_with_the_reason(void **state)
{
	(void)state;
	refused(folder, NULL, ": Is a directory; expected a pcap");
	snprintf(path, sizeof(path), "%s/missing", folder);
	refused(path, NULL, ": No such file or directory");
	file_whole(image_of(1));
	assert_int_equal(chmod(path, 0), 0);
	if (geteuid() != 0) /* root reads it all the same */
		refused(path, NULL, ": Permission denied");
	assert_int_equal(chmod(path, 0600), 0);
}

static void
link_types_have_names_known_or_not(void **state)
{
	static const struct {
		uint32_t linktype;
		const char *name;
	} kinds[] = { { 1, "EN10MB" }, { 9999, "DLT 9999" } };
	char name[CAPTURE_DATALINK_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct image image = { 0 };
		struct capture *capture;

		put_header(&image, MICRO, kinds[i].linktype);
		capture = open_file(file_whole(image), NULL);
		assert_string_equal(
		    capture_datalink_name(
		        capture_datalink(capture), name, sizeof(name)),
		    kinds[i].name);
		capture_close(&capture);
	}
}

static void
a_filter_lets_pass_what_it_names(void **state)
{
	struct capture *capture = open_file(file_whole(image_of(9)), "udp");
	struct capture_packet packet;

	(void)state;
	for (unsigned n = 1; n <= 9; n += 2) {
		assert_int_equal(capture_next(capture, &packet), 1);
		assert_int_equal(packet.frame[FRAME_SIZE - 1], n);
	}
	assert_int_equal(capture_next(capture, &packet), 0);
	capture_close(&capture);
	delivers(path, 9, 0, NULL);
	capture = open_file(path, "");
	assert_int_equal(count_packets(capture, 0), 9);
	capture_close(&capture);
}

static void
an_error_counts_packets_that_the_filter_left_out(void **state)
{
	struct image image = image_of(9);
	struct capture *capture =
	    open_file(file_of(image, image.size - 1), "icmp");

	(void)state;
	assert_int_equal(count_packets(capture, -1), 0);
	assert_contains(capture_error(capture), ", after packet 8: ");
	capture_close(&capture);
}

static void
a_bad_filter_is_refused_by_its_words(void **state)
{
	(void)state;
	refused(file_whole(image_of(1)), "tcp and nonsense of",
	    "filter \"tcp and nonsense of\" cannot be used: ");
}

/* Standard input from a pipe that another process fills octet by octet. */
static void
from_pipe(struct image image, unsigned packets, bool slow)
{
	int saved = dup(STDIN_FILENO), ends[2], status;
	struct capture *capture;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	assert_true((child = fork()) >= 0);
	if (child == 0) {
		size_t step = slow ? 1 : image.size;

		close(ends[0]);
		for (size_t i = 0; i < image.size; i += step)
			if (write(ends[1], image.data + i, step) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	capture = open_file("-", NULL);
	assert_string_equal(capture_path(capture), "standard input");
	assert_int_equal(count_packets(capture, 0), packets);
	assert_int_equal(capture_octets_total(capture), 0);
	assert_int_equal(capture_octets_read(capture), image.size);
	capture_close(&capture);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	free(image.data);
}

static void
standard_input_may_be_a_pipe_of_any_format(void **state)
{
	(void)state;
	for (int slow = 0; slow < 2; slow++) {
		from_pipe(image_of(200), 200, slow);
		from_pipe(compressed(compress_gzip, image_of(200)), 200, slow);
		from_pipe(compressed(compress_zstd, image_of(200)), 200, slow);
	}
}

static void
standard_input_may_be_a_file(void **state)
{
	int saved = dup(STDIN_FILENO);

	(void)state;
	assert_non_null(freopen(file_whole(image_of(7)), "rb", stdin));
	delivers("-", 7, 0, NULL);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    both_octet_orders_and_both_resolutions_are_read),
		cmocka_unit_test(kuznetzovs_pcap_is_read),
		cmocka_unit_test(
		    old_versions_have_their_lengths_the_other_way_round),
		cmocka_unit_test(versions_that_nobody_knows_are_refused),
		cmocka_unit_test(
		    fractions_of_more_than_a_second_count_and_are_told_once),
		cmocka_unit_test(
		    a_packet_longer_than_the_snap_length_is_cut_to_it),
		cmocka_unit_test(a_packet_longer_than_any_is_damage),
		cmocka_unit_test(
		    one_packet_of_each_of_several_captures_is_held_at_once),
		cmocka_unit_test(
		    the_time_of_the_first_packet_is_known_without_reading_on),
		cmocka_unit_test(time_may_go_backward),
		cmocka_unit_test(seconds_of_32_bits_reach_2106),
		cmocka_unit_test(
		    compressed_streams_that_follow_each_other_are_one_capture),
		cmocka_unit_test(skippable_zstd_frames_are_skipped),
		cmocka_unit_test(large_compressed_captures_are_read_whole),
		cmocka_unit_test(
		    damage_late_in_a_compressed_capture_costs_nothing_before_it),
		cmocka_unit_test(plain_files_tell_how_far_they_are_read),
		cmocka_unit_test(
		    a_cut_packet_ends_what_was_delivered_before_it),
		cmocka_unit_test(a_cut_compressed_file_is_never_a_clean_end),
		cmocka_unit_test(
		    a_wrong_checksum_is_told_after_the_last_packet),
		cmocka_unit_test(octets_behind_a_compressed_stream_are_told),
		cmocka_unit_test(
		    what_is_no_capture_is_refused_with_what_was_expected),
		cmocka_unit_test(
		    what_cannot_be_opened_is_refused_with_the_reason),
		cmocka_unit_test(link_types_have_names_known_or_not),
		cmocka_unit_test(a_filter_lets_pass_what_it_names),
		cmocka_unit_test(
		    an_error_counts_packets_that_the_filter_left_out),
		cmocka_unit_test(a_bad_filter_is_refused_by_its_words),
		cmocka_unit_test(standard_input_may_be_a_pipe_of_any_format),
		cmocka_unit_test(standard_input_may_be_a_file),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
