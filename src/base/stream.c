/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three ways from a file to the FILE that a stream hands out:
 *
 *	plain regular file     fd ─────────────────────────────────► FILE
 *	compressed file        fd ─► source ─► codec (gzip, zstd) ─► FILE
 *	pipe, socket, device   fd ─► source ─► codec, or a copy ───► FILE
 *
 * The plain file is an ordinary FILE, so that no code of ours lies between
 * the reader and stdio; its first octets are looked at with pread(2).  A pipe
 * cannot be rewound, so the source keeps the octets that told the codec.
 * There the FILE calls stream_read (fopencookie or funopen).
 *
 * The happy path ends with the end of the file.  What can go wrong: read(2)
 * fails or is interrupted, the compressed data is damaged or cut, memory is
 * short.  Everything before the damage is delivered, then the FILE reports an
 * error (EIO), stays at it, and stream_error tells the reason.
 */
#include <config.h>

#include "exflow/base/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <stdio_ext.h>
#endif

#include "codec.h"
#include "source.h"

/*
 * stdio's own buffer of 4096 octets costs a system call for every few
 * packets.  Over 3 GB this size took a quarter of that time; larger ones
 * gained nothing.
 */
#define STREAM_BUFFER_SIZE 131072
#define PAGE 4096

struct stream {
	int fd;                    /* -1: the FILE of a plain file owns it */
	FILE *file;                /* NULL once it is taken */
	FILE *plain;               /* of a plain file, for its position */
	char *buffer;              /* of stdio */
	struct source *source;     /* NULL: plain file */
	const struct codec *codec; /* NULL: not compressed */
	void *codec_state;
	bool failed;
	char error[256]; /* the reason, where failed */
	uint64_t total;  /* octets of the file; 0: a pipe */
};

static const struct codec *const codecs[] = { &codec_gzip, &codec_zstd };

/* From a pipe that is not compressed, the first octets included. */
static ssize_t
stream_read_plain(
    struct source *source, uint8_t *to, size_t size, const char **error)
{
	ssize_t left = source_fill(source, 1);

	if (left <= 0) {
		*error = strerror(errno);
		return left;
	}
	if ((size_t)left > size)
		left = (ssize_t)size;
	memcpy(to, source->data + source->next, (size_t)left);
	source->next += (size_t)left;
	return left;
}

static ssize_t
stream_read(void *cookie, char *to, size_t size)
{
	struct stream *stream = cookie;
	const char *error = NULL;
	ssize_t count;

	if (stream->failed)
		return -1;
	if (stream->codec != NULL)
		count = stream->codec->read(stream->codec_state, stream->source,
		    (uint8_t *)to, size, &error);
	else
		count = stream_read_plain(
		    stream->source, (uint8_t *)to, size, &error);
	if (count < 0) {
		stream->failed = true;
		snprintf(stream->error, sizeof(stream->error), "%s%s%s",
		    stream->codec != NULL ? stream->codec->name : "",
		    stream->codec != NULL ? ": " : "", error);
		errno = EIO;
	}
	return count;
}

#ifdef HAVE_FOPENCOOKIE
static FILE *
stream_reader(struct stream *stream)
{
	return fopencookie(
	    stream, "rb", (cookie_io_functions_t){ .read = stream_read });
}
#elif defined(HAVE_FUNOPEN)
static int
stream_read_int(void *cookie, char *to, int size)
{
	return (int)stream_read(cookie, to, (size_t)size);
}

static FILE *
stream_reader(struct stream *stream)
{
	return funopen(stream, stream_read_int, NULL, NULL, NULL);
}
#else
#error "stream.c needs fopencookie or funopen"
#endif

/* Read through a source and, where the file is compressed, a codec. */
static int
stream_use_source(
    struct stream *stream, const struct codec *codec, struct source *source)
{
	stream->source = source;
	stream->codec = codec;
	if (codec != NULL && (stream->codec_state = codec->open()) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	stream->file = stream_reader(stream);
	return stream->file == NULL ? -1 : 0;
}

static const struct codec *
stream_codec(const uint8_t *octets, size_t count)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (codecs[i]->recognise(octets, count))
			return codecs[i];
	return NULL;
}

/* A regular file: its first octets tell whether a source is needed. */
static int
stream_open_regular(struct stream *stream, off_t start)
{
	uint8_t magic[CODEC_MAGIC_SIZE];
	const struct codec *codec;
	struct source *source;
	ssize_t count;

	do
		count = pread(stream->fd, magic, sizeof(magic), start);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -1;
	codec = stream_codec(magic, (size_t)count);
	if (codec != NULL) {
		if ((source = calloc(1, sizeof(*source))) == NULL)
			return -1;
		source->fd = stream->fd;
		source->regular = true;
		return stream_use_source(stream, codec, source);
	}
	if ((stream->file = fdopen(stream->fd, "rb")) == NULL)
		return -1;
	stream->fd = -1;
	stream->plain = stream->file;
	return 0;
}

static int
stream_open_pipe(struct stream *stream)
{
	struct source *source = calloc(1, sizeof(*source));
	const struct codec *codec;
	ssize_t count;

	if (source == NULL)
		return -1;
	source->fd = stream->fd;
	if ((count = source_fill(source, CODEC_MAGIC_SIZE)) < 0) {
		free(source);
		return -1;
	}
	codec = stream_codec(source->data, (size_t)count);
	return stream_use_source(stream, codec, source);
}

/* "-" is a duplicate of standard input, which stays open. */
static int
stream_descriptor(const char *path)
{
	if (strcmp(path, "-") == 0)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int
stream_open_descriptor(struct stream *stream)
{
	struct stat status;
	off_t start;

	if (fstat(stream->fd, &status) < 0)
		return -1;
	if (S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	start = lseek(stream->fd, 0, SEEK_CUR);
	if (!S_ISREG(status.st_mode) || start < 0)
		return stream_open_pipe(stream);
	stream->total = (uint64_t)status.st_size;
	return stream_open_regular(stream, start);
}

static int
stream_set_buffer(struct stream *stream)
{
	/*
	 * Page-aligned: some processors copy at a third of their speed to an
	 * address a few octets behind the start of a page.
	 */
	stream->buffer = aligned_alloc(PAGE, STREAM_BUFFER_SIZE);
	if (stream->buffer == NULL)
		return -1;
	setvbuf(stream->file, stream->buffer, _IOFBF, STREAM_BUFFER_SIZE);
#ifdef __GLIBC__
	/* Only one thread reads it: two locks a packet would be measurable. */
	__fsetlocking(stream->file, FSETLOCKING_BYCALLER);
#endif
	return 0;
}

struct stream *
stream_open(const char *path)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int saved;

	if (stream == NULL)
		return NULL;
	if ((stream->fd = stream_descriptor(path)) < 0 ||
	    stream_open_descriptor(stream) < 0 ||
	    stream_set_buffer(stream) < 0) {
		saved = errno;
		stream_close(&stream);
		errno = saved;
	}
	return stream;
}

FILE *
stream_take_file(struct stream *stream)
{
	FILE *file = stream->file;

	stream->file = NULL;
	return file;
}

void
stream_close(struct stream **stream)
{
	struct stream *it = *stream;

	if (it == NULL)
		return;
	if (it->file != NULL)
		fclose(it->file);
	if (it->fd >= 0)
		close(it->fd);
	if (it->codec_state != NULL)
		it->codec->close(it->codec_state);
	free(it->source);
	free(it->buffer);
	free(it);
	*stream = NULL;
}

void
stream_set_idle(
    struct stream *stream, bool (*idle)(void *context), void *context)
{
	if (stream->source == NULL)
		return; /* reading a plain file never blocks */
	stream->source->idle = idle;
	stream->source->idle_context = context;
}

const char *
stream_error(const struct stream *stream)
{
	return stream->failed ? stream->error : NULL;
}

const char *
stream_codec_name(const struct stream *stream)
{
	return stream->codec != NULL ? stream->codec->name : NULL;
}

uint64_t
stream_octets_read(const struct stream *stream)
{
	off_t position;

	if (stream->source != NULL)
		return stream->source->octets - source_left(stream->source);
	position = ftello(stream->plain);
	return position < 0 ? 0 : (uint64_t)position;
}

uint64_t
stream_octets_total(const struct stream *stream)
{
	return stream->total;
}

/* A plain file has no FILE's buffer to pass: read(2) fills the caller's. */
ssize_t
stream_read_octets(struct stream *stream, void *to, size_t size)
{
	ssize_t count;

	if (stream->source != NULL)
		return stream_read(stream, to, size);
	if (stream->failed)
		return -1;
	do
		count = read(fileno(stream->plain), to, size);
	while (count < 0 && errno == EINTR);
	if (count < 0) {
		stream->failed = true;
		snprintf(stream->error, sizeof(stream->error), "%s",
		    strerror(errno));
	}
	return count;
}
