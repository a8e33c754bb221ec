/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/reader/file_list.h"

#include <dirent.h>
#include <glib.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/publish.h"
#include "exflow/base/stream.h"

#define HEADER_OCTETS 16
#define IPFIX_VERSION 10
#define DEPTH_MAX 32 /* folders in folders */

struct file_list {
	char **names;
	const struct query_period *period;
	GHashTable *seen; /* paths, without a suffix of compression */
	GPtrArray *paths;
	guint next;
};

struct file_list *
file_list_new(char **names, const struct query_period *period)
{
	struct file_list *files = g_new0(struct file_list, 1);

	files->names = names;
	files->period = period;
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

/* --- when a file's messages were exported */

struct interval {
	uint64_t first, last; /* nanoseconds since 1970 */
};

static bool
skip(FILE *file, size_t octets)
{
	char block[8192];

	if (fseeko(file, (off_t)octets, SEEK_CUR) == 0)
		return true;
	while (octets > 0) {
		size_t n = octets < sizeof(block) ? octets : sizeof(block);

		if (fread(block, 1, n, file) != n)
			return false;
		octets -= n;
	}
	return true;
}

/* The next message's header; false at the end, or where there is none. */
static bool
read_header(FILE *file, size_t *length, uint64_t *time)
{
	uint8_t header[HEADER_OCTETS];

	if (fread(header, 1, sizeof(header), file) != sizeof(header) ||
	    (header[0] << 8 | header[1]) != IPFIX_VERSION)
		return false;
	*length = (size_t)(header[2] << 8 | header[3]);
	*time = ((uint64_t)header[4] << 24 | (uint64_t)header[5] << 16 |
	            (uint64_t)header[6] << 8 | header[7]) *
	        (uint64_t)NS_PER_SECOND;
	return *length >= HEADER_OCTETS;
}

/* False: it is no IPFIX file.  only_first: the first message's is enough. */
static bool
read_interval(const char *path, struct interval *interval, bool only_first)
{
	struct stream *stream = stream_open(path);
	FILE *file = stream == NULL ? NULL : stream_take_file(stream);
	size_t length;
	uint64_t time;
	bool found = false;

	*interval = (struct interval){ UINT64_MAX, 0 };
	while (file != NULL && read_header(file, &length, &time)) {
		found = true;
		interval->first = MIN(interval->first, time);
		interval->last = MAX(interval->last, time);
		if (only_first || !skip(file, length - HEADER_OCTETS))
			break;
	}
	if (file != NULL)
		fclose(file);
	stream_close(&stream);
	return found;
}

/* The export time is cut to the second. */
static bool
may_fit(const struct query_period *period, const char *path)
{
	struct interval interval;
	uint64_t second = (uint64_t)NS_PER_SECOND;

	if (!read_interval(path, &interval, false))
		return true; /* whoever reads it says what is wrong with it */
	return interval.last + second > period->from.ns &&
	       (period->until.ns > UINT64_MAX - (uint64_t)FILE_LIST_LATE ||
	           interval.first <
	               period->until.ns + (uint64_t)FILE_LIST_LATE);
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

static void
add(struct file_list *files, const char *path)
{
	if (!g_hash_table_add(files->seen, plain_name(path)))
		return;
	if (files->period != NULL && strcmp(path, "-") != 0 &&
	    !may_fit(files->period, path))
		return;
	g_ptr_array_add(files->paths, g_strdup(path));
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
		struct interval interval;
		struct stat status;

		if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
		    depth < DEPTH_MAX)
			add_folder(files, path, depth + 1);
		else if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		         !is_seen(files, path) &&
		         read_interval(path, &interval, true))
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
		add_folder(files, name, 0);
		return;
	}
	if (strpbrk(name, "*?[") == NULL || stat(name, &status) == 0 ||
	    glob(name, 0, NULL, &found) != 0) {
		add(files, name);
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
	return files->paths->len - before;
}
