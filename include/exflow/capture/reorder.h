/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments of several interfaces in the order of time.
 *
 * Each interface has a ring buffer of the segments that were read from it.
 * What is released is the oldest of all, as soon as no interface can still
 * bring an older one:
 *
 *	eth0  ── 1 ─ 4 ─ 5 ──►  read up to 5
 *	eth1  ── 2 ─ 3 ──────►  read up to 3: 1, 2, 3 are released
 *
 * An interface that is silent holds the others back, but for the time
 * "reorder" at most: what is that old goes anyway.  When a ring is full, the
 * oldest of all rings are released until it has room; these are counted
 * (early).  With one interface nothing
 * waits: the caller does not need a reorder buffer then.
 *
 * Used by one thread.  The rings are allocated at the start; their pages are
 * touched when they are needed.
 */
#ifndef EXFLOW_CAPTURE_REORDER_H
#define EXFLOW_CAPTURE_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/decode/segment.h"
#include "exflow/decode/segment_detail.h"
#include "exflow/names/payload.h"

#define REORDER_SEGMENTS 65536    /* of an interface that wait at most */
#define REORDER_OCTETS (1u << 22) /* of an interface's payloads, likewise */
#define REORDER_KEPT_MAX 4608     /* octets of one of them */

/* A packet between reading and metering. */
struct reorder_entry {
	timestamp time;    /* of the packet, on the clock of the worker */
	bool matched;      /* segment is set; else only time goes on */
	bool with_payload; /* … and so is reorder_payload() */
	struct segment segment;
	struct segment_detail detail; /* where it is wanted */
};

struct reorder;

typedef void reorder_handler(void *context, const struct reorder_entry *entry);

/* For so many interfaces; NULL without memory. */
struct reorder *reorder_new(
    size_t interfaces, duration hold, reorder_handler *handler, void *context);
void reorder_free(struct reorder **reorder); /* idempotent, sets NULL */

/*
 * The place for the next packet of an interface, filled by the caller before
 * reorder_put.  Where the ring, or that of payloads, is full, the oldest of all
 * go to the handler first.
 */
struct reorder_entry *reorder_slot(struct reorder *reorder, size_t interface);
void reorder_put(struct reorder *reorder, size_t interface);
/*
 * Whether payloads are kept; nothing may wait when that changes.  0, or -1 with
 * errno ENOMEM: they are not.
 */
int reorder_want_payloads(struct reorder *reorder, bool want);
/*
 * Where they are: keep a copy of a payload, of up to REORDER_KEPT_MAX octets
 * with its name, for the entry of the slot, which is then put with_payload.
 */
void reorder_keep(struct reorder *reorder, size_t interface,
    const struct segment_payload *payload);
/* That of an entry with_payload, for the handler. */
const struct segment_payload *reorder_payload(
    const struct reorder *reorder, const struct reorder_entry *entry);
/*
 * All that was readable by now has been put: hand on, in the order of time,
 * what nothing older can come before any more.
 */
void reorder_release(struct reorder *reorder, timestamp now);
/* All of it: no more packets will come. */
void reorder_flush(struct reorder *reorder);

/* Packets with a segment that wait; and that went before their time. */
uint64_t reorder_waiting(const struct reorder *reorder);
uint64_t reorder_early(const struct reorder *reorder);

#endif
