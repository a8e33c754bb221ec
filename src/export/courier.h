/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The courier of a collector: a thread that carries messages over TCP or TLS,
 * connects anew as often as it takes, and counts (EXPORT, "What a destination
 * does").  A thread for each collector, so that a disk that stalls or a
 * handshake that computes holds up no other one; within it nothing waits but
 * one poll and the collector's own spool.
 *
 *            full, or older wait on disk         connected
 *   outbox ───────────────────────────► spool ───────────┐
 *      └────────────── else ──────────────────────────► unsent ─► sent
 *
 * A message is acknowledged when the peer's kernel has it.  It is kept a
 * little longer, as the peer's program may not have read it yet: a collector
 * that dies takes along what its kernel acknowledged.  When the connection
 * breaks, all that is kept goes out again over the next one.
 */
#ifndef EXFLOW_EXPORT_COURIER_H
#define EXFLOW_EXPORT_COURIER_H

#include "exflow/destination.h"
#include "peer.h"

struct courier;
struct tls;

/*
 * Takes over the peer and the TLS context (NULL: plain TCP); label names the
 * spool's folder.  NULL with a message in error.
 */
struct courier *courier_new(const struct destination *destination,
    struct peer *peer, struct tls *tls, const char *label,
    char error[DESTINATION_ERROR_SIZE]);
/* What the greeting is made of; starts the thread.  0, or -1. */
int courier_start(struct courier *courier, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count,
    char error[DESTINATION_ERROR_SIZE]);
void courier_message(struct courier *courier, const struct message *message);
/* One of domain 0: goes out if there is a connection. */
void courier_statistics(struct courier *courier, const struct message *message);
/* Counts and error of the destination as of now. */
void courier_read(struct courier *courier, struct destination *destination);
/* Nothing more will come. */
void courier_ending(struct courier *courier);
/*
 * Send what is left, for as long as the options allow, or at once put it into
 * the spool for another one; ends the thread.
 */
void courier_finish(struct courier *courier, bool at_once);
void courier_free(struct courier **courier);

#endif
