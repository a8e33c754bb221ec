/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Write-behind: a thread writes one piece of memory to a file while its owner
 * goes on.  Only one thread, the owner, calls these functions.
 *
 * The happy path is begin, wait, begin, wait, …: at most one write is under
 * way at any time.  What can go wrong: the file system takes only a part (disk
 * full, limit on the size); wait reports it, and the owner decides what to do
 * with the rest.
 */
#ifndef EXFLOW_BASE_WRITE_BEHIND_H
#define EXFLOW_BASE_WRITE_BEHIND_H

#include <stddef.h>
#include <sys/types.h>

struct write_behind;

/* Starts the thread.  NULL with errno: no memory or no thread. */
struct write_behind *write_behind_new(void);
/* Waits for the write that is under way.  Idempotent, sets NULL. */
void write_behind_free(struct write_behind **behind);

/*
 * Begin to write length octets at this offset; no other write is under way.
 * Descriptor and memory stay untouched until write_behind_wait has returned.
 */
void write_behind_begin(struct write_behind *behind, int fd, const void *octets,
    size_t length, off_t offset);
/*
 * Wait until the write has ended.  0, or -1 with errno; in either case *done
 * is the number of octets that are in the file.
 */
int write_behind_wait(struct write_behind *behind, size_t *done);

#endif
