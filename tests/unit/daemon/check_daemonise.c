/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/daemon/daemonise.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int tell[2]; /* what the process in the background has to say */

/* The status of a caller whose other process does this. */
static int
status_of(void (*act)(struct daemonise *daemonise))
{
	int status;
	pid_t caller;

	assert_int_equal(pipe(tell), 0);
	caller = fork();
	if (caller == 0) {
		struct daemonise *daemonise;

		alarm(30);
		daemonise = daemonise_begin();
		if (daemonise == NULL)
			_exit(99);
		act(daemonise);
		_exit(0);
	}
	close(tell[1]);
	assert_true(caller > 0);
	assert_int_equal(waitpid(caller, &status, 0), caller);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* All that the other one said, until it has ended. */
static void
assert_told(const char *expected)
{
	char text[64] = "";
	size_t length = 0;
	ssize_t got;

	while (
	    (got = read(tell[0], text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	close(tell[0]);
	assert_string_equal(text, expected);
}

static void
say(const char *text)
{
	(void)!write(tell[1], text, strlen(text));
}

static void
fail_early(struct daemonise *daemonise)
{
	(void)daemonise;
	_exit(42);
}

static void
the_caller_has_the_status_of_one_that_fails(void **state)
{
	(void)state;
	assert_int_equal(status_of(fail_early), 42);
	assert_told("");
}

static void
be_killed(struct daemonise *daemonise)
{
	(void)daemonise;
	raise(SIGKILL);
}

static void
one_that_is_killed_is_told_from_one_that_fails(void **state)
{
	(void)state;
	assert_int_equal(status_of(be_killed), 128 + SIGKILL);
	assert_told("");
}

/* Works on after the caller has gone, and says how things are then. */
static void
work_on(struct daemonise *daemonise)
{
	struct stat null, error;

	if (daemonise_ready(&daemonise) != 0 || daemonise != NULL)
		_exit(1);
	usleep(100000);
	stat("/dev/null", &null);
	if (fstat(STDERR_FILENO, &error) != 0 || error.st_rdev != null.st_rdev)
		say("stderr ");
	if (getsid(0) != getpid())
		say("session ");
	say("worked");
	_exit(3);
}

static void
the_caller_ends_when_the_other_is_ready(void **state)
{
	(void)state;
	assert_int_equal(status_of(work_on), 0);
	assert_told("worked");
}

static void
nothing_to_detach_is_no_fault(void **state)
{
	struct daemonise *none = NULL;

	(void)state;
	assert_int_equal(daemonise_ready(&none), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_has_the_status_of_one_that_fails),
		cmocka_unit_test(
		    one_that_is_killed_is_told_from_one_that_fails),
		cmocka_unit_test(the_caller_ends_when_the_other_is_ready),
		cmocka_unit_test(nothing_to_detach_is_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
