/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of text files, and the files under them:
 *
 *	           by time: the pattern makes another name
 *	12.json ──────────────────────────────────────────► 13.json, when the
 *	   │                                                first row comes
 *	   │ by size, or by request
 *	   └──► 12.1.json (or the next free number), and 12.json anew
 *
 * The file that takes lines always has the name that the pattern makes, so
 * "tail -F" follows it.  If somebody has moved it away (logrotate), a request
 * only opens the name anew.  SIGHUP, which also reads the configuration again,
 * is such a request, but moves no file whose name has no time in it.  Files
 * that are complete go to the finisher, which compresses them and removes old
 * ones.
 *
 * What can go wrong: a file cannot be renamed (logged, and it goes on); for the
 * rest see text_open.c.
 */
#include <config.h>

#include "text_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exflow/archive/finisher.h"
#include "exflow/base/log.h"
#include "exflow/base/path.h"
#include "exflow/base/publish.h"
#include "exflow/output/kind.h"

#include "text_open.h"

static const struct archive_options *
options_of(const struct text_file *file)
{
	return &file->destination->options.archive;
}

/* --- names by time */

bool
text_name_by_time(const char *pattern)
{
	for (const char *at = pattern; *at != '\0'; at++)
		if (at[0] == '%' && *++at != '%')
			return true;
	return false;
}

int
text_name_check(
    const char *spec, const char *pattern, char error[DESTINATION_ERROR_SIZE])
{
	char why[TEXT_WHY_SIZE];

	if (target_kind(pattern) != TARGET_FILE ||
	    pattern_check(pattern, why, sizeof(why)) == 0)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE, "%.200s: %s", spec, why);
	return -1;
}

bool
text_name_follows(
    const char *pattern, const struct destination_options *options)
{
	return target_kind(pattern) == TARGET_FILE &&
	       (options->live || text_name_by_time(pattern) ||
	           options->archive.rotate_octets > 0);
}

const char *
text_name_shown(const struct text_file *file)
{
	if (file->kind == TARGET_STANDARD_OUTPUT)
		return "standard output";
	return file->path != NULL ? file->path : file->pattern;
}

static struct interval
interval_of(const struct archive_options *options, time_t now)
{
	struct interval whole = { .begin = now, .end = now + 1 };

	return options->rotate_seconds == 0
	           ? whole
	           : interval_at(
	                 now, options->rotate_seconds, options->local_time);
}

static bool
is_within(const struct text_file *file, time_t now)
{
	return file->path != NULL && now >= file->interval.begin &&
	       now < file->interval.end;
}

char *
text_name_next(
    const struct text_file *file, time_t now, struct interval *interval)
{
	const struct archive_options *options = options_of(file);

	if ((file->path != NULL && !file->by_time) || is_within(file, now) ||
	    (options->rotate_seconds == 0 && file->fd >= 0))
		return NULL;
	*interval = interval_of(options, now);
	return pattern_expand(
	    file->pattern, interval->begin, options->local_time);
}

void
text_name_take(
    struct text_file *file, char *path, const struct interval *interval)
{
	file->interval = *interval;
	if (file->path != NULL && strcmp(path, file->path) == 0) {
		free(path);
		return;
	}
	text_open_end(file, file->path);
	free(file->path);
	file->path = path;
}

/* --- opening */

int
text_name_open(struct text_file *file)
{
	struct interval interval;
	char *path;

	if (file->path == NULL) {
		path = text_name_next(file, time(NULL), &interval);
		if (path != NULL)
			text_name_take(file, path, &interval);
	}
	if (file->path == NULL) {
		errno = ENOMEM;
		return text_open_refuse(file, strerror(errno));
	}
	if (file->by_time && publish_make_folders(file->path) != 0)
		return text_open_refuse(file, strerror(errno));
	return text_open(file);
}

/* Names that the time makes: their folders are made, too. */
static int
try_folder(struct text_file *file)
{
	size_t constant = pattern_constant(file->pattern);
	char *folder =
	    constant > 0 ? strndup(file->pattern, constant) : strdup(".");
	int result = folder != NULL ? path_check_new_folder(folder) : -1;
	int code = errno;

	free(folder);
	if (result != 0)
		(void)text_open_refuse(file, strerror(code));
	errno = code;
	return result;
}

int
text_name_try(struct text_file *file)
{
	int result = -1;

	if (file->by_time)
		return try_folder(file);
	file->path = pattern_expand(file->pattern, 0, false);
	if (file->path == NULL)
		(void)text_open_refuse(file, strerror(ENOMEM));
	else
		result = text_open_try(file);
	return result;
}

/* --- the start */

static int
start_finisher(struct text_file *file)
{
	const struct archive_options *options = options_of(file);

	if (options->compression == ARCHIVE_PLAIN &&
	    options->retention_days == 0 && options->retention_octets == 0)
		return 0;
	file->finisher = finisher_new(
	    file->destination->name, file->pattern, FINISHER_LINES, options);
	return file->finisher != NULL ? 0
	                              : text_open_refuse(file, strerror(errno));
}

/*
 * Names by the time of a capture are not known yet: then the folders that are
 * the same for all times are made and checked.
 */
int
text_name_start(struct text_file *file)
{
	if (!file->by_time || destination_by_system_clock(file->destination)) {
		if (text_name_open(file) != 0)
			return -1;
	} else if (pattern_make_constant(file->pattern) != 0) {
		return text_open_refuse(file, strerror(errno));
	}
	return start_finisher(file);
}

/* --- rotation */

/* Whether the name still is the one of the file that is open. */
static bool
has_its_name(const struct text_file *file)
{
	struct stat open, named;

	return fstat(file->fd, &open) == 0 && lstat(file->path, &named) == 0 &&
	       open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/* "x.json" to "x.1.json" or the next free number; false: it stays. */
static bool
move_away(struct text_file *file)
{
	char *name = publish_file(file->path, file->path, &file->numbers);

	if (name == NULL) {
		log_warning("output %s: cannot rename %s, it goes on: %s",
		    file->destination->name, file->path, strerror(errno));
		return false;
	}
	text_open_end(file, name);
	free(name);
	return true;
}

/* Whether it has rows, also of an earlier run. */
static bool
has_rows(const struct text_file *file)
{
	return file->octets > (file->header ? strlen(file->head) : 0);
}

void
text_name_rotate_now(struct text_file *file, enum text_rotation wanted)
{
	file->wanted = TEXT_ROTATION_NONE;
	if (file->fd < 0 || !file->begun)
		return;
	if (!has_its_name(file)) {
		text_open_end(file, NULL);
		file->destination->counts.files++;
	} else if (wanted == TEXT_ROTATION_MOVED || !has_rows(file) ||
	           !move_away(file)) {
		return;
	}
	/* So that the name is there; if not, the next row tries again. */
	(void)text_name_open(file);
}
