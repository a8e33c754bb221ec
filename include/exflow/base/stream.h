/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input files, compressed or not, as a FILE that is read once from the start:
 * regular files, gzip and zstd, and pipes.  Used for captures (libpcap takes a
 * FILE) and IPFIX files.
 */
#ifndef EXFLOW_BASE_STREAM_H
#define EXFLOW_BASE_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct stream;

/* Open a path; "-" is standard input, which stays open.  NULL with errno. */
struct stream *stream_open(const char *path);
/* Idempotent, sets NULL.  Close a FILE that was taken before this. */
void stream_close(struct stream **stream);

/* The FILE, which the caller owns and closes; only once. */
FILE *stream_take_file(struct stream *stream);

/*
 * On a pipe that has nothing to read, call idle before blocking, and each
 * second meanwhile, so that the caller can pass on what it has batched.  Where
 * idle returns false, reading fails at once as if a signal had interrupted it.
 * Regular files never block and never call it.
 */
void stream_set_idle(
    struct stream *stream, bool (*idle)(void *context), void *context);

/* Why the stream ended early; NULL where it did not. */
const char *stream_error(const struct stream *stream);
/* "gzip", "zstd"; NULL where the file is not compressed. */
const char *stream_codec_name(const struct stream *stream);

/* Octets of the file on disk: read so far; in all (0: a pipe). */
uint64_t stream_octets_read(const struct stream *stream);
uint64_t stream_octets_total(const struct stream *stream);

/*
 * Without the FILE, which then must not be taken: between 1 and size octets
 * as soon as there are any, 0 at the end, -1 where stream_error says why.
 */
ssize_t stream_read_octets(struct stream *stream, void *to, size_t size);

#endif
