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
 * What can go wrong: a file cannot be opened (why says so; the lines wait, see
 * text_file.h), or it cannot be renamed (logged, and it goes on).
 */
#include <config.h>

#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

#define HEAD_SIZE 4096 /* octets of a header that is compared */

static const struct archive_options *
options_of(const struct text_file *file)
{
	return &file->destination->options.archive;
}

static int
refuse(struct text_file *file, const char *why)
{
	snprintf(file->why, sizeof(file->why), "%s", why);
	return -1;
}

/* --- names by time */

static bool
is_made_from_time(const char *pattern)
{
	for (const char *at = pattern; *at != '\0'; at++)
		if (at[0] == '%' && *++at != '%')
			return true;
	return false;
}

static bool
changes(const struct text_file *file)
{
	return is_made_from_time(file->pattern);
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
	       (options->live || is_made_from_time(pattern) ||
	           options->archive.rotate_octets > 0);
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

/*
 * End the file, unless it has this name already.  Takes over the path; false:
 * lines wait for the file before, which goes on.
 */
static bool
change_name(struct text_file *file, char *path)
{
	if (file->path != NULL && strcmp(path, file->path) == 0) {
		free(path);
		return true;
	}
	text_file_flush(file);
	if (file->used > 0) {
		free(path);
		return false;
	}
	text_name_end(file, file->path);
	free(file->path);
	file->path = path;
	return true;
}

/* The name for this time; without memory it is tried again. */
static void
take_time(struct text_file *file, time_t now)
{
	const struct archive_options *options = options_of(file);
	struct interval interval = interval_of(options, now);
	char *path;

	if ((file->path != NULL && !changes(file)) || is_within(file, now) ||
	    (options->rotate_seconds == 0 && file->fd >= 0))
		return;
	path =
	    pattern_expand(file->pattern, interval.begin, options->local_time);
	if (path != NULL && change_name(file, path))
		file->interval = interval;
}

timestamp
text_name_turn(struct text_file *file, timestamp now)
{
	if (file->kind != TARGET_FILE || !changes(file) ||
	    destination_by_system_clock(file->destination))
		return TIMESTAMP_MAX;
	take_time(file, (time_t)(now.ns / NS_PER_SECOND));
	return timestamp_from(file->interval.end, 0);
}

void
text_name_system_time(struct text_file *file)
{
	if (changes(file) && destination_by_system_clock(file->destination))
		take_time(file, time(NULL));
}

/* --- opening */

/* A live run goes on with a file, and so does one that comes back to it. */
static bool
appends(const struct text_file *file)
{
	return file->destination->options.live ||
	       (changes(file) && file->interval.begin < file->newest);
}

/* A run over files replaces what an earlier one made, also if compressed. */
static void
remove_compressed(const struct text_file *file)
{
	for (size_t i = 0; publish_suffixes[i] != NULL; i++) {
		char *path;

		if (asprintf(&path, "%s%s", file->path, publish_suffixes[i]) ==
		    -1)
			return;
		unlink(path);
		free(path);
	}
}

/* The column of two headers that differs first. */
static int
refuse_header(struct text_file *file, char *there)
{
	char *ours = strdup(file->head), *rest = ours, *mine, *other;
	unsigned column = 0;

	if (ours == NULL)
		return refuse(file, strerror(ENOMEM));
	ours[strcspn(ours, "\n")] = there[strcspn(there, "\n")] = '\0';
	do {
		mine = strsep(&rest, ",");
		other = strsep(&there, ",");
		column++;
	} while (mine != NULL && other != NULL && strcmp(mine, other) == 0);
	snprintf(file->why, sizeof(file->why),
	    "its header is another one: column %u is %.64s, expected %.64s; "
	    "move the file away or change columns",
	    column, other != NULL ? other : "missing",
	    mine != NULL ? mine : "none");
	free(ours);
	return -1;
}

/* Whether what is there is ours to append to: a whole head, or a part of it. */
static int
check_head(struct text_file *file, off_t whole, off_t end)
{
	char there[HEAD_SIZE];
	size_t length = strlen(file->head);
	ssize_t got = pread(file->fd, there, sizeof(there) - 1, 0);

	if (got < 0)
		return refuse(file, strerror(errno));
	there[got] = '\0';
	if (whole == 0 && (size_t)end < length)
		length = (size_t)end;
	if ((size_t)got >= length && memcmp(there, file->head, length) == 0)
		return 0;
	errno = 0;
	return file->header ? refuse_header(file, there)
	                    : refuse(file, "it holds something else than "
	                                   "lines of JSON");
}

static int
check_contents(struct text_file *file)
{
	off_t end, whole = target_whole_lines(file->fd, TEXT_LINE_SIZE, &end);

	if (whole < 0)
		return refuse(file, errno == EILSEQ
		                        ? "it holds something else than lines"
		                        : strerror(errno));
	return end == 0 ? 0 : check_head(file, whole, end);
}

static bool
is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static int
open_checked(struct text_file *file)
{
	const char *why = "";
	int code;

	file->created = !is_there(file->path);
	file->begun = false;
	file->octets = 0;
	file->excess = 0;
	file->fd = target_open_file(file->path, &why);
	if (file->fd < 0)
		return refuse(file, why);
	if (!appends(file) || check_contents(file) == 0)
		return 0;
	code = errno;
	close(file->fd);
	file->fd = -1;
	errno = code;
	return -1;
}

int
text_name_open(struct text_file *file)
{
	if (file->path == NULL)
		take_time(file, time(NULL));
	if (file->path == NULL) {
		errno = ENOMEM;
		return refuse(file, strerror(errno));
	}
	if (changes(file) && publish_make_folders(file->path) != 0)
		return refuse(file, strerror(errno));
	return open_checked(file);
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
		(void)refuse(file, strerror(code));
	errno = code;
	return result;
}

/* What is there and would be appended to. */
static int
try_contents(struct text_file *file)
{
	int result = -1;

	file->fd = open(file->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file->fd < 0)
		return refuse(file, strerror(errno));
	result = check_contents(file);
	close(file->fd);
	file->fd = -1;
	errno = EEXIST;
	return result;
}

static int
try_name(struct text_file *file)
{
	struct stat status;
	int code = 0;

	if (lstat(file->path, &status) != 0)
		code = path_check_file(file->path) != 0 ? errno : 0;
	else if (!S_ISREG(status.st_mode))
		code = S_ISLNK(status.st_mode) ? ELOOP : EISDIR;
	else if (faccessat(AT_FDCWD, file->path, R_OK | W_OK, AT_EACCESS) != 0)
		code = errno;
	else if (appends(file))
		return try_contents(file);
	if (code == 0)
		return 0;
	(void)refuse(file, strerror(code));
	errno = code;
	return -1;
}

int
text_name_try(struct text_file *file)
{
	int result = -1;

	if (changes(file))
		return try_folder(file);
	file->path = pattern_expand(file->pattern, 0, false);
	if (file->path == NULL)
		(void)refuse(file, strerror(ENOMEM));
	else
		result = try_name(file);
	return result;
}

/* Live, cut off what a kill left of a line; else empty the file. */
static int
cut_file(struct text_file *file)
{
	off_t end = 0, whole = 0;

	if (appends(file)) {
		whole = target_whole_lines(file->fd, TEXT_LINE_SIZE, &end);
		if (whole < 0)
			return -1;
	} else if (options_of(file)->compression != ARCHIVE_PLAIN) {
		remove_compressed(file);
	}
	if (ftruncate(file->fd, whole) != 0)
		return -1;
	if (whole < end)
		log_warning("output %s: cut off %jd octets of a line in %s "
		            "that was not complete",
		    file->destination->name, (intmax_t)(end - whole),
		    file->path);
	file->octets = (uint64_t)whole;
	return 0;
}

static int
write_header(struct text_file *file)
{
	size_t length = strlen(file->head), done = 0;
	int code = 0;

	if (file->octets > 0 || !file->header)
		return 0;
	while (done < length && code == 0) {
		ssize_t n = write(file->fd, file->head + done, length - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			code = errno;
	}
	if (code != 0) {
		(void)!ftruncate(file->fd, 0);
		errno = code;
		return -1;
	}
	file->octets = length;
	file->destination->counts.octets += length;
	return 0;
}

int
text_name_begin(struct text_file *file)
{
	if (cut_file(file) != 0 || write_header(file) != 0)
		return -1;
	file->begun = true;
	if (file->finisher != NULL)
		finisher_expect(file->finisher, file->path);
	if (file->interval.begin > file->newest)
		file->newest = file->interval.begin;
	return 0;
}

/* --- the start */

static int
start_finisher(struct text_file *file)
{
	const struct archive_options *options = options_of(file);

	if (options->compression == ARCHIVE_PLAIN &&
	    options->retention_days == 0 && options->retention_octets == 0 &&
	    options->after == NULL)
		return 0;
	file->finisher = finisher_new(
	    file->destination->name, file->pattern, FINISHER_LINES, options);
	if (file->finisher == NULL)
		return refuse(file, strerror(errno));
	finisher_note_names(file->finisher, &file->numbers);
	return 0;
}

/*
 * Names by the time of a capture are not known yet: then the folders that are
 * the same for all times are made and checked.
 */
int
text_name_start(struct text_file *file)
{
	if (!changes(file) || destination_by_system_clock(file->destination)) {
		if (text_name_open(file) != 0)
			return -1;
	} else if (pattern_make_constant(file->pattern) != 0) {
		return refuse(file, strerror(errno));
	}
	return start_finisher(file);
}

/* --- the end of a file */

/* Whether an earlier file of that name has been compressed. */
static bool
has_compressed(const char *name)
{
	bool there = false;

	for (size_t i = 0; publish_suffixes[i] != NULL; i++) {
		char *path;

		if (asprintf(&path, "%s%s", name, publish_suffixes[i]) == -1)
			return false;
		there |= is_there(path);
		free(path);
	}
	return there;
}

void
text_name_end(struct text_file *file, const char *name)
{
	char *final = NULL;

	if (file->fd < 0)
		return;
	close(file->fd);
	file->fd = -1;
	if (name == NULL)
		return;
	file->destination->counts.files++;
	if (file->finisher == NULL)
		return;
	if (has_compressed(name))
		final = publish_file(name, name, &file->numbers);
	if (final != NULL)
		finisher_forget(file->finisher, name);
	if (final == NULL)
		final = strdup(name);
	if (final != NULL)
		finisher_compress(file->finisher, final);
}

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
	text_name_end(file, name);
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
		text_name_end(file, NULL);
		file->destination->counts.files++;
	} else if (wanted == TEXT_ROTATION_MOVED || !has_rows(file) ||
	           !move_away(file)) {
		return;
	}
	/* So that the name is there; if not, the next row tries again. */
	(void)text_name_open(file);
}

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
text_name_rotate(struct text_file *file)
{
	want(file, TEXT_ROTATION_ALWAYS);
}

void
text_name_reopen(struct text_file *file)
{
	want(file, changes(file) ? TEXT_ROTATION_ALWAYS : TEXT_ROTATION_MOVED);
}

/* --- given up */

void
text_name_incomplete(struct text_file *file)
{
	char *name;

	if (file->fd < 0)
		return;
	close(file->fd);
	file->fd = -1;
	if (file->octets == 0 || !file->begun) {
		if (file->begun || file->created)
			unlink(file->path);
		return;
	}
	name = publish_inserted(file->path, "incomplete");
	if (name != NULL && rename(file->path, name) == 0)
		log_error("output %s: %s has what could be written",
		    file->destination->name, name);
	free(name);
}
