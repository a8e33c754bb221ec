/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressed files.  A source hands out the octets of the file as they lie on
 * disk; a codec, recognised by the first of them, unpacks them.  Private to
 * stream.c.
 */
#ifndef EXFLOW_SRC_BASE_CODEC_H
#define EXFLOW_SRC_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SOURCE_SIZE 131072 /* octets read at once; zstd's own block size */

/* Octets from a descriptor that may be a pipe: read ahead, never rewound. */
struct source {
	int fd;
	bool regular;                /* a file: reading never waits */
	bool (*idle)(void *context); /* else called before it does, or NULL */
	void *idle_context;
	size_t next, end; /* data[next … end) is still to be used */
	uint64_t octets;  /* read from fd so far */
	uint8_t data[SOURCE_SIZE];
};

static inline size_t
source_left(const struct source *source)
{
	return source->end - source->next;
}

/*
 * Make at least wanted octets available where the file has so many.  The
 * number of octets available (less than wanted: the file ends there), or -1
 * with errno.
 */
ssize_t source_fill(struct source *source, size_t wanted);

struct codec {
	const char *name;
	bool (*recognise)(const uint8_t *octets, size_t count);
	void *(*open)(void); /* NULL: memory is short */
	/*
	 * Between 1 and size octets of what was packed; 0 at a clean end of the
	 * last stream in the file, -1 with the reason in *error.
	 */
	ssize_t (*read)(void *state, struct source *source, uint8_t *to,
	    size_t size, const char **error);
	void (*close)(void *state);
};

#define CODEC_MAGIC_SIZE 4 /* octets that tell the codecs apart */

extern const struct codec codec_gzip;
extern const struct codec codec_zstd;

#endif
