/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run of a command, in a process of its own beneath the helper.
 *
 *	starts ──► runs ──────────────────────────────► has ended: answer
 *	             │ timeout, or exflow is gone           ▲
 *	             └──► SIGTERM ──► HELPER_KILL_MS ──► SIGKILL
 *
 * Signals go to the command's process group.  What it prints is sent line by
 * line, never waiting: lines that exflow does not read in time are dropped, so
 * that no log can hold a command up.  What a process prints that the command
 * leaves behind is not waited for.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exflow/base/clock.h"

#include "wire.h"

#define STATUS_NOT_FOUND 127 /* as shells have it */
#define STATUS_NOT_RUN 126
#define LINE_SIZE 512

enum run_phase {
	RUN_RUNS,
	RUN_TERMINATED, /* it got SIGTERM */
	RUN_KILLED,     /* it got SIGKILL */
};

struct run {
	int connection;
	int output; /* of the command; -1: it has closed it */
	pid_t child;
	enum run_phase phase;
	uint64_t next_ms; /* when the next phase begins */
	uint32_t timeout_seconds;
	bool timed_out;
	bool gone; /* exflow is */
	char line[LINE_SIZE];
	size_t used;
	char last[LINE_SIZE]; /* the last line that was not empty */
	unsigned lines;
};

void
run_answer(int connection, char letter, const char *text)
{
	size_t length = strlen(text);
	struct iovec parts[] = { { &letter, 1 },
		{ (void *)(uintptr_t)text, length < HELPER_TEXT_SIZE - 1
		                               ? length
		                               : HELPER_TEXT_SIZE - 1 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	(void)sendmsg(connection, &message,
	    MSG_NOSIGNAL | (letter == ANSWER_LINE ? MSG_DONTWAIT : 0));
}

/* --- the command */

/* In the command's process. */
static _Noreturn void
become(char **words, int output)
{
	sigset_t none;

	(void)setpgid(0, 0);
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The others are closed by exec: input is /dev/null already. */
	(void)dup2(output, STDOUT_FILENO);
	(void)dup2(output, STDERR_FILENO);
	execv(words[0], words);
	dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN);
}

static int
start(struct run *run, char **words)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	run->child = fork();
	if (run->child == 0)
		become(words, ends[1]);
	close(ends[1]);
	run->output = ends[0];
	if (run->child == -1)
		return -1;
	(void)setpgid(run->child, run->child); /* whoever is first */
	return fcntl(run->output, F_SETFL, O_NONBLOCK);
}

/* --- its output */

static void
end_line(struct run *run)
{
	run->line[run->used] = '\0';
	if (run->used > 0) {
		snprintf(run->last, sizeof(run->last), "%s", run->line);
		if (run->lines++ < HELPER_LINES_MAX)
			run_answer(run->connection, ANSWER_LINE, run->line);
	}
	run->used = 0;
}

static void
take_octet(struct run *run, char octet)
{
	if (octet == '\n' || octet == '\r') {
		end_line(run);
		return;
	}
	if (run->used == sizeof(run->line) - 1)
		end_line(run);
	if (octet == '\0')
		octet = ' ';
	run->line[run->used++] = octet;
}

/* Read what is there, but not for ever from one that prints for ever. */
static void
take_output(struct run *run)
{
	char octets[4096];
	ssize_t n = read(run->output, octets, sizeof(octets));

	for (ssize_t i = 0; i < n; i++)
		take_octet(run, octets[i]);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		close(run->output);
		run->output = -1;
	}
}

/* What a command that has ended still has in its pipe. */
static void
take_rest(struct run *run)
{
	char text[64];

	for (int i = 0; i < 16 && run->output != -1; i++)
		take_output(run);
	end_line(run);
	if (run->lines <= HELPER_LINES_MAX)
		return;
	snprintf(text, sizeof(text), "… and %u lines more",
	    run->lines - HELPER_LINES_MAX);
	run_answer(run->connection, ANSWER_LINE, text);
}

/* --- its end */

static void
next_phase(struct run *run)
{
	run->next_ms = clock_ms() + HELPER_KILL_MS;
	if (run->phase == RUN_RUNS) {
		run->phase = RUN_TERMINATED;
		kill(-run->child, SIGTERM);
		kill(-run->child, SIGCONT); /* a stopped one hears it, too */
	} else {
		run->phase = RUN_KILLED;
		kill(-run->child, SIGKILL);
	}
}

static void
on_child(int signal)
{
	(void)signal; /* it interrupts ppoll */
}

/* Wait for output, the command's end, exflow's end or the next phase. */
static void
wait_for_something(struct run *run)
{
	struct pollfd pollers[] = {
		{ .fd = run->gone ? -1 : run->connection, .events = 0 },
		{ .fd = run->output, .events = POLLIN },
	};
	uint64_t now = clock_ms(),
	         left = run->next_ms > now ? run->next_ms - now : 0;
	const struct timespec timeout = { .tv_sec = (time_t)(left / 1000),
		.tv_nsec = (long)(left % 1000) * 1000000 };
	sigset_t none;

	sigemptyset(&none);
	if (ppoll(pollers, 2, &timeout, &none) <= 0)
		return;
	if (pollers[1].revents != 0)
		take_output(run);
	if (pollers[0].revents != 0) {
		run->gone = true;
		if (run->phase == RUN_RUNS)
			next_phase(run);
	}
}

/* The command's status; -1: it does not even end when it is killed. */
static int
await(struct run *run)
{
	int status;

	while (waitpid(run->child, &status, WNOHANG) != run->child) {
		if (clock_ms() >= run->next_ms) {
			if (run->phase == RUN_KILLED)
				return -1;
			run->timed_out |= run->phase == RUN_RUNS;
			next_phase(run);
		}
		wait_for_something(run);
	}
	return status;
}

/* Why it failed; false: it did not. */
static bool
tell_failure(const struct run *run, int status, char *text, size_t size)
{
	int used;

	if (run->timed_out)
		used = snprintf(text, size, "no end within %u s",
		    (unsigned)run->timeout_seconds);
	else if (WIFSIGNALED(status))
		used = snprintf(
		    text, size, "ended by signal %d", WTERMSIG(status));
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return false;
	else
		used =
		    snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	if (run->last[0] != '\0')
		snprintf(text + used, size - (size_t)used, ": %s", run->last);
	return true;
}

_Noreturn void
run_serve(int connection, char **words, uint32_t timeout_seconds)
{
	struct run run = { .connection = connection,
		.output = -1,
		.timeout_seconds = timeout_seconds,
		.next_ms = clock_ms() + (uint64_t)timeout_seconds * 1000 };
	const struct sigaction action = { .sa_handler = on_child };
	char text[HELPER_TEXT_SIZE] = "";
	sigset_t child;
	int status;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigaction(SIGCHLD, &action, NULL);
	if (start(&run, words) != 0) {
		run_answer(connection, ANSWER_FAILED, strerror(errno));
		_exit(EXIT_FAILURE);
	}
	status = await(&run);
	if (run.timed_out) /* what has left the group's leader behind */
		kill(-run.child, SIGKILL);
	take_rest(&run);
	if (tell_failure(&run, status, text, sizeof(text)))
		run_answer(connection, ANSWER_FAILED, text);
	else
		run_answer(connection, ANSWER_DONE, "");
	_exit(EXIT_SUCCESS);
}
