/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The octets of a file as they lie on disk, read ahead from a descriptor that
 * may be a pipe and therefore cannot be rewound.  Codecs and stream.c read
 * through it.
 *
 *	data:  | used | still to be used | free |
 *	       0      next               end    SOURCE_SIZE
 *
 * Invariant: next <= end <= SOURCE_SIZE.  Whoever uses octets advances next.
 */
#ifndef EXFLOW_SRC_BASE_SOURCE_H
#define EXFLOW_SRC_BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SOURCE_SIZE 131072 /* octets read at once; zstd's own block size */

struct source {
	int fd;                      /* borrowed */
	bool regular;                /* a regular file: reading never blocks */
	bool (*idle)(void *context); /* called before read(2) would block … */
	void *idle_context;          /* … with this; NULL: nobody to call */
	size_t next, end;            /* data[next … end) is to be used */
	uint64_t octets;             /* read from fd so far */
	uint8_t data[SOURCE_SIZE];
};

static inline size_t
source_left(const struct source *source)
{
	return source->end - source->next;
}

/*
 * Read until at least wanted octets (at most SOURCE_SIZE) are available or
 * the file ends.  How many are available, fewer than wanted only at the end
 * of the file; or -1 with errno, EINTR where idle returned false or a signal
 * interrupted reading from a pipe.
 */
ssize_t source_fill(struct source *source, size_t wanted);

#endif
