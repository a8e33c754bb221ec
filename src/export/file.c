/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX files (RFC 5655): messages one after the other.  The file grows
 * under a temporary name in the same folder and gets its own name by rename
 * when it is complete and synced; until then no record counts as delivered.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kinds.h"

#define FILE_BUFFER_OCTETS ((size_t)1 << 20)

struct file {
	struct destination base;
	char *path;      /* the final name */
	char *temporary; /* NULL: not there (any more) */
	char *folder;
	int fd;
	uint8_t *buffer;
	size_t used;       /* octets in the buffer */
	uint32_t sequence; /* data records before the next message */
	uint64_t held;     /* records in the file, not yet under its name */
	bool failed;       /* nothing more is written */
};

static uint32_t
file_message_octets(const struct destination *destination)
{
	(void)destination;
	return FILE_MESSAGE_OCTETS;
}

static void
file_discard(struct file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	if (file->temporary != NULL)
		unlink(file->temporary);
	free(file->temporary);
	file->temporary = NULL;
}

/* What the file holds can no longer get its name. */
static void
file_fail(struct file *file, const char *what, const char *name, int code)
{
	destination_fail(
	    &file->base, "cannot %s %s: %s", what, name, strerror(code));
	file_discard(file);
	destination_lose(&file->base, LOSS_WRITE, file->held);
	file->held = 0;
	file->failed = true;
}

/* "FOLDER/NAME" → "FOLDER/.NAME.XXXXXX", and the folder alone. */
static int
file_names(struct file *file)
{
	const char *slash = strrchr(file->path, '/');
	const char *name = slash != NULL ? slash + 1 : file->path;
	int folder = (int)(name - file->path);
	size_t size = strlen(file->path) + sizeof("..XXXXXX");

	file->folder =
	    folder > 0 ? strndup(file->path, (size_t)folder) : strdup(".");
	file->temporary = malloc(size);
	if (file->folder == NULL || file->temporary == NULL)
		return -1;
	snprintf(
	    file->temporary, size, "%.*s.%s.XXXXXX", folder, file->path, name);
	return 0;
}

/* rename would put a file in the place of a device or a pipe. */
static int
file_check_path(struct file *file)
{
	struct stat status;

	if (stat(file->path, &status) != 0 || S_ISREG(status.st_mode))
		return 0;
	destination_fail(
	    &file->base, "%s is there and is not a regular file", file->path);
	return -1;
}

/* mkstemp makes it 0600; a file of the user's has what the umask leaves. */
static void
file_open_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	(void)!fchmod(fd, 0666 & ~mask);
}

static int
file_start(struct destination *destination)
{
	struct file *file = (struct file *)destination;

	if (file_check_path(file) != 0)
		return -1;
	file->buffer = malloc(FILE_BUFFER_OCTETS);
	if (file->buffer == NULL || file_names(file) != 0) {
		destination_fail(destination, "%s", strerror(ENOMEM));
		return -1;
	}
	file->fd = mkostemp(file->temporary, O_CLOEXEC);
	if (file->fd < 0) {
		destination_fail(destination, "cannot create a file in %s: %s",
		    file->folder, strerror(errno));
		free(file->temporary);
		file->temporary = NULL;
		return -1;
	}
	file_open_mode(file->fd);
	return 0;
}

static int
write_all(int fd, const uint8_t *octets, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, octets, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		octets += n;
		length -= (size_t)n;
	}
	return 0;
}

static void
file_flush(struct file *file)
{
	if (file->used == 0 || file->failed)
		return;
	if (write_all(file->fd, file->buffer, file->used) != 0)
		file_fail(file, "write", file->path, errno);
	file->used = 0;
}

static void
file_append(struct file *file, const struct message *message)
{
	uint8_t *place;

	if (file->used + message->length > FILE_BUFFER_OCTETS)
		file_flush(file);
	if (file->failed)
		return;
	place = file->buffer + file->used;
	memcpy(place, message->octets, message->length);
	message_stamp(place, file->sequence, (uint32_t)time(NULL));
	file->used += message->length;
	file->sequence += message->records;
	file->base.counts.messages++;
	file->base.counts.octets += message->length;
}

static void
file_templates(struct destination *destination, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct file *file = (struct file *)destination;

	/* Types first: ipfixDump takes a template as it knows it then. */
	for (size_t i = 0; destination->options.types_file && i < types_count;
	     i++)
		file_append(file, &types[i]);
	for (size_t i = 0; i < templates_count; i++)
		file_append(file, &templates[i]);
}

static void
file_message(struct destination *destination, const struct message *message)
{
	struct file *file = (struct file *)destination;

	file_append(file, message);
	if (file->failed)
		destination_lose(destination, LOSS_WRITE, message->records);
	else
		file->held += message->records;
}

/* The new name itself is on disk only when its folder is. */
static void
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static void
file_publish(struct file *file)
{
	int fd = file->fd;

	/* Pipes cannot be here, so EINVAL means a file system without it. */
	if (fsync(fd) != 0 && errno != EINVAL) {
		file_fail(file, "sync", file->path, errno);
		return;
	}
	file->fd = -1;
	if (close(fd) != 0) {
		file_fail(file, "close", file->path, errno);
		return;
	}
	if (rename(file->temporary, file->path) != 0) {
		file_fail(
		    file, "rename the finished file to", file->path, errno);
		return;
	}
	free(file->temporary);
	file->temporary = NULL;
	sync_folder(file->folder);
}

static int
file_finish(struct destination *destination)
{
	struct file *file = (struct file *)destination;

	file_flush(file);
	if (!file->failed)
		file_publish(file);
	if (file->failed)
		return -1;
	destination_deliver(destination, file->held);
	file->held = 0;
	return 0;
}

static void
file_free(struct destination *destination)
{
	struct file *file = (struct file *)destination;

	file_discard(file);
	free(file->buffer);
	free(file->folder);
	free(file->path);
}

static const struct destination_ops file_ops = {
	.scheme = "ipfix",
	.message_octets = file_message_octets,
	.start = file_start,
	.templates = file_templates,
	.message = file_message,
	.finish = file_finish,
	.free = file_free,
};

struct destination *
file_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct file *file;

	if (argument[0] == '\0' || argument[strlen(argument) - 1] == '/') {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "output \"%.200s\": the name of the file is missing; "
		    "expected ipfix:FILE",
		    spec);
		return NULL;
	}
	file =
	    destination_alloc(sizeof(*file), &file_ops, spec, options, error);
	if (file == NULL)
		return NULL;
	file->fd = -1;
	file->path = strdup(argument);
	if (file->path == NULL) {
		struct destination *destination = &file->base;

		snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s",
		    spec, strerror(ENOMEM));
		destination_free(&destination);
		return NULL;
	}
	return &file->base;
}
