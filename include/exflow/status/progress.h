/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The progress line of the run over files, on a terminal only.
 */
#ifndef EXFLOW_STATUS_PROGRESS_H
#define EXFLOW_STATUS_PROGRESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Format the line, cut to width columns:
 *	"  42 %  1.23 M packets  850 k/s  0:12 left"
 * from the octets so far and in all (0: not known), and the seconds since the
 * start.
 */
void progress_format(char *line, size_t size, unsigned width, uint64_t octets,
    uint64_t octets_total, uint64_t packets, double seconds);

/*
 * Draws the line four times a second at most, and nothing if stream is not a
 * terminal.  The caller updates it every few thousand packets.  progress_new
 * returns NULL without memory; the other functions do nothing with NULL.
 */
struct progress;
struct progress *progress_new(FILE *stream, uint64_t octets_total);
void progress_update(
    struct progress *progress, uint64_t octets, uint64_t packets);
/* Clear the line before something else is printed. */
void progress_clear(struct progress *progress);
void progress_free(struct progress **progress); /* clears the line */

#endif
