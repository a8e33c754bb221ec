/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pattern is walked part by part: below a folder those entries are
 * looked at whose names its next part makes.  Links are not followed.
 */
#include <config.h>

#include "retention.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pattern.h"

#define SECONDS_A_DAY 86400

struct found {
	char *path;
	struct timespec changed;
	uint64_t octets;
};

/* What lies there, as far as there is memory for it. */
struct files {
	struct found *found;
	size_t count, room;
	bool no_memory; /* there may be more */
};

static void
files_clear(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->found[i].path);
	free(files->found);
}

static int
found_compare(const void *left, const void *right)
{
	const struct found *a = left, *b = right;

	if (a->changed.tv_sec != b->changed.tv_sec)
		return a->changed.tv_sec < b->changed.tv_sec ? -1 : 1;
	if (a->changed.tv_nsec != b->changed.tv_nsec)
		return a->changed.tv_nsec < b->changed.tv_nsec ? -1 : 1;
	return strcmp(a->path, b->path);
}

static bool
make_room(struct files *files)
{
	size_t room = 2 * files->room + 64;
	struct found *grown;

	if (files->count < files->room)
		return true;
	grown = reallocarray(files->found, room, sizeof(*grown));
	if (grown == NULL)
		return false;
	files->found = grown;
	files->room = room;
	return true;
}

static void
take_file(struct files *files, const char *folder, const char *name,
    const struct stat *status)
{
	struct found found = {
		.changed = status->st_mtim,
		.octets = (uint64_t)status->st_size,
	};

	if (make_room(files) &&
	    asprintf(&found.path, "%s%s", folder, name) != -1)
		files->found[files->count++] = found;
	else
		files->no_memory = true;
}

/* folder ends with '/' or is empty; rest is what of the pattern is below. */
static void walk(struct files *files, const char *folder, const char *rest);

static void
walk_below(
    struct files *files, const char *folder, const char *name, const char *rest)
{
	char *below;

	if (asprintf(&below, "%s%s/", folder, name) == -1) {
		files->no_memory = true;
		return;
	}
	walk(files, below, rest);
	free(below);
}

static void
walk(struct files *files, const char *folder, const char *rest)
{
	size_t length = strcspn(rest, "/");
	bool last = rest[length] == '\0';
	DIR *directory = opendir(*folder == '\0' ? "." : folder);
	struct dirent *entry;
	struct stat status;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (!pattern_matches(rest, length, entry->d_name, last) ||
		    fstatat(dirfd(directory), entry->d_name, &status,
		        AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (last && S_ISREG(status.st_mode))
			take_file(files, folder, entry->d_name, &status);
		else if (!last && S_ISDIR(status.st_mode))
			walk_below(
			    files, folder, entry->d_name, rest + length + 1);
	}
	if (directory != NULL)
		closedir(directory);
}

/* Folders of the pattern's, from the innermost one, while they are empty. */
static void
remove_folders(const char *path, size_t constant)
{
	char *folder = strdup(path);
	char *slash = folder == NULL ? NULL : strrchr(folder, '/');

	while (slash != NULL && (size_t)(slash - folder) >= constant) {
		*slash = '\0';
		if (rmdir(folder) != 0)
			break;
		slash = strrchr(folder, '/');
	}
	free(folder);
}

static bool
too_old(
    const struct retention_rules *rules, const struct found *file, time_t now)
{
	return rules->days != 0 &&
	       now - file->changed.tv_sec > (time_t)rules->days * SECONDS_A_DAY;
}

static void
remove_file(struct retention_result *result, const struct found *file,
    size_t constant, uint64_t *count)
{
	if (unlink(file->path) != 0) {
		result->failed += errno != ENOENT;
		return;
	}
	(*count)++;
	result->octets += file->octets;
	remove_folders(file->path, constant);
}

struct retention_result
retention_apply(
    const char *pattern, const struct retention_rules *rules, time_t now)
{
	struct retention_result result = { 0 };
	size_t constant = pattern_constant(pattern);
	char *folder = strndup(pattern, constant);
	struct files files = { .no_memory = folder == NULL };
	uint64_t total = 0;

	if (folder != NULL)
		walk(&files, folder, pattern + constant);
	if (files.count > 0)
		qsort(files.found, files.count, sizeof(*files.found),
		    found_compare);
	for (size_t i = 0; i < files.count; i++)
		total += files.found[i].octets;
	for (size_t i = 0; i + 1 < files.count; i++) {
		const struct found *file = &files.found[i];
		bool old = too_old(rules, file, now);

		if (!old && (rules->octets == 0 || total <= rules->octets))
			break;
		remove_file(&result, file, constant,
		    old ? &result.old_files : &result.excess_files);
		total -= file->octets;
	}
	/* What was not found because of it is found the next time. */
	result.failed += files.no_memory;
	files_clear(&files);
	free(folder);
	return result;
}
