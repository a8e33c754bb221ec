/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between destination.c and the kinds of destinations, one file each.
 *
 * A kind is a struct with a struct destination as its first member, made by
 * its constructor with destination_alloc.  Its ops:
 *
 * - start opens; 0, or -1 with the reason in the destination's error.
 * - exchanges and message never fail: a kind that cannot go on records the
 *   error once and counts all that still comes as lost.
 * - finish: 0 where everything was delivered, else -1; nothing is waiting
 *   afterwards.  Not called where start failed.
 * - free releases what the kind holds beside the struct itself (descriptors,
 *   buffers, temporary files that never got their name); destination_free
 *   frees the struct.  May be NULL.  Called in every state.
 *
 * Counting: the exporter adds each exchange to records_due and to waiting;
 * the kind moves it on by destination_deliver or destination_lose.  Only a
 * file under its final name, or what the peer's kernel has, is delivered.
 */
#ifndef EXFLOW_OUTPUT_KIND_H
#define EXFLOW_OUTPUT_KIND_H

#include "exflow/output/destination.h"

/*
 * From the whole of -o (spec) and what follows the scheme (argument: "DIR",
 * "FILE", "HOST:PORT"; "" where nothing does).  Parses only, opens nothing.
 * NULL with a message in error that says what was expected.
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

/* Record the reason of a failure (no newline, no name: the log adds it). */
__attribute__((format(printf, 2, 3))) void destination_fail(
    struct destination *destination, const char *format, ...);

/* Move records from waiting to delivered, or to lost for this reason. */
void destination_deliver(struct destination *destination, uint64_t records);
void destination_lose(
    struct destination *destination, enum loss reason, uint64_t records);

#endif
