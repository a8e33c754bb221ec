/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated collector over TCP, in place of connection.c and lookup.c:
 *
 *   session ──► in flight ──► kernel's buffer ──► program
 *              not acknowledged   acknowledged       read
 *
 * It refuses, stalls, reads slowly, resets the connection, and is killed, when
 * the seed says so; what its kernel had acknowledged and its program had not
 * read is then gone.  Its ledger says which records the program has read.
 */
#ifndef EXFLOW_SCHEDULE_PEER_H
#define EXFLOW_SCHEDULE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum peer_mood {
	PEER_READS,
	PEER_IS_SLOW,
	PEER_STALLS, /* takes connections and octets, reads nothing */
	PEER_IS_DOWN,
	PEER_MOODS
};

/* A new peer, with a buffer of so many octets; calm: it only reads. */
void schedule_peer_begin(uint32_t buffer, bool calm);
/* Some of what it can do; its moods change with time. */
void schedule_peer_step(void);
/* The exporter is gone: it reads the rest, or is killed. */
void schedule_peer_end(void);

/* The program has read this record. */
bool schedule_peer_has(uint32_t number);
/* Records with wrong octets that it has read. */
uint64_t schedule_peer_garbled(void);
/* What it has read so far is what it had read at a kill of the exporter. */
void schedule_peer_remember(void);
void schedule_peer_restore(void);
void schedule_peer_forget_all(void);

#endif
