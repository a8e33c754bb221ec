/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing all of some octets, however few the system takes at once. */
#ifndef EXFLOW_BASE_WRITE_ALL_H
#define EXFLOW_BASE_WRITE_ALL_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Write them to a file, from this offset on.  0, or -1 with errno; in either
 * case *done, unless done is NULL, is how many octets are in the file.  A
 * second try overwrites what a failed one left.
 */
int write_all_at(
    int fd, const void *octets, size_t length, off_t offset, size_t *done);

#endif
