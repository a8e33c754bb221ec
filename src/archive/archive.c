/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive:PATTERN as a destination: which file a message goes into, and when
 * files begin and end.  archive_internal.h has the picture.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/base/pattern.h"
#include "exflow/archive/finisher.h"
#include "exflow/archive/kinds.h"
#include "exflow/base/clock.h"
#include "exflow/base/path.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/output/kind.h"
#include "exflow/output/retry.h"

#include "archive_internal.h"

#define ARCHIVE_TICK_MS 1000

static uint32_t
archive_message_octets(const struct destination *destination)
{
	(void)destination;
	return FILE_MESSAGE_OCTETS;
}

/* --- the file that takes messages */

static void
archive_end_file(struct archive *archive)
{
	if (archive->last != NULL)
		archive->last->ended = true;
}

/* A time outside the interval ends the file and begins another interval. */
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

static void
archive_take_system_time(struct archive *archive)
{
	if (destination_by_system_clock(&archive->base))
		archive_take_time(archive, time(NULL));
}

/* With its name and its preamble; NULL: no memory. */
static struct archive_file *
archive_file_new(const struct archive *archive)
{
	struct archive_file *file = calloc(1, sizeof(*file));
	char *path = pattern_expand(archive->pattern, archive->interval.begin,
	    archive->base.options.archive.local_time);

	if (file == NULL || path == NULL ||
	    writer_init(&file->writer, path) != 0)
		goto fail;
	if (archive->preamble == NULL ||
	    writer_announce(&file->writer, archive->preamble) != 0) {
		writer_clear(&file->writer);
		goto fail;
	}
	free(path);
	return file;
fail:
	free(path);
	free(file);
	return NULL;
}

static int
archive_begin_file(struct archive *archive)
{
	struct archive_file *file = archive_file_new(archive);

	if (file == NULL)
		return -1;
	archive->base.counts.messages += file->writer.messages;
	archive->base.counts.octets += file->writer.octets;
	if (archive->last != NULL)
		archive->last->next = file;
	else
		archive->first = file;
	archive->last = file;
	return 0;
}

/* Whether one more message would exceed rotate_octets. */
static bool
would_exceed(
    const struct writer *writer, uint64_t limit, const struct message *message)
{
	uint64_t records =
	    writer->file_records + writer_unwritten_records(writer);
	uint64_t octets = writer->file_octets + writer_unwritten(writer);

	return limit > 0 && records > 0 &&
	       octets + writer_adds(writer, message) > limit;
}

/* The file for this message; NULL: no memory. */
static struct archive_file *
archive_file_for(struct archive *archive, const struct message *message)
{
	uint64_t limit = archive->base.options.archive.rotate_octets;
	struct archive_file *file = archive->last;

	if (file != NULL && would_exceed(&file->writer, limit, message))
		file->ended = true;
	if ((file == NULL || file->ended) && archive_begin_file(archive) != 0)
		return NULL;
	return archive->last;
}

/* --- the destination */

static const char *
archive_target(const struct destination *destination, size_t i)
{
	return i == 0 ? ((const struct archive *)destination)->pattern : NULL;
}

/* The folders that are the same for all times; NULL: no memory. */
static char *
archive_folder(const struct archive *archive)
{
	size_t constant = pattern_constant(archive->pattern);

	return constant > 0 ? strndup(archive->pattern, constant) : strdup(".");
}

static int
archive_check(struct destination *destination)
{
	char *folder = archive_folder((struct archive *)destination);
	int result = folder != NULL ? path_check_new_folder(folder) : -1;
	int code = errno;

	if (result != 0)
		destination_fail(destination,
		    "cannot write to the folder %s: %s",
		    folder != NULL ? folder : "of the pattern", strerror(code));
	free(folder);
	errno = code;
	return result == 0 ? finisher_check_after(destination) : result;
}

/* Folders that are the same for all times are made and checked at once. */
static int
archive_start(struct destination *destination)
{
	struct archive *archive = (struct archive *)destination;
	int result = -1;

	if (pattern_make_constant(archive->pattern) != 0)
		destination_fail(destination,
		    "cannot write to the folder %.*s: %s",
		    (int)pattern_constant(archive->pattern), archive->pattern,
		    strerror(errno));
	else if ((archive->finisher = finisher_new(destination->name,
	              archive->pattern, FINISHER_MESSAGES,
	              &destination->options.archive)) == NULL)
		destination_fail(destination, "cannot start the finisher: %s",
		    strerror(errno));
	else
		result = 0;
	return result;
}

static void
archive_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	struct archive *archive = (struct archive *)destination;

	if (!destination->options.types_file)
		types_count = 0;
	archive->preamble =
	    preamble_new(templates, templates_count, types, types_count);
}

static timestamp
archive_capture_time(struct destination *destination, timestamp now)
{
	struct archive *archive = (struct archive *)destination;
	int64_t next;

	if (destination_by_system_clock(&archive->base))
		return TIMESTAMP_MAX;
	archive_take_time(archive, (time_t)(now.ns / NS_PER_SECOND));
	next = destination->options.archive.rotate_seconds == 0
	           ? archive->interval.begin + 1
	           : archive->interval.end;
	return timestamp_from(next, 0);
}

/* With the templates that it needs; 0, or -1: no memory. */
static int
archive_add(struct archive *archive, struct archive_file *file,
    const struct message *message)
{
	struct writer *writer = &file->writer;
	uint64_t messages = writer->messages, octets = writer->octets;
	int result = writer_add(writer, message);

	archive->base.counts.messages += writer->messages - messages;
	archive->base.counts.octets += writer->octets - octets;
	return result;
}

static void
archive_message(struct destination *destination, const struct message *message)
{
	struct archive *archive = (struct archive *)destination;
	struct archive_file *file;

	archive_take_system_time(archive);
	file = archive_file_for(archive, message);
	if (file == NULL || archive_add(archive, file, message) != 0) {
		destination_fail(destination, "%s", strerror(ENOMEM));
		destination_lose(destination, LOSS_WRITE, message->records);
		return;
	}
	if (archive->first->ended || writer_full(&file->writer))
		archive_write(archive);
	archive_enforce_bound(archive);
}

static uint64_t
archive_tick(struct destination *destination, uint64_t now_ms)
{
	struct archive *archive = (struct archive *)destination;
	uint64_t next = now_ms + ARCHIVE_TICK_MS;

	archive_take_system_time(archive);
	archive_write(archive);
	archive_take_results(archive);
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

	/* Try at once; the timeout begins anew. */
	archive->retry.at_ms = archive->retry.since_ms = clock_ms();
	archive_rotate(destination);
	while (archive->first != NULL &&
	       !retry_hopeless(&archive->retry, clock_ms(),
	           destination->options.send_timeout_seconds)) {
		clock_sleep_us(FULL_DISK_WAIT_US);
		archive_write(archive);
	}
	while (archive->first != NULL)
		archive_pass_on_first(archive);
	finisher_finish(archive->finisher, &destination->options);
	archive_take_results(archive);
	return finisher_all_taken(destination) == 0 &&
	               destination_lost(&destination->counts) == 0
	           ? 0
	           : -1;
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
	if (archive->preamble != NULL)
		preamble_free(&archive->preamble);
}

static const struct destination_ops archive_ops = {
	.scheme = "archive",
	.message_octets = archive_message_octets,
	.target = archive_target,
	.check = archive_check,
	.start = archive_start,
	.templates = archive_templates,
	.turn = archive_capture_time,
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
	archive->pattern =
	    archive->base.spec + strlen(archive->base.spec) - strlen(argument);
	return &archive->base;
}
