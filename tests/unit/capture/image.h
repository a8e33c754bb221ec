/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures are built in memory, octet by octet, and written to a folder of
 * their own, so that every damage is exactly where the test wants it.  Only
 * for tests, each of which uses some of it.
 */
#ifndef EXFLOW_TESTS_IMAGE_H
#define EXFLOW_TESTS_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "exflow/capture/capture.h"

#define MICRO 0xa1b2c3d4u
#define NANO 0xa1b23c4du
#define KUZNETZOV 0xa1b2cd34u
#define ETHERNET 1
#define FRAME_SIZE 60

struct image {
	uint8_t *data;
	size_t size, room;
	bool big; /* octet order of the numbers to come */
};

static char folder[64];
static char path[128];

static inline void
put(struct image *image, const void *data, size_t size)
{
	if (image->size + size > image->room) {
		image->room = 2 * (image->size + size);
		image->data = realloc(image->data, image->room);
		assert_non_null(image->data);
	}
	memcpy(image->data + image->size, data, size);
	image->size += size;
}

static inline void
put_number(struct image *image, uint32_t value, unsigned octets)
{
	for (unsigned i = 0; i < octets; i++) {
		unsigned at = image->big ? octets - 1 - i : i;
		uint8_t octet = (uint8_t)(value >> (8 * at));

		put(image, &octet, 1);
	}
}

static inline void
put32(struct image *image, uint32_t value)
{
	put_number(image, value, 4);
}

static inline void
put16(struct image *image, uint32_t value)
{
	put_number(image, value, 2);
}

static inline void
put_header(struct image *image, uint32_t magic, uint32_t linktype)
{
	put32(image, magic);
	put16(image, 2);
	put16(image, 4);
	put32(image, 0);
	put32(image, 0);
	put32(image, 65535);
	put32(image, linktype);
}

/* An Ethernet frame with IPv4, UDP or TCP; its last octet is n. */
static inline void
put_frame(struct image *image, uint8_t protocol, uint8_t n)
{
	uint8_t frame[FRAME_SIZE] = { [12] = 8, [14] = 0x45, [17] = 46 };

	frame[23] = protocol;
	frame[FRAME_SIZE - 1] = n;
	put(image, frame, sizeof(frame));
}

static inline void
put_packet(struct image *image, uint32_t seconds, uint32_t fraction, uint8_t n)
{
	put32(image, seconds);
	put32(image, fraction);
	put32(image, FRAME_SIZE);
	put32(image, 1500);
	put_frame(image, n % 2 == 0 ? 6 : 17, n);
}

/* A capture of count packets, one a second from 1000. */
static inline struct image
image_of(uint8_t count)
{
	struct image image = { 0 };

	put_header(&image, MICRO, ETHERNET);
	for (uint8_t i = 1; i <= count; i++)
		put_packet(&image, 1000u + i, i, i);
	return image;
}

static inline void
put_section(struct image *image)
{
	put32(image, 0x0a0d0d0a);
	put32(image, 28);
	put32(image, 0x1a2b3c4d);
	put16(image, 1);
	put16(image, 0);
	put32(image, 0xffffffff);
	put32(image, 0xffffffff);
	put32(image, 28);
}

/* An interface whose clock counts 10^-resolution seconds. */
static inline void
put_interface(struct image *image, uint32_t linktype, uint8_t resolution)
{
	uint8_t value[4] = { resolution };

	put32(image, 1);
	put32(image, 32);
	put16(image, linktype);
	put16(image, 0);
	put32(image, 65535);
	put16(image, 9);
	put16(image, 1);
	put(image, value, sizeof(value));
	put32(image, 0);
	put32(image, 32);
}

static inline void
put_block(struct image *image, uint32_t interface, uint64_t time, uint8_t n)
{
	put32(image, 6);
	put32(image, 32 + FRAME_SIZE);
	put32(image, interface);
	put32(image, (uint32_t)(time >> 32));
	put32(image, (uint32_t)time);
	put32(image, FRAME_SIZE);
	put32(image, 1500);
	put_frame(image, 17, n);
	put32(image, 32 + FRAME_SIZE);
}

/* Write the first size octets to a file; the image is used up. */
static inline const char *
file_of(struct image image, size_t size)
{
	FILE *file;

	snprintf(path, sizeof(path), "%s/capture", folder);
	assert_non_null(file = fopen(path, "wb"));
	assert_true(size <= image.size);
	if (size > 0) /* an empty image has no octets to point at */
		assert_int_equal(fwrite(image.data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	free(image.data);
	return path;
}

static inline const char *
file_whole(struct image image)
{
	return file_of(image, image.size);
}

static inline struct capture *
open_file(const char *name, const char *filter)
{
	char error[CAPTURE_ERROR_SIZE] = "";
	struct capture *capture = capture_open(name, filter, error);

	assert_string_equal(error, "");
	assert_non_null(capture);
	return capture;
}

static inline void
assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

static inline void
refused(const char *name, const char *filter, const char *words)
{
	char error[CAPTURE_ERROR_SIZE] = "";
	struct capture *capture = capture_open(name, filter, error);

	assert_null(capture);
	if (strcmp(name, "-") != 0)
		assert_contains(error, name);
	assert_contains(error, words);
}

static inline void
next_at(struct capture *capture, uint64_t ns)
{
	struct capture_packet packet;

	assert_int_equal(capture_next(capture, &packet), 1);
	assert_int_equal(packet.time.ns, ns);
	assert_int_equal(packet.captured, FRAME_SIZE);
	assert_int_equal(packet.wire_length, 1500);
}

/* Packets up to the end, which is what the last capture_next says. */
static inline unsigned
count_packets(struct capture *capture, int end)
{
	struct capture_packet packet;
	unsigned count = 0;
	int result;

	while ((result = capture_next(capture, &packet)) == 1)
		assert_int_equal(packet.frame[FRAME_SIZE - 1], ++count);
	assert_int_equal(result, end);
	assert_int_equal(capture_next(capture, &packet), end);
	return count;
}

static inline void
delivers(const char *name, unsigned packets, int end, const char *words)
{
	struct capture *capture = open_file(name, NULL);

	assert_int_equal(count_packets(capture, end), packets);
	if (words != NULL) {
		assert_contains(capture_error(capture), name);
		assert_contains(capture_error(capture), words);
	}
	capture_close(&capture);
	assert_null(capture);
	capture_close(&capture);
}

static inline int
make_folder(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%.40s/exflow-capture.XXXXXX",
	    base != NULL && strlen(base) <= 40 ? base : "/tmp");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static inline int
remove_folder(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/capture", folder);
	unlink(path);
	return rmdir(folder);
}

#endif
