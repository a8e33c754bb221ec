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

#include "exflow/daemon/control.h"

enum {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE
};

#define ANSWER_SECONDS 120 /* a reload may wait for an output */

static const char usage[] =
    "usage: exflowctl [-s SOCKET] COMMAND\n"
    "Ask a running exflow.\n"
    "\n"
    "  -s, --socket SOCKET  its control socket (" CONTROL_DEFAULT ")\n"
    "  -h, --help           print this and exit\n"
    "  -V, --version        print the version and exit\n"
    "\n"
    "  stats                the statistics, as JSON\n"
    "  reload               read the configuration again, as SIGHUP does\n"
    "  rotate               archives begin new files\n"
    "  flush                write a record of every live exchange now\n"
    "  live [FILTER]        live exchanges, a JSON object a line; FILTER is\n"
    "                       a protocol (tcp, udp, icmp, ...), host ADDRESS,\n"
    "                       net PREFIX or port NUMBER, or some of these with\n"
    "                       \"and\" between\n"
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
		fprintf(stderr, "exflowctl: %s\n",
		    strncmp(line, "error: ", 7) == 0 ? line + 7 : line);
		fclose(stream);
		return EXIT_FAILED;
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

/* The command, as one line. */
static bool
join(char *line, size_t size, char **words)
{
	size_t used = 0;

	for (; *words != NULL && used < size; words++)
		used += (size_t)snprintf(line + used, size - used, "%s%s",
		    *words, words[1] != NULL ? " " : "\n");
	return used < size;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = CONTROL_DEFAULT;
	char request[CONTROL_LINE_MAX];
	int letter;

	/* "+": options after the command are the command's own. */
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "+:s:hV", longs, NULL)) != -1)
		switch (letter) {
		case 's':
			path = optarg;
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
		return usage_error("no command: expected stats, reload, "
		                   "rotate, flush or live",
		    "");
	if (!join(request, sizeof(request), argv + optind))
		return usage_error("the request is too long", "");
	return ask(path, request);
}
