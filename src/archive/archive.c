/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives: IPFIX files one after the other, each for an interval of time.
 *
 * The files form a queue: the last one takes messages, the first one is
 * written.  As a rule they are the same.  While the disk is full all wait in
 * memory, each message for the file that it belongs to, up to a bound; then,
 * if the input can wait, it does so for the send timeout, and after that the
 * oldest messages go and are counted, their gap in the sequence numbers
 * showing.  A file that has ended and is written goes to the finisher, which
 * gives it its name.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exflow/archive/kinds.h"
#include "exflow/base/clock.h"
#include "exflow/base/publish.h"

#include "archive.h"
#include "pattern.h"

#define ARCHIVE_TICK_MS 1000

static uint32_t
archive_message_octets(const struct destination *destination)
{
	(void)destination;
	return FILE_MESSAGE_OCTETS;
}

/* --- which file */

static bool
by_system_clock(const struct archive *archive)
{
	enum archive_clock clock = archive->base.options.archive.clock;

	return clock == ARCHIVE_CLOCK_SYSTEM ||
	       (clock == ARCHIVE_CLOCK_AUTO && archive->base.options.live);
}

static time_t
archive_time(const struct archive *archive)
{
	return by_system_clock(archive)
	           ? time(NULL)
	           : (time_t)(archive->now.ns / NS_PER_SECOND);
}

static void
archive_end_file(struct archive *archive)
{
	if (archive->last != NULL)
		archive->last->ended = true;
}

/* A time past the interval ends the file and begins the next interval. */
static void
archive_take_time(struct archive *archive, time_t now)
{
	const struct archive_options *options = &archive->base.options.archive;

	if (options->rotate_seconds == 0) {
		archive->interval.begin = now;
	} else if (now >= archive->interval.end ||
	           now < archive->interval.begin) {
		archive_end_file(archive);
		archive->interval = interval_at(
		    now, options->rotate_seconds, options->local_time);
	}
}

static int
archive_begin_file(struct archive *archive)
{
	struct archive_file *file = calloc(1, sizeof(*file));
	char *path = pattern_expand(archive->pattern, archive->interval.begin,
	    archive->base.options.archive.local_time);
	int result = -1;

	if (file != NULL && path != NULL)
		result = writer_init(&file->writer, path);
	if (result == 0)
		result = writer_announce(&file->writer, archive->templates,
		    archive->templates_count, archive->types,
		    archive->types_count);
	free(path);
	if (result != 0) {
		if (file != NULL)
			writer_clear(&file->writer);
		free(file);
		return -1;
	}
	archive->base.counts.messages +=
	    archive->templates_count + archive->types_count;
	archive->base.counts.octets += writer_waiting(&file->writer);
	if (archive->last != NULL)
		archive->last->next = file;
	else
		archive->first = file;
	archive->last = file;
	return 0;
}

/* The file for a message of this length. */
static struct archive_file *
archive_file_for(struct archive *archive, uint32_t length)
{
	uint64_t limit = archive->base.options.archive.rotate_octets;
	struct archive_file *file = archive->last;

	if (file != NULL && !file->ended && limit > 0 &&
	    file->writer.held + writer_waiting_records(&file->writer) > 0 &&
	    file->writer.written + writer_waiting(&file->writer) + length >
	        limit)
		file->ended = true;
	if ((file == NULL || file->ended) && archive_begin_file(archive) != 0)
		return NULL;
	return archive->last;
}

/* --- the destination */

/* The folders that do not depend on the time show what is wrong at once. */
static int
archive_start(struct destination *destination)
{
	struct archive *archive = (struct archive *)destination;
	size_t constant = pattern_constant(archive->pattern);
	char *folder = strndup(archive->pattern, constant);
	int code = 0;

	if (folder == NULL || publish_make_folders(folder) != 0 ||
	    access(constant > 0 ? folder : ".", W_OK | X_OK) != 0)
		code = errno;
	if (code != 0)
		destination_fail(destination,
		    "cannot write to the folder %s: %s",
		    constant > 0 ? folder : ".", strerror(code));
	free(folder);
	if (code != 0)
		return -1;
	archive->finisher = finisher_new(
	    destination->name, archive->pattern, &destination->options.archive);
	if (archive->finisher == NULL)
		destination_fail(
		    destination, "cannot keep files: %s", strerror(errno));
	return archive->finisher != NULL ? 0 : -1;
}

static void
archive_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	struct archive *archive = (struct archive *)destination;

	archive->templates = templates;
	archive->templates_count = templates_count;
	archive->types = types;
	archive->types_count =
	    destination->options.types_file ? types_count : 0;
}

static timestamp
archive_turn(struct destination *destination, timestamp now)
{
	struct archive *archive = (struct archive *)destination;
	int64_t next;

	archive->now = now;
	if (by_system_clock(archive))
		return TIMESTAMP_MAX;
	archive_take_time(archive, archive_time(archive));
	next = destination->options.archive.rotate_seconds == 0
	           ? archive->interval.begin + 1
	           : archive->interval.end;
	return timestamp_from(next, 0);
}

static void
archive_message(struct destination *destination, const struct message *message)
{
	struct archive *archive = (struct archive *)destination;
	struct archive_file *file;

	if (by_system_clock(archive))
		archive_take_time(archive, time(NULL));
	file = archive_file_for(archive, message->length);
	if (file == NULL || writer_add(&file->writer, message) != 0) {
		destination_fail(destination, "%s", strerror(ENOMEM));
		destination_lose(destination, LOSS_WRITE, message->records);
		return;
	}
	destination->counts.messages++;
	destination->counts.octets += message->length;
	if (archive->first->ended || writer_full(&file->writer))
		archive_write(archive);
	archive_bound(archive);
}

static uint64_t
archive_tick(struct destination *destination, uint64_t now_ms)
{
	struct archive *archive = (struct archive *)destination;
	uint64_t next = now_ms + ARCHIVE_TICK_MS;

	if (by_system_clock(archive))
		archive_take_time(archive, time(NULL));
	archive_write(archive);
	archive_collect(archive);
	if (retry_troubled(&archive->retry) && archive->retry.at_ms < next)
		next = archive->retry.at_ms;
	return next > now_ms ? next : now_ms + 1;
}

static void
archive_rotate(struct destination *destination)
{
	struct archive *archive = (struct archive *)destination;

	archive_end_file(archive);
	archive_write(archive);
}

static int
archive_finish(struct destination *destination)
{
	struct archive *archive = (struct archive *)destination;

	/* However long the trouble has lasted: now, and the timeout anew. */
	archive->retry.at_ms = archive->retry.since_ms = clock_ms();
	archive_rotate(destination);
	while (archive->first != NULL &&
	       !retry_hopeless(&archive->retry, clock_ms(),
	           destination->options.send_timeout_seconds)) {
		clock_sleep_us(RETRY_MIN_MS * 1000 / 4);
		archive_write(archive);
	}
	while (archive->first != NULL)
		archive_shift(archive);
	finisher_finish(archive->finisher);
	archive_collect(archive);
	return destination_lost(&destination->counts) == 0 ? 0 : -1;
}

static void
archive_free(struct destination *destination)
{
	struct archive *archive = (struct archive *)destination;

	finisher_free(&archive->finisher);
	while (archive->first != NULL) {
		struct archive_file *file = archive->first;

		archive->first = file->next;
		writer_clear(&file->writer);
		free(file);
	}
	free(archive->pattern);
}

static const struct destination_ops archive_ops = {
	.scheme = "archive",
	.message_octets = archive_message_octets,
	.start = archive_start,
	.templates = archive_templates,
	.turn = archive_turn,
	.message = archive_message,
	.tick = archive_tick,
	.rotate = archive_rotate,
	.finish = archive_finish,
	.free = archive_free,
};

struct destination *
archive_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct archive *archive;
	char why[256];

	if (pattern_check(argument, why, sizeof(why)) != 0) {
		snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s",
		    options->label != NULL ? options->label : spec, why);
		return NULL;
	}
	archive = destination_alloc(
	    sizeof(*archive), &archive_ops, spec, options, error);
	if (archive == NULL)
		return NULL;
	archive->pattern = strdup(argument);
	if (archive->pattern == NULL) {
		struct destination *destination = &archive->base;

		snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s",
		    spec, strerror(ENOMEM));
		destination_free(&destination);
		return NULL;
	}
	return &archive->base;
}
