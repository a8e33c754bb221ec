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

#define TRIM_NAME ".trim"

void
spool_file_name(char name[SPOOL_FILE_NAME_SIZE], uint64_t number)
{
	snprintf(name, SPOOL_FILE_NAME_SIZE, "%012" PRIu64 ".ipfix", number);
}

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

/* All of it at this place, or -1. */
static int
write_at(int fd, const uint8_t *octets, size_t length, uint64_t place)
{
	while (length > 0) {
		ssize_t n = pwrite(fd, octets, length, (off_t)place);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		octets += n;
		place += (uint64_t)n;
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
spool_file_append(struct spool_file *file, const struct queued_message *queued)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];
	uint32_t sequence = file->sequence + queued->missing;
	int fd = file_fd(file);

	if (fd < 0)
		return -1;
	memcpy(octets, queued->octets, queued->length);
	message_stamp(octets, sequence, (uint32_t)time(NULL));
	if (write_at(fd, octets, queued->length, file->octets) != 0) {
		int code = errno;

		(void)!ftruncate(fd, (off_t)file->octets);
		errno = code;
		return -1;
	}
	file->octets += queued->length;
	file->records += queued->records;
	file->unread += queued->records;
	file->sequence = sequence + queued->records;
	file->modified = time(NULL);
	return 0;
}

struct queued_message *
spool_file_read(struct spool_file *file)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];
	struct queued_message *queued;
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
	queued = queued_message_new(
	    octets, length, preamble_count(file->preamble, octets, length));
	if (queued == NULL)
		return NULL;
	sequence = get32(octets + 8);
	queued->missing = sequence - file->read_sequence;
	queued->preamble = file->preamble;
	queued->file = file;
	file->read += length;
	queued->file_end = file->read;
	file->read_sequence = sequence + queued->records;
	file->unread -= queued->records;
	file->taken++;
	return queued;
}

/* What the file begins with, then data; up to the last whole message. */
static int
file_scan(struct spool_file *file, struct preamble *own)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];
	uint32_t length;

	while (
	    (length = message_file_next(file->fd, file->octets, octets)) > 0) {
		uint32_t records = preamble_count(own, octets, length);

		if (records == 0 && file->records > 0)
			break; /* templates behind data: not ours */
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

/* The preamble and what follows place, in a file of its own. */
static int
copy_rest(const struct spool_file *file, int from, int to)
{
	uint8_t octets[MESSAGE_MAX_OCTETS];
	uint64_t place = file->released, end = file->preamble->length;

	if (write_at(to, file->preamble->octets, file->preamble->length, 0) !=
	    0)
		return -1;
	while (place < file->octets) {
		ssize_t n =
		    message_file_read(from, octets, sizeof(octets), place);

		if (n <= 0 || write_at(to, octets, (size_t)n, end) != 0)
			return -1;
		place += (uint64_t)n;
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
