/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writer of one IPFIX file (RFC 5655) under its temporary name (see
 * base/publish.h).  Messages go through two pieces of memory into the file;
 * oldest on the left:
 *
 *	 in the file                 being written       waiting
 *	┌─────────────────────────┐ ┌─────────────────┐ ┌─────────────────┐
 *	│ preamble, data messages │ │ by the thread   │ │ writer_add puts │
 *	│                         │ │ "write-behind"  │ │ new ones here   │
 *	└─────────────────────────┘ └─────────────────┘ └─────────────────┘
 *	0                file_octets                  │                 │
 *	  file_records             ↑ unwritten_sequence    next_sequence ↑
 *
 * The preamble is what goes before all data: type information (RFC 5610).  A
 * template goes before the first message that needs it.  Sequence numbers count
 * from 0 in each file.
 *
 * Invariants: all three hold whole messages, in order, without a gap but for
 * those that writer_drop dropped; the file is never longer than its whole
 * messages once a failed write has been reported; while a write is under way
 * nobody touches the middle piece.
 *
 * The happy path: when WRITER_OCTETS wait, they are written behind while the
 * next messages come.  What can go wrong: the file system takes only a part
 * (ENOSPC, EDQUOT, EFBIG, EIO).  Then the messages that arrived whole count
 * as written, the file is cut back to the last of them, and the others go back
 * in front of the waiting ones, to be tried again or dropped.
 */
#ifndef EXFLOW_SRC_ARCHIVE_WRITER_H
#define EXFLOW_SRC_ARCHIVE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/ipfix/shape_set.h"

/* Messages are written when so many octets wait. */
#define WRITER_OCTETS ((size_t)1 << 20)

struct preamble;
struct write_behind;

/* Whole messages, one after the other, at octets[start … end). */
struct message_buffer {
	uint8_t *octets;
	size_t start, end, size;
};

struct writer {
	char *path;      /* the final name */
	char *temporary; /* NULL: no file of that name is ours */
	int fd;          /* -1: not open */
	uint64_t file_octets;
	uint64_t file_records; /* exchanges, without type information */
	struct message_buffer writing, waiting;
	bool under_way;                   /* "writing" is being written */
	struct write_behind *behind;      /* NULL: not started yet */
	const struct preamble *templates; /* the destination's; or NULL */
	struct shape_set announced;       /* of its shapes */
	uint64_t messages, octets;        /* ever added */
	size_t preamble;                  /* octets of it not yet in the file */
	uint32_t next_sequence;           /* of the next message added */
	uint32_t unwritten_sequence; /* of the oldest data not in the file */
};

/* 0, or -1: no memory. */
int writer_init(struct writer *writer, const char *path);
/* With nothing unwritten: free the memory and the thread for writing. */
void writer_release(struct writer *writer);
/* Free all; remove the temporary file, if there is one.  Idempotent. */
void writer_clear(struct writer *writer);

/* Create the temporary file; 0, or -1 with errno.  Idempotent. */
int writer_open(struct writer *writer);

/*
 * Add a copy of a message, with its sequence number and time set, behind the
 * templates that it needs and that the file does not have yet.  The preamble
 * comes before any data.  0, or -1: no memory.
 */
int writer_preamble(struct writer *writer, const struct message *message);
int writer_add(struct writer *writer, const struct message *message);
/* How many octets that adds to the file. */
uint64_t writer_adds(
    const struct writer *writer, const struct message *message);
/* Add what of a preamble goes first, and take its templates; it is borrowed. */
int writer_announce(struct writer *writer, const struct preamble *preamble);

static inline size_t
message_buffer_used(const struct message_buffer *buffer)
{
	return buffer->end - buffer->start;
}
/* Octets that are not in the file: being written and waiting. */
static inline size_t
writer_unwritten(const struct writer *writer)
{
	return message_buffer_used(&writer->writing) +
	       message_buffer_used(&writer->waiting);
}
/* Exchanges of these. */
static inline uint32_t
writer_unwritten_records(const struct writer *writer)
{
	return writer->next_sequence - writer->unwritten_sequence;
}
/* Whether so much waits that it is time to write. */
static inline bool
writer_full(const struct writer *writer)
{
	return message_buffer_used(&writer->waiting) >= WRITER_OCTETS;
}

/* Write all; 0, or -1 with errno and the unwritten rest kept. */
int writer_write(struct writer *writer);
/*
 * Begin to write all in the background.  The result is that of the write
 * before this one: -1 with errno, nothing new has begun then.
 */
int writer_write_behind(struct writer *writer);
/*
 * Drop the oldest unwritten data message, but no template; how many records it
 * had, 0: none.
 */
uint32_t writer_drop(struct writer *writer);

#endif
