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

#include "exflow/base/publish.h"
#include "exflow/base/write_behind.h"

int
writer_init(struct writer *writer, const char *path)
{
	*writer = (struct writer){ .fd = -1, .path = strdup(path) };
	return writer->path == NULL ? -1 : 0;
}

void
writer_clear(struct writer *writer)
{
	write_behind_free(&writer->behind);
	if (writer->fd >= 0)
		close(writer->fd);
	if (writer->temporary != NULL)
		unlink(writer->temporary);
	free(writer->temporary);
	free(writer->octets);
	free(writer->away);
	free(writer->path);
	*writer = (struct writer){ .fd = -1 };
}

int
writer_open(struct writer *writer)
{
	if (writer->fd < 0)
		writer->fd = publish_create(writer->path, &writer->temporary);
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
	size_t used = writer->end - writer->start, size = writer->size;
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

/* All that was away is in the file. */
static void
take_away(struct writer *writer)
{
	writer->written += writer_away(writer);
	writer->preamble = 0;
	writer->away_start = writer->away_end = 0;
	writer->held += move_front(writer);
}

/* What was away waits again, before what was added meanwhile. */
static int
bring_back(struct writer *writer)
{
	size_t added = writer->end - writer->start;
	struct writer whole = *writer;

	whole.octets = writer->away;
	whole.start = writer->away_start;
	whole.end = writer->away_end;
	whole.size = writer->away_size;
	if (make_room(&whole, added) != 0)
		return -1;
	memcpy(whole.octets + whole.end, writer->octets + writer->start, added);
	whole.end += added;
	whole.away = writer->octets;
	whole.away_start = whole.away_end = 0;
	whole.away_size = writer->size;
	*writer = whole;
	return 0;
}

/* Of all that waits, so many octets were written; -1 with errno: no more. */
static int
account(struct writer *writer, size_t done, int result)
{
	take_written(writer, done);
	if (result != 0)
		cut_back(writer);
	return result;
}

/* Wait for what is being written behind; 0, or -1 with errno. */
static int
settle(struct writer *writer)
{
	size_t done;
	int code;

	if (writer_away(writer) == 0)
		return 0;
	if (write_behind_wait(writer->behind, &done) == 0) {
		take_away(writer);
		return 0;
	}
	code = errno;
	if (bring_back(writer) != 0) {
		cut_back(writer);
		return -1;
	}
	errno = code;
	return account(writer, done, -1);
}

int
writer_write(struct writer *writer)
{
	size_t waiting, done;
	int result;

	if (settle(writer) != 0)
		return -1;
	waiting = writer_waiting(writer);
	if (waiting == 0)
		return 0;
	result = write_behind_now(writer->fd, writer->octets + writer->start,
	    waiting, (off_t)writer->written, &done);
	return account(writer, done, result);
}

int
writer_write_behind(struct writer *writer)
{
	struct writer before;

	if (settle(writer) != 0)
		return -1;
	if (writer->behind == NULL)
		writer->behind = write_behind_new();
	if (writer->behind == NULL || writer_waiting(writer) == 0)
		return writer_write(writer);
	before = *writer;
	writer->octets = before.away;
	writer->size = before.away_size;
	writer->start = writer->end = 0;
	writer->away = before.octets;
	writer->away_size = before.size;
	writer->away_start = before.start;
	writer->away_end = before.end;
	write_behind_begin(writer->behind, writer->fd,
	    writer->away + writer->away_start, writer_away(writer),
	    (off_t)writer->written);
	return 0;
}

uint32_t
writer_drop(struct writer *writer)
{
	uint8_t *first;
	size_t length;

	(void)settle(writer);
	first = writer->octets + writer->start;
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
