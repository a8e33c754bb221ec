/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readloop FILE: the floor of reading.  It walks the packet headers of a pcap
 * file of this machine's octet order with read(2) of 1 MB and pointers into
 * the buffer, counts, and does nothing else.
 *
 *	 headroom ┌───────────────────────────┐
 *	······part│ofapacket│packet│…         │
 *	          └───────────────────────────┘
 *	          page: here read(2) writes
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096
#define ROOM 1048576
#define HEADROOM 0x84000
#define FILE_HEADER 24
#define PACKET_HEADER 16
#define CAPTURED_AT 8
#define LENGTH_AT 12

struct walk {
	unsigned long long packets, octets;
};

static uint32_t
load(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The whole packets of what is there; where the rest begins. */
static const uint8_t *
walk_packets(struct walk *walk, const uint8_t *next, const uint8_t *end)
{
	while (end - next >= PACKET_HEADER) {
		size_t size = PACKET_HEADER + (size_t)load(next + CAPTURED_AT);

		if ((size_t)(end - next) < size)
			break;
		walk->packets++;
		walk->octets += load(next + LENGTH_AT);
		next += size;
	}
	return next;
}

static int
walk_file(struct walk *walk, int fd, uint8_t *memory)
{
	uint8_t *page = memory + HEADROOM;
	const uint8_t *next = page;
	size_t rest = 0;
	ssize_t count;

	while ((count = read(fd, page, ROOM)) > 0) {
		next = page - rest;
		if (walk->packets == 0 && rest == 0)
			next += FILE_HEADER;
		next = walk_packets(walk, next, page + count);
		rest = (size_t)(page + count - next);
		if (rest > HEADROOM) {
			errno = EINVAL;
			return -1;
		}
		memmove(page - rest, next, rest);
	}
	return count == 0 && rest == 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	uint8_t *memory = aligned_alloc(PAGE, HEADROOM + ROOM);
	struct walk walk = { 0 };
	int fd;

	if (argc != 2) {
		fputs("usage: readloop FILE\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (memory == NULL || fd == -1 || walk_file(&walk, fd, memory) == -1) {
		fprintf(stderr, "readloop: %s: %s\n", argv[1],
		    errno != 0 ? strerror(errno) : "not a whole pcap file");
		return 1;
	}
	printf("{\"packets\": %llu, \"octets\": %llu}\n", walk.packets,
	    walk.octets);
	close(fd);
	free(memory);
	return 0;
}
