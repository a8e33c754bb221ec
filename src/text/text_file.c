/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/path.h"

#define BUFFER_SIZE ((size_t)256 * 1024)
#define FILE_MODE 0666 /* less the umask */
#define TICK_MS 1000

/* ".NAME.PID.part" in the same folder, so that rename(2) works. */
static char *
temporary_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - path + 1);
	size_t size = strlen(path) + 40;
	char *name = malloc(size);

	if (name != NULL)
		snprintf(name, size, "%.*s.%s.%ld.part", folder, path,
		    path + folder, (long)getpid());
	return name;
}

static int
open_temporary(struct text_file *file, const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

	file->path = strdup(path);
	file->temporary = temporary_name(path);
	if (file->path == NULL || file->temporary == NULL)
		return -1;
	file->fd = open(file->temporary, flags, FILE_MODE);
	if (file->fd < 0 && errno == EEXIST) {
		/* Left by a process that was killed and had our PID. */
		unlink(file->temporary);
		file->fd = open(file->temporary, flags, FILE_MODE);
	}
	return file->fd < 0 ? -1 : 0;
}

/* A pipe or a device: a rename would replace it by a file. */
static bool
is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static int
open_special(struct text_file *file, const char *path)
{
	file->fd = open(path, O_WRONLY | O_CLOEXEC);
	return file->fd < 0 ? -1 : 0;
}

int
text_file_check(const char *path)
{
	if (strcmp(path, "-") == 0)
		return 0;
	if (path_check_file(path) != 0 && !is_special(path))
		return -1;
	return is_special(path) ? faccessat(AT_FDCWD, path, W_OK, AT_EACCESS)
	                        : 0;
}

int
text_file_open(struct text_file *file, const char *path)
{
	int error;

	*file = (struct text_file)TEXT_FILE_INIT;
	file->buffer = malloc(BUFFER_SIZE);
	if (file->buffer == NULL)
		goto fail;
	if (strcmp(path, "-") == 0)
		file->fd = STDOUT_FILENO;
	else if (is_special(path)) {
		if (open_special(file, path) < 0)
			goto fail;
	} else if (open_temporary(file, path) < 0)
		goto fail;
	return 0;
fail:
	error = errno;
	text_file_free(file);
	file->error = error;
	return -1;
}

char *
text_file_line(struct text_file *file)
{
	if (file->used > BUFFER_SIZE - TEXT_LINE_SIZE)
		text_file_flush(file);
	return file->buffer + file->used;
}

void
text_file_end_line(struct text_file *file, const char *end)
{
	file->used = (size_t)(end - file->buffer);
}

int
text_file_flush(struct text_file *file)
{
	size_t done = 0;

	while (file->error == 0 && done < file->used) {
		ssize_t n =
		    write(file->fd, file->buffer + done, file->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			file->error = errno;
	}
	file->octets += done;
	file->used = 0;
	return file->error == 0 ? 0 : -1;
}

/* Note the first error; returns the result. */
static int
note_error(struct text_file *file, int result)
{
	if (result != 0 && file->error == 0)
		file->error = errno;
	return result;
}

/* EINVAL, ENOTSUP: the file system cannot sync. */
static int
sync_file(int fd)
{
	if (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP)
		return 0;
	return -1;
}

uint64_t
text_file_tick(struct text_file *file, uint64_t now_ms)
{
	if (file->path != NULL)
		return 0;
	(void)text_file_flush(file); /* file->error has the error */
	return now_ms + TICK_MS;
}

int
text_file_finish(struct text_file *file)
{
	int fd = file->fd;

	text_file_flush(file);
	if (file->temporary == NULL)
		return file->error == 0 ? 0 : -1;
	if (file->error == 0)
		note_error(file, sync_file(fd));
	file->fd = -1;
	note_error(file, close(fd));
	if (file->error == 0 &&
	    note_error(file, rename(file->temporary, file->path)) == 0) {
		free(file->temporary);
		file->temporary = NULL;
	}
	return file->error == 0 ? 0 : -1;
}

void
text_file_free(struct text_file *file)
{
	if (file->fd >= 0 && file->fd != STDOUT_FILENO)
		close(file->fd);
	if (file->temporary != NULL)
		unlink(file->temporary);
	free(file->temporary);
	free(file->path);
	free(file->buffer);
	*file = (struct text_file)TEXT_FILE_INIT;
}

uint32_t
text_message_octets(const struct destination *destination)
{
	(void)destination;
	return 0;
}
