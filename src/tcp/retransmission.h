/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept for a collector over TCP until it surely has it: the messages
 * in memory, and the spool on disk behind them.
 *
 *  oldest                                                          newest
 *  ├─────────────────────── memory ──────────────────────┤
 *  ┌──────┬──────────────┬───────────────┬───────────────┐
 *  ┊ bare ┊ acknowledged,│ in flight     │ unsent        │◄── spool ◄── queue
 *  ┊      ┊ maybe unread │               │               │◄──────────── queue
 *  └──────┴──────────────┴───────────────┴───────────────┘
 *   └─────── list sent ─────────────────┘ └─ list unsent ┘
 *          ▲              ▲
 *          first_whole    first_in_flight
 *
 * - Messages keep their order: while the spool holds one that was not taken,
 *   new messages go into the spool, not into memory.
 * - What is not acknowledged is bounded in octets (half of queue_octets), and
 *   so is what is (retransmission_window); the spool in octets and in age.
 * - A message is delivered, and counted so, when the peer's kernel has
 *   acknowledged its octets.  It is kept longer, as the peer's program may not
 *   have read it: what a collector's kernel has acknowledged is lost when that
 *   collector is killed.  It is confirmed, and no longer kept, when the peer
 *   has acknowledged a window more, and 5 s have passed.
 * - Where memory is needed earlier, the oldest become bare: their octets are
 *   freed.  One that came from the spool is read again when it must be sent
 *   again.  One that did not is unconfirmed: it counts so until it is
 *   confirmed, or for good if the connection breaks before.
 * - A message that came from the spool stays in its file until it is no longer
 *   kept here, so that a kill of our own process loses nothing either.
 *
 * The happy path is store, next, sent, acknowledge.  What can go wrong: the
 * connection breaks (rewind: everything in memory becomes unsent again, and
 * what was acknowledged is sent twice); memory and spool are full (the caller
 * waits, or overflow drops the oldest); the disk is full or fails (as if the
 * spool were full); a file of the spool is damaged (its records are lost and
 * counted); the program ends (leave: what is not acknowledged goes to the spool
 * for the next run, or is lost and counted where there is none).
 *
 * Records are counted in the sender's counts, and reasons set as its error.
 */
#ifndef EXFLOW_SRC_TCP_RETRANSMISSION_H
#define EXFLOW_SRC_TCP_RETRANSMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/output/sender.h"

struct preamble;
struct retransmission;

/*
 * By the sender's options; label names the spool's folder.  What the spool
 * holds is counted as recovered.  NULL with a message in error.
 */
struct retransmission *retransmission_new(struct sender *sender,
    const char *label, char error[DESTINATION_ERROR_SIZE]);
void retransmission_free(struct retransmission **retransmission);
/* The preamble of all messages that will be stored; it must outlive it. */
void retransmission_set_preamble(
    struct retransmission *r, struct preamble *preamble);

/* There is room in memory for one more message. */
bool retransmission_has_room(const struct retransmission *r);
/* The spool holds messages that were not taken. */
bool retransmission_has_spooled(const struct retransmission *r);
/* A message waits to be sent, or to be acknowledged. */
bool retransmission_pending(const struct retransmission *r);
/* A message waits to be acknowledged. */
bool retransmission_in_flight(const struct retransmission *r);
/* A message is kept for nothing but its age: look again soon. */
bool retransmission_awaits_age(const struct retransmission *r);

/*
 * Keep a new message in memory or in the spool; false: there is no room, and
 * it is still the caller's.  A full spool is no room where the caller may
 * wait, else its oldest file is dropped.
 */
bool retransmission_store(
    struct retransmission *r, struct queued_message *message, bool may_wait);
/*
 * There was no room for this message, and waiting is over: drop the oldest
 * unsent message and return true, so that it can be tried again; or, where
 * none can be dropped, drop this one and return false.
 */
bool retransmission_overflow(
    struct retransmission *r, struct queued_message *message, enum loss reason);
/* Move messages from the spool to memory; drop files that are too old. */
void retransmission_refill(struct retransmission *r, bool connected);

/* The next message to send, which stays here; NULL: there is none. */
struct queued_message *retransmission_next(struct retransmission *r);
/* It was sent, and ends at this octet of the connection. */
void retransmission_sent(struct retransmission *r, uint64_t stream_end);
/*
 * The peer's kernel has acknowledged so many octets.  True: that completed a
 * message.
 */
bool retransmission_acknowledge(
    struct retransmission *r, uint64_t acknowledged);
/*
 * The connection was closed: the peer's kernel has all that was sent.
 * confirmed: the peer's program closed it, too, and so has read all.
 */
void retransmission_all_acknowledged(struct retransmission *r, bool confirmed);
/* The connection broke: everything that was sent becomes unsent. */
void retransmission_rewind(struct retransmission *r);

/* The end: what is not acknowledged goes to the spool, or is lost. */
void retransmission_leave(struct retransmission *r, enum loss reason);
/* The same for one more message, which it frees. */
void retransmission_leave_message(
    struct retransmission *r, struct queued_message *message, enum loss reason);
/* Bring the spool's size into the sender's counts. */
void retransmission_report(struct retransmission *r);

#endif
