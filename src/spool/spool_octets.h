/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets of a spool file, and what in them looks like a message.
 */
#ifndef EXFLOW_SRC_SPOOL_SPOOL_OCTETS_H
#define EXFLOW_SRC_SPOOL_SPOOL_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/wire.h"

#include "spool_scan.h"

/*
 * Read so many, fewer at the end of the file.  What cannot be read is 0, and
 * makes the scan unreadable.
 */
size_t spool_octets_read(
    struct spool_scan *scan, uint64_t place, uint8_t *octets, size_t length);
/* Read what is at this place, with the header behind it.  How many octets. */
size_t spool_octets_message(
    struct spool_scan *scan, uint64_t place, uint8_t octets[SPOOL_SCAN_OCTETS]);
/* The length in a header that may be right, of so many octets; 0: it is none. */
uint32_t spool_octets_header(const uint8_t *octets, size_t there);
/* Where the set at this place ends; 0: there is no whole set. */
uint32_t spool_octets_set_end(
    const uint8_t *octets, uint32_t at, uint32_t length);
/* The sets fill the message exactly, and are of kinds that there are. */
bool spool_octets_are_tiled(const uint8_t *octets, uint32_t length);
/* The next place from here on with a header that may fit; the end if none. */
uint64_t spool_octets_next_header(struct spool_scan *scan, uint64_t place);

#endif
