/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the readers of both formats share: the window, the interfaces, and
 * words about what is wrong.  capture.c opens and closes it.
 */
#ifndef EXFLOW_SRC_CAPTURE_READING_H
#define EXFLOW_SRC_CAPTURE_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/capture/capture.h"

#include "file_interfaces.h"
#include "window.h"

#define READING_WORDS 256

struct reading {
	/* The format's own: as capture_next, whether or not a packet passes. */
	int (*next)(struct reading *reading, struct capture_packet *packet);
	struct window window;
	struct interfaces interfaces;
	const struct described *from; /* the interface of the last packet */
	uint64_t packets;             /* read before, passed or not */
	uint64_t record;              /* position of what was begun last */
	bool swapped;                 /* numbers are in the other order */
	bool uniform;                 /* as capture_is_uniform */
	char reason[READING_WORDS];   /* of damage */
	char notice[READING_WORDS];   /* something odd; "": nothing */
	/* pcap alone */
	uint32_t header_size; /* of a packet */
	uint32_t fraction_ns; /* what a fraction counts */
	uint32_t second;      /* and how many of these it has */
	uint32_t most;        /* octets of a packet that is handed out whole */
	enum {
		LENGTHS_RIGHT,
		LENGTHS_SWAPPED,
		LENGTHS_MAYBE
	} lengths;
	/* pcapng alone */
	timestamp time;     /* of the last packet that had one */
	uint32_t block_max; /* octets of a block */
	bool unchecked;     /* of the first block, a second length */
};

/*
 * Begin to read a format, before anything of the file is used.  1 where the
 * file has it, 0 where it is another one, -1 where it is damaged.
 */
int pcap_file_begin(struct reading *reading);
int pcapng_file_begin(struct reading *reading);

/* Damage in what was begun last, in words.  Returns -1. */
int reading_damaged(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The file ends inside something of so many octets.  Returns -1. */
int reading_cut(struct reading *reading, uint64_t wanted, uint64_t there);

/*
 * Headers that libpcap makes up are in the order of the machine that wrote
 * the file, which is the other one: make them as live capture has them.
 */
void reading_to_host_order(
    struct reading *reading, const struct capture_packet *packet);

#endif
