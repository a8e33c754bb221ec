/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that makes memory ready ahead of its use.
 *
 *	packet path ── populate_ask ──► requests ──► thread: MADV_POPULATE_WRITE
 *	                (never waits)   (at most 32)  2 MiB at a time
 *
 * The system clears a page when it is first touched, which takes milliseconds
 * for a few huge ones.  Here the thread touches them, so that the packet path
 * does not wait.
 *
 * What can go wrong costs speed only: the thread cannot be started, the system
 * knows no MADV_POPULATE_WRITE, or requests come too fast and are forgotten.
 * Then pages are cleared when the packet path touches them.
 */
#ifndef EXFLOW_MEMORY_POPULATE_H
#define EXFLOW_MEMORY_POPULATE_H

#include <stddef.h>

struct populate;

/* The thread starts at the first request.  NULL: no memory. */
struct populate *populate_new(void);
void populate_free(struct populate **populate); /* idempotent, sets NULL */

/*
 * These octets will be written soon.  Their content is not changed.  Never
 * waits; while 32 requests stand, another one is forgotten.  The shortest is
 * served first.
 */
void populate_ask(struct populate *populate, void *memory, size_t octets);

#endif
