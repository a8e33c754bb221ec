/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plain file is handed out as an ordinary FILE, so that nothing of ours
 * lies between the two; its first octets are looked at with pread.  A pipe
 * cannot be rewound, so its octets go through a source, which keeps what was
 * looked at, and a FILE whose reads end here.  So do those of a compressed
 * file, by way of its codec.
 */
#include <config.h>

#include "exflow/base/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <stdio_ext.h>
#endif

#include "codec.h"

/*
 * stdio takes 4096 octets by itself, a system call for every few packets:
 * measured over 3 GB, this one takes a quarter of that time, and larger ones
 * take no less.
 */
#define STREAM_BUFFER_SIZE 131072
#define PAGE 4096

struct stream {
	int fd;                    /* -1: a plain file's FILE owns it */
	FILE *file;                /* until it is taken */
	FILE *plain;               /* a plain file: asked for its position */
	char *buffer;              /* stdio's */
	struct source *source;     /* NULL: a plain file */
	const struct codec *codec; /* NULL: not compressed */
	void *codec_state;
	bool failed;
	char error[256]; /* why, when failed */
	uint64_t total;
};

static const struct codec *const codecs[] = { &codec_gzip, &codec_zstd };

/* It would wait, as far as can be told. */
static bool
source_is_idle(const struct source *source)
{
	struct pollfd polled = { .fd = source->fd, .events = POLLIN };

	return !source->regular && poll(&polled, 1, 0) == 0;
}

ssize_t
source_fill(struct source *source, size_t wanted)
{
	ssize_t count;

	if (source_left(source) >= wanted)
		return (ssize_t)source_left(source);
	memmove(source->data, source->data + source->next, source_left(source));
	source->end -= source->next;
	source->next = 0;
	while (source->end < wanted) {
		if (source->idle != NULL && source_is_idle(source) &&
		    !source->idle(source->idle_context)) {
			errno = EINTR;
			return -1;
		}
		count = read(source->fd, source->data + source->end,
		    sizeof(source->data) - source->end);
		/* A pipe waits: a signal that is to stop the program does. */
		if (count < 0 && errno == EINTR && source->regular)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		source->end += (size_t)count;
		source->octets += (uint64_t)count;
	}
	return (ssize_t)source->end;
}

/* A pipe that is not compressed: what was looked at, then the rest. */
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
#error "a FILE with a reader of one's own needs fopencookie or funopen"
#endif

/* Read through a source, and the codec that knows the first octets. */
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

/* The descriptor of a path; standard input's is left open for others. */
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
	 * At the beginning of a page: some processors copy to what lies a few
	 * octets behind it at a third of their speed.
	 */
	stream->buffer = aligned_alloc(PAGE, STREAM_BUFFER_SIZE);
	if (stream->buffer == NULL)
		return -1;
	setvbuf(stream->file, stream->buffer, _IOFBF, STREAM_BUFFER_SIZE);
#ifdef __GLIBC__
	/* One thread reads it: its two locks a packet show. */
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
		return; /* a plain file never waits */
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
