/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflowctl: send a command to a running probe over its control socket, and
 * print the answer, once (ctl/request.h) or again and again (ctl/watch.h).
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>

#include "exflow/daemon/control.h"

#include "ctl/request.h"
#include "ctl/watch.h"

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
    "  top --watch [SECONDS] [N] [by ORDER] [FILTER]\n"
    "                       the same on a screen, every SECONDS (2), by\n"
    "                       rate at first; keys change the order, q quits\n"
    "  live [FILTER]        live exchanges, in the order of their start\n"
    "  reload               read the configuration again, as SIGHUP does\n"
    "  rotate               archives begin new files\n"
    "  flush                write a record of every live exchange now\n"
    "\n"
    "FILTER is as \"tcp and port 443 and octets > 1M\", see exflow-filter(7).\n"
    "\n"
    "See exflowctl(1).\n";

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
	struct request_form form = { 0 };
	const char *const *words;
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
			return request_usage("-s: expected SOCKET", "");
		default:
			return request_usage(
			    "unknown option ", argv[optind - 1]);
		}
	if (optind == argc)
		return request_usage("no command: expected stats, top, live, "
		                     "reload, rotate or flush",
		    "");
	words = (const char *const *)(argv + optind);
	if (watch_wanted(words))
		return watch_run(path, &form, words);
	if (!request_write(request, sizeof(request), &form, words))
		return request_usage("the request is too long", "");
	return request_ask(path, request);
}
