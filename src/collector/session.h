/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The session of a collector: a thread that carries messages over TCP or TLS,
 * connects anew as often as it takes, and counts (EXPORT, "What a destination
 * does").  A thread for each collector, so that a disk that stalls or a
 * handshake that computes holds up no other one; within it nothing waits but
 * one poll and the collector's own spool.
 *
 *            full, or older wait on disk         connected
 *   queue ───────────────────────────► spool ───────────┐
 *      └────────────── else ──────────────────────────► unsent ─► sent
 *
 * A message is acknowledged when the peer's kernel has it.  It is kept a
 * little longer, as the peer's program may not have read it yet: a collector
 * that dies takes along what its kernel acknowledged.  When the connection
 * breaks, all that is kept goes out again over the next one.
 */
#ifndef EXFLOW_SRC_COLLECTOR_SESSION_H
#define EXFLOW_SRC_COLLECTOR_SESSION_H

#include "exflow/output/destination.h"

#include "peer.h"

struct session;
struct tls;

/*
 * Takes over the peer and the TLS context (NULL: plain TCP); label names the
 * spool's folder.  NULL with a message in error.
 */
struct session *session_new(const struct destination *destination,
    struct peer *peer, struct tls *tls, const char *label,
    char error[DESTINATION_ERROR_SIZE]);
/* What the preamble is made of; starts the thread.  0, or -1. */
int session_start(struct session *session, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count,
    char error[DESTINATION_ERROR_SIZE]);
void session_message(struct session *session, const struct message *message);
/* One of domain 0: goes out if there is a connection. */
void session_statistics(struct session *session, const struct message *message);
/* Counts and error of the destination as of now. */
void session_read(struct session *session, struct destination *destination);
/* Nothing more will come. */
void session_ending(struct session *session);
/*
 * Send what is left, for as long as the options allow, or at once put it into
 * the spool for another one; ends the thread.
 */
void session_finish(struct session *session, bool at_once);
void session_free(struct session **session);

#endif
