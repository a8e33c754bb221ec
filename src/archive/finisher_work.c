/* SPDX-License-Identifier: BSD-2-Clause */
/* What the thread of a finisher does with files; see finisher.c. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/command/after.h"
#include "exflow/output/retry.h"

#include "compress.h"
#include "finisher_internal.h"
#include "recovery.h"
#include "retention.h"
#include "writer.h"

/* On a full disk even a rename may fail for a while: try for five seconds. */
#define RENAME_TRIES 50
#define RENAME_WAIT_US 100000
/* With files in a queue, retention waits so long. */
#define RETENTION_BUSY_MS 1000

/* --- one file */

/* Rename, with patience for a full disk. */
static char *
rename_patiently(struct finisher *finisher, const struct writer *writer)
{
	const struct timespec wait = { .tv_nsec = RENAME_WAIT_US * 1000L };

	for (int i = 0; i < RENAME_TRIES; i++) {
		char *path = publish_file(
		    writer->temporary, writer->path, &finisher->numbers);

		if (path != NULL || !retry_may_help(errno))
			return path;
		nanosleep(&wait, NULL);
	}
	return NULL;
}

/*
 * Sync, close and rename; locked until then, so that no recovery takes the
 * file.  Its name; NULL with errno and what failed.
 */
static char *
name_file(struct finisher *finisher, struct writer *writer, const char **what)
{
	char *path = NULL;
	int fd = writer->fd, lock = -1, code;

	*what = "sync";
	if (publish_sync(fd) != 0)
		return NULL;
	writer->fd = -1;
	*what = "close";
	if (publish_close(fd, &lock) == 0) {
		*what = "rename the finished file to";
		path = rename_patiently(finisher, writer);
	}
	code = errno;
	if (lock >= 0)
		close(lock);
	errno = code;
	return path;
}

static void
count_lost(
    struct finisher *finisher, const struct writer *writer, const char *what)
{
	struct finisher_results *results = &finisher->results;
	int code = errno;

	log_error("output %s: cannot %s %s: %s", finisher->name, what,
	    writer->path, strerror(code));
	pthread_mutex_lock(&finisher->lock);
	results->lost += writer->file_records;
	snprintf(results->error, sizeof(results->error), "cannot %s %s: %s",
	    what, writer->path, strerror(code));
	pthread_mutex_unlock(&finisher->lock);
}

void
finisher_finish_written(struct finisher *finisher, struct job *job)
{
	bool compress = finisher->options->compression != ARCHIVE_PLAIN;
	struct writer *writer = &job->writer;
	const char *what;
	uint64_t records;

	job->path = name_file(finisher, writer, &what);
	if (job->path == NULL) {
		count_lost(finisher, writer, what);
		job_delete(job);
		return;
	}
	free(writer->temporary); /* renamed: not ours to remove */
	writer->temporary = NULL;
	records = writer->file_records;
	writer_clear(writer); /* a file may wait long to be compressed */
	publish_sync_folder(job->path);
	log_info("output %s: %s, %" PRIu64 " records", finisher->name,
	    job->path, records);
	pthread_mutex_lock(&finisher->lock);
	finisher->results.delivered += records;
	finisher->results.files++;
	if (compress)
		jobs_push(&finisher->to_compress, job);
	pthread_mutex_unlock(&finisher->lock);
	if (compress)
		return;
	if (finisher->after != NULL)
		after_ready(finisher->after, job->path, job->path);
	job_delete(job);
}

/* It is complete: compressed, if it could be. */
static void
hand_over(const struct finisher *finisher, const char *path, bool compressed)
{
	char *name = NULL;

	if (finisher->after == NULL)
		return;
	if (compressed)
		name = compressed_name(path, finisher->options->compression);
	after_ready(finisher->after, path, name != NULL ? name : path);
	free(name);
}

void
finisher_compress_job(const struct finisher *finisher, struct job *job)
{
	bool compress = finisher->options->compression != ARCHIVE_PLAIN;
	int result = !compress ? 0
	                       : compress_file(
	                             job->path, finisher->options->compression);

	/* ENOENT: retention has removed it already. */
	if (result != 0 && errno != ENOENT)
		log_warning("output %s: cannot compress %s, it stays plain: "
		            "%s",
		    finisher->name, job->path, strerror(errno));
	hand_over(finisher, job->path, compress && result == 0);
	job_delete(job);
}

/* Whether to go through the whole archive now, or after more files. */
static bool
retention_is_due(struct finisher *finisher)
{
	uint64_t now = clock_ms();
	bool due;

	pthread_mutex_lock(&finisher->lock);
	due = (finisher->to_name.count == 0 &&
	          finisher->to_compress.count == 0) ||
	      now - finisher->retention_ms >= RETENTION_BUSY_MS;
	pthread_mutex_unlock(&finisher->lock);
	return due;
}

void
finisher_apply_retention(struct finisher *finisher)
{
	const struct retention_rules rules = {
		.days = finisher->options->retention_days,
		.octets = finisher->options->retention_octets,
		.after = finisher->after,
	};
	struct retention_result result;

	if (!retention_wanted(&rules) || !retention_is_due(finisher))
		return;
	result = retention_apply(finisher->pattern, &rules, time(NULL));
	if (result.old_files + result.excess_files > 0)
		log_info("output %s: retention removed %" PRIu64
		         " files by age and %" PRIu64 " by size, %" PRIu64
		         " octets",
		    finisher->name, result.old_files, result.excess_files,
		    result.octets);
	if (result.failed > 0)
		log_warning("output %s: retention could not remove %" PRIu64
		            " files",
		    finisher->name, result.failed);
	finisher->retention_ms = clock_ms();
	pthread_mutex_lock(&finisher->lock);
	finisher->results.removed += result.old_files + result.excess_files;
	pthread_mutex_unlock(&finisher->lock);
}

/* --- what a run that was killed left */

/* Takes over the path; NULL: no memory, which is logged. */
struct job *
finisher_compression_job(const struct finisher *finisher, char *path)
{
	struct job *job = path == NULL ? NULL : malloc(sizeof(*job));

	if (job == NULL) {
		log_warning("output %s: a file stays plain: %s", finisher->name,
		    strerror(ENOMEM));
		free(path);
		return NULL;
	}
	*job = (struct job){ .writer = { .fd = -1 }, .path = path };
	return job;
}

/*
 * A recovery_compress: the path joins the files to be compressed, or is
 * compressed at once where there are many.
 */
static void
compress_recovered(void *context, char *path)
{
	struct finisher *finisher = context;
	struct job *job = finisher_compression_job(finisher, path);
	bool full;

	if (job == NULL)
		return;
	if (finisher->after != NULL)
		after_expect(finisher->after, job->path);
	pthread_mutex_lock(&finisher->lock);
	full = finisher->to_compress.count >= TO_COMPRESS_MAX;
	if (!full)
		jobs_push(&finisher->to_compress, job);
	pthread_mutex_unlock(&finisher->lock);
	if (full)
		finisher_compress_job(finisher, job);
}

/* The same where files stay plain. */
static void
hand_over_recovered(void *context, char *path)
{
	struct finisher *finisher = context;

	if (path != NULL) /* else the next start finds it */
		hand_over(finisher, path, false);
	free(path);
}

static void
recover_messages(struct finisher *finisher, recovery_compress *complete)
{
	struct recovery_counts recovered = { 0, 0 };

	recovery_archive(finisher->name, finisher->pattern, complete, finisher,
	    &finisher->numbers, &recovered);
	pthread_mutex_lock(&finisher->lock);
	finisher->results.recovered += recovered.records;
	finisher->results.files += recovered.files;
	pthread_mutex_unlock(&finisher->lock);
}

void
finisher_recover(struct finisher *finisher)
{
	recovery_compress *complete = NULL;

	if (finisher->options->compression != ARCHIVE_PLAIN)
		complete = compress_recovered;
	else if (finisher->after != NULL)
		complete = hand_over_recovered;
	if (finisher->files == FINISHER_MESSAGES)
		recover_messages(finisher, complete);
	else /* of plain ones the journal knows which are complete */
		recovery_lines(finisher->pattern, finisher->started - 1,
		    complete == compress_recovered ? complete : NULL, finisher);
	if (finisher->after != NULL)
		after_settle(finisher->after, compress_recovered, finisher);
}
