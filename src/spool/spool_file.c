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
#include "exflow/ipfix/message_file.h"

#define TRIM_NAME ".trim" /* the temporary file of spool_file_trim */

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
	file->fd = openat(file->folder, name, O_RDWR | O_CLOEXEC);
	return file->fd;
}

/* Write all of it at this offset; 0, or -1 with errno. */
static int
write_at(int fd, const uint8_t *octets, size_t length, uint64_t offset)
{
	while (length > 0) {
		ssize_t n = pwrite(fd, octets, length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		octets += n;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	return 0;
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
	file->fd = openat(folder, name, flags | O_RDWR | O_CLOEXEC, 0600);
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
	if (write_at(file->fd, preamble->octets, preamble->length, 0) != 0) {
		int code = errno;

		spool_file_delete(&file);
		errno = code;
		return NULL;
	}
	file->preamble = preamble;
	file->octets = file->read = file->released = preamble->length;
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
	if (write_at(fd, octets, message->length, file->octets) != 0) {
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

struct queued_message *
spool_file_read(struct spool_file *file)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];
	struct queued_message *message;
	uint32_t length, sequence;
	int fd = file_fd(file);

	errno = fd < 0 ? errno : 0;
	if (fd < 0 || file->read >= file->octets)
		return NULL;
	length = message_file_next(fd, file->read, octets);
	if (length == 0) {
		errno = EIO;
		return NULL;
	}
	message = queued_message_new(
	    octets, length, preamble_count(file->preamble, octets, length));
	if (message == NULL)
		return NULL;
	sequence = get32(octets + 8);
	message->missing = sequence - file->read_sequence;
	message->preamble = file->preamble;
	message->spool_file = file;
	file->read += length;
	message->spool_end = file->read;
	file->read_sequence = sequence + message->records;
	file->unread -= message->records;
	file->taken++;
	return message;
}

/*
 * The preamble goes into own, then data messages are counted, up to the last
 * whole one.  0, or -1 without memory.
 */
static int
file_scan(struct spool_file *file, struct preamble *own)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];
	uint32_t length;

	while (
	    (length = message_file_next(file->fd, file->octets, octets)) > 0) {
		uint32_t records = preamble_count(own, octets, length);

		if (records == 0 && file->records > 0)
			break; /* no spool writes templates behind data */
		if (records == 0 && preamble_extend(own, octets, length) != 0)
			return -1;
		file->octets += length;
		file->records += records;
		file->sequence = get32(octets + 8) + records;
	}
	file->preamble = own;
	file->read = file->released = own->length;
	file->read_sequence = own->records;
	file->unread = file->records;
	return 0;
}

struct spool_file *
spool_file_open(
    int folder, uint64_t number, struct preamble **own, uint64_t *torn)
{
	struct spool_file *file = file_new(folder, number, 0);
	struct stat status;

	if (file == NULL)
		return NULL;
	*own = preamble_new(NULL, 0, NULL, 0);
	if (*own == NULL || fstat(file->fd, &status) != 0 ||
	    file_scan(file, *own) != 0) {
		int code = errno;

		preamble_free(own);
		spool_file_free(&file);
		errno = code;
		return NULL;
	}
	file->modified = status.st_mtime;
	*torn = (uint64_t)status.st_size - file->octets;
	if (*torn > 0)
		(void)!ftruncate(file->fd, (off_t)file->octets);
	return file;
}

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

	if (write_at(to, file->preamble->octets, file->preamble->length, 0) !=
	    0)
		return -1;
	while (offset < file->octets) {
		ssize_t n =
		    message_file_read(from, octets, sizeof(octets), offset);

		if (n <= 0 || write_at(to, octets, (size_t)n, end) != 0)
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

	if (file->released <= file->preamble->length)
		return 0;
	if (from < 0)
		return -1;
	to = openat(file->folder, TRIM_NAME,
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
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
