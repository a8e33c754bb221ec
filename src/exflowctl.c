/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflowctl: send a command to a running probe over its control socket, and
 * print the answer.  The protocol is told in exflow/daemon/control.h, the
 * other side is src/run/requests.c.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "exflow/base/terminal.h"
#include "exflow/daemon/control.h"

enum {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE
};

#define ANSWER_SECONDS 120 /* a reload may wait for an output */

static const char usage[] =
    "usage: exflowctl [-jNu] [-s SOCKET] COMMAND\n"
    "Ask a running exflow.\n"
    "\n"
    "  -j, --json           print JSON\n"
    "  -s, --socket SOCKET  its control socket (" CONTROL_DEFAULT ")\n"
    "  -N, --numbers        show addresses, not names of servers\n"
    "  -u, --utc            show times in UTC on a terminal, too\n"
    "  -h, --help           print this and exit\n"
    "  -V, --version        print the version and exit\n"
    "\n"
    "  stats                what has been counted\n"
    "  top [N] [by octets|packets|rate|age] [FILTER]\n"
    "                       the N (10) live exchanges that have most octets,\n"
    "                       or most of something else\n"
    "  top [N] by name [FILTER]\n"
    "                       the N (10) servers that have most octets in live\n"
    "                       exchanges, by their names\n"
    "  live [FILTER]        live exchanges, in the order of their start\n"
    "  reload               read the configuration again, as SIGHUP does\n"
    "  rotate               archives begin new files\n"
    "  flush                write a record of every live exchange now\n"
    "\n"
    "FILTER is as \"tcp and port 443 and octets > 1M\", see exflow-filter(7).\n"
    "\n"
    "See exflowctl(1).\n";

static int
fail(const char *path, const char *why)
{
	fprintf(stderr, "exflowctl: %s: %s\n", path, why);
	return EXIT_FAILED;
}

static int
usage_error(const char *what, const char *text)
{
	fprintf(stderr,
	    "exflowctl: %s%s\nexflowctl: exflowctl --help lists what there "
	    "is\n",
	    what, text);
	return EXIT_USAGE;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = ANSWER_SECONDS };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The first line is "ok" or an error; the rest is the answer. */
static int
print_answer(const char *path, int fd)
{
	FILE *stream = fdopen(fd, "r");
	char line[CONTROL_ERROR_SIZE + 16], block[65536];
	size_t n;

	if (stream == NULL)
		return fail(path, strerror(errno));
	if (fgets(line, sizeof(line), stream) == NULL) {
		fclose(stream);
		return fail(path, "no answer");
	}
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "ok") != 0) {
		bool wrong = strncmp(line, "usage: ", 7) == 0;

		fprintf(stderr, "exflowctl: %s\n",
		    wrong || strncmp(line, "error: ", 7) == 0 ? line + 7
		                                              : line);
		fclose(stream);
		return wrong ? EXIT_USAGE : EXIT_FAILED;
	}
	do
		n = fread(block, 1, sizeof(block), stream);
	while (n > 0 && fwrite(block, 1, n, stdout) == n);
	if (ferror(stream)) {
		fclose(stream);
		return fail(path, "the answer was cut off");
	}
	fclose(stream);
	/* fwrite drops a block that it could not write: ask ferror, too. */
	return fflush(stdout) == 0 && !ferror(stdout)
	           ? EXIT_OK
	           : fail("standard output", strerror(errno));
}

static int
ask(const char *path, const char *request)
{
	int fd = connect_to(path);

	if (fd == -1)
		return fail(path, strerror(errno));
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) !=
	    (ssize_t)strlen(request)) {
		int result = fail(path, strerror(errno));

		close(fd);
		return result;
	}
	return print_answer(path, fd);
}

struct form {
	bool json, utc, numbers;
};

/* What the probe has to know of the terminal, and the command, as one line. */
static bool
join(char *line, size_t size, const struct form *form, char **words)
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
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "numbers", no_argument, NULL, 'N' },
		{ "socket", required_argument, NULL, 's' },
		{ "utc", no_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = CONTROL_DEFAULT;
	char request[CONTROL_LINE_MAX];
	struct form form = { 0 };
	int letter;

	/* "+": options after the command are the command's own. */
	opterr = 0;
	while (
	    (letter = getopt_long(argc, argv, "+:jNs:uhV", longs, NULL)) != -1)
		switch (letter) {
		case 'j':
			form.json = true;
			break;
		case 'N':
			form.numbers = true;
			break;
		case 's':
			path = optarg;
			break;
		case 'u':
			form.utc = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_OK;
		case 'V':
			puts("exflowctl " PACKAGE_VERSION);
			return EXIT_OK;
		case ':':
			return usage_error("-s: expected SOCKET", "");
		default:
			return usage_error("unknown option ", argv[optind - 1]);
		}
	if (optind == argc)
		return usage_error("no command: expected stats, top, live, "
		                   "reload, rotate or flush",
		    "");
	if (!join(request, sizeof(request), &form, argv + optind))
		return usage_error("the request is too long", "");
	return ask(path, request);
}
