/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transport sessions with a collector over TCP or TLS (RFC 7011, 10.4):
 * the body of a thread that takes messages from the sender's queue, keeps them
 * (retransmission.h), connects as often as it must, and sends them.  A thread
 * for each collector, so that a disk that stalls or a handshake that computes
 * holds up no other one; within it only one poll and the collector's own
 * spool block.
 *
 *            ┌────────────── failure: back-off ───────────────┐
 *            ▼                                                │
 *   ──► WAITING ──► LOOKUP ──► CONNECTING ──► preamble ──► SENDING
 *            ▲                                                │
 *            └── other templates ── CLOSING ◄─────────────────┘
 *                                      └──► done
 *
 *   WAITING     no lookup, no connection; until the back-off is over
 *   LOOKUP      the name is being looked up, in a thread of its own
 *   CONNECTING  TCP and TLS, until the connection is up
 *   SENDING     what goes first of the preamble is out: messages, each behind
 *               the templates that it needs, statistics records; octets are
 *               acknowledged
 *   CLOSING     nothing is in flight and our side is closed; the peer is still
 *               to close its own
 *
 * A connection has one preamble, and carries only messages that it explains.
 * Recovered messages may have another one: when all messages before
 * them are acknowledged, the connection is closed and the next one begins with
 * their preamble.  When the connection breaks, or nothing is acknowledged for
 * send_timeout_seconds, all that is kept is sent again over the next one.
 *
 * The thread ends when the queue is closed and all is acknowledged, or at
 * sender_finish_until; what is left then goes to the spool or is lost.
 */
#ifndef EXFLOW_SRC_TCP_SESSION_H
#define EXFLOW_SRC_TCP_SESSION_H

#include "exflow/output/sender.h"
#include "exflow/output/peer.h"

struct session;
struct tls;

/*
 * Borrows sender and peer, takes over the TLS context (NULL: plain TCP); label
 * names the spool's folder.  NULL with a message in error.
 */
struct session *session_new(struct sender *sender, struct peer *peer,
    struct tls *tls, const char *label, char error[DESTINATION_ERROR_SIZE]);
/* After the thread has ended. */
void session_free(struct session **session);
/* What the preamble is made of.  0, or -1 without memory. */
int session_set_templates(struct session *session,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count);
/* The thread's body; NULL. */
void *session_run(void *session);

#endif
