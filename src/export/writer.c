/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits lies in one piece of memory, whole messages one after the
 * other; their headers tell their lengths and, by the sequence numbers, how
 * many records each has, so nothing more is kept beside them.
 */
#include <config.h>

#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "place.h"

int
writer_init(struct writer *writer, const char *path)
{
	*writer = (struct writer){ .fd = -1, .path = strdup(path) };
	return writer->path == NULL ? -1 : 0;
}

void
writer_clear(struct writer *writer)
{
	if (writer->fd >= 0)
		close(writer->fd);
	if (writer->temporary != NULL)
		unlink(writer->temporary);
	free(writer->temporary);
	free(writer->octets);
	free(writer->path);
	*writer = (struct writer){ .fd = -1 };
}

int
writer_open(struct writer *writer)
{
	if (writer->fd < 0)
		writer->fd = place_create(writer->path, &writer->temporary);
	return writer->fd < 0 ? -1 : 0;
}

static uint32_t
get32(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
	       (uint32_t)octets[2] << 8 | octets[3];
}

static size_t
message_length(const uint8_t *octets)
{
	return (size_t)octets[2] << 8 | octets[3];
}

/* Room for so many octets behind the end. */
static int
make_room(struct writer *writer, size_t length)
{
	size_t used = writer_waiting(writer), size = writer->size;
	uint8_t *grown;

	if (writer->end + length <= size)
		return 0;
	/* Only when there is much to gain, or it is moved over and over. */
	if (used + length <= size && writer->start >= size / 2) {
		memmove(writer->octets, writer->octets + writer->start, used);
		writer->start = 0;
		writer->end = used;
		return 0;
	}
	while (size < writer->end + length)
		size = size == 0 ? WRITER_OCTETS : 2 * size;
	grown = realloc(writer->octets, size);
	if (grown == NULL)
		return -1;
	writer->octets = grown;
	writer->size = size;
	return 0;
}

int
writer_add(struct writer *writer, const struct message *message)
{
	uint8_t *place;

	if (make_room(writer, message->length) != 0)
		return -1;
	place = writer->octets + writer->end;
	memcpy(place, message->octets, message->length);
	message_stamp(place, writer->sequence, (uint32_t)time(NULL));
	writer->end += message->length;
	writer->sequence += message->records;
	return 0;
}

int
writer_preamble(struct writer *writer, const struct message *message)
{
	if (writer_add(writer, message) != 0)
		return -1;
	writer->preamble += message->length;
	writer->front = writer->sequence;
	return 0;
}

/* Types first: ipfixDump takes a template as it knows it then. */
int
writer_announce(struct writer *writer, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	for (size_t i = 0; i < types_count; i++)
		if (writer_preamble(writer, &types[i]) != 0)
			return -1;
	for (size_t i = 0; i < templates_count; i++)
		if (writer_preamble(writer, &templates[i]) != 0)
			return -1;
	return 0;
}

/* The front moves up to the first exchange that waits; by how many. */
static uint32_t
move_front(struct writer *writer)
{
	const uint8_t *next = writer->octets + writer->start + writer->preamble;
	uint32_t before = writer->front;

	writer->front = next < writer->octets + writer->end ? get32(next + 8)
	                                                    : writer->sequence;
	return writer->front - before;
}

/* So many octets are in the file; they may end within a message. */
static void
take_written(struct writer *writer, size_t octets)
{
	size_t whole = 0;

	while (whole < octets) {
		size_t length =
		    message_length(writer->octets + writer->start + whole);

		if (whole + length > octets)
			break;
		whole += length;
	}
	writer->start += whole;
	writer->written += whole;
	writer->preamble -= whole < writer->preamble ? whole : writer->preamble;
	writer->held += move_front(writer);
	if (writer->start == writer->end)
		writer->start = writer->end = 0;
}

/* Nothing behind the last whole message. */
static void
cut_back(struct writer *writer)
{
	int code = errno;

	/* Where even that fails, the next try writes over it. */
	(void)!ftruncate(writer->fd, (off_t)writer->written);
	errno = code;
}

int
writer_write(struct writer *writer)
{
	const uint8_t *octets = writer->octets + writer->start;
	size_t waiting = writer_waiting(writer), done = 0;
	int result = 0;

	if (waiting == 0)
		return 0;
	while (done < waiting && result == 0) {
		/* By position: what a failed try left is written over. */
		ssize_t n = pwrite(writer->fd, octets + done, waiting - done,
		    (off_t)(writer->written + done));

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			result = -1;
	}
	take_written(writer, done);
	if (result != 0)
		cut_back(writer);
	return result;
}

uint32_t
writer_drop(struct writer *writer)
{
	uint8_t *first = writer->octets + writer->start;
	size_t length;

	if (writer_waiting(writer) <= writer->preamble)
		return 0;
	length = message_length(first + writer->preamble);
	/* The preamble moves up to where the message was. */
	memmove(first + length, first, writer->preamble);
	writer->start += length;
	return move_front(writer);
}

bool
writer_may_recover(int code)
{
	return code == ENOSPC || code == EDQUOT || code == EIO;
}
