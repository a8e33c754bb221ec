/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For those who write a kind of destination.
 *
 * A kind is a struct with a struct destination as its first member, made by
 * its constructor with destination_alloc.  Its operations:
 *
 * - start opens; 0, or -1 with the reason in the destination's error.
 * - exchanges and message never fail: a kind that cannot go on records the
 *   error once and counts everything that still comes as lost.
 * - finish: 0 where everything was delivered, else -1; nothing is waiting
 *   afterwards.  Not called where start failed.
 * - free releases what the kind holds beside the struct itself (descriptors,
 *   buffers, temporary files that never got their name); destination_free
 *   frees the struct.  May be NULL.  Called in every state.
 *
 * Counting: the exporter adds each exchange to records_due and to waiting (with
 * uniflow, each side of it that sent something); the kind moves it on by
 * destination_deliver or destination_lose.  A kind with a thread of its own
 * counts there and uses destination_set_counts.  A record is delivered when its
 * file has its final name, or when the peer's kernel has acknowledged it.
 */
#ifndef EXFLOW_OUTPUT_KIND_H
#define EXFLOW_OUTPUT_KIND_H

#include "exflow/output/destination.h"

/*
 * Makes one from the whole of -o (spec) and what follows the scheme (argument:
 * "DIR", "FILE", "HOST:PORT"; "" where nothing follows).  It only parses and
 * opens nothing.  NULL with a message in error that says what was expected.
 */
typedef struct destination *destination_constructor(const char *spec,
    const char *argument, const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE]);

/*
 * Zeroed memory of size octets that starts with a struct destination, whose
 * ops, name and options are set.  NULL with a message in error.
 */
void *destination_alloc(size_t size, const struct destination_ops *ops,
    const char *spec, const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE]);

/* Set the error; without newline and name, which the log adds. */
__attribute__((format(printf, 2, 3))) void destination_fail(
    struct destination *destination, const char *format, ...);

/* Move records from waiting to delivered, or to lost for this reason. */
void destination_deliver(struct destination *destination, uint64_t records);
void destination_lose(
    struct destination *destination, enum loss reason, uint64_t records);
/* Whether its files follow the system's clock, and not the capture's. */
static inline bool
destination_by_system_clock(const struct destination *destination)
{
	enum archive_clock clock = destination->options.archive.clock;

	return clock == ARCHIVE_CLOCK_SYSTEM ||
	       (clock == ARCHIVE_CLOCK_AUTO && destination->options.live);
}
/*
 * Replace the counts by those that the destination's own thread keeps.
 * records_due, split, cut, left_out, parts, sums, LOSS_ENCODE and LOSS_NOT_V5
 * stay the export thread's;
 * waiting becomes what is neither delivered nor lost.
 */
void destination_set_counts(
    struct destination *destination, const struct destination_counts *counts);

#endif
