/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A spool: messages that wait on disk for one collector, first in, first out.
 *
 * A folder of its own holds files of plain IPFIX messages, numbered in order;
 * each begins with the templates that explain it.  A file goes when all its
 * messages have been released.  Whoever uses the folder holds a lock on it.
 */
#ifndef EXFLOW_SPOOL_SPOOL_H
#define EXFLOW_SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/destination.h"
#include "exflow/output/queued_message.h"

struct spool;

struct spool_options {
	const char *directory; /* the folder is made in it … */
	const char *name;      /* … with this name */
	uint64_t octets;       /* all files together */
	uint32_t age_seconds;  /* older files go; 0: never */
};

/*
 * Make or open the folder, lock it, take up what it holds; a torn message at
 * the end of a file is cut off.  NULL with a message in error.
 */
struct spool *spool_new(
    const struct spool_options *options, char error[DESTINATION_ERROR_SIZE]);
/* What was read but not released stays for the next time. */
void spool_free(struct spool **spool);

/* The templates of what will be put; they must outlive the spool. */
void spool_greet(struct spool *spool, struct preamble *preamble);

/* Records that were there at the start; that are there and not released. */
uint64_t spool_recovered(const struct spool *spool);
uint64_t spool_records(const struct spool *spool);
uint64_t spool_octets(const struct spool *spool);
/* Whether anything was not taken. */
bool spool_unread(const struct spool *spool);

/* Append a copy.  0; -1 with errno, ENOSPC also where the bound is reached. */
int spool_put(struct spool *spool, const struct queued_message *queued);
/* Write these before all that is there: they are older. */
int spool_put_before(struct spool *spool, const struct queued_message *first);
/* The next one; NULL: none, or no memory.  What cannot be read is lost. */
struct queued_message *spool_take(struct spool *spool, uint64_t *lost);
/* The collector has a queued that was taken; in the order of taking. */
void spool_acknowledge(
    struct spool *spool, const struct queued_message *queued);
void spool_release(struct spool *spool, const struct queued_message *queued);
/*
 * Delete the oldest file.  Its number of records that were not taken, which
 * are lost; what was taken from it lives on in memory, and *file says from
 * which file it no longer is.  false: there is no file.
 */
bool spool_drop(struct spool *spool, struct spool_file **file, uint64_t *lost);
/* The oldest file is too old. */
bool spool_stale(const struct spool *spool);

#endif
