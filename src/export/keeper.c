/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "keeper.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "adopt.h"
#include "compress.h"
#include "exflow/log.h"
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

struct keeper {
	const char *name, *pattern;
	const struct archive_options *options;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	GQueue *written; /* struct writer: to be renamed */
	GQueue *plain;   /* paths to be compressed */
	enum keeper_end end;
	struct keeper_results results;
};

static void
writer_delete(gpointer data)
{
	writer_clear(data);
	g_free(data);
}

/* --- one file */

static char *
publish_name(const struct writer *writer)
{
	for (int i = 0; i < PUBLISH_TRIES; i++) {
		char *path = place_publish(writer->temporary, writer->path);

		if (path != NULL || !writer_may_recover(errno))
			return path;
		g_usleep(PUBLISH_WAIT_US);
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
keep_written(struct keeper *keeper, struct writer *writer)
{
	struct keeper_results *results = &keeper->results;
	const char *what;
	char *path = publish(writer, &what);
	int code = errno;

	if (path == NULL)
		log_error("output %s: cannot %s %s: %s", keeper->name, what,
		    writer->path, strerror(code));
	pthread_mutex_lock(&keeper->lock);
	if (path == NULL) {
		results->lost += writer->held;
		snprintf(results->error, sizeof(results->error),
		    "cannot %s %s: %s", what, writer->path, strerror(code));
	} else {
		results->delivered += writer->held;
		results->files++;
		if (keeper->options->compression != ARCHIVE_PLAIN)
			g_queue_push_tail(keeper->plain, g_strdup(path));
	}
	pthread_mutex_unlock(&keeper->lock);
	if (path != NULL) {
		free(writer->temporary); /* it has its name now */
		writer->temporary = NULL;
		place_sync_folder(path);
		log_info("output %s: %s, %" PRIu64 " records", keeper->name,
		    path, writer->held);
	}
	free(path);
	writer_delete(writer);
}

static void
keep_plain(const struct keeper *keeper, char *path)
{
	/* Gone already: retention was faster. */
	if (compress_file(path, keeper->options->compression) != 0 &&
	    errno != ENOENT)
		log_warning("output %s: %s stays as it is, it cannot be "
		            "compressed: %s",
		    keeper->name, path, strerror(errno));
	g_free(path);
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

/* A compressed file that is not complete: the file itself is still there. */
static void
compress_again(struct keeper *keeper, const char *temporary, const char *packed)
{
	char *path = g_strndup(packed, (gsize)(strrchr(packed, '.') - packed));

	adopt_remove(temporary);
	if (keeper->options->compression != ARCHIVE_PLAIN &&
	    access(path, R_OK) == 0) {
		pthread_mutex_lock(&keeper->lock);
		g_queue_push_tail(keeper->plain, path);
		pthread_mutex_unlock(&keeper->lock);
	} else {
		g_free(path);
	}
}

static bool
is_packed(const char *name)
{
	for (size_t i = 0; place_suffixes[i] != NULL; i++)
		if (g_str_has_suffix(name, place_suffixes[i]))
			return true;
	return false;
}

static void
take_leftover(
    struct leftovers *leftovers, const char *temporary, const char *path)
{
	struct keeper *keeper = leftovers->keeper;
	char *name = adopt_file(
	    keeper->name, temporary, path, false, &leftovers->adopted);

	if (name != NULL && keeper->options->compression != ARCHIVE_PLAIN) {
		pthread_mutex_lock(&keeper->lock);
		g_queue_push_tail(keeper->plain, g_strdup(name));
		pthread_mutex_unlock(&keeper->lock);
	}
	free(name);
}

static void
visit_leftover(
    void *context, const char *part, const char *folder, const char *entry)
{
	struct leftovers *leftovers = context;
	char *name = place_of_temporary(entry), *temporary, *path;

	if (name == NULL)
		return;
	temporary = g_strconcat(folder, entry, NULL);
	path = g_strconcat(folder, name, NULL);
	if (!pattern_matches(part, strlen(part), name, true))
		; /* a stranger's */
	else if (is_packed(name))
		compress_again(leftovers->keeper, temporary, path);
	else
		take_leftover(leftovers, temporary, path);
	g_free(path);
	g_free(temporary);
	free(name);
}

static void
adopt(struct keeper *keeper)
{
	struct leftovers leftovers = { .keeper = keeper };
	struct keeper_results *results = &keeper->results;

	pattern_walk(keeper->pattern, visit_leftover, &leftovers);
	pthread_mutex_lock(&keeper->lock);
	results->recovered += leftovers.adopted.records;
	results->files += leftovers.adopted.files;
	pthread_mutex_unlock(&keeper->lock);
}

/* --- the thread */

struct work {
	struct writer *written; /* either of these, or neither: retention */
	char *plain;
};

/* False at the end. */
static bool
next_work(struct keeper *keeper, struct work *work)
{
	struct timespec until;
	bool more;
	int code = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += RETENTION_EVERY_SECONDS;
	*work = (struct work){ NULL, NULL };
	pthread_mutex_lock(&keeper->lock);
	while (keeper->end == KEEPER_RUNS && code == 0 &&
	       g_queue_is_empty(keeper->written) &&
	       g_queue_is_empty(keeper->plain))
		code = pthread_cond_timedwait(
		    &keeper->changed, &keeper->lock, &until);
	more = keeper->end != KEEPER_ABANDON;
	if (more)
		work->written = g_queue_pop_head(keeper->written);
	if (more && work->written == NULL)
		work->plain = g_queue_pop_head(keeper->plain);
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

/* Signals are the main thread's. */
static int
keeper_spawn(struct keeper *keeper)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&keeper->thread, NULL, keeper_run, keeper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	keeper->running = code == 0;
	return code;
}

/* --- for the archive */

struct keeper *
keeper_new(const char *name, const char *pattern,
    const struct archive_options *options)
{
	struct keeper *keeper = g_new0(struct keeper, 1);
	int code;

	keeper->name = name;
	keeper->pattern = pattern;
	keeper->options = options;
	keeper->written = g_queue_new();
	keeper->plain = g_queue_new();
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
	struct writer *copy = g_try_new(struct writer, 1);

	if (copy == NULL)
		return -1;
	*copy = *writer;
	pthread_mutex_lock(&keeper->lock);
	g_queue_push_tail(keeper->written, copy);
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
	g_queue_free_full(keeper->written, writer_delete);
	g_queue_free_full(keeper->plain, g_free);
	pthread_cond_destroy(&keeper->changed);
	pthread_mutex_destroy(&keeper->lock);
	g_free(keeper);
	*pointer = NULL;
}
