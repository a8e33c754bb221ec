/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages that are outstanding: taken from the queue, and not yet
 * delivered.  They are kept until their delivery report has come, so that each
 * can be sent again.
 *
 *   oldest                                                      newest
 *   ┌──────┬────────┬───────┬────────┬─────────┬─────────┐
 *   │ done │ flying │ again │ flying │ waiting │ waiting │◄── spool ◄── queue
 *   └──────┴────────┴───────┴────────┴─────────┴─────────┘◄──────────── queue
 *   first                              unsent              end
 *
 * - Each message has a number, its place in this row; the producer's reports
 *   name it.  Reports come in any order, as each partition has a broker.
 * - Messages keep their order, but for those that are sent again: while the
 *   spool holds one that was not taken, new messages go into the spool.
 * - Memory is bounded in octets.  A message that is done takes none, though its
 *   place stays until all before it are done: a partition that stands still
 *   does not stop the others until its own messages fill the memory.
 * - A message that came from the spool stays in its file until its place is
 *   given up, so that a kill of our own process loses nothing: at least once.
 *
 * The happy path is store, next, sent, delivered.  What can go wrong: a report
 * of a failure (again; perhaps a broker has stored it all the same, and it is
 * there twice then); memory and spool are full (the caller waits, or overflow
 * drops the oldest); the disk is full or fails (as if the spool were full); a
 * file of the spool is damaged (its records are lost and counted); the program
 * ends (leave: what is not delivered goes to the spool for the next run, or is
 * lost and counted where there is none).
 *
 * Records are counted in the sender's counts, and reasons set as its error.
 */
#ifndef EXFLOW_SRC_KAFKA_OUTSTANDING_H
#define EXFLOW_SRC_KAFKA_OUTSTANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/output/sender.h"

struct outstanding;
struct preamble;

/*
 * By the sender's options; label names the spool's folder.  NULL with a message
 * in error.
 */
struct outstanding *outstanding_new(struct sender *sender, const char *label,
    char error[DESTINATION_ERROR_SIZE]);
void outstanding_free(struct outstanding **outstanding);
/*
 * The preamble of all messages that will be stored; it must outlive it.  What
 * the spool holds is counted as recovered now.
 */
void outstanding_set_preamble(struct outstanding *o, struct preamble *preamble);
/* A message waits to be sent or delivered. */
bool outstanding_any(const struct outstanding *o);

/*
 * Keep a new message in memory or in the spool; false: there is no room, and
 * it is still the caller's.  A full spool is no room where the caller may
 * wait, else its oldest file is dropped.
 */
bool outstanding_store(
    struct outstanding *o, struct queued_message *message, bool may_wait);
/*
 * There was no room for this message, and waiting is over: drop the oldest that
 * is not sent and return true, so that it can be tried again; or, where none
 * can be dropped, drop this one and return false.
 */
bool outstanding_overflow(
    struct outstanding *o, struct queued_message *message, enum loss reason);
/* Move messages from the spool to memory; drop files that are too old. */
void outstanding_refill(struct outstanding *o);

/* The next message to send, and its number; NULL: there is none. */
struct queued_message *outstanding_next(
    struct outstanding *o, uint64_t *number);
/* The producer has taken it. */
void outstanding_sent(struct outstanding *o, uint64_t number);
void outstanding_delivered(struct outstanding *o, uint64_t number);
/* It failed; in_doubt: a broker may have stored it. */
void outstanding_again(struct outstanding *o, uint64_t number, bool in_doubt);
/* It will never be delivered. */
void outstanding_lose(struct outstanding *o, uint64_t number, enum loss reason);
/* The producer is gone: all that it had is in doubt. */
void outstanding_all_again(struct outstanding *o);

/* The end: what is not delivered goes to the spool, or is lost. */
void outstanding_leave(struct outstanding *o, enum loss reason);
/* The same for one more message, which it frees. */
void outstanding_leave_message(
    struct outstanding *o, struct queued_message *message, enum loss reason);
/* Bring the spool's size into the sender's counts. */
void outstanding_report(struct outstanding *o);

#endif
