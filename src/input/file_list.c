/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/input/file_list.h"

#include <dirent.h>
#include <glib.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/publish.h"

#include "interval.h"

#define DEPTH_MAX 32 /* folders in folders */

struct file_list {
	char **names;
	const struct period *period;
	GHashTable *seen; /* paths, without a suffix of compression */
	GPtrArray *paths;
	guint next;
	bool follow;
	bool scanned; /* before: files that were named are not new */
};

struct file_list *
file_list_new(char **names, const struct period *period, bool follow)
{
	struct file_list *files = g_new0(struct file_list, 1);

	files->names = names;
	files->period = period;
	files->follow = follow;
	files->seen =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	files->paths = g_ptr_array_new_with_free_func(g_free);
	return files;
}

void
file_list_free(struct file_list **pointer)
{
	struct file_list *files = *pointer;

	*pointer = NULL;
	if (files == NULL)
		return;
	g_hash_table_destroy(files->seen);
	g_ptr_array_unref(files->paths);
	g_free(files);
}

const char *
file_list_next(struct file_list *files)
{
	return files->next < files->paths->len
	           ? g_ptr_array_index(files->paths, files->next++)
	           : NULL;
}

/* --- when a file's records end */

static bool
may_fit(const struct period *period, const char *path)
{
	duration late = { FILE_LIST_LATE };
	struct interval interval;

	/* Whoever reads the others says what is wrong with them. */
	if (!interval_read(path, &interval) || !interval.complete)
		return true;
	return !timestamp_before(
	           timestamp_add(interval.greatest, late), period->from) &&
	       timestamp_before(
	           interval.least, timestamp_add(period->until, late));
}

/* --- finding */

/* "x.ipfix.zst" is "x.ipfix" compressed. */
static char *
plain_name(const char *path)
{
	for (size_t i = 0; publish_suffixes[i] != NULL; i++)
		if (g_str_has_suffix(path, publish_suffixes[i]))
			return g_strndup(
			    path, strlen(path) - strlen(publish_suffixes[i]));
	return g_strdup(path);
}

/* What is named twice is read twice. */
static void
add_named(struct file_list *files, const char *path)
{
	if (files->period != NULL && strcmp(path, "-") != 0 &&
	    !may_fit(files->period, path))
		return;
	g_ptr_array_add(files->paths, g_strdup(path));
}

static void
add(struct file_list *files, const char *path)
{
	if (g_hash_table_add(files->seen, plain_name(path)))
		add_named(files, path);
}

static bool
is_seen(const struct file_list *files, const char *path)
{
	char *name = plain_name(path);
	bool seen = g_hash_table_contains(files->seen, name);

	g_free(name);
	return seen;
}

static int
visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
add_folder(struct file_list *files, const char *folder, unsigned depth)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, visible, alphasort);

	for (int i = 0; i < count; i++) {
		char *path = g_build_filename(folder, entries[i]->d_name, NULL);
		struct stat status;

		if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
		    depth < DEPTH_MAX)
			add_folder(files, path, depth + 1);
		else if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		         !is_seen(files, path) && interval_is_ipfix(path))
			add(files, path);
		g_free(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void
add_name(struct file_list *files, const char *name)
{
	struct stat status;
	glob_t found;

	if (stat(name, &status) == 0 && S_ISDIR(status.st_mode)) {
		guint before = g_hash_table_size(files->seen);

		add_folder(files, name, 0);
		/* Who reads it says that it is a folder. */
		if (g_hash_table_size(files->seen) == before && !files->follow)
			add_named(files, name);
		return;
	}
	if (strpbrk(name, "*?[") == NULL || stat(name, &status) == 0 ||
	    glob(name, 0, NULL, &found) != 0) {
		if (!files->scanned)
			add_named(files, name);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		add(files, found.gl_pathv[i]);
	globfree(&found);
}

size_t
file_list_scan(struct file_list *files)
{
	guint before = files->paths->len;

	for (char **name = files->names; *name != NULL; name++)
		add_name(files, *name);
	files->scanned = true;
	return files->paths->len - before;
}
