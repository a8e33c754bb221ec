/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXFLOW_STATUS_PROGRESS_H
#define EXFLOW_STATUS_PROGRESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The progress line as text, cut to width columns: "  42 %  1.23 M packets
 * 850 k/s  0:12 left".  Octets so far and in all (0: not known), seconds
 * since the start.
 */
void progress_format(char *line, size_t size, unsigned width, uint64_t octets,
    uint64_t octets_total, uint64_t packets, double seconds);

/*
 * The progress line: on a terminal, at most a few times a second; draws
 * nothing where stream is no terminal.  The caller says every few thousand
 * packets where it is.
 */
struct progress;
struct progress *progress_new(FILE *stream, uint64_t octets_total);
void progress_update(
    struct progress *progress, uint64_t octets, uint64_t packets);
/* Take the line away: something else is about to be printed. */
void progress_clear(struct progress *progress);
void progress_free(struct progress **progress); /* clears the line */

#endif
