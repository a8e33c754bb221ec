/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/own.h"

#define FILE_MODE 0666 /* less the umask */
#define FOLDER_MODE 0777
#define CREATE_TRIES 100 /* random temporary names */

static const char *
file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

char *
publish_folder(const char *path)
{
	const char *name = file_name(path);

	return name == path ? strdup(".")
	                    : strndup(path, (size_t)(name - path));
}

int
publish_make_folders(const char *path)
{
	char *folder = strdup(path);
	int result = folder == NULL ? -1 : 0;

	for (char *at = folder; result == 0 && at != NULL;) {
		at = strchr(at + 1, '/');
		if (at == NULL)
			break;
		*at = '\0';
		if (mkdir(folder, FOLDER_MODE) == 0)
			publish_sync_folder(folder);
		else if (errno != EEXIST && errno != EISDIR)
			result = -1;
		*at = '/';
	}
	free(folder);
	return result;
}

int
publish_lock(int fd)
{
	/* On a file system without locks nobody can hold one. */
	return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK ? 0
	                                                                 : -1;
}

int
publish_close(int fd, int *lock)
{
	*lock = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return close(fd);
}

char *
publish_final_name(const char *name)
{
	size_t length = strlen(name);

	if (name[0] != '.' || length < sizeof("..xxxxxx") ||
	    name[length - 7] != '.' ||
	    strspn(name + length - 6, "0123456789abcdef") != 6)
		return NULL;
	return strndup(name + 1, length - 8);
}

/*
 * A new file, locked.  EEXIST also where a recovery found the file before it
 * was locked, took it for one that a kill left, and removed it.
 */
static int
create_locked(int folder, const char *name)
{
	int fd = own_open(folder, name, O_RDWR | O_CREAT | O_EXCL, FILE_MODE);
	struct stat status;

	if (fd >= 0 && (publish_lock(fd) != 0 || fstat(fd, &status) != 0 ||
	                   status.st_nlink == 0)) {
		close(fd);
		errno = EEXIST;
		return -1;
	}
	return fd;
}

/* The folder of a path, if it is one in which our files stay ours. */
static int
open_folder(const char *path)
{
	char *folder = publish_folder(path);
	int fd = folder == NULL ? -1 : own_folder_open(folder);

	free(folder);
	return fd;
}

/*
 * Not mkostemp(3): its files are readable for the owner only, and reading the
 * umask to widen their mode would change it for all threads.
 */
int
publish_create(const char *path, char **temporary)
{
	size_t size = strlen(path) + sizeof("..xxxxxx");
	const char *name = file_name(path);
	int folder = open_folder(path), fd = -1, code;

	*temporary = malloc(size);
	for (int i = 0; i < CREATE_TRIES && fd < 0; i++) {
		uint32_t random;

		if (folder < 0 || *temporary == NULL ||
		    getentropy(&random, sizeof(random)) == -1)
			break;
		snprintf(*temporary, size, "%.*s.%s.%06x", (int)(name - path),
		    path, name, (unsigned)random & 0xffffff);
		fd = create_locked(folder, *temporary + (name - path));
		if (fd < 0 && errno != EEXIST)
			break;
	}
	code = errno;
	if (fd < 0) {
		free(*temporary);
		*temporary = NULL;
	}
	if (folder >= 0)
		close(folder);
	errno = code;
	return fd;
}

void
publish_sync_folder(const char *path)
{
	char *folder = publish_folder(path);
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
publish_sync(int fd)
{
	/* For a regular file EINVAL means that the file system cannot. */
	return fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
}

int
publish_rename(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without it: link(2) replaces no file either. */
	if (link(from, to) != 0)
		return -1;
	return unlink(from);
}

char *
publish_inserted(const char *path, const char *word)
{
	const char *name = file_name(path), *dot = strrchr(name, '.');
	char *whole;

	if (dot == NULL || dot == name)
		dot = name + strlen(name);
	return asprintf(&whole, "%.*s.%s%s", (int)(dot - path), path, word,
	           dot) == -1
	           ? NULL
	           : whole;
}
