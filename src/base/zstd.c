/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zstd (RFC 8878) through libzstd, which reads concatenated and skippable
 * frames by itself.  It refuses windows above 128 MB (zstd --long=28 and
 * more), as the zstd program does: a small file cannot demand any amount of
 * memory.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "codec.h"

static bool
zstd_recognise(const uint8_t *octets, size_t count)
{
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const uint8_t skippable[] = { 0x2a, 0x4d, 0x18 };

	if (count < CODEC_MAGIC_SIZE)
		return false;
	return memcmp(octets, frame, sizeof(frame)) == 0 ||
	       (octets[0] >> 4 == 5 &&
	           memcmp(octets + 1, skippable, sizeof(skippable)) == 0);
}

#ifdef HAVE_ZSTD

struct zstd {
	ZSTD_DStream *stream;
	size_t header; /* octets of a frame's header */
	size_t wanted; /* octets of the next block */
	bool in_frame;
	bool more; /* the last call filled its buffer: output may be left */
};

static void
zstd_close(void *state)
{
	struct zstd *zstd = state;

	ZSTD_freeDStream(zstd->stream);
	free(zstd);
}

static void *
zstd_open(void)
{
	struct zstd *zstd = calloc(1, sizeof(*zstd));

	if (zstd == NULL)
		return NULL;
	zstd->stream = ZSTD_createDStream();
	if (zstd->stream == NULL) {
		zstd_close(zstd);
		return NULL;
	}
	zstd->header = ZSTD_initDStream(zstd->stream);
	zstd->wanted = zstd->header;
	return zstd;
}

/*
 * Decompress at most one block of what the source has read: where libzstd
 * finds damage, it drops what the same call made, and everything before the
 * damage is to be delivered.  Octets made, or -1.
 */
static ssize_t
zstd_decompress(struct zstd *zstd, struct source *source,
    uint8_t *to, /* NOLINT(readability-non-const-parameter): written to */
    size_t size, const char **error)
{
	size_t left = source_left(source);
	size_t take = left < zstd->wanted ? left : zstd->wanted;
	ZSTD_inBuffer in = { source->data, source->next + take, source->next };
	ZSTD_outBuffer out = { to, size, 0 };
	size_t result = ZSTD_decompressStream(zstd->stream, &out, &in);

	if (ZSTD_isError(result)) {
		*error = ZSTD_getErrorName(result);
		return -1;
	}
	zstd->in_frame = result != 0;
	zstd->wanted = result != 0 ? result : zstd->header;
	source->next = in.pos;
	zstd->more = result != 0 && out.pos == out.size;
	return (ssize_t)out.pos;
}

static ssize_t
zstd_read(void *state, struct source *source, uint8_t *to, size_t size,
    const char **error)
{
	struct zstd *zstd = state;
	ssize_t made, left = 1;

	for (;;) {
		if (!zstd->more && (left = source_fill(source, 1)) < 0) {
			*error = strerror(errno);
			return -1;
		}
		if (left == 0 && zstd->in_frame) {
			*error = "the file is cut inside a frame";
			return -1;
		}
		if (left == 0)
			return 0;
		made = zstd_decompress(zstd, source, to, size, error);
		if (made != 0)
			return made;
	}
}

#else

/* Recognised nevertheless, so that the error names what is missing. */
static void *
zstd_open(void)
{
	return calloc(1, 1);
}

static void
zstd_close(void *state)
{
	free(state);
}

static ssize_t
zstd_read(void *state, struct source *source, uint8_t *to, size_t size,
    const char **error)
{
	(void)state;
	(void)source;
	(void)to;
	(void)size;
	*error = "exflow was built without it";
	return -1;
}

#endif

const struct codec codec_zstd = {
	.name = "zstd",
	.recognise = zstd_recognise,
	.open = zstd_open,
	.read = zstd_read,
	.close = zstd_close,
};
