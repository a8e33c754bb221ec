/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive:PATTERN, IPFIX files one after the other, each for an interval of
 * time.  The files that are not finished form a queue:
 *
 *	first                                          last
 *	┌────────────┐  ┌────────────┐            ┌────────────┐
 *	│ 12:00 ended│─►│ 12:05 ended│─► … ──────►│ 12:20      │◄── messages
 *	└────────────┘  └────────────┘            └────────────┘
 *	  │ written next                            takes messages
 *	  └─► finisher, once it has ended and is written
 *
 * As a rule first and last are the same file.  A file ends when the time
 * leaves its interval (rotate), when the next message would exceed
 * rotate_octets, or by exporter_rotate; the next message begins a new one.  An
 * interval without a record has no file.
 *
 * Invariants: only the last file takes messages, only the first one is
 * written, files reach the finisher in order; each has the preamble and
 * sequence numbers of its own.
 *
 * What can go wrong:
 * - A full disk (retry_may_help): the files wait in memory and the first
 *   is tried again, ever more seldom.  Beyond memory_octets, exporting waits
 *   for at most send_timeout where a file is read; then, and live at once, the
 *   oldest messages are dropped and count as lost.  The gap shows in the
 *   sequence numbers.
 * - Another error in an open file ends it: what is in it goes to the
 *   finisher, the rest of its messages is lost.
 * - A file that cannot be created is tried again like a full disk.
 * - Files come faster than the disk syncs them: finisher_put waits.
 * - At the end, what is not written after send_timeout is lost.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/pattern.h"
#include "exflow/archive/finisher.h"
#include "exflow/archive/kinds.h"
#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/base/path.h"
#include "exflow/base/publish.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/output/kind.h"
#include "exflow/output/retry.h"

#include "writer.h"

#define ARCHIVE_TICK_MS 1000
#define FULL_DISK_WAIT_US (RETRY_MIN_MS * 1000 / 4)

struct archive_file {
	struct writer writer;
	bool ended; /* takes no more messages */
	struct archive_file *next;
};

struct archive {
	struct destination base;
	const char *pattern; /* the end of base.spec */
	struct archive_file *first, *last;
	struct interval interval;  /* of the last file */
	struct preamble *preamble; /* NULL before templates; no memory */
	struct retry retry;        /* of the first file */
	uint64_t lost_before_full; /* records, when the disk got full */
	struct finisher *finisher;
};

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

/* --- from memory to disk */

/* Count what the finisher has done meanwhile. */
static void
archive_take_results(struct archive *archive)
{
	struct finisher_results results;

	finisher_collect(archive->finisher, &results);
	archive->base.counts.recovered += results.recovered;
	archive->base.counts.delivered += results.recovered;
	destination_deliver(&archive->base, results.delivered);
	destination_lose(&archive->base, LOSS_WRITE, results.lost);
	archive->base.counts.files += results.files;
	archive->base.counts.files_removed += results.removed;
	finisher_count_after(&results, &archive->base.counts);
	if (results.error[0] != '\0')
		destination_fail(&archive->base, "%s", results.error);
}

/*
 * The first file leaves the queue: for the finisher, if it has records.  What
 * is unwritten of it is lost.
 */
static void
archive_pass_on_first(struct archive *archive)
{
	struct archive_file *file = archive->first;

	archive->first = file->next;
	if (archive->first == NULL)
		archive->last = NULL;
	destination_lose(&archive->base, LOSS_WRITE,
	    writer_unwritten_records(&file->writer));
	if (file->writer.file_records == 0) {
		writer_clear(&file->writer);
	} else if (finisher_put(archive->finisher, &file->writer) != 0) {
		destination_lose(
		    &archive->base, LOSS_WRITE, file->writer.file_records);
		destination_fail(&archive->base, "cannot finish %s: %s",
		    file->writer.path, strerror(ENOMEM));
		writer_clear(&file->writer);
	}
	free(file);
}

/*
 * Write what waits for a file; 0, or -1 with errno.  Much is written behind,
 * but not after a failure: only a result shows that the trouble is over.
 */
static int
archive_write_file(const struct archive *archive, struct archive_file *file)
{
	struct writer *writer = &file->writer;

	if (writer->fd < 0 && (publish_make_folders(writer->path) != 0 ||
	                          writer_open(writer) != 0))
		return -1;
	if (writer_full(writer) && !file->ended &&
	    !retry_troubled(&archive->retry))
		return writer_write_behind(writer);
	return writer_write(writer);
}

static void
archive_write_failed(struct archive *archive, int code, bool progress)
{
	struct archive_file *file = archive->first;

	destination_fail(&archive->base, "cannot write %s: %s",
	    file->writer.path, strerror(code));
	if (retry_failed(&archive->retry, clock_ms(), progress)) {
		archive->lost_before_full =
		    archive->base.counts.lost[LOSS_WRITE];
		log_error("output %s: %s; records wait in memory",
		    archive->base.name, archive->base.error);
	}
	/* An open file is tried again only where space may help. */
	if (file->writer.fd >= 0 && !retry_may_help(code)) {
		file->ended = true;
		archive_pass_on_first(archive);
	}
}

static void
archive_write_succeeded(struct archive *archive)
{
	if (retry_succeeded(&archive->retry))
		log_warning("output %s: writing again; %" PRIu64
		            " records were lost",
		    archive->base.name,
		    archive->base.counts.lost[LOSS_WRITE] -
		        archive->lost_before_full);
}

/* Write file by file, from the first, until one fails or is not ended. */
static void
archive_write(struct archive *archive)
{
	while (archive->first != NULL) {
		struct archive_file *file = archive->first;
		uint64_t before = file->writer.file_octets;

		if (!retry_due(&archive->retry, clock_ms()))
			return;
		if (archive_write_file(archive, file) != 0) {
			archive_write_failed(
			    archive, errno, file->writer.file_octets > before);
			return;
		}
		archive_write_succeeded(archive);
		if (!file->ended)
			return;
		archive_pass_on_first(archive);
	}
}

static uint64_t
archive_unwritten(const struct archive *archive)
{
	uint64_t waiting = 0;

	for (const struct archive_file *f = archive->first; f != NULL;
	     f = f->next)
		waiting += writer_unwritten(&f->writer);
	return waiting;
}

/* Reading a capture can wait for the disk; an interface cannot. */
static void
archive_wait_for_space(struct archive *archive, uint64_t limit)
{
	const struct destination_options *options = &archive->base.options;

	while (!options->live && archive_unwritten(archive) > limit &&
	       retry_troubled(&archive->retry) &&
	       !retry_hopeless(&archive->retry, clock_ms(),
	           options->send_timeout_seconds)) {
		clock_sleep_us(FULL_DISK_WAIT_US);
		archive_write(archive);
	}
}

/* Drop the oldest messages beyond memory_octets, and files left empty. */
static void
archive_enforce_bound(struct archive *archive)
{
	uint64_t limit = archive->base.options.archive.memory_octets;

	if (archive_unwritten(archive) <= limit)
		return;
	archive_wait_for_space(archive, limit);
	while (archive_unwritten(archive) > limit && archive->first != NULL) {
		struct archive_file *file = archive->first;
		uint32_t records = writer_drop(&file->writer);

		destination_lose(&archive->base, LOSS_WRITE, records);
		if (records == 0 && file->ended)
			archive_pass_on_first(archive);
		else if (records == 0)
			break;
	}
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
