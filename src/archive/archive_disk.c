/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From memory to disk: the first file of an archive is written, tried again
 * while the disk is full, and passed on to the finisher once it has ended.
 */
#include <config.h>

#include "archive_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/base/publish.h"

void
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

void
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

void
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

void
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
