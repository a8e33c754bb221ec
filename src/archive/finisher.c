/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "finisher.h"

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

#include "compress.h"
#include "pattern.h"
#include "recovery.h"

/* Files grow old without a new one, too. */
#define RETENTION_EVERY_SECONDS 600
/* A full disk at the last step, which needs next to nothing. */
#define PUBLISH_TRIES 50
#define PUBLISH_WAIT_US 100000

enum finisher_end {
	FINISHER_RUNS,
	FINISHER_FINISH, /* when all is done */
	FINISHER_ABANDON /* now */
};

/* One allocation for a file's whole way: renamed, then compressed. */
struct job {
	struct job *next;
	struct writer writer;
	char *path; /* once it has its name */
};

struct jobs {
	struct job *head, **tail;
};

struct finisher {
	const char *name, *pattern;
	const struct archive_options *options;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	struct jobs written; /* to be renamed */
	struct jobs plain;   /* to be compressed */
	enum finisher_end end;
	struct finisher_results results;
};

static void
jobs_push(struct jobs *jobs, struct job *job)
{
	job->next = NULL;
	*jobs->tail = job;
	jobs->tail = &job->next;
}

static struct job *
jobs_pop(struct jobs *jobs)
{
	struct job *job = jobs->head;

	if (job == NULL)
		return NULL;
	jobs->head = job->next;
	if (jobs->head == NULL)
		jobs->tail = &jobs->head;
	return job;
}

static void
job_delete(struct job *job)
{
	writer_clear(&job->writer);
	free(job->path);
	free(job);
}

static void
jobs_clear(struct jobs *jobs)
{
	struct job *job;

	while ((job = jobs_pop(jobs)) != NULL)
		job_delete(job);
}

/* --- one file */

static char *
publish_name(const struct writer *writer)
{
	const struct timespec wait = { .tv_nsec = PUBLISH_WAIT_US * 1000L };

	for (int i = 0; i < PUBLISH_TRIES; i++) {
		char *path = publish_file(writer->temporary, writer->path);

		if (path != NULL || !writer_may_recover(errno))
			return path;
		nanosleep(&wait, NULL);
	}
	return NULL;
}

/*
 * The name that it got; NULL with what failed and errno.  Until then it is
 * locked, so that nobody takes it for one that was left behind.
 */
static char *
publish(struct writer *writer, const char **what)
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
		path = publish_name(writer);
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
	results->lost += writer->held;
	snprintf(results->error, sizeof(results->error), "cannot %s %s: %s",
	    what, writer->path, strerror(code));
	pthread_mutex_unlock(&finisher->lock);
}

static void
keep_written(struct finisher *finisher, struct job *job)
{
	bool pack = finisher->options->compression != ARCHIVE_PLAIN;
	struct writer *writer = &job->writer;
	const char *what;

	job->path = publish(writer, &what);
	if (job->path == NULL) {
		count_lost(finisher, writer, what);
		job_delete(job);
		return;
	}
	free(writer->temporary); /* it has its name now */
	writer->temporary = NULL;
	publish_sync_folder(job->path);
	log_info("output %s: %s, %" PRIu64 " records", finisher->name,
	    job->path, writer->held);
	pthread_mutex_lock(&finisher->lock);
	finisher->results.delivered += writer->held;
	finisher->results.files++;
	if (pack)
		jobs_push(&finisher->plain, job);
	pthread_mutex_unlock(&finisher->lock);
	if (!pack)
		job_delete(job);
}

static void
keep_plain(const struct finisher *finisher, struct job *job)
{
	/* Gone already: retention was faster. */
	if (compress_file(job->path, finisher->options->compression) != 0 &&
	    errno != ENOENT)
		log_warning("output %s: %s stays as it is, it cannot be "
		            "compressed: %s",
		    finisher->name, job->path, strerror(errno));
	job_delete(job);
}

static void
retain(struct finisher *finisher)
{
	const struct retention_rules rules = {
		.days = finisher->options->retention_days,
		.octets = finisher->options->retention_octets,
	};
	struct retention_result result;

	if (!retention_wanted(&rules))
		return;
	result = retention_apply(finisher->pattern, &rules, time(NULL));
	if (result.old_files + result.excess_files > 0)
		log_info("output %s: removed %" PRIu64
		         " files by age and %" PRIu64 " by size, %" PRIu64
		         " octets",
		    finisher->name, result.old_files, result.excess_files,
		    result.octets);
	if (result.failed > 0)
		log_warning("output %s: %" PRIu64 " files that are to be "
		            "removed could not be",
		    finisher->name, result.failed);
	pthread_mutex_lock(&finisher->lock);
	finisher->results.removed += result.old_files + result.excess_files;
	pthread_mutex_unlock(&finisher->lock);
}

/* --- what a run that was killed left */

struct leftovers {
	struct finisher *finisher;
	struct recovery_counts recovered;
};

/* Takes over the path.  For want of memory the file stays as it is. */
static void
compress_later(struct finisher *finisher, char *path)
{
	struct job *job = path == NULL ? NULL : malloc(sizeof(*job));

	if (job == NULL) {
		log_warning("output %s: a file is not compressed: %s",
		    finisher->name, strerror(ENOMEM));
		free(path);
		return;
	}
	*job = (struct job){ .writer = { .fd = -1 }, .path = path };
	pthread_mutex_lock(&finisher->lock);
	jobs_push(&finisher->plain, job);
	pthread_mutex_unlock(&finisher->lock);
}

/* A compressed file that is not complete: the file itself is still there. */
static void
compress_again(
    struct finisher *finisher, const char *temporary, const char *packed)
{
	char *path = strndup(packed, (size_t)(strrchr(packed, '.') - packed));

	recovery_remove(temporary);
	if (finisher->options->compression != ARCHIVE_PLAIN &&
	    (path == NULL || access(path, R_OK) == 0))
		compress_later(finisher, path);
	else
		free(path);
}

static bool
is_packed(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; publish_suffixes[i] != NULL; i++) {
		size_t suffix = strlen(publish_suffixes[i]);

		if (length > suffix &&
		    strcmp(name + length - suffix, publish_suffixes[i]) == 0)
			return true;
	}
	return false;
}

static void
take_leftover(
    struct leftovers *leftovers, const char *temporary, const char *path)
{
	struct finisher *finisher = leftovers->finisher;
	char *name = recovery_file(
	    finisher->name, temporary, path, false, &leftovers->recovered);

	if (name != NULL && finisher->options->compression != ARCHIVE_PLAIN)
		compress_later(finisher, name);
	else
		free(name);
}

static void
visit_leftover(
    void *context, const char *part, const char *folder, const char *entry)
{
	struct leftovers *leftovers = context;
	char *name = publish_final_name(entry), *temporary = NULL, *path = NULL;

	if (name == NULL || !pattern_matches(part, strlen(part), name, true))
		; /* a stranger's */
	else if (asprintf(&temporary, "%s%s", folder, entry) == -1)
		temporary = NULL; /* it is found again at the next start */
	else if (asprintf(&path, "%s%s", folder, name) == -1)
		path = NULL;
	else if (is_packed(name))
		compress_again(leftovers->finisher, temporary, path);
	else
		take_leftover(leftovers, temporary, path);
	free(path);
	free(temporary);
	free(name);
}

static void
adopt(struct finisher *finisher)
{
	struct leftovers leftovers = { .finisher = finisher };
	struct finisher_results *results = &finisher->results;

	(void)pattern_walk(finisher->pattern, visit_leftover, &leftovers);
	pthread_mutex_lock(&finisher->lock);
	results->recovered += leftovers.recovered.records;
	results->files += leftovers.recovered.files;
	pthread_mutex_unlock(&finisher->lock);
}

/* --- the thread */

struct work {
	struct job *written; /* either of these, or neither: retention */
	struct job *plain;
};

/* False at the end. */
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
	       finisher->written.head == NULL && finisher->plain.head == NULL)
		code = pthread_cond_timedwait(
		    &finisher->changed, &finisher->lock, &until);
	more = finisher->end != FINISHER_ABANDON;
	if (more)
		work->written = jobs_pop(&finisher->written);
	if (more && work->written == NULL)
		work->plain = jobs_pop(&finisher->plain);
	more = work->written != NULL || work->plain != NULL ||
	       finisher->end == FINISHER_RUNS;
	pthread_mutex_unlock(&finisher->lock);
	return more;
}

static void *
finisher_run(void *argument)
{
	struct finisher *finisher = argument;
	struct work work;

	adopt(finisher);
	retain(finisher);
	while (next_work(finisher, &work)) {
		if (work.written != NULL)
			keep_written(finisher, work.written);
		else if (work.plain != NULL)
			keep_plain(finisher, work.plain);
		retain(finisher);
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

struct finisher *
finisher_new(const char *name, const char *pattern,
    const struct archive_options *options)
{
	struct finisher *finisher = calloc(1, sizeof(*finisher));
	int code;

	if (finisher == NULL)
		return NULL;
	finisher->name = name;
	finisher->pattern = pattern;
	finisher->options = options;
	finisher->written.tail = &finisher->written.head;
	finisher->plain.tail = &finisher->plain.head;
	pthread_mutex_init(&finisher->lock, NULL);
	pthread_cond_init(&finisher->changed, NULL);
	code = finisher_spawn(finisher);
	if (code != 0) {
		finisher_free(&finisher);
		errno = code;
	}
	return finisher;
}

int
finisher_put(struct finisher *finisher, const struct writer *writer)
{
	struct job *job = malloc(sizeof(*job));

	if (job == NULL)
		return -1;
	*job = (struct job){ .writer = *writer };
	pthread_mutex_lock(&finisher->lock);
	jobs_push(&finisher->written, job);
	pthread_cond_signal(&finisher->changed);
	pthread_mutex_unlock(&finisher->lock);
	return 0;
}

void
finisher_collect(struct finisher *finisher, struct finisher_results *results)
{
	pthread_mutex_lock(&finisher->lock);
	*results = finisher->results;
	finisher->results = (struct finisher_results){ 0 };
	pthread_mutex_unlock(&finisher->lock);
}

static void
finisher_stop(struct finisher *finisher, enum finisher_end end)
{
	if (!finisher->running)
		return;
	pthread_mutex_lock(&finisher->lock);
	finisher->end = end;
	pthread_cond_signal(&finisher->changed);
	pthread_mutex_unlock(&finisher->lock);
	pthread_join(finisher->thread, NULL);
	finisher->running = false;
}

void
finisher_finish(struct finisher *finisher)
{
	finisher_stop(finisher, FINISHER_FINISH);
}

void
finisher_free(struct finisher **pointer)
{
	struct finisher *finisher = *pointer;

	if (finisher == NULL)
		return;
	finisher_stop(finisher, FINISHER_ABANDON);
	jobs_clear(&finisher->written);
	jobs_clear(&finisher->plain);
	pthread_cond_destroy(&finisher->changed);
	pthread_mutex_destroy(&finisher->lock);
	free(finisher);
	*pointer = NULL;
}
