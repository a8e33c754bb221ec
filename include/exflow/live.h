/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One handle on a network interface, through libpcap (TPACKET_V3 where there
 * is one).  An interface that goes down, vanishes or comes back is logged,
 * waited for and opened again by the handle itself.
 */
#ifndef EXFLOW_LIVE_H
#define EXFLOW_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exflow/capture.h"

#define LIVE_RING_DEFAULT 32 /* MiB */
#define LIVE_RING_MIN 1
#define LIVE_RING_MAX 4096
#define LIVE_SNAPLEN_DEFAULT 256 /* headers and what is parsed of them */

struct live_options {
	const char *interface; /* a name, or "any" */
	const char *filter;    /* NULL: every packet */
	unsigned ring_megabytes;
	unsigned snaplen;
	bool promiscuous;
	/* Handles of one interface that share its packets; 0 or 1: alone. */
	unsigned group_size;
	uint16_t group;
};

enum live_state {
	LIVE_UP,
	LIVE_DOWN, /* there, but down: packets will come when it is up */
	LIVE_GONE, /* waited for */
};
const char *live_state_name(enum live_state state);

/* Since the start, over every time that it was opened. */
struct live_counts {
	char name[64];
	uint32_t index; /* of the interface, 0: any or gone */
	enum live_state state;
	uint64_t packets;         /* read */
	uint64_t octets;          /* on the wire */
	uint64_t kernel_drops;    /* for want of room in the ring */
	uint64_t interface_drops; /* by the driver, where it says so */
	uint64_t reopened;
};

struct live;

/* Names and descriptions of what can be captured on, for -D. */
int live_list(FILE *stream, char error[CAPTURE_ERROR_SIZE]);

/* NULL with a message that names the interface and what was expected. */
struct live *live_open(
    const struct live_options *options, char error[CAPTURE_ERROR_SIZE]);
void live_close(struct live **live);

#endif
