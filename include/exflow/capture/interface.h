/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One handle on a network interface, through libpcap (TPACKET_V3 on Linux).
 * When the interface goes down or is removed, the handle logs that, waits and
 * opens it again when it is back.  A handle belongs to one thread; other
 * threads may read its counts.
 */
#ifndef EXFLOW_CAPTURE_INTERFACE_H
#define EXFLOW_CAPTURE_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exflow/capture/capture.h"
#include "exflow/record/interface_names.h"

#define INTERFACE_RING_DEFAULT 4 /* MiB: an idle probe stays small */
#define INTERFACE_RING_MIN 1
#define INTERFACE_RING_MAX 2000
#define INTERFACE_SNAPLEN_DEFAULT 256 /* the headers that are parsed */
#define INTERFACE_SNAPLEN_NAMES 4608  /* … and the first octets behind them */
#define INTERFACE_SNAPLEN_MIN 64
#define INTERFACE_SNAPLEN_MAX 262144
#define INTERFACE_NAME_SIZE 64

/*
 * The kernel hands over a block of the ring at the latest after this time, or
 * after the shorter one that the options ask for.
 */
#define INTERFACE_DELAY_MS 100

struct interface_options {
	const char *interface; /* a name, or "any"; copied */
	const char *filter;    /* NULL: every packet; copied */
	unsigned ring_megabytes;
	unsigned snaplen; /* octets of a packet that the kernel keeps */
	bool promiscuous;
	unsigned delay_ms;   /* shorter than INTERFACE_DELAY_MS; 0: that */
	unsigned group_size; /* handles that share the packets; 0, 1: alone */
	/*
	 * The same number for all of them, which no other process has.  The
	 * handle that is opened first has the first share of the packets, and
	 * so on: with the same order on another interface, that one's handles
	 * have packets of the same addresses.
	 */
	uint16_t group;
	struct interface_names *names; /* told of it; NULL: nobody */
};

enum interface_state {
	INTERFACE_UP,
	INTERFACE_DOWN, /* exists, but has no packets until it is up */
	INTERFACE_GONE, /* does not exist until it is created again */
};
const char *interface_state_name(enum interface_state state); /* "up", … */

/* Since the start; opening the interface again does not reset them. */
struct interface_counts {
	char name[INTERFACE_NAME_SIZE];
	uint32_t index; /* of the interface; 0: "any", or gone */
	enum interface_state state;
	uint64_t packets;         /* read */
	uint64_t octets;          /* of these packets on the wire */
	uint64_t kernel_drops;    /* packets that found the ring full */
	uint64_t interface_drops; /* packets that the driver says it lost */
	uint64_t reopened;        /* times */
};

struct interface;

/*
 * Print the names and descriptions of what can be captured on (-D).  0, or
 * -1 with a message.
 */
int interface_list(FILE *stream, char error[CAPTURE_ERROR_SIZE]);

/* Whether there is something of this name to capture on. */
bool interface_exists(const char *name);

/* NULL with a message that names the interface and what was expected. */
struct interface *interface_open(
    const struct interface_options *options, char error[CAPTURE_ERROR_SIZE]);
void interface_close(struct interface **live); /* idempotent, sets NULL */

/*
 * Call it when all handles of a group are open: packets that came before were
 * shared among fewer of them, and are skipped.
 */
void interface_begin(struct interface *live);

const char *interface_name(const struct interface *live);
/* For poll(2); -1 while the interface is gone. */
int interface_descriptor(const struct interface *live);
/* DLT_…; another one, perhaps, once the interface was opened again. */
int interface_datalink(const struct interface *live);

/* The packet is valid during the call; interface is the index of its own. */
typedef void interface_handler(
    void *context, const struct capture_packet *packet, uint32_t interface);

/*
 * Call handler for each packet in the ring, at most about limit, without
 * waiting.  Returns how many; 0 also where the interface is gone.
 */
unsigned interface_read(struct interface *live, unsigned limit,
    interface_handler *handler, void *context);

/*
 * Call it about once a second: it reads the drops, checks whether the
 * interface is up, and, where the caller allows it, opens it again if it is
 * back.  True if it was opened.
 */
bool interface_look(struct interface *live, bool may_open);
/*
 * The interface is gone, and the ring may still hold packets: call
 * interface_look again after 2 * INTERFACE_DELAY_MS.
 */
bool interface_leaving(const struct interface *live);

/* From any thread. */
void interface_counts(
    const struct interface *live, struct interface_counts *counts);

#endif
