/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options behind the fixed part of a block:
 *
 *	┌──────┬────────┬─────────────────────────────┐
 *	│ code │ length │ value, padded to 4 octets   │ …
 *	└──────┴────────┴─────────────────────────────┘
 *
 * up to one of code 0, or to the end of the block.
 */
#ifndef EXFLOW_SRC_CAPTURE_PCAPNG_OPTIONS_H
#define EXFLOW_SRC_CAPTURE_PCAPNG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "reading.h"

struct options {
	const uint8_t *next, *end;
	bool swapped;
	bool whole; /* end is the block's: an option ends before it */
};

struct interface_options {
	char name[CAPTURE_NAME_SIZE];
	struct ticks ticks;
};

/*
 * Of an interface description: name and clock.  -1 where an option that is
 * needed contradicts itself, or one does not end in the block.
 */
int options_of_interface(struct reading *reading, struct options *options,
    struct interface_options *found);

/* Of interface statistics: the counts, as far as they are legible. */
void options_of_statistics(
    struct options *options, struct described *described);

#endif
