/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 256

static char folder[PATH_SIZE], file_path[32], pipe_path[32];
static int file = -1, ends[2] = { -1, -1 };

_Noreturn void
scratch_fail(const char *source, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", source, line, what);
	abort();
}

static void
template_path(char path[PATH_SIZE])
{
	const char *above = getenv("TMPDIR");

	if (above == NULL || *above == '\0')
		above =
		    access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
	scratch_expect(snprintf(path, PATH_SIZE, "%s/exflow-fuzz-XXXXXX",
	                   above) < PATH_SIZE);
}

static void
write_all(int fd, const uint8_t *octets, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, octets, size);

		scratch_expect(n > 0);
		octets += n;
		size -= (size_t)n;
	}
}

const char *
scratch_file(const uint8_t *octets, size_t size)
{
	if (file == -1) {
		char name[PATH_SIZE];

		template_path(name);
		file = mkstemp(name);
		scratch_expect(file != -1 && unlink(name) == 0);
		snprintf(file_path, sizeof(file_path), "/dev/fd/%d", file);
	}
	scratch_expect(ftruncate(file, 0) == 0);
	scratch_expect(lseek(file, 0, SEEK_SET) == 0);
	write_all(file, octets, size);
	scratch_expect(lseek(file, 0, SEEK_SET) == 0);
	return file_path;
}

const char *
scratch_pipe(const uint8_t *octets, size_t size)
{
	if (ends[0] != -1)
		close(ends[0]);
	scratch_expect(size <= SCRATCH_PIPE_MAX && pipe(ends) == 0);
	write_all(ends[1], octets, size);
	close(ends[1]);
	snprintf(pipe_path, sizeof(pipe_path), "/dev/fd/%d", ends[0]);
	return pipe_path;
}

static int
remove_one(
    const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void
remove_folder(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
scratch_folder(void)
{
	if (folder[0] == '\0') {
		template_path(folder);
		scratch_expect(mkdtemp(folder) != NULL);
		atexit(remove_folder);
	}
	return folder;
}

void
scratch_write(const char *name, const uint8_t *octets, size_t size)
{
	char path[2 * PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", scratch_folder(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	scratch_expect(fd != -1);
	write_all(fd, octets, size);
	close(fd);
}
