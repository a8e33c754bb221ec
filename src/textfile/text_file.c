/* SPDX-License-Identifier: BSD-2-Clause */
/* See text_file.h: the life of a text file, and its rotations. */
#include <config.h>

#include "exflow/textfile/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exflow/archive/finisher.h"
#include "exflow/base/clock.h"
#include "exflow/base/publish.h"
#include "exflow/output/kind.h"

#include "text_lines.h"
#include "text_name.h"
#include "text_open.h"

#define TICK_MS 1000

int
text_file_init(struct text_file *file, struct destination *destination,
    const char *pattern, const char *head, bool header)
{
	*file = (struct text_file){ .destination = destination,
		.pattern = strdup(pattern),
		.head = strdup(head),
		.header = header,
		.by_time = text_name_by_time(pattern),
		.fd = -1,
		.buffer = malloc(BUFFER_SIZE),
		.size = BUFFER_SIZE,
		.limit = BUFFER_SIZE - TEXT_LINE_SIZE };
	return file->pattern != NULL && file->head != NULL &&
	               file->buffer != NULL
	           ? 0
	           : -1;
}

static bool
is_live(const struct text_file *file)
{
	return file->destination->options.live;
}

static int
start_stream(struct text_file *file)
{
	if (file->kind == TARGET_STANDARD_OUTPUT)
		file->fd = STDOUT_FILENO;
	else
		file->fd = target_open_stream(file->pattern, is_live(file));
	file->begun = true;
	if (file->fd >= 0)
		return 0;
	destination_fail(
	    file->destination, "%s: %s", file->pattern, strerror(errno));
	return -1;
}

int
text_file_check(struct text_file *file)
{
	int result = 0, code;

	file->kind = target_kind(file->pattern);
	if (file->kind == TARGET_SPECIAL)
		result = faccessat(AT_FDCWD, file->pattern, W_OK, AT_EACCESS);
	else if (file->kind == TARGET_FILE)
		result = text_name_try(file);
	code = errno;
	if (result != 0)
		destination_fail(file->destination, "%s: %s",
		    text_name_shown(file),
		    file->kind == TARGET_FILE ? file->why : strerror(code));
	errno = code;
	return result;
}

int
text_file_start(struct text_file *file)
{
	file->kind = target_kind(file->pattern);
	if (file->kind != TARGET_FILE)
		return start_stream(file);
	if (text_name_start(file) == 0)
		return 0;
	destination_fail(
	    file->destination, "%s: %s", text_name_shown(file), file->why);
	return -1;
}

/* --- names by time */

/* The lines so far belong to the file so far, which goes on until it has them. */
static void
follow_time(struct text_file *file, time_t now)
{
	struct interval interval;
	char *path = text_name_next(file, now, &interval);

	if (path == NULL)
		return;
	if (file->path != NULL && strcmp(path, file->path) != 0) {
		text_file_flush(file);
		if (file->used > 0) {
			free(path);
			return;
		}
	}
	text_name_take(file, path, &interval);
}

timestamp
text_file_turn(struct text_file *file, timestamp now)
{
	if (file->kind != TARGET_FILE || !file->by_time ||
	    destination_by_system_clock(file->destination))
		return TIMESTAMP_MAX;
	follow_time(file, (time_t)(now.ns / NS_PER_SECOND));
	return timestamp_from(file->interval.end, 0);
}

/* --- rotation by request */

static void
want(struct text_file *file, enum text_rotation wanted)
{
	if (file->kind != TARGET_FILE || file->failed)
		return;
	if (wanted > file->wanted)
		file->wanted = wanted;
	text_file_flush(file);
}

void
text_file_rotate(struct text_file *file)
{
	want(file, TEXT_ROTATION_ALWAYS);
}

void
text_file_reopen(struct text_file *file)
{
	want(file, file->by_time ? TEXT_ROTATION_ALWAYS : TEXT_ROTATION_MOVED);
}

uint64_t
text_file_tick(struct text_file *file, uint64_t now_ms)
{
	uint64_t next = now_ms + TICK_MS;

	if (file->kind == TARGET_FILE && file->by_time &&
	    destination_by_system_clock(file->destination))
		follow_time(file, time(NULL));
	text_file_flush(file);
	if (retry_troubled(&file->retry) && file->retry.at_ms < next)
		next = file->retry.at_ms;
	return next > now_ms ? next : now_ms + 1;
}

/* --- the end */

/* A file of a capture is complete; live, the next run goes on with it. */
static int
end_last(struct text_file *file)
{
	int result = 0;

	if (file->kind != TARGET_FILE || file->fd < 0)
		return 0;
	(void)text_lines_cut_back(file); /* if not, the next run does it */
	if (publish_sync(file->fd) != 0) {
		destination_fail(file->destination, "cannot sync %s: %s",
		    file->path, strerror(errno));
		result = -1;
	}
	text_open_end(file, is_live(file) ? NULL : file->path);
	return result;
}

static void
finish_finisher(struct text_file *file)
{
	struct finisher_results results;

	if (file->finisher == NULL)
		return;
	finisher_finish(file->finisher);
	finisher_collect(file->finisher, &results);
	file->destination->counts.files_removed += results.removed;
}

int
text_file_finish(struct text_file *file)
{
	int result;

	text_lines_finish(file);
	result = end_last(file);
	finish_finisher(file);
	return file->failed ? -1 : result;
}

void
text_file_free(struct text_file *file)
{
	if (file->fd >= 0 && file->fd != STDOUT_FILENO)
		close(file->fd);
	if (file->created && !file->begun && file->path != NULL)
		unlink(file->path);
	finisher_free(&file->finisher);
	publish_numbers_clear(&file->numbers);
	free(file->path);
	free(file->pattern);
	free(file->head);
	free(file->buffer);
	*file = (struct text_file){ .fd = -1 };
}

uint32_t
text_message_octets(const struct destination *destination)
{
	(void)destination;
	return 0;
}
