/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One handle on a network interface, through libpcap (TPACKET_V3 on Linux).
 * An interface that goes down, vanishes or comes back is logged, waited for
 * and opened again.  A handle belongs to one thread; only its counts may be
 * read by others.
 */
#ifndef EXFLOW_LIVE_H
#define EXFLOW_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exflow/capture.h"

#define LIVE_RING_DEFAULT 4 /* MiB: an idle probe is to be small */
#define LIVE_RING_MIN 1
#define LIVE_RING_MAX 2000
#define LIVE_SNAPLEN_DEFAULT 256 /* headers, and what is parsed of them */
#define LIVE_SNAPLEN_MIN 64
#define LIVE_SNAPLEN_MAX 262144
#define LIVE_NAME_SIZE 64

/* A packet is seen at most this long after it came: a block of the ring. */
#define LIVE_DELAY_MS 100

struct live_options {
	const char *interface; /* a name, or "any"; copied */
	const char *filter;    /* NULL: every packet; copied */
	unsigned ring_megabytes;
	unsigned snaplen;
	bool promiscuous;
	/* Handles of one interface that share its packets; 0 or 1: alone. */
	unsigned group_size;
	uint16_t group; /* the same number for all of them */
};

enum live_state {
	LIVE_UP,
	LIVE_DOWN, /* there, but down: packets come when it is up */
	LIVE_GONE, /* waited for */
};
const char *live_state_name(enum live_state state); /* "up", … */

/* Since the start, over every time that it was opened. */
struct live_counts {
	char name[LIVE_NAME_SIZE];
	uint32_t index; /* of the interface, 0: any, or gone */
	enum live_state state;
	uint64_t packets;         /* read */
	uint64_t octets;          /* of these on the wire */
	uint64_t kernel_drops;    /* for want of room in the ring */
	uint64_t interface_drops; /* by the driver, where it says so */
	uint64_t reopened;
};

struct live;

/*
 * Print the names and descriptions of what can be captured on (-D).  0, or
 * -1 with a message.
 */
int live_list(FILE *stream, char error[CAPTURE_ERROR_SIZE]);

/* NULL with a message that names the interface and what was expected. */
struct live *live_open(
    const struct live_options *options, char error[CAPTURE_ERROR_SIZE]);
void live_close(struct live **live); /* idempotent, sets NULL */

/*
 * All handles of a group are open: what came before was shared out another
 * way, and is skipped.
 */
void live_begin(struct live *live);

const char *live_name(const struct live *live);
/* To be waited for in poll(2); -1 while the interface is gone. */
int live_descriptor(const struct live *live);
/* DLT_…; it may be another one after the interface came back. */
int live_datalink(const struct live *live);

/* The packet is valid during the call; interface is the one it came in by. */
typedef void live_handler(
    void *context, const struct capture_packet *packet, uint32_t interface);

/*
 * Hand on what is there, without waiting, at most about limit packets.
 * How many they were; 0 also where the interface is gone.
 */
unsigned live_read(
    struct live *live, unsigned limit, live_handler *handler, void *context);

/*
 * Once a second or so: read the drops, look whether the interface is up, open
 * it again where it is back.  True where it was opened again.
 */
bool live_look(struct live *live);
/*
 * The interface is gone, and what came before is still being read: look again
 * after 2 * LIVE_DELAY_MS.
 */
bool live_leaving(const struct live *live);

/* From any thread. */
void live_counts(const struct live *live, struct live_counts *counts);

#endif
