/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capture files of a run as one stream, in the order of time.
 *
 *	     open          open             not yet due
 *	  ┌─ a.pcap ─┐  ┌─ b.pcap ─┐      c.pcap (from 10:05)
 *	  │ 10:00:01 │  │ 10:00:03 │
 *	  └────┬─────┘  └────┬─────┘
 *	       └─ the oldest ┴─► inputs_next
 *
 * Each file that is open shows its next packet, and the oldest of these is
 * handed out.  A file is opened when the time of its first packet has come, so
 * that of files which follow each other only one is open.  A file whose first
 * packet cannot be looked at in advance (a pipe, a file without packets) is
 * opened at the start.  Within a file packets keep their order.
 *
 * Each file has a guarded clock of its own (timeline.h), so that one packet
 * with a wrong date neither holds its file back nor sends it ahead.  To tell,
 * the packet behind it is read, and waits until it is its turn.  The packets
 * that are handed out have the dates that they had.
 *
 * Without merging, files are read one after the other, as they were named.
 *
 * A file that cannot be opened, is damaged, or has no packet that can be
 * decoded is logged, counts as failed, and the others are read.
 */
#ifndef EXFLOW_SRC_OFFLINE_INPUTS_H
#define EXFLOW_SRC_OFFLINE_INPUTS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/capture/capture.h"
#include "exflow/status/progress.h"

#include "exflow/offline/interface_numbers.h"

struct inputs_options {
	char *const *paths; /* "-" for standard input */
	size_t count;
	const char *filter; /* NULL: every packet */
	bool merge;
	duration clock_jump;         /* see timeline.h */
	bool (*idle)(void *context); /* see capture_set_idle */
	void *context;
	const volatile sig_atomic_t *stop; /* set: no more packets; or NULL */
	struct progress *progress;         /* cleared before a message */
	/* Labels interfaces; NULL: by their order in each file. */
	struct interface_numbers *numbers;
};

struct inputs;

/* Borrows what the options point to.  NULL without memory. */
struct inputs *inputs_new(const struct inputs_options *options);
void inputs_free(struct inputs **inputs); /* idempotent, sets NULL */

/* The next packet, valid until the next call; NULL at the end. */
const struct capture_packet *inputs_next(struct inputs *inputs);
/*
 * The link type of the packet handed out last cannot be decoded: its
 * interface is named, once.
 */
void inputs_undecodable(struct inputs *inputs);

/* Whether any input failed, so far. */
bool inputs_failed(const struct inputs *inputs);
/* Octets read so far of all files, as they lie on disk. */
uint64_t inputs_octets_read(const struct inputs *inputs);

#endif
