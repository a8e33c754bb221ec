/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "spool_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/own.h"
#include "exflow/spool/spool.h"

#include "spool_file.h"

/* What is no letter, digit or "-_." in NAME becomes %xx. */
char *
spool_folder_path(const char *directory, const char *name)
{
	size_t size = strlen(directory) + 3 * strlen(name) + 2, used;
	char *path = malloc(size);

	if (path == NULL)
		return NULL;
	used = (size_t)snprintf(path, size, "%s/", directory);
	for (; *name != '\0'; name++) {
		bool plain = (*name >= 'a' && *name <= 'z') ||
		             (*name >= 'A' && *name <= 'Z') ||
		             (*name >= '0' && *name <= '9') ||
		             strchr("-_.", *name) != NULL;

		used += (size_t)snprintf(path + used, size - used,
		    plain ? "%c" : "%%%02x", (unsigned char)*name);
	}
	return path;
}

/* Why own_folder_open_private failed. */
static const char *
folder_trouble(void)
{
	return errno == EPERM ? "trust the folder, others own it or write to it"
	                      : "open the folder";
}

const char *
spool_folder_open(
    struct spool_folder *folder, const char *directory, const char *path)
{
	if (mkdir(directory, 0700) != 0 && errno != EEXIST)
		return "make the folder above";
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return "make the folder";
	folder->fd = own_folder_open_private(path);
	if (folder->fd < 0)
		return folder_trouble();
	folder->lock = own_open(folder->fd, ".lock", O_RDWR | O_CREAT, 0600);
	if (folder->lock < 0)
		return "make a lock in the folder";
	if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
		return NULL;
	if (errno == EWOULDBLOCK)
		errno = EBUSY;
	return "lock the folder";
}

const char *
spool_folder_check(const char *path)
{
	int folder = own_folder_open_private(path), lock, code;

	if (folder < 0)
		return errno == ENOENT ? NULL : folder_trouble();
	lock = own_open(folder, ".lock", O_RDWR, 0);
	code = lock < 0 && errno != ENOENT ? errno : 0;
	if (lock >= 0)
		close(lock);
	if (code == 0 && faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) != 0)
		code = errno;
	close(folder);
	errno = code;
	return code == 0 ? NULL : "make a lock in the folder";
}

/* The number in the name of a spool's file; 0: it is no such name. */
static uint64_t
number_of(const char *name)
{
	char expected[SPOOL_FILE_NAME_SIZE];
	uint64_t number = strtoull(name, NULL, 10);

	spool_file_name(expected, number);
	return strcmp(name, expected) == 0 ? number : 0;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Its entries; NULL with errno. */
static DIR *
entries(const struct spool_folder *of)
{
	int fd = openat(of->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (folder == NULL && fd >= 0)
		close(fd);
	return folder;
}

uint64_t *
spool_folder_numbers(const struct spool_folder *of, size_t *count)
{
	DIR *folder = entries(of);
	uint64_t *numbers = calloc(1, sizeof(*numbers)), *grown;
	struct dirent *entry;

	*count = 0;
	while (folder != NULL && numbers != NULL &&
	       (entry = readdir(folder)) != NULL) {
		if (number_of(entry->d_name) == 0)
			continue;
		grown = reallocarray(numbers, *count + 2, sizeof(*numbers));
		if (grown == NULL) {
			free(numbers);
			numbers = NULL;
			break;
		}
		numbers = grown;
		numbers[(*count)++] = number_of(entry->d_name);
	}
	if (folder == NULL) {
		free(numbers);
		return NULL;
	}
	closedir(folder);
	if (numbers != NULL)
		qsort(numbers, *count, sizeof(*numbers), compare_numbers);
	return numbers;
}

void
spool_folder_close(struct spool_folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	if (folder->lock >= 0)
		close(folder->lock);
	folder->fd = folder->lock = -1;
}
