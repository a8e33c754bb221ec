/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipfix:-, ipfix:FIFO: IPFIX messages, as in a file (RFC 5655), to standard
 * output, a pipe or a device.
 *
 *	message ──► buffer (64 KiB) of whole messages ──► write(2)
 *
 * The buffer is written when it is full, once a second, and live after each
 * message.  Records count as delivered when they are written.
 *
 * What can go wrong: any error but an interruption ends the stream, and what
 * comes is lost.  If nobody reads the pipe any more (EPIPE),
 * destination.reader_gone says so, and no error.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exflow/archive/kinds.h"
#include "exflow/base/target.h"
#include "exflow/output/kind.h"

#define BUFFER_OCTETS ((size_t)64 * 1024)
#define TICK_MS 1000

struct ipfix_stream {
	struct destination base;
	char *path;
	int fd;          /* -1: not open */
	uint8_t *buffer; /* BUFFER_OCTETS and one more message */
	size_t used;
	uint64_t records; /* in the buffer */
	uint32_t sequence;
	bool failed;
};

static uint32_t
stream_message_octets(const struct destination *destination)
{
	(void)destination;
	return FILE_MESSAGE_OCTETS;
}

static const char *
stream_target(const struct destination *destination, size_t i)
{
	return i == 0 ? ((const struct ipfix_stream *)destination)->path : NULL;
}

static const char *
name_of(const struct ipfix_stream *stream)
{
	return target_kind(stream->path) == TARGET_STANDARD_OUTPUT
	           ? "standard output"
	           : stream->path;
}

static int
stream_start(struct destination *destination)
{
	struct ipfix_stream *stream = (struct ipfix_stream *)destination;
	bool standard = target_kind(stream->path) == TARGET_STANDARD_OUTPUT;

	if (standard && isatty(STDOUT_FILENO)) {
		destination_fail(destination,
		    "standard output is a terminal, which cannot show IPFIX; "
		    "expected a pipe or a file");
		return -1;
	}
	stream->fd = standard ? STDOUT_FILENO
	                      : target_open_stream(
	                            stream->path, destination->options.live);
	if (stream->fd >= 0)
		return 0;
	destination_fail(destination, "%s: %s", stream->path, strerror(errno));
	return -1;
}

static void
stream_lose(struct ipfix_stream *stream, int code)
{
	stream->failed = true;
	if (code == EPIPE)
		stream->base.reader_gone = true;
	else
		destination_fail(
		    &stream->base, "%s: %s", name_of(stream), strerror(code));
	destination_lose(&stream->base, LOSS_WRITE, stream->records);
}

static void
stream_flush(struct ipfix_stream *stream)
{
	size_t done = 0;

	while (done < stream->used && !stream->failed) {
		ssize_t n = write(
		    stream->fd, stream->buffer + done, stream->used - done);
		struct pollfd wait = { .fd = stream->fd, .events = POLLOUT };

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			(void)poll(&wait, 1, -1);
		else if (errno != EINTR)
			stream_lose(stream, errno);
	}
	if (!stream->failed)
		destination_deliver(&stream->base, stream->records);
	stream->base.counts.octets += done;
	stream->used = 0;
	stream->records = 0;
}

static void
stream_put(struct ipfix_stream *stream, const struct message *message)
{
	uint8_t *at = stream->buffer + stream->used;

	memcpy(at, message->octets, message->length);
	message_stamp(at, stream->sequence, (uint32_t)time(NULL));
	stream->sequence += message->records;
	stream->used += message->length;
	stream->base.counts.messages++;
}

static void
stream_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	struct ipfix_stream *stream = (struct ipfix_stream *)destination;

	for (size_t i = 0; destination->options.types_file && i < types_count;
	     i++) {
		stream_put(stream, &types[i]);
		stream_flush(stream);
	}
	for (size_t i = 0; i < templates_count; i++) {
		stream_put(stream, &templates[i]);
		stream_flush(stream);
	}
}

static void
stream_message(struct destination *destination, const struct message *message)
{
	struct ipfix_stream *stream = (struct ipfix_stream *)destination;

	if (stream->failed) {
		destination_lose(destination, LOSS_WRITE, message->records);
		return;
	}
	stream_put(stream, message);
	stream->records += message->records;
	if (destination->options.live || stream->used >= BUFFER_OCTETS)
		stream_flush(stream);
}

static uint64_t
stream_tick(struct destination *destination, uint64_t now_ms)
{
	stream_flush((struct ipfix_stream *)destination);
	return now_ms + TICK_MS;
}

static int
stream_finish(struct destination *destination)
{
	struct ipfix_stream *stream = (struct ipfix_stream *)destination;

	stream_flush(stream);
	return stream->failed ? -1 : 0;
}

static void
stream_free(struct destination *destination)
{
	struct ipfix_stream *stream = (struct ipfix_stream *)destination;

	if (stream->fd >= 0 && stream->fd != STDOUT_FILENO)
		close(stream->fd);
	free(stream->buffer);
	free(stream->path);
}

static const struct destination_ops ipfix_stream_ops = {
	.scheme = "ipfix",
	.once = true,
	.message_octets = stream_message_octets,
	.target = stream_target,
	.start = stream_start,
	.templates = stream_templates,
	.message = stream_message,
	.tick = stream_tick,
	.finish = stream_finish,
	.free = stream_free,
};

struct destination *
ipfix_stream_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct ipfix_stream *stream = destination_alloc(
	    sizeof(*stream), &ipfix_stream_ops, spec, options, error);
	struct destination *destination;

	if (stream == NULL)
		return NULL;
	stream->fd = -1;
	stream->path = strdup(argument);
	stream->buffer = malloc(BUFFER_OCTETS + MESSAGE_MAX_OCTETS);
	if (stream->path != NULL && stream->buffer != NULL)
		return &stream->base;
	snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s", spec,
	    strerror(ENOMEM));
	destination = &stream->base;
	destination_free(&destination);
	return NULL;
}
