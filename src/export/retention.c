/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "retention.h"

#include <errno.h>
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
visit(void *context, const char *part, const char *folder, const char *entry)
{
	struct found found = { .path = NULL };
	struct stat status;

	if (!pattern_matches(part, strlen(part), entry, true))
		return;
	found.path = g_strconcat(folder, entry, NULL);
	if (lstat(found.path, &status) != 0 || !S_ISREG(status.st_mode)) {
		g_free(found.path);
		return;
	}
	found.changed = status.st_mtim;
	found.octets = (uint64_t)status.st_size;
	g_array_append_val((GArray *)context, found);
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
	uint64_t total = 0;

	g_array_set_clear_func(files, found_clear);
	pattern_walk(pattern, visit, files);
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
	return result;
}
