/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of an archive's files, from memory to disk.  See archive.c.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/base/publish.h"

#include "archive.h"

void
archive_collect(struct archive *archive)
{
	struct finisher_results results;

	finisher_collect(archive->finisher, &results);
	archive->base.counts.recovered += results.recovered;
	archive->base.counts.delivered += results.recovered;
	destination_deliver(&archive->base, results.delivered);
	destination_lose(&archive->base, LOSS_WRITE, results.lost);
	archive->base.counts.files += results.files;
	archive->base.counts.files_removed += results.removed;
	if (results.error[0] != '\0')
		destination_fail(&archive->base, "%s", results.error);
}

/* The first file leaves the queue: to the finisher if it holds records. */
void
archive_shift(struct archive *archive)
{
	struct archive_file *file = archive->first;

	archive->first = file->next;
	if (archive->first == NULL)
		archive->last = NULL;
	destination_lose(
	    &archive->base, LOSS_WRITE, writer_waiting_records(&file->writer));
	file->writer.start = file->writer.end;
	if (file->writer.held == 0) {
		writer_clear(&file->writer);
	} else if (finisher_put(archive->finisher, &file->writer) != 0) {
		destination_lose(&archive->base, LOSS_WRITE, file->writer.held);
		destination_fail(&archive->base, "cannot keep %s: %s",
		    file->writer.path, strerror(ENOMEM));
		writer_clear(&file->writer);
	}
	free(file);
}

/*
 * What waits for a file to disk, much of it behind; 0, or -1 with errno.  Not
 * behind after a failure: only the result tells whether that is over.
 */
static int
file_write(const struct archive *archive, struct archive_file *file)
{
	struct writer *writer = &file->writer;

	if (writer->fd < 0 && (publish_make_folders(writer->path) != 0 ||
	                          writer_open(writer) != 0))
		return -1;
	return writer_full(writer) && !file->ended &&
	               !retry_troubled(&archive->retry)
	           ? writer_write_behind(writer)
	           : writer_write(writer);
}

static void
archive_trouble(struct archive *archive, int code, bool progress)
{
	struct archive_file *file = archive->first;

	destination_fail(&archive->base, "cannot write %s: %s",
	    file->writer.path, strerror(code));
	if (retry_failed(&archive->retry, clock_ms(), progress)) {
		archive->lost_before = archive->base.counts.lost[LOSS_WRITE];
		log_error("output %s: %s; records wait in memory",
		    archive->base.name, archive->base.error);
	}
	/* Once open, only what space heals is worth another try. */
	if (file->writer.fd >= 0 && !writer_may_recover(code)) {
		file->ended = true;
		archive_shift(archive);
	}
}

static void
archive_recovered(struct archive *archive)
{
	if (retry_succeeded(&archive->retry))
		log_warning("output %s: written again; %" PRIu64
		            " records were lost",
		    archive->base.name,
		    archive->base.counts.lost[LOSS_WRITE] -
		        archive->lost_before);
}

void
archive_write(struct archive *archive)
{
	while (archive->first != NULL) {
		struct archive_file *file = archive->first;
		uint64_t before = file->writer.written;

		if (!retry_due(&archive->retry, clock_ms()))
			return;
		if (file_write(archive, file) != 0) {
			archive_trouble(
			    archive, errno, file->writer.written > before);
			return;
		}
		archive_recovered(archive);
		if (!file->ended)
			return;
		archive_shift(archive);
	}
}

static uint64_t
archive_waiting(const struct archive *archive)
{
	uint64_t waiting = 0;

	for (const struct archive_file *f = archive->first; f != NULL;
	     f = f->next)
		waiting += writer_waiting(&f->writer);
	return waiting;
}

/* A file that is read can wait; an interface cannot. */
static void
archive_hold_up(struct archive *archive, uint64_t limit)
{
	const struct destination_options *options = &archive->base.options;

	while (!options->live && archive_waiting(archive) > limit &&
	       retry_troubled(&archive->retry) &&
	       !retry_hopeless(&archive->retry, clock_ms(),
	           options->send_timeout_seconds)) {
		clock_sleep_us(RETRY_MIN_MS * 1000 / 4);
		archive_write(archive);
	}
}

/* The oldest go; a file that has nothing left, too. */
void
archive_bound(struct archive *archive)
{
	uint64_t limit = archive->base.options.archive.memory_octets;

	if (archive_waiting(archive) <= limit)
		return;
	archive_hold_up(archive, limit);
	while (archive_waiting(archive) > limit && archive->first != NULL) {
		struct archive_file *file = archive->first;
		uint32_t records = writer_drop(&file->writer);

		destination_lose(&archive->base, LOSS_WRITE, records);
		if (records == 0 && file->ended)
			archive_shift(archive);
		else if (records == 0)
			break;
	}
}
