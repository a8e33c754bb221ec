/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codecs: how a compressed file is decompressed.  The first octets of a file
 * tell which codec it needs.  One file each: gzip.c, zstd.c; used by stream.c.
 */
#ifndef EXFLOW_SRC_BASE_CODEC_H
#define EXFLOW_SRC_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "source.h"

struct codec {
	const char *name;
	/* Whether a file with these first octets is this codec's. */
	bool (*recognise)(const uint8_t *octets, size_t count);
	/* The codec's state, NULL without memory. */
	void *(*open)(void);
	/*
	 * Decompress between 1 and size octets.  0 where the file ends behind
	 * a complete stream; -1 with the reason in *error.  What comes before
	 * damage is delivered before the error.
	 */
	ssize_t (*read)(void *state, struct source *source, uint8_t *to,
	    size_t size, const char **error);
	void (*close)(void *state);
};

#define CODEC_MAGIC_SIZE 4 /* octets that recognise needs */

extern const struct codec codec_gzip;
extern const struct codec codec_zstd;

#endif
