/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "adopt.h"
#include "compress.h"
#include "exflow/clock.h"
#include "exflow/log.h"
#include "exflow/thread.h"
#include "pattern.h"
#include "place.h"

/* Files grow old without a new one, too. */
#define RETENTION_EVERY_SECONDS 600
/* A full disk at the last step, which needs next to nothing. */
#define PUBLISH_TRIES 50
#define PUBLISH_WAIT_US 100000

enum keeper_end {
	KEEPER_RUNS,
	KEEPER_FINISH, /* when all is done */
	KEEPER_ABANDON /* now */
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

struct keeper {
	const char *name, *pattern;
	const struct archive_options *options;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	struct jobs written; /* to be renamed */
	struct jobs plain;   /* to be compressed */
	enum keeper_end end;
	struct keeper_results results;
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
		char *path = place_publish(writer->temporary, writer->path);

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
	if (place_sync(fd) != 0)
		return NULL;
	writer->fd = -1;
	*what = "close";
	if (place_close(fd, &lock) == 0) {
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
count_lost(struct keeper *keeper, const struct writer *writer, const char *what)
{
	struct keeper_results *results = &keeper->results;
	int code = errno;

	log_error("output %s: cannot %s %s: %s", keeper->name, what,
	    writer->path, strerror(code));
	pthread_mutex_lock(&keeper->lock);
	results->lost += writer->held;
	snprintf(results->error, sizeof(results->error), "cannot %s %s: %s",
	    what, writer->path, strerror(code));
	pthread_mutex_unlock(&keeper->lock);
}

static void
keep_written(struct keeper *keeper, struct job *job)
{
	bool pack = keeper->options->compression != ARCHIVE_PLAIN;
	struct writer *writer = &job->writer;
	const char *what;

	job->path = publish(writer, &what);
	if (job->path == NULL) {
		count_lost(keeper, writer, what);
		job_delete(job);
		return;
	}
	free(writer->temporary); /* it has its name now */
	writer->temporary = NULL;
	place_sync_folder(job->path);
	log_info("output %s: %s, %" PRIu64 " records", keeper->name, job->path,
	    writer->held);
	pthread_mutex_lock(&keeper->lock);
	keeper->results.delivered += writer->held;
	keeper->results.files++;
	if (pack)
		jobs_push(&keeper->plain, job);
	pthread_mutex_unlock(&keeper->lock);
	if (!pack)
		job_delete(job);
}

static void
keep_plain(const struct keeper *keeper, struct job *job)
{
	/* Gone already: retention was faster. */
	if (compress_file(job->path, keeper->options->compression) != 0 &&
	    errno != ENOENT)
		log_warning("output %s: %s stays as it is, it cannot be "
		            "compressed: %s",
		    keeper->name, job->path, strerror(errno));
	job_delete(job);
}

static void
retain(struct keeper *keeper)
{
	const struct retention_rules rules = {
		.days = keeper->options->retention_days,
		.octets = keeper->options->retention_octets,
	};
	struct retention_result result;

	if (!retention_wanted(&rules))
		return;
	result = retention_apply(keeper->pattern, &rules, time(NULL));
	if (result.old_files + result.excess_files > 0)
		log_info("output %s: removed %" PRIu64
		         " files by age and %" PRIu64 " by size, %" PRIu64
		         " octets",
		    keeper->name, result.old_files, result.excess_files,
		    result.octets);
	if (result.failed > 0)
		log_warning("output %s: %" PRIu64 " files that are to be "
		            "removed could not be",
		    keeper->name, result.failed);
	pthread_mutex_lock(&keeper->lock);
	keeper->results.removed += result.old_files + result.excess_files;
	pthread_mutex_unlock(&keeper->lock);
}

/* --- what a run that was killed left */

struct leftovers {
	struct keeper *keeper;
	struct adopted adopted;
};

/* Takes over the path.  For want of memory the file stays as it is. */
static void
compress_later(struct keeper *keeper, char *path)
{
	struct job *job = path == NULL ? NULL : malloc(sizeof(*job));

	if (job == NULL) {
		log_warning("output %s: a file is not compressed: %s",
		    keeper->name, strerror(ENOMEM));
		free(path);
		return;
	}
	*job = (struct job){ .writer = { .fd = -1 }, .path = path };
	pthread_mutex_lock(&keeper->lock);
	jobs_push(&keeper->plain, job);
	pthread_mutex_unlock(&keeper->lock);
}

/* A compressed file that is not complete: the file itself is still there. */
static void
compress_again(struct keeper *keeper, const char *temporary, const char *packed)
{
	char *path = strndup(packed, (size_t)(strrchr(packed, '.') - packed));

	adopt_remove(temporary);
	if (keeper->options->compression != ARCHIVE_PLAIN &&
	    (path == NULL || access(path, R_OK) == 0))
		compress_later(keeper, path);
	else
		free(path);
}

static bool
is_packed(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; place_suffixes[i] != NULL; i++) {
		size_t suffix = strlen(place_suffixes[i]);

		if (length > suffix &&
		    strcmp(name + length - suffix, place_suffixes[i]) == 0)
			return true;
	}
	return false;
}

static void
take_leftover(
    struct leftovers *leftovers, const char *temporary, const char *path)
{
	struct keeper *keeper = leftovers->keeper;
	char *name = adopt_file(
	    keeper->name, temporary, path, false, &leftovers->adopted);

	if (name != NULL && keeper->options->compression != ARCHIVE_PLAIN)
		compress_later(keeper, name);
	else
		free(name);
}

static void
visit_leftover(
    void *context, const char *part, const char *folder, const char *entry)
{
	struct leftovers *leftovers = context;
	char *name = place_of_temporary(entry), *temporary = NULL, *path = NULL;

	if (name == NULL || !pattern_matches(part, strlen(part), name, true))
		; /* a stranger's */
	else if (asprintf(&temporary, "%s%s", folder, entry) == -1)
		temporary = NULL; /* it is found again at the next start */
	else if (asprintf(&path, "%s%s", folder, name) == -1)
		path = NULL;
	else if (is_packed(name))
		compress_again(leftovers->keeper, temporary, path);
	else
		take_leftover(leftovers, temporary, path);
	free(path);
	free(temporary);
	free(name);
}

static void
adopt(struct keeper *keeper)
{
	struct leftovers leftovers = { .keeper = keeper };
	struct keeper_results *results = &keeper->results;

	(void)pattern_walk(keeper->pattern, visit_leftover, &leftovers);
	pthread_mutex_lock(&keeper->lock);
	results->recovered += leftovers.adopted.records;
	results->files += leftovers.adopted.files;
	pthread_mutex_unlock(&keeper->lock);
}

/* --- the thread */

struct work {
	struct job *written; /* either of these, or neither: retention */
	struct job *plain;
};

/* False at the end. */
static bool
next_work(struct keeper *keeper, struct work *work)
{
	struct timespec until = clock_read(CLOCK_REALTIME);
	bool more;
	int code = 0;

	until.tv_sec += RETENTION_EVERY_SECONDS;
	*work = (struct work){ NULL, NULL };
	pthread_mutex_lock(&keeper->lock);
	while (keeper->end == KEEPER_RUNS && code == 0 &&
	       keeper->written.head == NULL && keeper->plain.head == NULL)
		code = pthread_cond_timedwait(
		    &keeper->changed, &keeper->lock, &until);
	more = keeper->end != KEEPER_ABANDON;
	if (more)
		work->written = jobs_pop(&keeper->written);
	if (more && work->written == NULL)
		work->plain = jobs_pop(&keeper->plain);
	more = work->written != NULL || work->plain != NULL ||
	       keeper->end == KEEPER_RUNS;
	pthread_mutex_unlock(&keeper->lock);
	return more;
}

static void *
keeper_run(void *argument)
{
	struct keeper *keeper = argument;
	struct work work;

	adopt(keeper);
	retain(keeper);
	while (next_work(keeper, &work)) {
		if (work.written != NULL)
			keep_written(keeper, work.written);
		else if (work.plain != NULL)
			keep_plain(keeper, work.plain);
		retain(keeper);
	}
	return NULL;
}

static int
keeper_spawn(struct keeper *keeper)
{
	int code = thread_start(&keeper->thread, "keeper", keeper_run, keeper);

	keeper->running = code == 0;
	return code;
}

/* --- for the archive */

struct keeper *
keeper_new(const char *name, const char *pattern,
    const struct archive_options *options)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));
	int code;

	if (keeper == NULL)
		return NULL;
	keeper->name = name;
	keeper->pattern = pattern;
	keeper->options = options;
	keeper->written.tail = &keeper->written.head;
	keeper->plain.tail = &keeper->plain.head;
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_cond_init(&keeper->changed, NULL);
	code = keeper_spawn(keeper);
	if (code != 0) {
		keeper_free(&keeper);
		errno = code;
	}
	return keeper;
}

int
keeper_put(struct keeper *keeper, const struct writer *writer)
{
	struct job *job = malloc(sizeof(*job));

	if (job == NULL)
		return -1;
	*job = (struct job){ .writer = *writer };
	pthread_mutex_lock(&keeper->lock);
	jobs_push(&keeper->written, job);
	pthread_cond_signal(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
	return 0;
}

void
keeper_collect(struct keeper *keeper, struct keeper_results *results)
{
	pthread_mutex_lock(&keeper->lock);
	*results = keeper->results;
	keeper->results = (struct keeper_results){ 0 };
	pthread_mutex_unlock(&keeper->lock);
}

static void
keeper_stop(struct keeper *keeper, enum keeper_end end)
{
	if (!keeper->running)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->end = end;
	pthread_cond_signal(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
	pthread_join(keeper->thread, NULL);
	keeper->running = false;
}

void
keeper_finish(struct keeper *keeper)
{
	keeper_stop(keeper, KEEPER_FINISH);
}

void
keeper_free(struct keeper **pointer)
{
	struct keeper *keeper = *pointer;

	if (keeper == NULL)
		return;
	keeper_stop(keeper, KEEPER_ABANDON);
	jobs_clear(&keeper->written);
	jobs_clear(&keeper->plain);
	pthread_cond_destroy(&keeper->changed);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
	*pointer = NULL;
}
