/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See after.h.  One lock protects the table of files, the queue of those that
 * wait, the journal and the counts; the thread does not hold it while a command
 * runs.
 */
#include <config.h>

#include "exflow/command/after.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "exflow/base/pattern.h"
#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/base/own.h"
#include "exflow/base/publish.h"
#include "exflow/base/thread.h"

#include "after_internal.h"

/* --- the table and the journal; the lock is held */

static void
journal_result(struct after *after, int result)
{
	if (result == 0) {
		after->journal_failed = false;
		return;
	}
	if (!after->journal_failed)
		log_warning("output %s: after: cannot note which files wait, "
		            "so a kill may lose some: %s",
		    after->name, strerror(errno));
	after->journal_failed = true;
}

static const char *
next_path(void *context)
{
	gpointer path;

	return g_hash_table_iter_next(context, &path, NULL) ? path : NULL;
}

static void
journal_shorten(struct after *after)
{
	GHashTableIter iterator;

	if (!after_journal_is_long(after->journal))
		return;
	g_hash_table_iter_init(&iterator, after->files);
	journal_result(
	    after, after_journal_rewrite(after->journal, next_path, &iterator));
}

struct after_file *
after_find(struct after *after, const char *path)
{
	return g_hash_table_lookup(after->files, path);
}

struct after_file *
after_add(struct after *after, const char *path, enum file_state state)
{
	struct after_file *file = g_new0(struct after_file, 1);

	file->path = g_strdup(path);
	file->state = state;
	file->link.data = file;
	g_hash_table_insert(after->files, file->path, file);
	return file;
}

/* In memory and in the journal. */
void
after_drop(struct after *after, struct after_file *file)
{
	if (file->state == FILE_WAITS)
		g_queue_unlink(&after->queue, &file->link);
	journal_result(after, after_journal_remove(after->journal, file->path));
	g_hash_table_remove(after->files, file->path);
	journal_shorten(after);
}

static void
file_free(gpointer pointer)
{
	struct after_file *file = pointer;

	g_free(file->path);
	g_free(file);
}

static void
give_up(struct after *after, struct after_file *file, const char *why)
{
	log_error("output %s: after: %s is not handed over: %s", after->name,
	    file->path, why);
	after->counts.given_up++;
	after_drop(after, file);
}

static void
enqueue(struct after *after, struct after_file *file)
{
	file->state = FILE_WAITS;
	g_queue_push_tail_link(&after->queue, &file->link);
	if (after->queue.length > AFTER_FILES_MAX)
		give_up(after, after->queue.head->data, "too many wait");
	pthread_cond_signal(&after->changed);
}

/* --- for those who finish files */

void
after_expect(struct after *after, const char *path)
{
	struct after_file *file;

	pthread_mutex_lock(&after->lock);
	file = after_find(after, path);
	if (file == NULL) {
		(void)after_add(after, path, FILE_EXPECTED);
		journal_result(after, after_journal_add(after->journal, path));
	} else if (file->state != FILE_RUNS) {
		if (file->state == FILE_WAITS)
			g_queue_unlink(&after->queue, &file->link);
		file->state = FILE_EXPECTED;
	}
	pthread_mutex_unlock(&after->lock);
}

void
after_forget(struct after *after, const char *path)
{
	struct after_file *file;

	pthread_mutex_lock(&after->lock);
	file = after_find(after, path);
	if (file != NULL && file->state == FILE_EXPECTED)
		after_drop(after, file);
	pthread_mutex_unlock(&after->lock);
}

/* The lock is held. */
void
after_make_ready(struct after *after, const char *expected, const char *path)
{
	struct after_file *file = after_find(after, path), *before;

	if (file == NULL) {
		file = after_add(after, path, FILE_EXPECTED);
		journal_result(after, after_journal_add(after->journal, path));
	}
	if (file->state == FILE_EXPECTED || file->state == FILE_LEFT)
		enqueue(after, file);
	file->again = file->state == FILE_RUNS;
	before =
	    strcmp(expected, path) == 0 ? NULL : after_find(after, expected);
	if (before != NULL && before->state != FILE_RUNS)
		after_drop(after, before);
}

void
after_ready(struct after *after, const char *expected, const char *path)
{
	pthread_mutex_lock(&after->lock);
	after_make_ready(after, expected, path);
	pthread_mutex_unlock(&after->lock);
}

bool
after_waits(struct after *after, const char *path)
{
	bool waits;

	pthread_mutex_lock(&after->lock);
	waits = after_find(after, path) != NULL;
	pthread_mutex_unlock(&after->lock);
	return waits;
}

bool
after_give_up(struct after *after, const char *path)
{
	struct after_file *file;
	bool free_now;

	pthread_mutex_lock(&after->lock);
	file = after_find(after, path);
	free_now = file == NULL || file->state == FILE_WAITS;
	if (file != NULL && free_now)
		give_up(after, file, "retention needs its space");
	pthread_mutex_unlock(&after->lock);
	return free_now;
}

/* --- its result; the lock is held */

static void
has_succeeded(struct after *after, struct after_file *file)
{
	log_info(
	    "output %s: after: %s is handed over", after->name, file->path);
	if (after->pause_ms > 0)
		log_warning("output %s: after: the command succeeds again; %u "
		            "files wait",
		    after->name, after->queue.length);
	after->pause_ms = 0;
	after->counts.done++;
	after->deadline_ms =
	    after->live ? after->deadline_ms : clock_ms() + after->patience_ms;
	if (file->again)
		enqueue(after, file);
	else
		after_drop(after, file);
}

/* Log the first failure in a row; all of them with -v. */
static void
has_failed(struct after *after, struct after_file *file, const char *why)
{
	uint64_t pause = 2 * after->pause_ms;

	if (after->pause_ms == 0) {
		log_warning("output %s: after: %s was not handed over: %s; it "
		            "is tried again",
		    after->name, file->path, why);
		pause = AFTER_PAUSE_MIN_MS;
	} else {
		log_info("output %s: after: %s was not handed over: %s",
		    after->name, file->path, why);
	}
	snprintf(after->counts.error, sizeof(after->counts.error),
	    "after: %.200s: %.250s", file->path, why);
	after->counts.failed++;
	after->pause_ms =
	    pause < AFTER_PAUSE_MAX_MS ? pause : AFTER_PAUSE_MAX_MS;
	after->at_ms = clock_ms() + after->pause_ms;
	enqueue(after, file);
}

static void
run_one(struct after *after, struct after_file *file)
{
	char why[HELPER_TEXT_SIZE] = "";
	bool there = after_is_there(file->path);
	bool done = there && after_hand_over(after, file->path, why);

	pthread_mutex_lock(&after->lock);
	after->current = NULL;
	file->state = FILE_EXPECTED;
	if (!there)
		give_up(after, file, "it is no longer there");
	else if (done)
		has_succeeded(after, file);
	else if (why[0] == '\0') /* it is nobody's failure */
		enqueue(after, file);
	else
		has_failed(after, file, why);
	pthread_mutex_unlock(&after->lock);
}

/* --- the thread */

/* The lock is held. */
static bool
is_over(const struct after *after)
{
	return after->end == AFTER_ABANDON ||
	       (after->end == AFTER_FINISH &&
	           (after->queue.length == 0 ||
	               clock_ms() >= after->deadline_ms));
}

/* Until something changes, or it is time for something. */
static void
wait_for_work(struct after *after, uint64_t now)
{
	struct timespec until = clock_read(CLOCK_MONOTONIC);
	uint64_t at = after->settled ? after->adopt_ms : now + AFTER_ADOPT_MS;
	uint64_t ns;

	if (after->queue.length > 0 && after->settled && after->at_ms < at)
		at = after->at_ms;
	if (after->end == AFTER_FINISH && after->deadline_ms < at)
		at = after->deadline_ms;
	ns = (uint64_t)until.tv_nsec + (at > now ? at - now : 0) * 1000000;
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	(void)pthread_cond_timedwait(&after->changed, &after->lock, &until);
}

/* The next file; NULL: it is time to look for other journals (*over: to end).
 */
static struct after_file *
next_file(struct after *after, bool *over)
{
	struct after_file *file = NULL;

	pthread_mutex_lock(&after->lock);
	while (!(*over = is_over(after)) && file == NULL) {
		uint64_t now = clock_ms();

		if (after->settled && after->queue.length > 0 &&
		    now >= after->at_ms) {
			file = after->queue.head->data;
			g_queue_unlink(&after->queue, &file->link);
			file->state = FILE_RUNS;
			file->again = false;
			after->current = file;
		} else if (after->settled && now >= after->adopt_ms) {
			break;
		} else {
			wait_for_work(after, now);
		}
	}
	pthread_mutex_unlock(&after->lock);
	return file;
}

static void *
after_run(void *argument)
{
	struct after *after = argument;
	bool over;

	for (;;) {
		struct after_file *file = next_file(after, &over);

		if (file != NULL)
			run_one(after, file);
		else if (over)
			return NULL;
		else
			after_adopt(after);
	}
}

/* --- for the finisher */

/* The pattern's constant folder from "/" on, with "/" at its end. */
static char *
whole_folder(const char *pattern, size_t constant)
{
	char *here = NULL, *folder;
	int n;

	if (pattern[0] != '/') {
		here = getcwd(NULL, 0);
		if (here == NULL)
			return NULL;
	}
	n = asprintf(&folder, "%s%s%.*s", here != NULL ? here : "",
	    here != NULL && here[1] != '\0' ? "/" : "", (int)constant, pattern);
	free(here);
	return n == -1 ? NULL : folder;
}

static int
spawn(struct after *after)
{
	pthread_condattr_t monotonic;
	int code;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&after->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	code = thread_start(&after->thread, "after", after_run, after);
	after->running = code == 0;
	return code;
}

struct after *
after_new(
    const char *name, const char *pattern, const struct after_options *options)
{
	struct after *after = calloc(1, sizeof(*after));
	int code;

	if (after == NULL)
		return NULL;
	after->name = name;
	after->pattern = pattern;
	after->options = *options;
	after->constant = pattern_constant(pattern);
	after->adopt_ms = clock_ms() + AFTER_ADOPT_MS;
	pthread_mutex_init(&after->lock, NULL);
	g_queue_init(&after->queue);
	after->files =
	    g_hash_table_new_full(g_str_hash, g_str_equal, NULL, file_free);
	after->folder = whole_folder(pattern, after->constant);
	if (after->folder != NULL)
		after->journal =
		    after_journal_open(pattern, after_visit_left, after);
	code = after->journal == NULL ? errno : 0;
	if (code == 0) {
		after_journal_adopt(after->journal, after_visit_left, after);
		code = spawn(after);
	}
	if (code == 0)
		return after;
	after_free(&after);
	errno = code;
	return NULL;
}

void
after_collect(struct after *after, struct after_counts *counts)
{
	pthread_mutex_lock(&after->lock);
	after->counts.waiting = after->queue.length + (after->current != NULL);
	*counts = after->counts;
	after->counts = (struct after_counts){ 0 };
	pthread_mutex_unlock(&after->lock);
}

static void
stop(struct after *after, enum after_end end)
{
	if (!after->running)
		return;
	pthread_mutex_lock(&after->lock);
	after->end = end;
	pthread_cond_signal(&after->changed);
	pthread_mutex_unlock(&after->lock);
	pthread_join(after->thread, NULL);
	after->running = false;
}

void
after_finish(struct after *after, bool live, uint64_t patience_ms)
{
	pthread_mutex_lock(&after->lock);
	after->live = live;
	after->patience_ms = patience_ms;
	after->deadline_ms = clock_ms() + patience_ms;
	after->at_ms = clock_ms(); /* try at once */
	pthread_mutex_unlock(&after->lock);
	stop(after, AFTER_FINISH);
}

void
after_free(struct after **pointer)
{
	struct after *after = *pointer;

	if (after == NULL)
		return;
	stop(after, AFTER_ABANDON);
	after_journal_close(&after->journal);
	g_hash_table_destroy(after->files);
	pthread_mutex_destroy(&after->lock);
	free(after->folder);
	free(after);
	*pointer = NULL;
}
