/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/log.h"

#include "spool_internal.h"

#define FIRST_NUMBER 500000000000 /* room on both sides */

void
spool_add(struct spool *spool, struct spool_file *file)
{
	if (spool->last != NULL)
		spool->last->next = file;
	else
		spool->first = file;
	spool->last = file;
	spool->octets += file->octets;
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
		struct preamble *preamble = spool->old;

		spool->old = preamble->next;
		preamble_free(&preamble);
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
spool_greet(struct spool *spool, struct preamble *preamble)
{
	spool->preamble = preamble;
	for (struct spool_file *f = spool->first; f != NULL; f = f->next)
		if (preamble_equal(f->preamble, preamble))
			f->preamble = preamble;
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
	file = spool_file_create(spool->folder, number, spool->preamble);
	if (file == NULL)
		return NULL;
	spool_add(spool, file);
	spool->sealed = false;
	return file;
}

static int
spool_append(struct spool *spool, struct spool_file *file,
    const struct queued_message *queued)
{
	if (spool_file_append(file, queued) != 0)
		return -1;
	spool->octets += queued->length;
	return 0;
}

int
spool_put(struct spool *spool, const struct queued_message *queued)
{
	struct spool_file *file;

	if (spool->octets + queued->length + spool->preamble->length >
	    spool->bound) {
		errno = ENOSPC;
		return -1;
	}
	file = file_to_fill(spool);
	return file == NULL ? -1 : spool_append(spool, file, queued);
}

/* Only from one preamble: the caller calls again for another. */
int
spool_put_before(struct spool *spool, const struct queued_message *queued)
{
	uint64_t number = FIRST_NUMBER;
	struct spool_file *file;
	int result = 0;

	if (spool->first != NULL)
		number = spool->first->number - 1;
	file = spool_file_create(spool->folder, number, spool->preamble);
	if (file == NULL)
		return -1;
	spool->octets += file->octets;
	file->next = spool->first;
	spool->first = file;
	if (spool->last == NULL)
		spool->last = file;
	for (; queued != NULL && result == 0; queued = queued->next)
		if (!queued->acknowledged && queued->file == NULL)
			result = spool_append(spool, file, queued);
	return result;
}

struct queued_message *
spool_take(struct spool *spool, uint64_t *lost)
{
	struct spool_file *file = spool->first;
	struct queued_message *queued;

	*lost = 0;
	while (file != NULL && file->read >= file->octets)
		file = file->next;
	if (file == NULL)
		return NULL;
	queued = spool_file_read(file);
	if (queued == NULL) {
		if (errno == ENOMEM)
			return NULL;
		*lost = file->unread; /* what it held is gone */
		file->records -= file->unread;
		spool->missing += (uint32_t)file->unread;
		file->unread = 0;
		file->read = file->octets;
		return NULL;
	}
	queued->missing += spool->missing;
	spool->missing = 0;
	return queued;
}

void
spool_acknowledge(struct spool *spool, const struct queued_message *queued)
{
	(void)spool;
	queued->file->records -= queued->records;
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
spool_release(struct spool *spool, const struct queued_message *queued)
{
	struct spool_file *file = queued->file;

	file->taken--;
	file->released = queued->file_end;
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
