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
#include <glib.h>
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

static void
found_clear(gpointer data)
{
	g_free(((struct found *)data)->path);
}

static gint
found_compare(gconstpointer left, gconstpointer right)
{
	const struct found *a = left, *b = right;

	if (a->changed.tv_sec != b->changed.tv_sec)
		return a->changed.tv_sec < b->changed.tv_sec ? -1 : 1;
	if (a->changed.tv_nsec != b->changed.tv_nsec)
		return a->changed.tv_nsec < b->changed.tv_nsec ? -1 : 1;
	return strcmp(a->path, b->path);
}

static void
take_file(GArray *files, const char *folder, const char *name,
    const struct stat *status)
{
	struct found found = {
		.path = g_strconcat(folder, name, NULL),
		.changed = status->st_mtim,
		.octets = (uint64_t)status->st_size,
	};

	g_array_append_val(files, found);
}

/* folder ends with '/' or is empty; rest is what of the pattern is below. */
static void
walk(GArray *files, const char *folder, const char *rest)
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
		if (last && S_ISREG(status.st_mode)) {
			take_file(files, folder, entry->d_name, &status);
		} else if (!last && S_ISDIR(status.st_mode)) {
			char *below =
			    g_strconcat(folder, entry->d_name, "/", NULL);

			walk(files, below, rest + length + 1);
			g_free(below);
		}
	}
	if (directory != NULL)
		closedir(directory);
}

/* Folders of the pattern's, from the innermost one, while they are empty. */
static void
remove_folders(const char *path, size_t constant)
{
	char *folder = g_strdup(path);
	char *slash = strrchr(folder, '/');

	while (slash != NULL && (size_t)(slash - folder) >= constant) {
		*slash = '\0';
		if (rmdir(folder) != 0)
			break;
		slash = strrchr(folder, '/');
	}
	g_free(folder);
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
	GArray *files = g_array_new(FALSE, FALSE, sizeof(struct found));
	struct retention_result result = { 0 };
	size_t constant = pattern_constant(pattern);
	char *folder = g_strndup(pattern, constant);
	uint64_t total = 0;

	g_array_set_clear_func(files, found_clear);
	walk(files, folder, pattern + constant);
	g_array_sort(files, found_compare);
	for (guint i = 0; i < files->len; i++)
		total += g_array_index(files, struct found, i).octets;
	for (guint i = 0; i + 1 < files->len; i++) {
		const struct found *file =
		    &g_array_index(files, struct found, i);
		bool old = too_old(rules, file, now);

		if (!old && (rules->octets == 0 || total <= rules->octets))
			break;
		remove_file(&result, file, constant,
		    old ? &result.old_files : &result.excess_files);
		total -= file->octets;
	}
	g_array_free(files, TRUE);
	g_free(folder);
	return result;
}
