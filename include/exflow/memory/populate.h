/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory made ready ahead of its use.  The system clears a page when it is
 * first touched, which takes milliseconds for a few huge ones; here a thread
 * of its own does that, so that the packet path does not wait for it.  Where
 * the system cannot populate memory, nothing happens, and all still works.
 */
#ifndef EXFLOW_MEMORY_POPULATE_H
#define EXFLOW_MEMORY_POPULATE_H

#include <stddef.h>

struct populate;

/* The thread starts at the first request.  NULL: no memory. */
struct populate *populate_new(void);
void populate_free(struct populate **populate); /* idempotent, sets NULL */

/*
 * Soon these octets will be written.  Their content is not changed.  Never
 * waits; a request that comes too fast is forgotten.  A short one is served
 * before a long one.
 */
void populate_ask(struct populate *populate, void *memory, size_t octets);

#endif
