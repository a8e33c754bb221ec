/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing behind: a thread that writes one piece of memory to a file while
 * its owner goes on.  One thread has it.
 */
#ifndef EXFLOW_BASE_WRITE_BEHIND_H
#define EXFLOW_BASE_WRITE_BEHIND_H

#include <stddef.h>
#include <sys/types.h>

struct write_behind;

/* NULL with errno set where there is no memory or no thread. */
struct write_behind *write_behind_new(void);
/* Waits for what is being written.  Idempotent, sets NULL. */
void write_behind_free(struct write_behind **behind);

/* Octets are not to be touched until write_behind_wait; nothing is under way. */
void write_behind_begin(struct write_behind *behind, int fd, const void *octets,
    size_t length, off_t offset);
/*
 * Until it is done: 0, or -1 with errno; done says how many octets were
 * written in any case.
 */
int write_behind_wait(struct write_behind *behind, size_t *done);

/* The same without a thread: all of it to this place in the file. */
int write_behind_now(
    int fd, const void *octets, size_t length, off_t offset, size_t *done);

#endif
