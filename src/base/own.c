/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int
refuse(int fd, int code)
{
	close(fd);
	errno = code;
	return -1;
}

bool
own_is_file(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_uid == geteuid() &&
	       status->st_nlink <= 1;
}

/* O_NONBLOCK: a pipe that nobody reads is refused, too, instead of waiting. */
int
own_open(int folder, const char *name, int flags, mode_t mode)
{
	int fd = openat(
	    folder, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode);
	bool created = (flags & O_EXCL) != 0;
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) != 0)
		return refuse(fd, errno);
	if (!created && !own_is_file(&status))
		return refuse(fd, EPERM);
	return fd;
}

static bool
is_safe(const struct stat *status)
{
	if (status->st_uid == geteuid() || !(status->st_mode & S_IWOTH))
		return true;
	return status->st_uid == 0 && (status->st_mode & S_ISVTX) != 0;
}

int
own_folder_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) != 0)
		return refuse(fd, errno);
	return is_safe(&status) ? fd : refuse(fd, EPERM);
}

int
own_folder_open_private(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) != 0)
		return refuse(fd, errno);
	if (status.st_uid != geteuid() || (status.st_mode & S_IWOTH))
		return refuse(fd, EPERM);
	return fd;
}
