/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file as a FILE that is read once from the start, compressed or not: a
 * plain one as it is, anything else (gzip, zstd, or a pipe) through a reader
 * of our own.  Used for captures (libpcap takes a FILE) and IPFIX files.
 */
#ifndef EXFLOW_BASE_STREAM_H
#define EXFLOW_BASE_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct stream;

/* Open a path ("-": standard input).  NULL with errno. */
struct stream *stream_open(const char *path);
/* Idempotent, sets NULL.  A FILE that was taken has to be closed before. */
void stream_close(struct stream **stream);

/* The FILE, which now belongs to the caller; handed out once. */
FILE *stream_take_file(struct stream *stream);

/*
 * Called before reading waits, where the stream is a pipe that has nothing at
 * the moment: what is only useful in bulk has to be handed on now.  Where it
 * says false, nothing is waited for: reading fails as by a signal.
 */
void stream_set_idle(
    struct stream *stream, bool (*idle)(void *context), void *context);

/* What ended the stream early, NULL where nothing did. */
const char *stream_error(const struct stream *stream);
/* "gzip", "zstd"; NULL where the file is not compressed. */
const char *stream_codec_name(const struct stream *stream);

/* Of the file as it lies on disk: read so far; all, 0 where it is a pipe. */
uint64_t stream_octets_read(const struct stream *stream);
uint64_t stream_octets_total(const struct stream *stream);

/*
 * Without the FILE, which then must not be taken: between 1 and size octets
 * as soon as there are any, 0 at the end, -1 where stream_error says why.
 */
ssize_t stream_read_octets(struct stream *stream, void *to, size_t size);

#endif
