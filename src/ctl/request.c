/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "exflow/base/terminal.h"
#include "exflow/daemon/control.h"

#define ANSWER_SECONDS 120 /* a reload may wait for an output */

int
request_fail(const char *what, const char *why)
{
	fprintf(stderr, "exflowctl: %s: %s\n", what, why);
	return EXIT_FAILED;
}

int
request_usage(const char *what, const char *text)
{
	fprintf(stderr,
	    "exflowctl: %s%s\nexflowctl: exflowctl --help lists what there "
	    "is\n",
	    what, text);
	return EXIT_USAGE;
}

bool
request_write(char *line, size_t size, const struct request_form *form,
    const char *const *words)
{
	unsigned width = terminal_width(STDOUT_FILENO);
	bool local = isatty(STDOUT_FILENO) && !form->utc;
	bool json = form->json;
	size_t used = 0;

	if (json)
		used = (size_t)snprintf(line, size, "json ");
	else if (width > 0)
		used = (size_t)snprintf(line, size, "width=%u ", width);
	if (local && !json)
		used += (size_t)snprintf(line + used, size - used, "local ");
	if (form->numbers && !json)
		used += (size_t)snprintf(line + used, size - used, "numbers ");
	for (; *words != NULL && used < size; words++)
		used += (size_t)snprintf(line + used, size - used, "%s%s",
		    *words, words[1] != NULL ? " " : "\n");
	return used < size;
}

int
request_connect(const char *path, int flags)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = ANSWER_SECONDS };
	int fd, code;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	code = errno;
	close(fd);
	errno = code;
	return -1;
}

int
request_status_of(const char *line, const char **why)
{
	bool wrong = strncmp(line, "usage: ", 7) == 0;

	if (strcmp(line, "ok") == 0)
		return EXIT_OK;
	*why = wrong || strncmp(line, "error: ", 7) == 0 ? line + 7 : line;
	return wrong ? EXIT_USAGE : EXIT_FAILED;
}

/* The first line is "ok" or an error; the rest is the answer. */
static int
print_answer(const char *path, int fd)
{
	FILE *stream = fdopen(fd, "r");
	char line[CONTROL_ERROR_SIZE + 16], block[65536];
	const char *why;
	size_t n;
	int status;

	if (stream == NULL)
		return request_fail(path, strerror(errno));
	if (fgets(line, sizeof(line), stream) == NULL) {
		fclose(stream);
		return request_fail(path, "no answer");
	}
	line[strcspn(line, "\n")] = '\0';
	status = request_status_of(line, &why);
	if (status != EXIT_OK) {
		fprintf(stderr, "exflowctl: %s\n", why);
		fclose(stream);
		return status;
	}
	do
		n = fread(block, 1, sizeof(block), stream);
	while (n > 0 && fwrite(block, 1, n, stdout) == n);
	if (ferror(stream)) {
		fclose(stream);
		return request_fail(path, "the answer was cut off");
	}
	fclose(stream);
	/* fwrite drops a block that it could not write: ask ferror, too. */
	return fflush(stdout) == 0 && !ferror(stdout)
	           ? EXIT_OK
	           : request_fail("standard output", strerror(errno));
}

int
request_ask(const char *path, const char *request)
{
	int fd = request_connect(path, 0);

	if (fd == -1)
		return request_fail(path, strerror(errno));
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) !=
	    (ssize_t)strlen(request)) {
		int result = request_fail(path, strerror(errno));

		close(fd);
		return result;
	}
	return print_answer(path, fd);
}
