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

#include "finisher_internal.h"

/* Files reach their age also while no new one comes. */
#define RETENTION_EVERY_SECONDS 600
/* Files to be named have a descriptor each. */
#define TO_NAME_MAX 64

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

	finisher_recover(finisher);
	finisher_apply_retention(finisher);
	while (next_work(finisher, &work)) {
		if (work.to_name != NULL)
			finisher_finish_written(finisher, work.to_name);
		else if (work.to_compress != NULL)
			finisher_compress_job(finisher, work.to_compress);
		finisher_apply_retention(finisher);
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
	struct job *job = finisher_compression_job(finisher, path);

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
finisher_all_taken(struct destination *destination)
{
	const struct destination_counts *counts = &destination->counts;
	char why[DESTINATION_ERROR_SIZE];

	if (counts->after_waiting + counts->after_given_up == 0)
		return 0;
	memcpy(why, destination->error, sizeof(why));
	destination_fail(destination,
	    "files that are left for the next start: %" PRIu64
	    ", given up: %" PRIu64 "; %.400s",
	    counts->after_waiting, counts->after_given_up, why);
	return -1;
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
