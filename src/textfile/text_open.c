/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a text file: whether what is there may be appended to, the header,
 * and the end of the file, complete or not.
 *
 * What can go wrong: a file cannot be opened, or holds something else (why
 * says so; the lines wait, see text_file.h).
 */
#include <config.h>

#include "text_open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/archive/finisher.h"
#include "exflow/base/log.h"
#include "exflow/base/path.h"
#include "exflow/base/publish.h"

#define HEAD_SIZE 4096 /* octets of a header that is compared */

int
text_open_refuse(struct text_file *file, const char *why)
{
	snprintf(file->why, sizeof(file->why), "%s", why);
	return -1;
}

static const struct archive_options *
options_of(const struct text_file *file)
{
	return &file->destination->options.archive;
}

/* --- what is there */

/* A live run goes on with a file, and so does one that comes back to it. */
static bool
appends(const struct text_file *file)
{
	return file->destination->options.live ||
	       (file->by_time && file->interval.begin < file->newest);
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
		return text_open_refuse(file, strerror(ENOMEM));
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
		return text_open_refuse(file, strerror(errno));
	there[got] = '\0';
	if (whole == 0 && (size_t)end < length)
		length = (size_t)end;
	if ((size_t)got >= length && memcmp(there, file->head, length) == 0)
		return 0;
	errno = 0;
	return file->header
	           ? refuse_header(file, there)
	           : text_open_refuse(file, "it holds something else than "
	                                    "lines of JSON");
}

static int
check_contents(struct text_file *file)
{
	off_t end, whole = target_whole_lines(file->fd, TEXT_LINE_SIZE, &end);

	if (whole < 0)
		return text_open_refuse(
		    file, errno == EILSEQ ? "it holds something else than lines"
		                          : strerror(errno));
	return end == 0 ? 0 : check_head(file, whole, end);
}

static bool
is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

int
text_open(struct text_file *file)
{
	const char *why = "";
	int code;

	file->created = !is_there(file->path);
	file->begun = false;
	file->octets = 0;
	file->excess = 0;
	file->fd = target_open_file(file->path, &why);
	if (file->fd < 0)
		return text_open_refuse(file, why);
	if (!appends(file) || check_contents(file) == 0)
		return 0;
	code = errno;
	close(file->fd);
	file->fd = -1;
	errno = code;
	return -1;
}

/* What is there and would be appended to. */
static int
try_contents(struct text_file *file)
{
	int result = -1;

	file->fd = open(file->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file->fd < 0)
		return text_open_refuse(file, strerror(errno));
	result = check_contents(file);
	close(file->fd);
	file->fd = -1;
	errno = EEXIST;
	return result;
}

int
text_open_try(struct text_file *file)
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
	(void)text_open_refuse(file, strerror(code));
	errno = code;
	return -1;
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
text_open_begin(struct text_file *file)
{
	if (cut_file(file) != 0 || write_header(file) != 0)
		return -1;
	file->begun = true;
	if (file->interval.begin > file->newest)
		file->newest = file->interval.begin;
	return 0;
}

/* --- the end */

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
text_open_end(struct text_file *file, const char *name)
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
	if (final == NULL)
		final = strdup(name);
	if (final != NULL)
		finisher_compress(file->finisher, final);
}

void
text_open_incomplete(struct text_file *file)
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
