/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What archive.c and archive_disk.c share: archive:PATTERN, IPFIX files one
 * after the other, each for an interval of time.  The files that are not
 * finished form a queue:
 *
 *	first                                          last
 *	┌────────────┐  ┌────────────┐            ┌────────────┐
 *	│ 12:00 ended│─►│ 12:05 ended│─► … ──────►│ 12:20      │◄── messages
 *	└────────────┘  └────────────┘            └────────────┘
 *	  │ written next                            takes messages
 *	  └─► finisher, once it has ended and is written
 *
 * As a rule first and last are the same file.  A file ends when the time
 * leaves its interval (rotate), when the next message would exceed
 * rotate_octets, or by exporter_rotate; the next message begins a new one.  An
 * interval without a record has no file.
 *
 * Invariants: only the last file takes messages, only the first one is
 * written, files reach the finisher in order; each has the preamble and
 * sequence numbers of its own.
 *
 * What can go wrong:
 * - A full disk (retry_may_help): the files wait in memory and the first
 *   is tried again, ever more seldom.  Beyond memory_octets, exporting waits
 *   for at most send_timeout where a file is read; then, and live at once, the
 *   oldest messages are dropped and count as lost.  The gap shows in the
 *   sequence numbers.
 * - Another error in an open file ends it: what is in it goes to the
 *   finisher, the rest of its messages is lost.
 * - A file that cannot be created is tried again like a full disk.
 * - Files come faster than the disk syncs them: finisher_put waits.
 * - At the end, what is not written after send_timeout is lost.
 */
#ifndef EXFLOW_SRC_ARCHIVE_ARCHIVE_INTERNAL_H
#define EXFLOW_SRC_ARCHIVE_ARCHIVE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/archive/finisher.h"
#include "exflow/base/pattern.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/output/kind.h"
#include "exflow/output/retry.h"

#include "writer.h"

#define FULL_DISK_WAIT_US (RETRY_MIN_MS * 1000 / 4)

struct archive_file {
	struct writer writer;
	bool ended; /* takes no more messages */
	struct archive_file *next;
};

struct archive {
	struct destination base;
	const char *pattern; /* the end of base.spec */
	struct archive_file *first, *last;
	struct interval interval;  /* of the last file */
	struct preamble *preamble; /* NULL before templates; no memory */
	struct retry retry;        /* of the first file */
	uint64_t lost_before_full; /* records, when the disk got full */
	struct finisher *finisher;
};

/* Write file by file, from the first, until one fails or is not ended. */
void archive_write(struct archive *archive);
/*
 * Drop the oldest messages beyond memory_octets, and files left empty.  Where a
 * capture is read, wait for the disk first.
 */
void archive_enforce_bound(struct archive *archive);
/*
 * The first file leaves the queue: for the finisher, if it has records.  What
 * is unwritten of it is lost.
 */
void archive_pass_on_first(struct archive *archive);
/* Count what the finisher has done meanwhile. */
void archive_take_results(struct archive *archive);

#endif
