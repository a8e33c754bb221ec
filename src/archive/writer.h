/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writer of one IPFIX file (RFC 5655) under a temporary name.  Messages wait
 * in memory until they are written; after an error the file is cut back to
 * its last whole message, what was not written still waits, and it can be
 * tried again.  Sequence numbers count from 0 in each file.
 */
#ifndef EXFLOW_SRC_ARCHIVE_WRITER_H
#define EXFLOW_SRC_ARCHIVE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"

/* Messages are written when so many octets wait. */
#define WRITER_OCTETS ((size_t)1 << 20)

struct write_behind;

struct writer {
	char *path;      /* the final name */
	char *temporary; /* NULL: not there (any more) */
	int fd;          /* -1: not open */
	uint8_t *octets; /* messages that wait: from start to end */
	size_t start, end, size;
	size_t preamble;   /* of these, types and templates of the file */
	uint64_t written;  /* octets of whole messages in the file */
	uint32_t sequence; /* data records before the next message */
	uint32_t front;    /* … before the first exchange that waits */
	uint64_t held;     /* exchanges in the file */
	/* What is being written behind stands before what waits. */
	struct write_behind *behind; /* NULL: not yet */
	uint8_t *away;               /* its memory, as large as size was then */
	size_t away_start, away_end, away_size;
};

/* 0, or -1: no memory. */
int writer_init(struct writer *writer, const char *path);
/* What is held goes: the file under its temporary name, too. */
void writer_clear(struct writer *writer);

/* Create the temporary file; 0, or -1 with errno.  Idempotent. */
int writer_open(struct writer *writer);

/* A copy waits, stamped.  Preamble: before any data.  0, or -1: no memory. */
int writer_preamble(struct writer *writer, const struct message *message);
int writer_add(struct writer *writer, const struct message *message);
/* The same for all messages that a file begins with: types go first. */
int writer_announce(struct writer *writer, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count);

static inline size_t
writer_away(const struct writer *writer)
{
	return writer->away_end - writer->away_start;
}
/* Octets: with those that are being written. */
static inline size_t
writer_waiting(const struct writer *writer)
{
	return writer->end - writer->start + writer_away(writer);
}
/* It is time to write. */
static inline bool
writer_full(const struct writer *writer)
{
	return writer->end - writer->start >= WRITER_OCTETS;
}
static inline uint32_t
writer_waiting_records(const struct writer *writer)
{
	return writer->sequence - writer->front;
}

/* Write all that waits; 0, or -1 with errno and the rest still waiting. */
int writer_write(struct writer *writer);
/*
 * The same on a thread, while messages are added.  The result is that of what
 * was written behind before.
 */
int writer_write_behind(struct writer *writer);
/* Forget the oldest message of exchanges that waits; how many it had. */
uint32_t writer_drop(struct writer *writer);

/* errno of a failed write that may succeed once there is space again. */
bool writer_may_recover(int code);

#endif
