/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/log.h"

#include "spool_internal.h"

#define FILES_OF_BOUND 16 /* a file is this part of the bound … */
#define FILE_OCTETS_MIN ((uint64_t)1 << 16)
#define FILE_OCTETS_MAX ((uint64_t)8 << 20)

/* Folder/name, where only letters, digits and ".-_" are in the name. */
static char *
folder_path(const char *directory, const char *name)
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

/* NULL, or what could not be done. */
static const char *
folder_open(struct spool *spool, const char *directory)
{
	if (mkdir(directory, 0700) != 0 && errno != EEXIST)
		return "make the folder above";
	if (mkdir(spool->path, 0700) != 0 && errno != EEXIST)
		return "make the folder";
	spool->folder = open(spool->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->folder < 0)
		return "open the folder";
	spool->lock =
	    openat(spool->folder, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (spool->lock < 0)
		return "make a lock in the folder";
	if (flock(spool->lock, LOCK_EX | LOCK_NB) == 0)
		return NULL;
	if (errno == EWOULDBLOCK)
		errno = EBUSY;
	return "lock the folder";
}

/* The number of a file of ours, or 0. */
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

/* In order, to be freed; NULL with errno. */
static uint64_t *
folder_numbers(const struct spool *spool, size_t *count)
{
	DIR *folder = opendir(spool->path);
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

static int
recover_file(struct spool *spool, uint64_t number)
{
	struct preamble *own = NULL;
	uint64_t torn = 0;
	struct spool_file *file =
	    spool_file_open(spool->folder, number, &own, &torn);

	if (file == NULL)
		return -1;
	if (torn > 0)
		log_warning("spool %s: file %" PRIu64 ": %" PRIu64
		            " octets of a torn message are cut off",
		    spool->path, number, torn);
	if (file->records == 0) {
		spool_file_delete(&file);
		preamble_free(&own);
		return 0;
	}
	own->next = spool->old;
	spool->old = own;
	spool->recovered += file->records;
	spool_file_sync(file);
	spool_add(spool, file);
	return 0;
}

static const char *
spool_recover(struct spool *spool)
{
	size_t count = 0;
	uint64_t *numbers = folder_numbers(spool, &count);
	int result = numbers == NULL ? -1 : 0;

	for (size_t i = 0; result == 0 && i < count; i++)
		result = recover_file(spool, numbers[i]);
	free(numbers);
	return result == 0 ? NULL : "read the files";
}

static uint64_t
file_octets(uint64_t bound)
{
	uint64_t octets = bound / FILES_OF_BOUND;

	if (octets < FILE_OCTETS_MIN)
		return FILE_OCTETS_MIN;
	return octets > FILE_OCTETS_MAX ? FILE_OCTETS_MAX : octets;
}

struct spool *
spool_new(
    const struct spool_options *options, char error[DESTINATION_ERROR_SIZE])
{
	struct spool *spool = calloc(1, sizeof(*spool));
	const char *what = "use it";

	if (spool == NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		return NULL;
	}
	spool->folder = spool->lock = -1;
	spool->bound = options->octets;
	spool->file_octets = file_octets(options->octets);
	spool->age_seconds = options->age_seconds;
	spool->sealed = true;
	spool->path = folder_path(options->directory, options->name);
	if (spool->path != NULL)
		what = folder_open(spool, options->directory);
	if (what == NULL)
		what = spool_recover(spool);
	if (what == NULL)
		return spool;
	snprintf(error, DESTINATION_ERROR_SIZE, "spool %.200s: cannot %s: %s%s",
	    spool->path != NULL ? spool->path : options->directory, what,
	    strerror(errno),
	    errno == EBUSY ? ", another program or output uses it" : "");
	spool_free(&spool);
	return NULL;
}
