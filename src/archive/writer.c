/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See writer.h.  The headers of the messages tell their lengths and, by the
 * difference of sequence numbers, how many records they have, so the buffers
 * need no list beside the octets.
 */
#include <config.h>

#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/octets.h"
#include "exflow/base/publish.h"
#include "exflow/base/write_all.h"
#include "exflow/base/write_behind.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/ipfix/wire.h"

int
writer_init(struct writer *writer, const char *path)
{
	*writer = (struct writer){ .fd = -1, .path = strdup(path) };
	return writer->path == NULL ? -1 : 0;
}

void
writer_release(struct writer *writer)
{
	write_behind_free(&writer->behind);
	free(writer->waiting.octets);
	free(writer->writing.octets);
	writer->waiting = writer->writing = (struct message_buffer){ 0 };
}

void
writer_clear(struct writer *writer)
{
	writer_release(writer);
	if (writer->fd >= 0)
		close(writer->fd);
	if (writer->temporary != NULL)
		unlink(writer->temporary);
	free(writer->temporary);
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

/* --- the messages that wait */

static void
move_to_front(struct message_buffer *buffer)
{
	size_t used = message_buffer_used(buffer);

	if (buffer->start == 0)
		return;
	memmove(buffer->octets, buffer->octets + buffer->start, used);
	buffer->start = 0;
	buffer->end = used;
}

/*
 * Room for so many octets behind the end; 0, or -1: no memory.  On a full disk,
 * where the oldest are dropped and others come, the memory is an eighth larger
 * than what waits: so seldom do messages move.
 */
static int
make_room(struct message_buffer *buffer, size_t length)
{
	size_t needed = message_buffer_used(buffer) + length;
	size_t spare = needed / 8 > WRITER_OCTETS ? needed / 8 : WRITER_OCTETS;
	uint8_t *grown;

	if (buffer->end + length <= buffer->size)
		return 0;
	move_to_front(buffer);
	if (buffer->size >= needed + needed / 8)
		return 0;
	grown = realloc(buffer->octets, needed + spare);
	if (grown == NULL)
		return -1;
	buffer->octets = grown;
	buffer->size = needed + spare;
	return 0;
}

static int
add(struct writer *writer, const struct message *message)
{
	struct message_buffer *buffer = &writer->waiting;
	uint8_t *at;

	if (make_room(buffer, message->length) != 0)
		return -1;
	at = buffer->octets + buffer->end;
	memcpy(at, message->octets, message->length);
	message_stamp(at, writer->next_sequence, (uint32_t)time(NULL));
	buffer->end += message->length;
	writer->next_sequence += message->records;
	writer->messages++;
	writer->octets += message->length;
	return 0;
}

/* The shapes of a message whose templates the file does not have yet. */
static struct shape_set
unannounced(const struct writer *writer, const struct message *message)
{
	struct shape_set shapes = { 0 };

	if (writer->templates == NULL)
		return shapes;
	preamble_needs(
	    writer->templates, message->octets, message->length, &shapes);
	shape_set_remove_all(&shapes, &writer->announced);
	return shapes;
}

int
writer_add(struct writer *writer, const struct message *message)
{
	struct shape_set shapes = unannounced(writer, message), covered;

	while (!shape_set_empty(&shapes)) {
		struct message template =
		    preamble_template(writer->templates, &shapes, &covered);

		if (add(writer, &template) != 0)
			return -1;
		shape_set_add_all(&writer->announced, &covered);
		shape_set_remove_all(&shapes, &covered);
	}
	return add(writer, message);
}

uint64_t
writer_adds(const struct writer *writer, const struct message *message)
{
	struct shape_set shapes = unannounced(writer, message), covered;
	uint64_t octets = message->length;

	while (!shape_set_empty(&shapes)) {
		octets +=
		    preamble_template(writer->templates, &shapes, &covered)
		        .length;
		shape_set_remove_all(&shapes, &covered);
	}
	return octets;
}

int
writer_preamble(struct writer *writer, const struct message *message)
{
	if (add(writer, message) != 0)
		return -1;
	writer->preamble += message->length;
	writer->unwritten_sequence = writer->next_sequence;
	return 0;
}

int
writer_announce(struct writer *writer, const struct preamble *preamble)
{
	struct message message;
	size_t at = 0;

	writer->templates = preamble;
	while (preamble_first(preamble, &at, &message))
		if (writer_preamble(writer, &message) != 0)
			return -1;
	return 0;
}

/* --- counting what is in the file */

/* The oldest data message that is not in the file; NULL: there is none. */
static const uint8_t *
oldest_unwritten(const struct writer *writer)
{
	const struct message_buffer *buffer = &writer->writing;
	size_t skip = writer->preamble, used = message_buffer_used(buffer);

	if (used <= skip) {
		skip -= used;
		buffer = &writer->waiting;
		used = message_buffer_used(buffer);
	}
	return used > skip ? buffer->octets + buffer->start + skip : NULL;
}

/* Set unwritten_sequence anew; by how many records it moved. */
static uint32_t
advance_sequence(struct writer *writer)
{
	const uint8_t *oldest = oldest_unwritten(writer);
	uint32_t before = writer->unwritten_sequence;

	writer->unwritten_sequence = oldest == NULL
	                                 ? writer->next_sequence
	                                 : get32(oldest + SEQUENCE_OFFSET);
	return writer->unwritten_sequence - before;
}

/* So many octets of the buffer were written, maybe not to a message's end. */
static void
count_written(
    struct writer *writer, struct message_buffer *buffer, size_t octets)
{
	const uint8_t *first = buffer->octets + buffer->start;
	size_t whole = 0;

	while (whole < octets) {
		size_t length = get16(first + whole + LENGTH_OFFSET);

		if (whole + length > octets)
			break;
		whole += length;
	}
	buffer->start += whole;
	if (buffer->start == buffer->end)
		buffer->start = buffer->end = 0;
	writer->file_octets += whole;
	writer->preamble -= whole < writer->preamble ? whole : writer->preamble;
	writer->file_records += advance_sequence(writer);
}

/* End the file behind its last whole message. */
static void
cut_back(struct writer *writer)
{
	int code = errno;

	/* Where that fails, too, the next try overwrites the rest. */
	(void)!ftruncate(writer->fd, (off_t)writer->file_octets);
	errno = code;
}

/* --- writing */

/* Put what could not be written before what waits.  0, or -1: no memory. */
static int
put_back(struct writer *writer)
{
	struct message_buffer unwritten = writer->writing;
	struct message_buffer added = writer->waiting;
	size_t octets = message_buffer_used(&added);

	if (make_room(&unwritten, octets) != 0)
		return -1;
	if (octets > 0)
		memcpy(unwritten.octets + unwritten.end,
		    added.octets + added.start, octets);
	unwritten.end += octets;
	free(added.octets); /* on a full disk memory is wanted for messages */
	writer->waiting = unwritten;
	writer->writing = (struct message_buffer){ 0 };
	return 0;
}

/* The result of the write that is under way: 0, or -1 with errno. */
static int
await_write(struct writer *writer)
{
	int code = 0;
	size_t done;

	if (writer->under_way) {
		if (write_behind_wait(writer->behind, &done) != 0)
			code = errno;
		writer->under_way = false;
		count_written(writer, &writer->writing, done);
		if (code != 0)
			cut_back(writer);
	}
	/* Without memory it stays where it is until the next call. */
	if (message_buffer_used(&writer->writing) > 0 && put_back(writer) != 0)
		return -1;
	errno = code;
	return code == 0 ? 0 : -1;
}

int
writer_write(struct writer *writer)
{
	struct message_buffer *buffer = &writer->waiting;
	size_t done;
	int result;

	if (await_write(writer) != 0)
		return -1;
	if (message_buffer_used(buffer) == 0)
		return 0;
	result = write_all_at(writer->fd, buffer->octets + buffer->start,
	    message_buffer_used(buffer), (off_t)writer->file_octets, &done);
	count_written(writer, buffer, done);
	if (result != 0)
		cut_back(writer);
	return result;
}

int
writer_write_behind(struct writer *writer)
{
	struct message_buffer empty;

	if (await_write(writer) != 0)
		return -1;
	if (writer->behind == NULL)
		writer->behind = write_behind_new();
	if (writer->behind == NULL ||
	    message_buffer_used(&writer->waiting) == 0)
		return writer_write(writer);
	empty = writer->writing;
	writer->writing = writer->waiting;
	writer->waiting = empty;
	writer->under_way = true;
	write_behind_begin(writer->behind, writer->fd,
	    writer->writing.octets + writer->writing.start,
	    message_buffer_used(&writer->writing), (off_t)writer->file_octets);
	return 0;
}

static bool
is_template(const uint8_t *message)
{
	return get16(message + MESSAGE_HEADER_OCTETS) < DATA_SET_MIN;
}

uint32_t
writer_drop(struct writer *writer)
{
	struct message_buffer *buffer = &writer->waiting;
	uint8_t *first;
	size_t length;

	(void)await_write(writer);
	if (message_buffer_used(&writer->writing) > 0)
		buffer = &writer->writing; /* it could not be put back */
	first = buffer->octets + buffer->start;
	/* A template stays: it moves into the preamble. */
	while (message_buffer_used(buffer) > writer->preamble &&
	       is_template(first + writer->preamble))
		writer->preamble +=
		    get16(first + writer->preamble + LENGTH_OFFSET);
	if (message_buffer_used(buffer) <= writer->preamble)
		return 0;
	length = get16(first + writer->preamble + LENGTH_OFFSET);
	/* The preamble moves over the message. */
	memmove(first + length, first, writer->preamble);
	buffer->start += length;
	return advance_sequence(writer);
}
