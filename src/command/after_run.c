/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of the command: what its placeholders stand for, and its output. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/base/pattern.h"

#include "after_internal.h"

#define POLL_MS 100 /* while a command runs: how soon the end is noticed */
/* The helper ends a command in time; if it does not answer, it hangs. */
#define ANSWER_SLACK_MS UINT64_C(15000)

/* Texts that stand for placeholders of one file. */
struct values {
	char file[2 * PATH_MAX], folder[PATH_MAX];
	char time[32], unix_time[32];
};

static time_t
begin_of(const struct after *after, const char *path)
{
	struct stat status;
	time_t begin;

	if (pattern_time(
	        after->pattern, path, after->options.local_time, &begin) == 0)
		return begin;
	return stat(path, &status) == 0 ? status.st_mtime : 0;
}

static void
put_times(const struct after *after, const char *path, struct values *values)
{
	time_t begin = begin_of(after, path);
	struct tm parts;

	if (after->options.local_time)
		localtime_r(&begin, &parts);
	else
		gmtime_r(&begin, &parts);
	strftime(values->time, sizeof(values->time), "%Y%m%d%H%M", &parts);
	snprintf(values->unix_time, sizeof(values->unix_time), "%jd",
	    (intmax_t)begin);
}

/* The run's socket, or -1 with errno. */
static int
ask_helper(const struct after *after, const char *path, struct values *values)
{
	const char *relative = path + after->constant;
	struct helper_run run = { .command = after->options.command,
		.timeout_seconds = after->options.timeout_seconds };

	if (after->options.helper == NULL) {
		errno = ESRCH;
		return -1;
	}
	put_times(after, path, values);
	snprintf(values->file, sizeof(values->file), "%s%s", after->folder,
	    relative);
	snprintf(values->folder, sizeof(values->folder), "%.*s",
	    after->folder[1] == '\0' ? 1 : (int)strlen(after->folder) - 1,
	    after->folder);
	run.values[COMMAND_FILE] = values->file;
	run.values[COMMAND_RELATIVE] = relative;
	run.values[COMMAND_FOLDER] = values->folder;
	run.values[COMMAND_NAME] = after->name;
	run.values[COMMAND_TIME] = values->time;
	run.values[COMMAND_UNIX] = values->unix_time;
	return helper_run(after->options.helper, &run);
}

/* Whether a run has to end now: it is too late for it. */
static bool
has_to_end(struct after *after)
{
	bool end;

	pthread_mutex_lock(&after->lock);
	end = after->end == AFTER_ABANDON ||
	      (after->end == AFTER_FINISH && after->live &&
	          clock_ms() >= after->deadline_ms);
	pthread_mutex_unlock(&after->lock);
	return end;
}

/* Log its lines until it ends. */
static bool
await_run(struct after *after, int run, char why[HELPER_TEXT_SIZE])
{
	uint64_t most = (uint64_t)after->options.timeout_seconds * 1000;
	uint64_t until = clock_ms() + most + ANSWER_SLACK_MS;

	while (clock_ms() < until) {
		switch (helper_next(run, POLL_MS, why)) {
		case HELPER_LINE:
			log_info("output %s: after: %s", after->name, why);
			break;
		case HELPER_DONE:
			return true;
		case HELPER_FAILED:
			return false;
		case HELPER_NOTHING:
			break;
		}
		if (!has_to_end(after))
			continue;
		why[0] = '\0';
		return false;
	}
	snprintf(why, HELPER_TEXT_SIZE, "the helper does not answer");
	return false;
}

bool
after_hand_over(
    struct after *after, const char *path, char why[HELPER_TEXT_SIZE])
{
	struct values values;
	int run = ask_helper(after, path, &values);
	bool done;

	if (run < 0) {
		snprintf(why, HELPER_TEXT_SIZE, "%s",
		    errno == ESRCH
		        ? "the helper that runs commands starts with exflow "
		          "only, which needs a restart"
		    : errno == EPIPE || errno == ECONNRESET
		        ? "the helper that runs commands has ended, exflow "
		          "needs a restart"
		        : strerror(errno));
		return false;
	}
	done = await_run(after, run, why);
	close(run);
	return done;
}
