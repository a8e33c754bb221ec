/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock is flock(2)'s.  It ends with the process, however that ends, and it
 * belongs to the open file: no other close() of the same file drops it, as it
 * would a lock of fcntl(2).
 *
 * What can go wrong: we open the file, its owner removes it and ends, and we
 * lock a file that has no name any more, while a third process makes a new
 * one.  So, once locked, the file is looked up by its name again; if that is
 * another file, we begin anew.
 */
#include <config.h>

#include "exflow/daemon/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/own.h"
#include "exflow/base/path.h"

#define ATTEMPTS 10

struct pidfile {
	int fd;
	char *path;
};

/* Say who holds the lock, by the file's content; or what code means. */
static void
explain(int fd, const char *path, int code, char *error, size_t size)
{
	char text[32] = "";
	ssize_t got = -1;

	if (code == EWOULDBLOCK)
		got = pread(fd, text, sizeof(text) - 1, 0);
	if (got < 0) {
		snprintf(error, size, "pid_file %s: %s", path, strerror(code));
		return;
	}
	text[strspn(text, "0123456789")] = '\0';
	snprintf(error, size, "pid_file %s: exflow runs already, process %s",
	    path, *text != '\0' ? text : "unknown");
}

static bool
same_file(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && lstat(path, &named) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* An open, locked file of that name; -1 with a message. */
static int
lock(const char *path, char *error, size_t size)
{
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		int fd = own_open(AT_FDCWD, path, O_RDWR | O_CREAT, 0644);

		if (fd == -1) {
			explain(-1, path, errno, error, size);
			return -1;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
			explain(fd, path, errno, error, size);
			close(fd);
			return -1;
		}
		if (same_file(fd, path))
			return fd;
		close(fd);
	}
	explain(-1, path, EAGAIN, error, size);
	return -1;
}

static int
write_pid(int fd)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == -1)
		return -1;
	return pwrite(fd, text, (size_t)length, 0) == length ? 0 : -1;
}

int
pidfile_check(const char *path, char *error, size_t error_size)
{
	struct stat status;
	int code = 0;

	if (lstat(path, &status) != 0)
		code = path_check_file(path) != 0 ? errno : 0;
	else if (!S_ISREG(status.st_mode))
		code = S_ISLNK(status.st_mode) ? ELOOP : EEXIST;
	else if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0)
		code = errno;
	if (code == 0)
		return 0;
	explain(-1, path, code, error, error_size);
	errno = code;
	return -1;
}

struct pidfile *
pidfile_open(const char *path, char *error, size_t error_size)
{
	struct pidfile *pidfile = calloc(1, sizeof(*pidfile));

	if (pidfile == NULL || (pidfile->path = strdup(path)) == NULL) {
		explain(-1, path, ENOMEM, error, error_size);
		free(pidfile);
		return NULL;
	}
	pidfile->fd = lock(path, error, error_size);
	if (pidfile->fd != -1 && write_pid(pidfile->fd) == 0)
		return pidfile;
	if (pidfile->fd != -1) {
		explain(-1, path, errno, error, error_size);
		pidfile_close(&pidfile);
		return NULL;
	}
	free(pidfile->path);
	free(pidfile);
	return NULL;
}

void
pidfile_close(struct pidfile **pointer)
{
	struct pidfile *pidfile = *pointer;

	if (pidfile == NULL)
		return;
	if (!same_file(pidfile->fd, pidfile->path) ||
	    unlink(pidfile->path) == -1)
		(void)!ftruncate(pidfile->fd, 0);
	close(pidfile->fd);
	free(pidfile->path);
	free(pidfile);
	*pointer = NULL;
}
