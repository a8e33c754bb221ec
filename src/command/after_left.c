/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an earlier run, or another one, has left in a journal.  A name in it may
 * be of a file that
 *
 *	is complete			waits
 *	… and is still to be compressed	is compressed first
 *	has been compressed since	waits, under that name
 *	somebody writes			stays expected
 *	never came, or was taken away	is forgotten
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/base/own.h"
#include "exflow/base/publish.h"

#include "after_internal.h"

bool
after_is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Whether somebody writes it. */
static bool
is_written(const char *path)
{
	int fd = own_open(AT_FDCWD, path, O_RDONLY, 0);
	bool written = fd >= 0 && publish_lock(fd) != 0;

	if (fd >= 0)
		close(fd);
	return written;
}

/* The name that it has by now, compressed or not, to be freed; or NULL. */
static char *
present_name(const char *path)
{
	if (after_is_there(path))
		return strdup(path);
	for (size_t i = 0; publish_suffixes[i] != NULL; i++) {
		char *name;

		if (asprintf(&name, "%s%s", path, publish_suffixes[i]) == -1)
			return NULL;
		if (after_is_there(name))
			return name;
		free(name);
	}
	return NULL;
}

/* The lock is held.  The path is to be compressed first: it, else NULL. */
static char *
settle_one(struct after *after, struct after_file *file)
{
	bool compress = after->options.compress;
	char *name = present_name(file->path);
	bool plain = name != NULL && strcmp(name, file->path) == 0 &&
	             !publish_is_compressed(name);

	if (name == NULL) { /* it never got the name, or somebody took it */
		log_info("output %s: after: %s, which an earlier run left, is "
		         "not there",
		    after->name, file->path);
		after_drop(after, file);
	} else if (is_written(name)) {
		file->state = FILE_EXPECTED;
	} else if (compress && plain) {
		file->state = FILE_EXPECTED;
		return name;
	} else {
		char *expected = strdup(file->path);

		if (expected != NULL)
			after_make_ready(after, expected, name);
		free(expected);
	}
	free(name);
	return NULL;
}

static int
compare_paths(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of what was left, the oldest name first. */
static GPtrArray *
left_paths(struct after *after)
{
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iterator;
	gpointer path, file;

	g_hash_table_iter_init(&iterator, after->files);
	while (g_hash_table_iter_next(&iterator, &path, &file))
		if (((struct after_file *)file)->state == FILE_LEFT)
			g_ptr_array_add(paths, g_strdup(path));
	g_ptr_array_sort(paths, compare_paths);
	return paths;
}

static void
settle_left(struct after *after)
{
	GPtrArray *paths;

	pthread_mutex_lock(&after->lock);
	paths = left_paths(after);
	pthread_mutex_unlock(&after->lock);
	for (guint i = 0; i < paths->len; i++) {
		struct after_file *file;
		char *path = NULL;

		pthread_mutex_lock(&after->lock);
		file = after_find(after, paths->pdata[i]);
		if (file != NULL && file->state == FILE_LEFT)
			path = settle_one(after, file);
		pthread_mutex_unlock(&after->lock);
		if (path != NULL)
			after->compress(after->context, path);
	}
	g_ptr_array_free(paths, TRUE);
}

void
after_settle(struct after *after, after_compress *compress, void *context)
{
	after->compress = compress;
	after->context = context;
	settle_left(after);
	pthread_mutex_lock(&after->lock);
	after->settled = true;
	pthread_cond_signal(&after->changed);
	pthread_mutex_unlock(&after->lock);
}

void
after_visit_left(void *context, const char *path)
{
	struct after *after = context;

	if (after_find(after, path) == NULL)
		(void)after_add(after, path, FILE_LEFT);
}

/* What others have left meanwhile, such as the output that this one replaced.
 */
void
after_adopt(struct after *after)
{
	pthread_mutex_lock(&after->lock);
	after->adopt_ms = clock_ms() + AFTER_ADOPT_MS;
	after_journal_adopt(after->journal, after_visit_left, after);
	pthread_mutex_unlock(&after->lock);
	settle_left(after);
}
