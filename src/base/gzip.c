/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip (RFC 1952) through zlib.  A file holds one or more members, one after
 * the other; zeros may follow the last one (padding of tapes), anything else
 * is damage.  A file that ends inside a member is damaged, too.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codec.h"

#define GZIP_WINDOW (15 + 16) /* largest window; gzip header and trailer */

struct gzip {
	z_stream stream;
	bool in_member;
};

static bool
gzip_recognise(const uint8_t *octets, size_t count)
{
	return count >= 2 && octets[0] == 0x1f && octets[1] == 0x8b;
}

static void *
gzip_open(void)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	if (gzip != NULL && inflateInit2(&gzip->stream, GZIP_WINDOW) != Z_OK) {
		free(gzip);
		return NULL;
	}
	return gzip;
}

static void
gzip_close(void *state)
{
	struct gzip *gzip = state;

	inflateEnd(&gzip->stream);
	free(gzip);
}

/* 1: at the start of a member, 0: at the end of the file, -1: damage. */
static int
gzip_next_member(struct gzip *gzip, struct source *source, const char **error)
{
	ssize_t left;

	while ((left = source_fill(source, 2)) > 0 &&
	       source->data[source->next] == 0)
		source->next++;
	if (left < 0)
		*error = strerror(errno);
	if (left <= 0)
		return (int)left;
	if (!gzip_recognise(source->data + source->next, (size_t)left)) {
		*error = "the last member is followed by octets that "
		         "are not gzip";
		return -1;
	}
	inflateReset(&gzip->stream);
	gzip->in_member = true;
	return 1;
}

/* Inflate what the source has read; octets made, or -1. */
static ssize_t
gzip_inflate(struct gzip *gzip, struct source *source, uint8_t *to, size_t size,
    const char **error)
{
	z_stream *stream = &gzip->stream;
	int result;

	stream->next_in = source->data + source->next;
	stream->avail_in = (uInt)source_left(source);
	stream->next_out = to;
	stream->avail_out = (uInt)size;
	result = inflate(stream, Z_NO_FLUSH);
	source->next = source->end - stream->avail_in;
	if (result == Z_STREAM_END)
		gzip->in_member = false;
	else if (result != Z_OK && result != Z_BUF_ERROR) {
		*error = stream->msg != NULL ? stream->msg : zError(result);
		/* Deliver what came before the damage. */
		return stream->next_out == to ? -1 : stream->next_out - to;
	}
	return stream->next_out - to;
}

static ssize_t
gzip_read(void *state, struct source *source, uint8_t *to, size_t size,
    const char **error)
{
	struct gzip *gzip = state;
	ssize_t made, left;
	int more;

	for (;;) {
		if (!gzip->in_member &&
		    (more = gzip_next_member(gzip, source, error)) <= 0)
			return more;
		if ((left = source_fill(source, 1)) < 0) {
			*error = strerror(errno);
			return -1;
		}
		made = gzip_inflate(gzip, source, to, size, error);
		if (made != 0)
			return made;
		if (left == 0 && gzip->in_member) {
			*error = "the file is cut inside a member";
			return -1;
		}
	}
}

const struct codec codec_gzip = {
	.name = "gzip",
	.recognise = gzip_recognise,
	.open = gzip_open,
	.read = gzip_read,
	.close = gzip_close,
};
