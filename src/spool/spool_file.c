/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/octets.h"
#include "exflow/base/own.h"
#include "exflow/base/write_all.h"
#include "exflow/ipfix/message_file.h"
#include "exflow/ipfix/wire.h"

#include "spool_scan.h"

#define ASIDE_SUFFIX ".damaged" /* behind the name of a file set aside */
#define TRIM_NAME ".trim"       /* the temporary file of spool_file_trim */

void
spool_file_name(char name[SPOOL_FILE_NAME_SIZE], uint64_t number)
{
	snprintf(name, SPOOL_FILE_NAME_SIZE, "%012" PRIu64 ".ipfix", number);
}

/* Opened when it is needed; -1 with errno. */
static int
file_fd(struct spool_file *file)
{
	char name[SPOOL_FILE_NAME_SIZE];

	if (file->fd >= 0)
		return file->fd;
	spool_file_name(name, file->number);
	file->fd = own_open(file->folder, name, O_RDWR, 0);
	return file->fd;
}

/* From the next message to take up to the end; fd is -1 if it is not open. */
static struct spool_scan
scan_begin(struct spool_file *file)
{
	return (struct spool_scan){
		.fd = file_fd(file),
		.end = file->octets,
		.preamble = file->preamble,
		.place = file->read,
		.sequence = file->read_sequence,
	};
}

static struct spool_file *
file_new(int folder, uint64_t number, int flags)
{
	struct spool_file *file = calloc(1, sizeof(*file));
	char name[SPOOL_FILE_NAME_SIZE];

	if (file == NULL)
		return NULL;
	file->folder = folder;
	file->number = number;
	file->modified = time(NULL);
	spool_file_name(name, number);
	file->fd = own_open(folder, name, flags | O_RDWR, 0600);
	if (file->fd < 0) {
		free(file);
		return NULL;
	}
	return file;
}

struct spool_file *
spool_file_create(int folder, uint64_t number, struct preamble *preamble)
{
	struct spool_file *file = file_new(folder, number, O_CREAT | O_EXCL);

	if (file == NULL)
		return NULL;
	preamble_stamp(preamble);
	if (write_all_at(
	        file->fd, preamble->octets, preamble->length, 0, NULL) != 0) {
		int code = errno;

		spool_file_delete(&file);
		errno = code;
		return NULL;
	}
	file->preamble = preamble;
	file->begin = file->octets = file->read = file->released =
	    preamble->length;
	file->sequence = file->read_sequence = preamble->records;
	return file;
}

void
spool_file_free(struct spool_file **file)
{
	if ((*file)->fd >= 0)
		close((*file)->fd);
	free(*file);
	*file = NULL;
}

void
spool_file_delete(struct spool_file **file)
{
	char name[SPOOL_FILE_NAME_SIZE];

	spool_file_name(name, (*file)->number);
	(void)unlinkat((*file)->folder, name, 0);
	spool_file_free(file);
}

int
spool_file_append(struct spool_file *file, const struct queued_message *message)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];
	uint32_t sequence = file->sequence + message->missing;
	int fd = file_fd(file);

	if (fd < 0)
		return -1;
	memcpy(octets, message->octets, message->length);
	message_stamp(octets, sequence, (uint32_t)time(NULL));
	if (write_all_at(
	        fd, octets, message->length, (off_t)file->octets, NULL) != 0) {
		int code = errno;

		(void)!ftruncate(fd, (off_t)file->octets);
		errno = code;
		return -1;
	}
	file->octets += message->length;
	file->records += message->records;
	file->unread += message->records;
	file->sequence = sequence + message->records;
	file->modified = time(NULL);
	return 0;
}

/* Of the records that were skipped: how many were not counted at the start. */
static uint64_t
newly_lost(struct spool_file *file, uint64_t skipped)
{
	uint64_t known = skipped < file->known ? skipped : file->known;

	file->known -= known;
	return skipped - known;
}

/* So many of the records that were not taken are lost. */
static uint64_t
file_lose(struct spool_file *file, uint64_t records)
{
	if (records > file->unread)
		records = file->unread;
	file->unread -= records;
	file->records -= records;
	return records;
}

/* Descriptors and memory may be there the next time. */
static bool
is_passing(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOMEM;
}

/* Nothing more can be read from it; NULL with errno. */
static struct queued_message *
file_give_up(struct spool_file *file, uint64_t *lost)
{
	*lost = file_lose(file, file->unread);
	file->read = file->octets;
	errno = EIO;
	return NULL;
}

/* The message that the scan found is taken. */
static void
file_take(struct spool_file *file, struct queued_message *message,
    const struct spool_scan *scan, uint64_t *lost)
{
	message->preamble = file->preamble;
	message->spool_file = file;
	message->spool_end = file->read = scan->place;
	file->read_sequence = scan->sequence;
	file->unread -= message->records;
	file->taken++;
	if (file->read >= file->octets) /* it was damaged meanwhile */
		*lost += file_lose(file, file->unread);
}

struct queued_message *
spool_file_read(struct spool_file *file, uint64_t *lost)
{
	uint8_t octets[SPOOL_SCAN_OCTETS];
	struct spool_scan scan = scan_begin(file);
	struct queued_message *message;
	struct spool_found found;
	uint64_t skipped;
	uint32_t records;

	*lost = 0;
	if (scan.fd < 0)
		return is_passing(errno) ? NULL : file_give_up(file, lost);
	spool_scan_next(&scan, octets, &found);
	if (found.length == 0)
		return file_give_up(file, lost);
	records = found.records < file->unread ? found.records
	                                       : (uint32_t)file->unread;
	message = queued_message_new(octets, found.length, records);
	if (message == NULL)
		return NULL;
	message->missing = found.missing + (uint32_t)found.lost;
	skipped = newly_lost(file, found.lost);
	if (skipped > file->unread - records)
		skipped = file->unread - records;
	*lost = file_lose(file, skipped);
	file_take(file, message, &scan, lost);
	return message;
}

int
spool_file_reload(struct spool_file *file, const struct queued_message *message,
    uint8_t *octets)
{
	uint64_t place = message->spool_end - message->length;
	int fd = file_fd(file);

	if (fd < 0)
		return -1;
	if (message_file_read(fd, octets, message->length, place) !=
	        (ssize_t)message->length ||
	    get16(octets + 2) != message->length ||
	    preamble_count(file->preamble, octets, message->length) !=
	        message->records) {
		errno = EIO;
		return -1;
	}
	/* The domain may have been damaged. */
	memcpy(octets + 12, file->preamble->octets + 12, 4);
	return 0;
}

/* --- a file of an earlier run */

/*
 * Write over what is counted as lost, so that it is not counted again.  What
 * could not be read stays: it may be well the next time.
 */
static void
file_mend(struct spool_file *file, const struct spool_found *found)
{
	uint64_t place = found->place - found->skipped;

	if (found->skipped == 0)
		return;
	if (!found->unreadable &&
	    (found->length == 0 ? ftruncate(file->fd, (off_t)place)
	                        : spool_scan_fill(file->fd, file->preamble,
	                              place, found->skipped)) == 0)
		return;
	if (found->length > 0)
		file->known += found->lost;
}

/* Count its messages, and what is lost in it; mend: write over that. */
static void
file_scan(struct spool_file *file, bool mend)
{
	uint8_t octets[SPOOL_SCAN_OCTETS];
	struct spool_scan scan;
	struct spool_found found;

	file->read = file->released = file->octets = file->begin;
	file->read_sequence = file->sequence = file->preamble->records;
	file->records = file->damaged = file->torn = file->oddities = 0;
	file->known = 0;
	scan = scan_begin(file);
	scan.end = file->size;
	do {
		bool torn;

		spool_scan_next(&scan, octets, &found);
		torn = found.torn && file->newest;
		file->damaged += torn ? 0 : found.lost;
		file->torn = torn ? found.skipped : 0;
		file->hurt |= found.skipped > 0;
		file->oddities += found.odd;
		file->records += found.records;
		if (found.length > 0)
			file->octets = scan.place;
		if (mend)
			file_mend(file, &found);
	} while (found.length > 0);
	file->sequence = scan.sequence;
	file->unread = file->records;
}

static int
file_recover(struct spool_file *file, bool newest, struct preamble *own)
{
	struct stat status;
	int64_t begin;

	if (fstat(file->fd, &status) != 0)
		return -1;
	file->size = (uint64_t)status.st_size;
	file->modified = status.st_mtime;
	begin = spool_scan_preamble(file->fd, file->size, own, &file->hurt);
	if (begin < 0)
		return -1;
	file->preamble = own;
	file->begin = (uint64_t)begin;
	file->newest = newest;
	file_scan(file, false);
	return 0;
}

struct spool_file *
spool_file_open(int folder, uint64_t number, bool newest, struct preamble **own)
{
	struct spool_file *file = file_new(folder, number, 0);

	if (file == NULL)
		return NULL;
	*own = preamble_new(NULL, 0, NULL, 0);
	if (*own == NULL || file_recover(file, newest, *own) != 0) {
		int code = errno;

		preamble_free(own);
		spool_file_free(&file);
		errno = code;
		return NULL;
	}
	return file;
}

/*
 * Read it by this preamble instead of its own, if that is damaged and the
 * messages then follow each other better.
 */
static void
file_rescue(struct spool_file *file, struct preamble *present)
{
	const struct spool_file before = *file;
	bool unexplained = file->preamble->shape_count == 0;
	uint64_t damaged;

	if ((!file->hurt && file->oddities == 0) || file_fd(file) < 0)
		return;
	if (!unexplained && !spool_scan_resembles(file->fd, present))
		return;
	file->preamble = present;
	file->begin = present->length;
	file_scan(file, false);
	file->rescued =
	    file->oddities < before.oddities || file->records > before.records;
	damaged = file->damaged;
	if (!file->rescued)
		*file = before;
	if (unexplained && damaged > file->damaged)
		file->damaged = damaged; /* the better estimate */
}

/* The preamble is written again if it was damaged; all is counted anew. */
static void
file_repair(struct spool_file *file)
{
	int fd = file_fd(file);

	if (fd < 0)
		return;
	if (file->rescued)
		(void)write_all_at(fd, file->preamble->octets,
		    file->preamble->length, 0, NULL);
	file_scan(file, true);
}

enum spool_file_fate
spool_file_settle(struct spool_file *file, struct preamble *present)
{
	uint8_t magic[2] = { 0 };
	bool ours = file->size == 0;

	file_rescue(file, present);
	if (file->records > 0) {
		if (file->hurt || file->rescued)
			file_repair(file);
		return SPOOL_FILE_KEEP;
	}
	if (file_fd(file) >= 0 &&
	    message_file_read(file->fd, magic, sizeof(magic), 0) ==
	        (ssize_t)sizeof(magic))
		ours = get16(magic) == IPFIX_VERSION;
	if (!ours)
		return SPOOL_FILE_FOREIGN;
	return file->damaged > 0 ? SPOOL_FILE_DAMAGED : SPOOL_FILE_EMPTY;
}

int
spool_file_set_aside(struct spool_file *file)
{
	char name[SPOOL_FILE_NAME_SIZE];
	char aside[SPOOL_FILE_NAME_SIZE + sizeof(ASIDE_SUFFIX)];

	spool_file_name(name, file->number);
	snprintf(aside, sizeof(aside), "%s" ASIDE_SUFFIX, name);
	return renameat(file->folder, name, file->folder, aside);
}

/* --- the end of the program */

void
spool_file_sync(struct spool_file *file)
{
	if (file->fd < 0)
		return;
	(void)fdatasync(file->fd);
	close(file->fd);
	file->fd = -1;
}

/* Write the preamble, and what was not released, to another file. */
static int
copy_rest(const struct spool_file *file, int from, int to)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];
	uint64_t offset = file->released, end = file->preamble->length;

	if (write_all_at(to, file->preamble->octets, file->preamble->length, 0,
	        NULL) != 0)
		return -1;
	while (offset < file->octets) {
		ssize_t n =
		    message_file_read(from, octets, sizeof(octets), offset);

		if (n <= 0 ||
		    write_all_at(to, octets, (size_t)n, (off_t)end, NULL) != 0)
			return -1;
		offset += (uint64_t)n;
		end += (uint64_t)n;
	}
	return fsync(to);
}

int
spool_file_trim(struct spool_file *file)
{
	char name[SPOOL_FILE_NAME_SIZE];
	int from = file_fd(file), to, result;

	if (file->released <= file->begin)
		return 0;
	if (from < 0)
		return -1;
	(void)unlinkat(
	    file->folder, TRIM_NAME, 0); /* of a run that was killed */
	to = own_open(file->folder, TRIM_NAME, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (to < 0)
		return -1;
	spool_file_name(name, file->number);
	result = copy_rest(file, from, to);
	if (close(to) != 0)
		result = -1;
	if (result == 0)
		result = renameat(file->folder, TRIM_NAME, file->folder, name);
	if (result != 0)
		(void)unlinkat(file->folder, TRIM_NAME, 0);
	return result;
}
