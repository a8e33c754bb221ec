/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "spool.h"

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

#include "exflow/log.h"
#include "spool_file.h"

#define FIRST_NUMBER 500000000000 /* room on both sides */
#define FILES_OF_BOUND 16         /* a file is this part of the bound … */
#define FILE_OCTETS_MIN ((uint64_t)1 << 16)
#define FILE_OCTETS_MAX ((uint64_t)8 << 20)

struct spool {
	char *path; /* for messages */
	int folder, lock;
	uint64_t bound, file_octets;
	uint32_t age_seconds;
	uint64_t octets; /* of all files */
	uint64_t recovered;
	uint32_t missing;          /* for the next parcel that is taken */
	struct greeting *greeting; /* of what is put */
	struct greeting *old;      /* of files that were there, own */
	struct spool_file *first, *last;
	bool sealed; /* nothing more goes into the last file */
};

/* --- opening */

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

static void
spool_add(struct spool *spool, struct spool_file *file)
{
	if (spool->last != NULL)
		spool->last->next = file;
	else
		spool->first = file;
	spool->last = file;
	spool->octets += file->octets;
}

static int
recover_file(struct spool *spool, uint64_t number)
{
	struct greeting *own = NULL;
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
		greeting_free(&own);
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

/* --- the end */

static void
file_leave(struct spool *spool, struct spool_file *file)
{
	if (file->records == 0) {
		spool_file_delete(&file);
		return;
	}
	if (spool_file_trim(file) != 0)
		log_warning("spool %s: %s: some messages may be sent twice",
		    spool->path, strerror(errno));
	else
		spool_file_sync(file);
	spool_file_free(&file);
}

void
spool_free(struct spool **pointer)
{
	struct spool *spool = *pointer;

	if (spool == NULL)
		return;
	while (spool->first != NULL) {
		struct spool_file *file = spool->first;

		spool->first = file->next;
		file_leave(spool, file);
	}
	while (spool->old != NULL) {
		struct greeting *greeting = spool->old;

		spool->old = greeting->next;
		greeting_free(&greeting);
	}
	if (spool->folder >= 0) {
		(void)fsync(spool->folder);
		close(spool->folder);
	}
	if (spool->lock >= 0)
		close(spool->lock);
	free(spool->path);
	free(spool);
	*pointer = NULL;
}

/* --- use */

/* Old files that begin with the same need no connection of their own. */
void
spool_greet(struct spool *spool, struct greeting *greeting)
{
	spool->greeting = greeting;
	for (struct spool_file *f = spool->first; f != NULL; f = f->next)
		if (greeting_equal(f->greeting, greeting))
			f->greeting = greeting;
}

uint64_t
spool_recovered(const struct spool *spool)
{
	return spool->recovered;
}

uint64_t
spool_octets(const struct spool *spool)
{
	return spool->octets;
}

uint64_t
spool_records(const struct spool *spool)
{
	uint64_t records = 0;

	for (struct spool_file *f = spool->first; f != NULL; f = f->next)
		records += f->records;
	return records;
}

bool
spool_unread(const struct spool *spool)
{
	return spool->last != NULL && spool->last->read < spool->last->octets;
}

static struct spool_file *
file_to_fill(struct spool *spool)
{
	uint64_t number = FIRST_NUMBER;
	struct spool_file *file;

	if (!spool->sealed && spool->last->octets < spool->file_octets)
		return spool->last;
	if (spool->last != NULL) {
		number = spool->last->number + 1;
		spool_file_sync(spool->last);
	}
	file = spool_file_create(spool->folder, number, spool->greeting);
	if (file == NULL)
		return NULL;
	spool_add(spool, file);
	spool->sealed = false;
	return file;
}

static int
spool_append(
    struct spool *spool, struct spool_file *file, const struct parcel *parcel)
{
	if (spool_file_append(file, parcel) != 0)
		return -1;
	spool->octets += parcel->length;
	return 0;
}

int
spool_put(struct spool *spool, const struct parcel *parcel)
{
	struct spool_file *file;

	if (spool->octets + parcel->length + spool->greeting->length >
	    spool->bound) {
		errno = ENOSPC;
		return -1;
	}
	file = file_to_fill(spool);
	return file == NULL ? -1 : spool_append(spool, file, parcel);
}

/* Only from one greeting: the caller calls again for another. */
int
spool_put_before(struct spool *spool, const struct parcel *parcel)
{
	uint64_t number = FIRST_NUMBER;
	struct spool_file *file;
	int result = 0;

	if (spool->first != NULL)
		number = spool->first->number - 1;
	file = spool_file_create(spool->folder, number, spool->greeting);
	if (file == NULL)
		return -1;
	spool->octets += file->octets;
	file->next = spool->first;
	spool->first = file;
	if (spool->last == NULL)
		spool->last = file;
	for (; parcel != NULL && result == 0; parcel = parcel->next)
		if (!parcel->acknowledged && parcel->file == NULL)
			result = spool_append(spool, file, parcel);
	return result;
}

struct parcel *
spool_take(struct spool *spool, uint64_t *lost)
{
	struct spool_file *file = spool->first;
	struct parcel *parcel;

	*lost = 0;
	while (file != NULL && file->read >= file->octets)
		file = file->next;
	if (file == NULL)
		return NULL;
	parcel = spool_file_read(file);
	if (parcel == NULL) {
		if (errno == ENOMEM)
			return NULL;
		*lost = file->unread; /* what it held is gone */
		file->records -= file->unread;
		spool->missing += (uint32_t)file->unread;
		file->unread = 0;
		file->read = file->octets;
		return NULL;
	}
	parcel->missing += spool->missing;
	spool->missing = 0;
	return parcel;
}

void
spool_acknowledge(struct spool *spool, const struct parcel *parcel)
{
	(void)spool;
	parcel->file->records -= parcel->records;
}

static void
remove_first(struct spool *spool)
{
	struct spool_file *file = spool->first;

	spool->first = file->next;
	if (spool->first == NULL) {
		spool->last = NULL;
		spool->sealed = true;
	}
	spool->octets -= file->octets;
	spool_file_delete(&file);
}

void
spool_release(struct spool *spool, const struct parcel *parcel)
{
	struct spool_file *file = parcel->file;

	file->taken--;
	file->released = parcel->file_end;
	while ((file = spool->first) != NULL && file->taken == 0 &&
	       file->read >= file->octets)
		remove_first(spool);
}

bool
spool_drop(struct spool *spool, struct spool_file **file, uint64_t *lost)
{
	*file = spool->first;
	if (*file == NULL)
		return false;
	*lost = (*file)->unread;
	spool->missing += (uint32_t)*lost;
	remove_first(spool);
	return true;
}

bool
spool_stale(const struct spool *spool)
{
	return spool->age_seconds != 0 && spool->first != NULL &&
	       time(NULL) - spool->first->modified > (time_t)spool->age_seconds;
}
