/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages of a spool file, one after the other, over damage:
 *
 *   ┌──────────┬─────────┬─────────┬╌╌╌╌╌╌╌╌╌┬─────────┬─────────┬╌╌╌╌╌╌┐
 *   │ preamble │ message │ message ┊ damaged ┊ message │ message ┊ torn ┊
 *   └──────────┴─────────┴─────────┴╌╌╌╌╌╌╌╌╌┴─────────┴─────────┴╌╌╌╌╌╌┘
 *                                  ▲ skipped ▲
 *                                  place     the next header that fits
 *
 * A message fits where version, length and observation domain are right, its
 * sets fill it exactly, and its records are those of known templates.  Where
 * none is, the scan looks at every octet behind, until one fits whose sequence
 * number may follow.  The gap in the sequence numbers tells how many records
 * were skipped; at the end of the file, where no number follows, the octets
 * do.
 *
 * A single wrong field of a header is no loss where the others tell what it
 * was: a domain before the right sequence number, and a sequence number before
 * a message that continues the old count.
 *
 * Octets that cannot be read (EIO) are damaged, like those that are wrong.
 */
#ifndef EXFLOW_SRC_SPOOL_SPOOL_SCAN_H
#define EXFLOW_SRC_SPOOL_SPOOL_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/ipfix/preamble.h"

/* The longest message, and the header of the one behind it. */
#define SPOOL_SCAN_OCTETS (MESSAGE_MAX_OCTETS + MESSAGE_HEADER_OCTETS)

struct spool_scan {
	int fd;
	uint64_t end;                    /* of the file */
	const struct preamble *preamble; /* explains the records */
	uint64_t place;                  /* of the next message */
	uint32_t sequence;               /* its number */
	bool unreadable; /* a read failed while it looked for the next one */
};

struct spool_found {
	uint64_t place;
	uint32_t length; /* 0: there are no more messages */
	uint32_t records;
	uint32_t missing; /* records that were dropped before they came here */
	uint64_t skipped; /* octets before it that are no message … */
	uint64_t lost;    /* … and how many records these were */
	bool unreadable;  /* … as some octets could not be read this time */
	bool odd;         /* it does not follow the message before it */
	bool torn;        /* these are a message that was cut off at the end */
};

/* The next message, in octets; the scan then stands behind it. */
void spool_scan_next(struct spool_scan *scan, uint8_t octets[SPOOL_SCAN_OCTETS],
    struct spool_found *found);

/*
 * The preamble of a file, into own; *damaged: octets had to be skipped, else
 * as it was.  Where the data begins, or -1 without memory.
 */
int64_t spool_scan_preamble(
    int fd, uint64_t end, struct preamble *own, bool *damaged);

/*
 * Whether the file began with this preamble before a few octets of it were
 * damaged.
 */
bool spool_scan_resembles(int fd, const struct preamble *preamble);

/*
 * Write messages without meaning over octets that were skipped and counted, so
 * that they are not counted again: data sets of a template that no one uses.
 * 0, or -1 with errno.
 */
int spool_scan_fill(
    int fd, const struct preamble *preamble, uint64_t place, uint64_t octets);

#endif
