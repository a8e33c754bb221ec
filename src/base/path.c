/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/publish.h"

int
path_check_folder(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return -1;
	if (!S_ISDIR(status.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS);
}

/* As a function of the folder that a path lies in. */
static int
check_above(const char *path, int (*check)(const char *))
{
	char *folder = publish_folder(path);
	int result, code;

	if (folder == NULL)
		return -1;
	result = check(folder);
	code = errno;
	free(folder);
	errno = code;
	return result;
}

int
path_check_file(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	return check_above(path, path_check_folder);
}

/* Without the slashes at its end; "/" stays. */
static char *
trimmed(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return strndup(path, length);
}

int
path_check_new_folder(const char *path)
{
	struct stat status;
	char *name = trimmed(path);
	int result, code;

	if (name == NULL)
		return -1;
	if (stat(name, &status) == 0 || errno != ENOENT)
		result = path_check_folder(name);
	else
		result = check_above(name, path_check_new_folder);
	code = errno;
	free(name);
	errno = code;
	return result;
}
