/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See finisher.h.  One lock protects the two queues, the end and the results;
 * the thread never holds it while it touches the disk.
 *
 *	finisher_put ──► to_name ≤ 64 ──► the thread ──► to_compress ≤ 1024
 *	finisher_compress ────────────────────────────────────►│
 *
 * Naming goes first, unless to_compress is full.  A full queue makes the
 * output wait that puts a file there, so that the files and descriptors of the
 * process have a bound.
 */
#include <config.h>

#include "exflow/archive/finisher.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/base/publish.h"
#include "exflow/base/thread.h"
#include "exflow/command/after.h"
#include "exflow/command/command.h"
#include "exflow/output/kind.h"
#include "exflow/output/retry.h"

#include "compress.h"
#include "jobs.h"
#include "recovery.h"
#include "retention.h"
#include "writer.h"

/* Files reach their age also while no new one comes. */
#define RETENTION_EVERY_SECONDS 600
/* On a full disk even a rename may fail for a while: try for five seconds. */
#define RENAME_TRIES 50
#define RENAME_WAIT_US 100000

/* Files in each queue; those to be named have a descriptor each. */
#define TO_NAME_MAX 64
#define TO_COMPRESS_MAX 1024
/* With files in a queue, retention waits so long. */
#define RETENTION_BUSY_MS 1000

enum finisher_end {
	FINISHER_RUNS,
	FINISHER_FINISH, /* end when both queues are empty */
	FINISHER_ABANDON /* end after the file at hand */
};

struct finisher {
	const char *name, *pattern;
	enum finisher_files files;
	time_t started; /* text files that are older are left over */
	const struct archive_options *options;
	struct publish_numbers numbers; /* of the thread */
	uint64_t retention_ms;          /* when it was applied */
	struct after *after;            /* NULL: no command for files */
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t work;  /* for the thread */
	pthread_cond_t room;  /* in a queue */
	bool warned;          /* that a queue is full */
	struct jobs to_name;
	struct jobs to_compress;
	enum finisher_end end;
	struct finisher_results results;
};

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

static void
finish_written(struct finisher *finisher, struct job *job)
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

static void
compress_job(const struct finisher *finisher, struct job *job)
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

static void
apply_retention(struct finisher *finisher)
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
static struct job *
compression_job(const struct finisher *finisher, char *path)
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
	struct job *job = compression_job(finisher, path);
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
		compress_job(finisher, job);
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
recover(struct finisher *finisher)
{
	bool compress = finisher->options->compression != ARCHIVE_PLAIN;
	struct recovery_counts recovered = { 0, 0 };

	if (finisher->files == FINISHER_LINES) {
		recovery_lines(finisher->pattern, finisher->started - 1,
		    compress ? compress_recovered : NULL, finisher);
		return;
	}
	recovery_archive(finisher->name, finisher->pattern,
	    compress                  ? compress_recovered
	    : finisher->after != NULL ? hand_over_recovered
	                              : NULL,
	    finisher, &finisher->numbers, &recovered);
	pthread_mutex_lock(&finisher->lock);
	finisher->results.recovered += recovered.records;
	finisher->results.files += recovered.files;
	pthread_mutex_unlock(&finisher->lock);
}

/* --- the thread */

/* One of the two, or neither: time for retention. */
struct work {
	struct job *to_name;
	struct job *to_compress;
};

/* The lock is held; a job of either queue makes room for another one. */
static void
take_work(struct finisher *finisher, struct work *work)
{
	if (finisher->to_compress.count < TO_COMPRESS_MAX)
		work->to_name = jobs_pop(&finisher->to_name);
	if (work->to_name == NULL)
		work->to_compress = jobs_pop(&finisher->to_compress);
	pthread_cond_broadcast(&finisher->room);
}

/* Wait for work; files to be named come first.  False: the thread ends. */
static bool
next_work(struct finisher *finisher, struct work *work)
{
	struct timespec until = clock_read(CLOCK_REALTIME);
	bool more;
	int code = 0;

	until.tv_sec += RETENTION_EVERY_SECONDS;
	*work = (struct work){ NULL, NULL };
	pthread_mutex_lock(&finisher->lock);
	while (finisher->end == FINISHER_RUNS && code == 0 &&
	       finisher->to_name.count == 0 && finisher->to_compress.count == 0)
		code = pthread_cond_timedwait(
		    &finisher->work, &finisher->lock, &until);
	if (finisher->end != FINISHER_ABANDON)
		take_work(finisher, work);
	more = work->to_name != NULL || work->to_compress != NULL ||
	       finisher->end == FINISHER_RUNS;
	pthread_mutex_unlock(&finisher->lock);
	return more;
}

static void *
finisher_run(void *argument)
{
	struct finisher *finisher = argument;
	struct work work;

	recover(finisher);
	if (finisher->after != NULL)
		after_settle(finisher->after, compress_recovered, finisher);
	apply_retention(finisher);
	while (next_work(finisher, &work)) {
		if (work.to_name != NULL)
			finish_written(finisher, work.to_name);
		else if (work.to_compress != NULL)
			compress_job(finisher, work.to_compress);
		apply_retention(finisher);
	}
	return NULL;
}

static int
finisher_spawn(struct finisher *finisher)
{
	int code =
	    thread_start(&finisher->thread, "finisher", finisher_run, finisher);

	finisher->running = code == 0;
	return code;
}

/* --- for the archive */

/* A publish_intend: a name is noted before a file has it. */
static void
intend(void *context, const char *name, bool wanted)
{
	struct finisher *finisher = context;

	if (wanted)
		after_expect(finisher->after, name);
	else
		after_forget(finisher->after, name);
}

static int
start_after(struct finisher *finisher)
{
	const struct archive_options *options = finisher->options;
	const struct after_options after = { .command = options->after,
		.timeout_seconds = options->after_timeout_seconds,
		.helper = options->helper,
		.compress = options->compression != ARCHIVE_PLAIN,
		.local_time = options->local_time };

	if (options->after == NULL)
		return 0;
	finisher->after = after_new(finisher->name, finisher->pattern, &after);
	if (finisher->after == NULL)
		return errno;
	finisher_note_names(finisher, &finisher->numbers);
	return 0;
}

struct finisher *
finisher_new(const char *name, const char *pattern, enum finisher_files files,
    const struct archive_options *options)
{
	struct finisher *finisher = calloc(1, sizeof(*finisher));
	int code;

	if (finisher == NULL)
		return NULL;
	finisher->name = name;
	finisher->pattern = pattern;
	finisher->files = files;
	finisher->started = time(NULL);
	finisher->options = options;
	jobs_init(&finisher->to_name);
	jobs_init(&finisher->to_compress);
	pthread_mutex_init(&finisher->lock, NULL);
	pthread_cond_init(&finisher->work, NULL);
	pthread_cond_init(&finisher->room, NULL);
	code = start_after(finisher);
	if (code == 0)
		code = finisher_spawn(finisher);
	if (code != 0) {
		finisher_free(&finisher);
		errno = code;
	}
	return finisher;
}

/* Once in a run. */
static void
warn_if_full(struct finisher *finisher, const struct jobs *jobs, size_t most)
{
	bool first;

	pthread_mutex_lock(&finisher->lock);
	first = jobs->count >= most && !finisher->warned;
	finisher->warned |= first;
	pthread_mutex_unlock(&finisher->lock);
	if (first)
		log_warning("output %s: files come faster than they can be "
		            "finished; it waits for the disk",
		    finisher->name);
}

/* Put a job into one of the queues, when there is room. */
static void
put_job(
    struct finisher *finisher, struct jobs *jobs, size_t most, struct job *job)
{
	warn_if_full(finisher, jobs, most);
	pthread_mutex_lock(&finisher->lock);
	while (jobs->count >= most)
		pthread_cond_wait(&finisher->room, &finisher->lock);
	jobs_push(jobs, job);
	pthread_cond_signal(&finisher->work);
	pthread_mutex_unlock(&finisher->lock);
}

int
finisher_put(struct finisher *finisher, struct writer *writer)
{
	struct job *job = malloc(sizeof(*job));

	if (job == NULL)
		return -1;
	writer_release(writer);
	*job = (struct job){ .writer = *writer };
	put_job(finisher, &finisher->to_name, TO_NAME_MAX, job);
	return 0;
}

void
finisher_compress(struct finisher *finisher, char *path)
{
	struct job *job = compression_job(finisher, path);

	if (job != NULL)
		put_job(finisher, &finisher->to_compress, TO_COMPRESS_MAX, job);
}

void
finisher_collect(struct finisher *finisher, struct finisher_results *results)
{
	struct after_counts counts = { 0 };

	pthread_mutex_lock(&finisher->lock);
	*results = finisher->results;
	finisher->results = (struct finisher_results){ 0 };
	pthread_mutex_unlock(&finisher->lock);
	if (finisher->after == NULL)
		return;
	after_collect(finisher->after, &counts);
	results->after_done = counts.done;
	results->after_failed = counts.failed;
	results->after_given_up = counts.given_up;
	results->after_waiting = counts.waiting;
	if (results->error[0] == '\0')
		snprintf(
		    results->error, sizeof(results->error), "%s", counts.error);
}

void
finisher_count_after(
    const struct finisher_results *results, struct destination_counts *counts)
{
	counts->after_done += results->after_done;
	counts->after_failed += results->after_failed;
	counts->after_given_up += results->after_given_up;
	counts->after_waiting = results->after_waiting;
}

int
finisher_check_after(struct destination *destination)
{
	const char *text = destination->options.archive.after;
	char error[COMMAND_ERROR_SIZE];
	struct command *command;
	int result = 0, code = 0;

	if (text == NULL)
		return 0;
	command = command_parse(text, error);
	if (command == NULL || command_check(command, error) != 0) {
		code = command == NULL ? 0 : errno;
		destination_fail(destination, "after: %s", error);
		result = -1;
	}
	command_free(&command);
	errno = code;
	return result;
}

static void
finisher_stop(struct finisher *finisher, enum finisher_end end)
{
	if (!finisher->running)
		return;
	pthread_mutex_lock(&finisher->lock);
	finisher->end = end;
	pthread_cond_signal(&finisher->work);
	pthread_mutex_unlock(&finisher->lock);
	pthread_join(finisher->thread, NULL);
	finisher->running = false;
}

/* Live, an output has to end within shutdown_timeout: so it ends before. */
void
finisher_finish(
    struct finisher *finisher, const struct destination_options *options)
{
	uint64_t patience = options->shutdown_timeout_seconds * UINT64_C(1000);

	finisher_stop(finisher, FINISHER_FINISH);
	if (finisher->after != NULL)
		after_finish(finisher->after, options->live,
		    options->live ? patience / 10 * 9 : patience);
}

void
finisher_note_names(struct finisher *finisher, struct publish_numbers *numbers)
{
	if (finisher->after == NULL)
		return;
	numbers->intend = intend;
	numbers->context = finisher;
}

void
finisher_expect(struct finisher *finisher, const char *path)
{
	if (finisher->after != NULL)
		after_expect(finisher->after, path);
}

void
finisher_forget(struct finisher *finisher, const char *path)
{
	if (finisher->after != NULL)
		after_forget(finisher->after, path);
}

void
finisher_free(struct finisher **pointer)
{
	struct finisher *finisher = *pointer;

	if (finisher == NULL)
		return;
	finisher_stop(finisher, FINISHER_ABANDON);
	after_free(&finisher->after);
	jobs_clear(&finisher->to_name);
	jobs_clear(&finisher->to_compress);
	pthread_cond_destroy(&finisher->work);
	pthread_cond_destroy(&finisher->room);
	publish_numbers_clear(&finisher->numbers);
	pthread_mutex_destroy(&finisher->lock);
	free(finisher);
	*pointer = NULL;
}
