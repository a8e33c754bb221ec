/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's process.  It does so little that hardly anything can end it: it
 * waits for a request, and forks a process that serves it (run.c).
 *
 * Whoever takes over exflow can send requests, but only have commands of the
 * configuration run.  So that he cannot write into the helper's memory instead,
 * which belongs to the same user, the helper is not dumpable (ptrace(2)).
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include <glib.h>

#include "wire.h"

#define DESCRIPTORS_MAX 65536 /* that are closed, where one by one */

/* --- a process of its own */

static void
close_from(unsigned first)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range(first, ~0U, 0) == 0)
		return;
#endif
	for (unsigned fd = first; fd < DESCRIPTORS_MAX; fd++)
		(void)close((int)fd);
}

/*
 * Nothing of exflow's stays open: not its pid file, whose lock would outlive
 * it, nor its output, whose reader waits for the end.  The connection becomes
 * descriptor 3.
 */
static int
leave_files(int connection)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 || dup2(null, STDERR_FILENO) == -1)
		return -1;
	if (connection != STDERR_FILENO + 1 &&
	    dup2(connection, STDERR_FILENO + 1) == -1)
		return -1;
	(void)fcntl(STDERR_FILENO + 1, F_SETFD, FD_CLOEXEC);
	close_from(STDERR_FILENO + 2);
	return STDERR_FILENO + 1;
}

static void
leave_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1,
		SIGUSR2, SIGPIPE };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	/* The processes of runs leave no zombies. */
	(void)signal(SIGCHLD, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What is exflow's own business, and the home of another user. */
static void
leave_environment(uid_t before)
{
	static const char *const own[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC",
		"WATCHDOG_PID", "JOURNAL_STREAM", "LISTEN_FDS", "LISTEN_PID",
		"LISTEN_FDNAMES", "INVOCATION_ID" };
	const struct passwd *user;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		unsetenv(own[i]);
	if (getuid() == before)
		return;
	user = getpwuid(getuid());
	setenv("HOME", user != NULL ? user->pw_dir : "/", 1);
	if (user != NULL) {
		setenv("USER", user->pw_name, 1);
		setenv("LOGNAME", user->pw_name, 1);
	}
}

static void
name_process(void)
{
#ifdef PR_SET_NAME
	(void)prctl(PR_SET_NAME, "exflow-helper", 0, 0, 0);
#endif
#ifdef PR_SET_DUMPABLE
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* --- requests */

/* A request as it was received. */
struct received {
	struct request head;
	char octets[REQUEST_OCTETS_MAX];
	const char *texts[REQUEST_TEXTS];
	int run; /* the run's socket; -1: none came */
};

static void
take_descriptor(struct msghdr *message, struct received *received)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	received->run = -1;
	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&received->run, CMSG_DATA(header), sizeof(int));
}

/* Whether it is whole, and its file has a path from "/" on. */
static bool
find_texts(struct received *received, size_t octets)
{
	size_t at = 0;

	for (int i = 0; i < REQUEST_TEXTS; i++) {
		const char *end =
		    memchr(received->octets + at, '\0', octets - at);

		if (end == NULL)
			return false;
		received->texts[i] = received->octets + at;
		at = (size_t)(end + 1 - received->octets);
	}
	return received->texts[1 + COMMAND_FILE][0] == '/' &&
	       received->head.timeout_seconds > 0 &&
	       received->head.timeout_seconds <= COMMAND_TIMEOUT_MAX;
}

/* False: exflow is gone. */
static bool
receive(int connection, struct received *received, bool *whole)
{
	struct iovec parts[] = { { &received->head, sizeof(received->head) },
		{ received->octets, sizeof(received->octets) } };
	union {
		char octets[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr message = { .msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.octets,
		.msg_controllen = sizeof(control.octets) };
	ssize_t n;

	do {
		n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n <= 0)
		return false;
	take_descriptor(&message, received);
	*whole = (size_t)n > sizeof(received->head) &&
	         (message.msg_flags & MSG_TRUNC) == 0 &&
	         find_texts(received, (size_t)n - sizeof(received->head));
	return true;
}

/* In a process of its own. */
static _Noreturn void
serve_run(const struct received *received)
{
	char error[COMMAND_ERROR_SIZE] = "no memory";
	struct command *command = command_parse(received->texts[0], error);
	char **words;

	if (command == NULL) {
		run_answer(received->run, ANSWER_FAILED, error);
		_exit(EXIT_FAILURE);
	}
	words = command_expand(command, received->texts + 1);
	command_free(&command);
	run_serve(received->run, words, received->head.timeout_seconds);
}

static void
serve(int connection, const struct received *received,
    const struct helper_options *options)
{
	pid_t child;

	if (!options->known(options->context, received->texts[0])) {
		run_answer(received->run, ANSWER_FAILED,
		    "the configuration does not have this command");
		return;
	}
	child = fork();
	if (child == 0) {
		close(connection);
		serve_run(received);
	}
	if (child == -1)
		run_answer(received->run, ANSWER_FAILED, strerror(errno));
}

_Noreturn void
server_run(int connection, const struct helper_options *options)
{
	static struct received received;
	char error[COMMAND_ERROR_SIZE];
	uid_t before = getuid();
	bool whole;

	leave_signals();
	(void)setsid();
	connection = leave_files(connection);
	if (connection == -1)
		_exit(EXIT_FAILURE);
	if (options->drop(options->context, error) != 0) {
		run_answer(connection, ANSWER_FAILED, error);
		_exit(EXIT_FAILURE);
	}
	leave_environment(before);
	name_process();
	run_answer(connection, ANSWER_DONE, "");
	while (receive(connection, &received, &whole)) {
		if (received.run != -1 && whole)
			serve(connection, &received, options);
		if (received.run != -1)
			close(received.run);
	}
	_exit(EXIT_SUCCESS);
}
