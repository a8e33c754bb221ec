/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0666 /* less the umask */
#define FOLDER_MODE 0777
#define CREATE_TRIES 100
#define PUBLISH_TRIES 100000

const char *const place_suffixes[] = { ".gz", ".zst", NULL };

static const char *
file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

char *
place_folder(const char *path)
{
	const char *name = file_name(path);

	return name == path ? strdup(".")
	                    : strndup(path, (size_t)(name - path));
}

int
place_make_folders(const char *path)
{
	char *folder = strdup(path);
	int result = folder == NULL ? -1 : 0;

	for (char *at = folder; result == 0 && at != NULL;) {
		at = strchr(at + 1, '/');
		if (at == NULL)
			break;
		*at = '\0';
		if (mkdir(folder, FOLDER_MODE) == 0)
			place_sync_folder(folder);
		else if (errno != EEXIST && errno != EISDIR)
			result = -1;
		*at = '/';
	}
	free(folder);
	return result;
}

/*
 * Not mkostemp, which makes files that only the owner reads: to ask for the
 * umask changes it for all threads.
 */
int
place_create(const char *path, char **temporary)
{
	size_t size = strlen(path) + sizeof("..xxxxxx");
	const char *name = file_name(path);
	int fd = -1;

	*temporary = malloc(size);
	if (*temporary == NULL)
		return -1;
	for (int i = 0; i < CREATE_TRIES && fd < 0; i++) {
		snprintf(*temporary, size, "%.*s.%s.%06x", (int)(name - path),
		    path, name, (unsigned)g_random_int() & 0xffffff);
		fd = open(*temporary,
		    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    FILE_MODE);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0) {
		int code = errno;

		free(*temporary);
		*temporary = NULL;
		errno = code;
	}
	return fd;
}

void
place_sync_folder(const char *path)
{
	char *folder = place_folder(path);
	int fd = -1;

	if (folder != NULL)
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!fsync(fd); /* not every file system can */
		close(fd);
	}
	free(folder);
}

int
place_sync(int fd)
{
	/* Pipes cannot be here, so EINVAL means a file system without it. */
	return fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
}

int
place_rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system that cannot: a second name never replaces either. */
	if (link(from, to) != 0)
		return -1;
	return unlink(from);
}

static bool
name_taken(const char *path)
{
	struct stat status;
	bool taken = lstat(path, &status) == 0;

	for (size_t i = 0; !taken && place_suffixes[i] != NULL; i++) {
		char *other = g_strconcat(path, place_suffixes[i], NULL);

		taken = lstat(other, &status) == 0;
		g_free(other);
	}
	return taken;
}

char *
place_publish(const char *temporary, const char *path)
{
	size_t size = strlen(path) + 12;
	char *name = malloc(size);
	int code = EEXIST;

	if (name == NULL)
		return NULL;
	snprintf(name, size, "%s", path);
	for (int i = 1; code == EEXIST && i <= PUBLISH_TRIES; i++) {
		if (!name_taken(name)) {
			if (place_rename_new(temporary, name) == 0)
				return name;
			code = errno;
		}
		if (code == EEXIST)
			snprintf(name, size, "%s.%d", path, i);
	}
	free(name);
	errno = code;
	return NULL;
}
