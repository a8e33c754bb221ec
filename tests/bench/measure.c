/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * measure SECONDS COMMAND [ARGUMENT…]: run a command for at most so long and
 * print what it took as JSON on descriptor 3.  A program of its own because
 * the peak memory of a process counts from before its exec: started from a
 * small one, that of the command is what is seen.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPORT 3
#define MAX_SECONDS 86400

static volatile sig_atomic_t measured; /* its process group */

/* Too long, or the benchmark was interrupted: nothing is left behind. */
static void
stop(int number)
{
	(void)number;
	if (measured > 0)
		kill(-measured, SIGKILL);
}

static void
start(char **command)
{
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(REPORT);
	execvp(command[0], command);
	fprintf(stderr, "measure: %s: %s\n", command[0], strerror(errno));
	_exit(127);
}

static double
seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
catch_signals(sigset_t *caught)
{
	static const int numbers[] = { SIGALRM, SIGTERM, SIGINT, SIGHUP };
	struct sigaction action = { .sa_handler = stop };

	sigemptyset(caught);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaddset(caught, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
}

static int
measure(char **command, unsigned limit)
{
	double begin = seconds_now();
	struct rusage usage;
	sigset_t caught;
	int status;
	pid_t child;

	catch_signals(&caught);
	/* A signal before the group is known would pass it by. */
	sigprocmask(SIG_BLOCK, &caught, NULL);
	if ((child = fork()) < 0)
		return -1;
	if (child == 0)
		start(command);
	setpgid(child, child);
	measured = child;
	alarm(limit);
	sigprocmask(SIG_UNBLOCK, &caught, NULL);
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return -1;
	dprintf(REPORT,
	    "{\"wall\": %.6f, \"user\": %.6f, \"system\": %.6f, "
	    "\"peak_kib\": %ld, \"status\": %d}\n",
	    seconds_now() - begin, seconds_of(usage.ru_utime),
	    seconds_of(usage.ru_stime), usage.ru_maxrss,
	    WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	kill(-child, SIGKILL); /* what the command itself left behind */
	return 0;
}

int
main(int argc, char **argv)
{
	char *end;
	unsigned long limit;

	if (argc < 3 || (limit = strtoul(argv[1], &end, 10)) < 1 ||
	    limit > MAX_SECONDS || *end != '\0') {
		fputs("usage: measure SECONDS COMMAND [ARGUMENT...]\n"
		      "SECONDS: 1 to 86400\n",
		    stderr);
		return 2;
	}
	if (measure(argv + 2, (unsigned)limit) == 0)
		return 0;
	fprintf(stderr, "measure: %s\n", strerror(errno));
	return 1;
}
