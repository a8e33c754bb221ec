/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A spool: the order of its files.
 *
 * Files are in the list in the order of their numbers: first is the oldest.
 * The first file of a new spool has a number in the middle of the range, so
 * that there is room for older files before it (spool_put_before) and for
 * newer ones behind it.
 *
 *   first                           last
 *   [taken, read … ] ──► [ … ] ──► [ … appended to, unless sealed ]
 *
 * Preambles: messages that are put share the one of spool_set_preamble.  A
 * recovered file has its own (old), unless it is equal to that one; messages
 * with another preamble need another connection.
 *
 * The happy path is put, take, acknowledge, release, delete.  What can go
 * wrong: the disk or the bound is full (put fails, and the caller drops the
 * oldest file or waits); messages are damaged, or a file cannot be read (its
 * records are lost and counted); the program is killed (recovery finds all that
 * was not released, and what was acknowledged but not yet released is sent
 * twice; see spool_recover.c).
 */
#include <config.h>

#include "exflow/spool/spool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/log.h"

#include "spool_internal.h"

#define FIRST_NUMBER 500000000000 /* room on both sides */
#define FILES_OF_BOUND 16         /* a file is this part of the bound … */
#define FILE_OCTETS_MIN ((uint64_t)1 << 16) /* … within these limits */
#define FILE_OCTETS_MAX ((uint64_t)8 << 20)

static void
delete_first(struct spool *spool)
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

/* --- opening it */

int
spool_check(const char *path, char error[DESTINATION_ERROR_SIZE])
{
	const char *what = spool_folder_check(path);
	int code = errno;

	if (what == NULL)
		return 0;
	snprintf(error, DESTINATION_ERROR_SIZE, "spool %.200s: cannot %s: %s",
	    path, what, strerror(code));
	errno = code;
	return -1;
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
	spool->folder.fd = spool->folder.lock = -1;
	spool->bound = options->octets;
	spool->file_octets = file_octets(options->octets);
	spool->age_seconds = options->age_seconds;
	spool->sealed = true;
	spool->path = spool_folder_path(options->directory, options->name);
	if (spool->path != NULL)
		what = spool_folder_open(
		    &spool->folder, options->directory, spool->path);
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

int
spool_open(struct spool **spool, const struct destination_options *options,
    const char *label, char error[DESTINATION_ERROR_SIZE])
{
	struct spool_options spool_options = {
		.directory = options->spool_dir,
		.name = label,
		.octets = options->spool_octets,
		.age_seconds = options->spool_age_seconds,
	};

	*spool = NULL;
	if (options->spool_dir == NULL)
		return 0;
	*spool = spool_new(&spool_options, error);
	return *spool == NULL ? -1 : 0;
}

/* --- closing it */

static void
file_leave(struct spool *spool, struct spool_file *file)
{
	if (file->released >= file->octets) {
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
		if (spool->settled)
			file_leave(spool, file);
		else
			spool_file_free(&file);
	}
	while (spool->old != NULL) {
		struct preamble *preamble = spool->old;

		spool->old = preamble->next;
		preamble_free(&preamble);
	}
	if (spool->folder.fd >= 0)
		(void)fsync(spool->folder.fd);
	spool_folder_close(&spool->folder);
	free(spool->path);
	free(spool);
	*pointer = NULL;
}

/* --- what it holds */

/* Recovered files with an equal preamble then need no connection of theirs. */
void
spool_set_preamble(struct spool *spool, struct preamble *preamble)
{
	spool->preamble = preamble;
	if (!spool->settled)
		spool_settle(spool);
	for (struct spool_file *f = spool->first; f != NULL; f = f->next)
		if (preamble_equal(f->preamble, preamble))
			f->preamble = preamble;
}

uint64_t
spool_damaged(const struct spool *spool)
{
	return spool->damaged;
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

bool
spool_stale(const struct spool *spool)
{
	return spool->age_seconds != 0 && spool->first != NULL &&
	       time(NULL) - spool->first->modified > (time_t)spool->age_seconds;
}

/* --- in */

/* A new file of this number, or of the next free one in this direction. */
static struct spool_file *
create_file(struct spool *spool, uint64_t number, int step)
{
	struct spool_file *file;

	do {
		file = spool_file_create(
		    spool->folder.fd, number, spool->preamble);
		number += (uint64_t)(int64_t)step;
	} while (file == NULL && errno == EEXIST);
	return file;
}

/* The last file, or a new one behind it; NULL with errno. */
static struct spool_file *
file_to_append(struct spool *spool)
{
	uint64_t number = FIRST_NUMBER;
	struct spool_file *file;

	if (!spool->sealed && spool->last->octets < spool->file_octets)
		return spool->last;
	if (spool->last != NULL) {
		number = spool->last->number + 1;
		spool_file_sync(spool->last);
	}
	file = create_file(spool, number, 1);
	if (file == NULL)
		return NULL;
	spool_add_last(spool, file);
	spool->sealed = false;
	return file;
}

static int
file_append(struct spool *spool, struct spool_file *file,
    const struct queued_message *message)
{
	if (spool_file_append(file, message) != 0)
		return -1;
	spool->octets += message->length;
	return 0;
}

int
spool_put(struct spool *spool, const struct queued_message *message)
{
	struct spool_file *file;

	if (spool->octets + message->length + spool->preamble->length >
	    spool->bound) {
		errno = ENOSPC;
		return -1;
	}
	file = file_to_append(spool);
	return file == NULL ? -1 : file_append(spool, file, message);
}

int
spool_put_before(struct spool *spool, const struct queued_message *message,
    uint64_t *records)
{
	uint64_t number = FIRST_NUMBER;
	struct spool_file *file;
	int result = 0;

	*records = 0;
	if (spool->first != NULL)
		number = spool->first->number - 1;
	file = create_file(spool, number, -1);
	if (file == NULL)
		return -1;
	spool->octets += file->octets;
	file->next = spool->first;
	spool->first = file;
	if (spool->last == NULL)
		spool->last = file;
	for (; message != NULL && result == 0; message = message->next)
		if (!message->acknowledged && message->spool_file == NULL)
			result = file_append(spool, file, message);
	*records = file->records;
	return result;
}

/* --- out */

/* Delete the oldest files that nothing more is needed of. */
static void
sweep(struct spool *spool)
{
	struct spool_file *file;

	while ((file = spool->first) != NULL && file->taken == 0 &&
	       file->read >= file->octets)
		delete_first(spool);
}

struct queued_message *
spool_take(struct spool *spool, uint64_t *lost)
{
	struct spool_file *file = spool->first;
	struct queued_message *message;

	*lost = 0;
	while (file != NULL && file->read >= file->octets)
		file = file->next;
	if (file == NULL)
		return NULL;
	message = spool_file_read(file, lost);
	if (message == NULL) {
		spool->missing += (uint32_t)*lost;
		if (*lost > 0)
			sweep(spool);
		return NULL;
	}
	message->missing += spool->missing;
	spool->missing = 0;
	return message;
}

void
spool_acknowledge(struct spool *spool, const struct queued_message *message)
{
	(void)spool;
	message->spool_file->records -= message->records;
}

void
spool_release(struct spool *spool, const struct queued_message *message)
{
	struct spool_file *file = message->spool_file;

	file->taken--;
	file->released = message->spool_end;
	sweep(spool);
}

int
spool_reload(struct spool *spool, struct queued_message *message)
{
	(void)spool;
	return spool_file_reload(message->spool_file, message, message->octets);
}

bool
spool_oldest_acknowledged(const struct spool *spool)
{
	return spool->first != NULL && spool->first->records == 0;
}

bool
spool_drop(struct spool *spool, struct spool_file **file, uint64_t *lost)
{
	*file = spool->first;
	if (*file == NULL)
		return false;
	*lost = (*file)->unread;
	spool->missing += (uint32_t)*lost;
	delete_first(spool);
	return true;
}
