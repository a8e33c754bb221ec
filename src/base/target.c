/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/publish.h"

#define FILE_MODE 0666 /* less the umask */

/* N of "/dev/fd/N" and its like; -1: it is no such name. */
static int
descriptor_number(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		size_t length = strlen(folders[i]);
		const char *digits = path + length;

		if (strncmp(path, folders[i], length) == 0 &&
		    digits[0] != '\0' && strlen(digits) <= 4 &&
		    strspn(digits, "0123456789") == strlen(digits))
			return (int)strtol(digits, NULL, 10);
	}
	return -1;
}

enum target_kind
target_kind(const char *path)
{
	int number = descriptor_number(path);
	struct stat status;

	if (number == STDOUT_FILENO)
		return TARGET_STANDARD_OUTPUT;
	if (number >= 0)
		return TARGET_DESCRIPTOR;
	/* Of a link nothing is known, as it is not followed. */
	if (lstat(path, &status) != 0 || S_ISREG(status.st_mode) ||
	    S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode))
		return TARGET_FILE;
	return TARGET_SPECIAL;
}

int
target_open_stream(const char *path, bool live)
{
	int number = descriptor_number(path);
	struct stat status;

	if (number >= 0)
		return fcntl(number, F_DUPFD_CLOEXEC, 3);
	if (live && lstat(path, &status) == 0 && S_ISFIFO(status.st_mode))
		return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
}

/* Whether others can make, rename and remove files beside this one. */
static bool
others_write_beside(const char *path)
{
	char *folder = publish_folder(path);
	struct stat status;
	bool others = folder == NULL || stat(folder, &status) != 0 ||
	              (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;

	free(folder);
	return others;
}

/* The one who had the lock may have renamed or removed the file. */
static bool
has_name(const char *path, const struct stat *open)
{
	struct stat named;

	return lstat(path, &named) == 0 && named.st_dev == open->st_dev &&
	       named.st_ino == open->st_ino;
}

/* NULL: the file may be written. */
static const char *
why_not(const char *path, int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return strerror(errno);
	errno = 0;
	if (!S_ISREG(status.st_mode))
		return "it is not a regular file";
	if ((status.st_uid != geteuid() || status.st_nlink > 1) &&
	    others_write_beside(path))
		return "it belongs to another user, or has another name, in "
		       "a folder that others can write to";
	if (publish_lock(fd) == 0 && has_name(path, &status))
		return NULL;
	errno = EWOULDBLOCK;
	return "another process writes to it";
}

int
target_open_file(const char *path, const char **why)
{
	/* O_NONBLOCK: a FIFO that somebody just put there does not stop us. */
	int fd = open(path,
	    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	        O_NOCTTY,
	    FILE_MODE);
	int code;

	if (fd < 0) {
		*why = errno == ELOOP
		           ? "it is a symbolic link, which is not followed"
		           : strerror(errno);
		return -1;
	}
	*why = why_not(path, fd);
	if (*why == NULL)
		return fd;
	code = errno;
	close(fd);
	errno = code;
	return -1;
}

off_t
target_whole_lines(int fd, size_t line_octets, off_t *end)
{
	struct stat status;
	char octets[4096];
	off_t at, lowest;

	if (fstat(fd, &status) != 0)
		return -1;
	*end = at = status.st_size;
	lowest = at > (off_t)line_octets ? at - (off_t)line_octets : 0;
	while (at > lowest) {
		size_t n = at - lowest < (off_t)sizeof(octets)
		               ? (size_t)(at - lowest)
		               : sizeof(octets);
		ssize_t got = pread(fd, octets, n, at - (off_t)n);
		const char *feed;

		if (got != (ssize_t)n) {
			errno = got < 0 ? errno : EIO;
			return -1;
		}
		feed = memrchr(octets, '\n', n);
		if (feed != NULL)
			return at - (off_t)n + (feed - octets) + 1;
		at -= (off_t)n;
	}
	if (lowest == 0)
		return 0;
	errno = EILSEQ;
	return -1;
}

/* "/real/folder/name"; the path itself where the folder is not there. */
static char *
absolute(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = publish_folder(path), *real = NULL, *whole = NULL;

	if (folder == NULL)
		return NULL;
	real = realpath(folder, NULL);
	if (real == NULL)
		whole = strdup(path);
	else if (asprintf(&whole, "%s/%s", strcmp(real, "/") == 0 ? "" : real,
	             slash == NULL ? path : slash + 1) == -1)
		whole = NULL;
	free(real);
	free(folder);
	return whole;
}

char *
target_identity(const char *path)
{
	int number = descriptor_number(path);
	struct stat status;
	char *text = NULL;

	if (number >= 0 && asprintf(&text, "descriptor %d", number) == -1)
		return NULL;
	if (number >= 0)
		return text;
	/* Two names of one file. */
	if (lstat(path, &status) != 0 || status.st_nlink < 2 ||
	    S_ISDIR(status.st_mode))
		return absolute(path);
	if (asprintf(&text, "file %llx %llx", (unsigned long long)status.st_dev,
	        (unsigned long long)status.st_ino) == -1)
		return NULL;
	return text;
}
