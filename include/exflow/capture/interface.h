/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One handle on a network interface, through libpcap (TPACKET_V3 on Linux).
 * An interface that goes down, vanishes or comes back is logged, waited for
 * and opened again.  A handle belongs to one thread; only its counts may be
 * read by others.
 */
#ifndef EXFLOW_CAPTURE_INTERFACE_H
#define EXFLOW_CAPTURE_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exflow/capture/capture.h"

#define INTERFACE_RING_DEFAULT 4 /* MiB: an idle probe is to be small */
#define INTERFACE_RING_MIN 1
#define INTERFACE_RING_MAX 2000
#define INTERFACE_SNAPLEN_DEFAULT 256 /* headers, and what is parsed of them */
#define INTERFACE_SNAPLEN_MIN 64
#define INTERFACE_SNAPLEN_MAX 262144
#define INTERFACE_NAME_SIZE 64

/* A packet is seen at most this long after it came: a block of the ring. */
#define INTERFACE_DELAY_MS 100

struct interface_options {
	const char *interface; /* a name, or "any"; copied */
	const char *filter;    /* NULL: every packet; copied */
	unsigned ring_megabytes;
	unsigned snaplen;
	bool promiscuous;
	/* Handles of one interface that share its packets; 0 or 1: alone. */
	unsigned group_size;
	uint16_t group; /* the same number for all of them */
};

enum interface_state {
	INTERFACE_UP,
	INTERFACE_DOWN, /* there, but down: packets come when it is up */
	INTERFACE_GONE, /* waited for */
};
const char *interface_state_name(enum interface_state state); /* "up", … */

/* Since the start, over every time that it was opened. */
struct interface_counts {
	char name[INTERFACE_NAME_SIZE];
	uint32_t index; /* of the interface, 0: any, or gone */
	enum interface_state state;
	uint64_t packets;         /* read */
	uint64_t octets;          /* of these on the wire */
	uint64_t kernel_drops;    /* for want of room in the ring */
	uint64_t interface_drops; /* by the driver, where it says so */
	uint64_t reopened;
};

struct interface;

/*
 * Print the names and descriptions of what can be captured on (-D).  0, or
 * -1 with a message.
 */
int interface_list(FILE *stream, char error[CAPTURE_ERROR_SIZE]);

/* NULL with a message that names the interface and what was expected. */
struct interface *interface_open(
    const struct interface_options *options, char error[CAPTURE_ERROR_SIZE]);
void interface_close(struct interface **live); /* idempotent, sets NULL */

/*
 * All handles of a group are open: what came before was shared out another
 * way, and is skipped.
 */
void interface_begin(struct interface *live);

const char *interface_name(const struct interface *live);
/* To be waited for in poll(2); -1 while the interface is gone. */
int interface_descriptor(const struct interface *live);
/* DLT_…; it may be another one after the interface came back. */
int interface_datalink(const struct interface *live);

/* The packet is valid during the call; interface is the one it came in by. */
typedef void interface_handler(
    void *context, const struct capture_packet *packet, uint32_t interface);

/*
 * Hand on what is there, without waiting, at most about limit packets.
 * How many they were; 0 also where the interface is gone.
 */
unsigned interface_read(struct interface *live, unsigned limit,
    interface_handler *handler, void *context);

/*
 * Once a second or so: read the drops, look whether the interface is up, open
 * it again where it is back.  True where it was opened again.
 */
bool interface_look(struct interface *live);
/*
 * The interface is gone, and what came before is still being read: look again
 * after 2 * INTERFACE_DELAY_MS.
 */
bool interface_leaving(const struct interface *live);

/* From any thread. */
void interface_counts(
    const struct interface *live, struct interface_counts *counts);

#endif
