/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A spool: messages that wait on disk for one collector, first in, first out.
 *
 *   DIRECTORY/NAME/            one folder a collector
 *     .lock                    locked by the one who uses the folder
 *     499999999999.ipfix       written before all others (spool_put_before)
 *     500000000000.ipfix       the oldest: messages are taken from here
 *     500000000001.ipfix       the newest: messages are appended here
 *
 * Every file is a plain IPFIX file: its preamble (the templates that explain
 * it), then data messages; any IPFIX reader can read it.  Files are numbered
 * in the order of their messages.  A file is deleted when all its messages
 * have been released.
 *
 *   put ──► [file] [file] [file] ──► take ──► acknowledge ──► release
 *
 * A message that was taken stays in its file until it is released, so that a
 * kill costs nothing: what was not released is sent again by the next run,
 * which opens the folder and recovers what it holds.  A kill while a message
 * is being written leaves a torn one at the end of the newest file; recovery
 * cuts it off.
 *
 * A damaged message costs that message, not those behind it: its records are
 * lost and counted, by the gap in the sequence numbers (spool_scan.h).  A file
 * of which nothing can be read is set aside as NAME.damaged.  What is no file
 * of a spool (a link, a file of another user, other octets) is left alone.
 *
 * Not thread-safe: one thread at a time uses a spool.
 */
#ifndef EXFLOW_SPOOL_SPOOL_H
#define EXFLOW_SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/destination.h"
#include "exflow/output/message_list.h"

struct spool;

struct spool_options {
	const char *directory; /* the folder is made in it … */
	const char *name;      /* … with this name */
	uint64_t octets;       /* bound of all files together */
	uint32_t age_seconds;  /* older files are stale; 0: none ever is */
};

/* "DIRECTORY/NAME" as a spool's folder; to be freed, NULL without memory. */
char *spool_folder_path(const char *directory, const char *name);
/*
 * Whether spool_new would take this folder, if it is there: it must be ours.
 * Changes nothing.  0, or -1 with errno and a message.
 */
int spool_check(const char *path, char error[DESTINATION_ERROR_SIZE]);
/*
 * Make or open the folder, lock it, recover what it holds.  NULL with a
 * message in error.
 */
struct spool *spool_new(
    const struct spool_options *options, char error[DESTINATION_ERROR_SIZE]);
/*
 * The same for an output, by its options: *spool is NULL where it wants none.
 * label names it.  0, or -1 with a message in error.
 */
int spool_open(struct spool **spool, const struct destination_options *options,
    const char *label, char error[DESTINATION_ERROR_SIZE]);
/* What was not released stays on disk for the next run. */
void spool_free(struct spool **spool);

/*
 * The preamble of all messages that will be put: before the first of them,
 * once.  It must outlive the spool.  Only now are files of earlier runs
 * changed: damage is mended as far as it goes, empty files are deleted.
 */
void spool_set_preamble(struct spool *spool, struct preamble *preamble);

/*
 * Records found at the start, and how many of these are lost, as they were
 * damaged: final once the preamble is set.
 */
uint64_t spool_recovered(const struct spool *spool);
uint64_t spool_damaged(const struct spool *spool);
/* Records in the spool that are not acknowledged, and octets of its files. */
uint64_t spool_records(const struct spool *spool);
uint64_t spool_octets(const struct spool *spool);
/* Whether there is a message to take. */
bool spool_unread(const struct spool *spool);

/* Append a copy.  0, or -1 with errno: ENOSPC also where the bound is met. */
int spool_put(struct spool *spool, const struct queued_message *message);
/*
 * Write this message and those behind it in its list (next) to a file before
 * all others, as they are older; those that are acknowledged or in the spool
 * already are left out.  0, or -1 with errno; *records were written.
 */
int spool_put_before(
    struct spool *spool, const struct queued_message *first, uint64_t *records);
/*
 * The next message, the caller's to free; its spool_file is set.  NULL: there
 * is none, there is no memory, or a file could not be read.  *lost: records
 * that were damaged, before this message or in that file.
 */
struct queued_message *spool_take(struct spool *spool, uint64_t *lost);
/* The collector has this message: its records need not be sent again. */
void spool_acknowledge(
    struct spool *spool, const struct queued_message *message);
/* Read a message again that was taken, into its octets.  0, or -1. */
int spool_reload(struct spool *spool, struct queued_message *message);
/* The oldest file has only messages that are acknowledged. */
bool spool_oldest_acknowledged(const struct spool *spool);
/* It will not be needed again; in the order of taking. */
void spool_release(struct spool *spool, const struct queued_message *message);
/*
 * Delete the oldest file.  *lost: its records that were not taken.  Messages
 * taken from it live on in memory, but their spool_file, which is *file, is
 * no more.  false: there is no file.
 */
bool spool_drop(struct spool *spool, struct spool_file **file, uint64_t *lost);
/* The oldest file is older than age_seconds. */
bool spool_stale(const struct spool *spool);

#endif
