/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/pattern.h"
#include "exflow/base/publish.h"
#include "exflow/command/after.h"
#include "retention.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "magic.h"

#define SECONDS_A_DAY 86400

struct found {
	char *path;
	struct timespec changed;
	uint64_t octets;
	bool waits; /* for its command */
};

/* The archive's files, as far as memory allows. */
struct files {
	struct found *found;
	size_t count, room;
	bool no_memory; /* some files are missing here */
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
visit_entry(
    void *context, const char *part, const char *folder, const char *entry)
{
	struct files *files = context;
	struct found found;
	struct stat status;

	if (!pattern_matches(part, strlen(part), entry, true))
		return;
	if (!make_room(files) ||
	    asprintf(&found.path, "%s%s", folder, entry) == -1) {
		files->no_memory = true;
		return;
	}
	if (lstat(found.path, &status) != 0 || !S_ISREG(status.st_mode)) {
		free(found.path);
		return;
	}
	found.changed = status.st_mtim;
	found.octets = (uint64_t)status.st_size;
	files->found[files->count++] = found;
}

/* Remove the pattern's folders that are empty, from the innermost one. */
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

/* Whether somebody holds the lock of a file that is being written. */
static bool
is_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool locked = fd >= 0 && publish_lock(fd) != 0;

	if (fd >= 0)
		close(fd);
	return locked;
}

static void
remove_file(struct retention_result *result, const struct found *file,
    size_t constant, uint64_t *count)
{
	if (is_locked(file->path))
		return;
	if (!magic_is_ours_at(file->path)) {
		result->failed++; /* it has the name only */
		return;
	}
	if (unlink(file->path) != 0) {
		result->failed += errno != ENOENT;
		return;
	}
	(*count)++;
	result->octets += file->octets;
	remove_folders(file->path, constant);
}

/*
 * Go through all but the newest, the oldest first.  waiting: those that are to
 * be handed to a command, of which only the octets remove any; else the others.
 */
static void
remove_files(struct retention_result *result, struct files *files,
    const struct retention_rules *rules, size_t constant, time_t now,
    uint64_t *total, bool waiting)
{
	for (size_t i = 0; i + 1 < files->count; i++) {
		struct found *file = &files->found[i];
		bool old = !waiting && too_old(rules, file, now);

		if (!old && (rules->octets == 0 || *total <= rules->octets))
			break;
		if (waiting != file->waits ||
		    (waiting && !after_give_up(rules->after, file->path)))
			continue;
		remove_file(result, file, constant,
		    old ? &result->old_files : &result->excess_files);
		*total -= file->octets;
	}
}

struct retention_result
retention_apply(
    const char *pattern, const struct retention_rules *rules, time_t now)
{
	struct retention_result result = { 0 };
	size_t constant = pattern_constant(pattern);
	struct files files = { .found = NULL };
	uint64_t total = 0;

	if (pattern_walk(pattern, visit_entry, &files) != 0)
		files.no_memory = true;
	if (files.count > 0)
		qsort(files.found, files.count, sizeof(*files.found),
		    found_compare);
	for (size_t i = 0; i < files.count; i++) {
		total += files.found[i].octets;
		files.found[i].waits =
		    rules->after != NULL &&
		    after_waits(rules->after, files.found[i].path);
	}
	remove_files(&result, &files, rules, constant, now, &total, false);
	if (rules->after != NULL)
		remove_files(
		    &result, &files, rules, constant, now, &total, true);
	/* The next run finds the files that are missing here. */
	result.failed += files.no_memory;
	files_clear(&files);
	return result;
}
