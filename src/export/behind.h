/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing behind: a thread that writes one piece of memory to a file while
 * its owner goes on.  One thread has it.
 */
#ifndef EXFLOW_EXPORT_BEHIND_H
#define EXFLOW_EXPORT_BEHIND_H

#include <stddef.h>
#include <sys/types.h>

struct behind;

/* NULL with errno set where there is no memory or no thread. */
struct behind *behind_new(void);
/* Waits for what is being written.  Idempotent, sets NULL. */
void behind_free(struct behind **behind);

/* Octets are not to be touched until behind_wait; nothing is under way. */
void behind_write(struct behind *behind, int fd, const void *octets,
    size_t length, off_t offset);
/*
 * Until it is done: 0, or -1 with errno; done says how many octets were
 * written in any case.
 */
int behind_wait(struct behind *behind, size_t *done);

/* The same without a thread: all of it to this place in the file. */
int behind_write_now(
    int fd, const void *octets, size_t length, off_t offset, size_t *done);

#endif
