/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/daemon/daemonise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct daemonise {
	int ready; /* a pipe, from whose other end the caller reads */
};

#define STATUS_SIGNAL 128 /* as shells count: plus the signal */

/* In the process that was called: wait for the new one, and end. */
static _Noreturn void
await(int fd, pid_t child)
{
	char octet;
	int status;
	ssize_t got;

	do
		got = read(fd, &octet, 1);
	while (got == -1 && errno == EINTR);
	if (got == 1)
		_exit(EXIT_SUCCESS);
	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			_exit(EXIT_FAILURE);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status)
	                        : STATUS_SIGNAL + WTERMSIG(status));
}

struct daemonise *
daemonise_begin(void)
{
	struct daemonise *daemonise = malloc(sizeof(*daemonise));
	int ends[2];
	pid_t child;

	if (daemonise == NULL || pipe2(ends, O_CLOEXEC) == -1) {
		free(daemonise);
		return NULL;
	}
	fflush(NULL); /* else both processes would write the buffers */
	child = fork();
	if (child > 0) {
		close(ends[1]);
		await(ends[0], child);
	}
	close(ends[0]);
	if (child == -1) {
		close(ends[1]);
		free(daemonise);
		return NULL;
	}
	setsid(); /* cannot fail: a new process leads no group */
	daemonise->ready = ends[1];
	return daemonise;
}

static int
leave_terminal(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return -1;
	fflush(NULL);
	for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
		if (dup2(fd, to) == -1) {
			close(fd);
			return -1;
		}
	return fd > STDERR_FILENO ? close(fd) : 0;
}

int
daemonise_ready(struct daemonise **pointer)
{
	struct daemonise *daemonise = *pointer;
	int result;

	if (daemonise == NULL)
		return 0;
	result = leave_terminal();
	/* The caller may have been killed: then nobody has to be told. */
	if (result == 0)
		(void)!write(daemonise->ready, "", 1);
	close(daemonise->ready);
	free(daemonise);
	*pointer = NULL;
	return result;
}
