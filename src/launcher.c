/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is installed as exflow: it holds the signals of run/signals.c, and
 * becomes exflow.  execve(2) keeps what is blocked.
 *
 *	exec ──► launcher ──► exec ──► thirty libraries are mapped, bound ──► main
 *	         └ hold ──────────────────── signals are pending ─────────────┘
 *
 * While the dynamic linker works no code of exflow can run, for 5 to 15 ms, and
 * SIGHUP, SIGUSR1 and SIGUSR2 ended the program.  This one is linked
 * statically, so it is in main a fraction of a millisecond after exec.
 */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exflow/run/run.h"

#define BESIDE "libexec/exflow" /* of the launcher, in a build directory */
#define EXIT_NOT_FOUND 127      /* as shells have it */

/* 0, or -1 where the system does not tell where this program is. */
static int
find_beside(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *name;

	if (n <= 0 || n >= PATH_MAX)
		return -1;
	path[n] = '\0';
	name = strrchr(path, '/') + 1;
	if ((size_t)(name - path) + sizeof(BESIDE) > PATH_MAX)
		return -1;
	memcpy(name, BESIDE, sizeof(BESIDE));
	return 0;
}

int
main(int argc, char **argv)
{
	char path[PATH_MAX];

	(void)argc;
	run_hold_signals();
	if (find_beside(path) == 0)
		execv(path, argv);
	execv(EXFLOW_PROGRAM, argv);
	fprintf(stderr, "exflow: %s: %s\n", EXFLOW_PROGRAM, strerror(errno));
	return EXIT_NOT_FOUND;
}
