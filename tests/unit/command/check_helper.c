/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's process and its runs, with real commands. */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "exflow/base/clock.h"
#include "exflow/command/helper.h"

#define PATIENCE_MS 30000

static struct helper *helper;
static unsigned asked; /* in the helper */

static int
drop(void *context, char error[COMMAND_ERROR_SIZE])
{
	(void)error;
	return *(int *)context;
}

/* It knows /bin/…; and once it was asked for it, /usr/bin/true, too. */
static bool
known(void *context, const char *command)
{
	(void)context;
	if (strncmp(command, "/usr/bin/true", 13) == 0)
		return asked++ > 0;
	return strncmp(command, "/bin/", 5) == 0;
}

static int
set_up(void **state)
{
	static int result;
	const struct helper_options options = {
		.drop = drop, .known = known, .context = &result
	};
	char error[COMMAND_ERROR_SIZE];

	(void)state;
	helper = helper_start(&options, error);
	return helper == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	helper_stop(&helper);
	helper_stop(&helper);
	return 0;
}

static int
begin_for(const char *command, const char *file, uint32_t timeout)
{
	const struct helper_run run = { .command = command,
		.values = { [COMMAND_FILE] = file, [COMMAND_NAME] = "name" },
		.timeout_seconds = timeout };
	int fd = helper_run(helper, &run);

	assert_true(fd >= 0);
	return fd;
}

/* The next event but for lines, which are joined in lines, if not NULL. */
static enum helper_event
await(int fd, char text[HELPER_TEXT_SIZE], char *lines, size_t size)
{
	uint64_t until = clock_ms() + PATIENCE_MS;
	size_t used = 0;

	while (clock_ms() < until) {
		enum helper_event event = helper_next(fd, 100, text);

		if (event == HELPER_LINE && lines != NULL && used < size)
			used += (size_t)snprintf(
			    lines + used, size - used, "%s|", text);
		if (event == HELPER_DONE || event == HELPER_FAILED)
			return event;
	}
	return HELPER_NOTHING;
}

static void
expect(const char *command, enum helper_event event, const char *why,
    const char *expected_lines)
{
	char text[HELPER_TEXT_SIZE] = "", lines[8192] = "";
	int fd = begin_for(command, "/x y", 20);

	assert_int_equal(await(fd, text, lines, sizeof(lines)), event);
	assert_string_equal(text, why);
	assert_string_equal(lines, expected_lines);
	close(fd);
}

static void
commands_succeed_and_fail(void **state)
{
	(void)state;
	expect("/bin/true", HELPER_DONE, "", "");
	expect("/bin/false %f", HELPER_FAILED, "exit status 1", "");
	expect("/bin/echo %f %n", HELPER_DONE, "", "/x y name|");
	expect("/bin/sh -c 'echo a; echo; echo b >&2; exit 7'", HELPER_FAILED,
	    "exit status 7: b", "a|b|");
	expect(
	    "/bin/sh -c 'kill -9 $$'", HELPER_FAILED, "ended by signal 9", "");
	expect("/bin/no-such-program", HELPER_FAILED,
	    "exit status 127: /bin/no-such-program: No such file or directory",
	    "/bin/no-such-program: No such file or directory|");
	/* Without an end of the line; and a process that stays. */
	expect("/bin/sh -c 'printf %%s-%%s a b; sleep 60 & exit 0'",
	    HELPER_DONE, "", "a-b|");
}

static void
only_the_configuration_s_commands_run(void **state)
{
	(void)state;
	expect("/usr/bin/env", HELPER_FAILED,
	    "the configuration does not have this command", "");
	expect("/usr/bin/true", HELPER_FAILED,
	    "the configuration does not have this command", "");
	expect("/usr/bin/true", HELPER_DONE, "", "");
}

static void
names_that_are_no_paths_are_not_handed_over(void **state)
{
	char text[HELPER_TEXT_SIZE];
	int fd = begin_for("/bin/echo %f", "-x", 20);

	(void)state;
	/* The helper closes the run's socket. */
	assert_int_equal(await(fd, text, NULL, 0), HELPER_FAILED);
	close(fd);
	fd = begin_for("/bin/true", "/x", 0);
	assert_int_equal(await(fd, text, NULL, 0), HELPER_FAILED);
	close(fd);
	expect("/bin/true", HELPER_DONE, "", "");
}

static void
what_takes_too_long_is_ended(void **state)
{
	char text[HELPER_TEXT_SIZE];
	uint64_t before = clock_ms();
	int fd = begin_for("/bin/sh -c 'echo busy; exec sleep 1000'", "/x", 1);

	(void)state;
	assert_int_equal(await(fd, text, NULL, 0), HELPER_FAILED);
	assert_string_equal(text, "no end within 1 s: busy");
	close(fd);
	fd = begin_for(
	    "/bin/sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'", "/x",
	    1);
	assert_int_equal(await(fd, text, NULL, 0), HELPER_FAILED);
	assert_string_equal(text, "no end within 1 s");
	close(fd);
	assert_true(clock_ms() - before >= 2000 + HELPER_KILL_MS);
}

/* The id that a command has printed first. */
static pid_t
id_of(int fd)
{
	char text[HELPER_TEXT_SIZE] = "";
	uint64_t until = clock_ms() + PATIENCE_MS;

	while (clock_ms() < until)
		if (helper_next(fd, 100, text) == HELPER_LINE)
			return (pid_t)strtol(text, NULL, 10);
	return 0;
}

static bool
ends(pid_t id)
{
	uint64_t until = clock_ms() + PATIENCE_MS;

	while (clock_ms() < until && kill(id, 0) == 0)
		clock_sleep_us(10000);
	return kill(id, 0) != 0;
}

static void
a_run_ends_when_its_socket_is_closed(void **state)
{
	int fd = begin_for("/bin/sh -c 'echo $$; exec sleep 1000'", "/x", 1000);
	pid_t id = id_of(fd);

	(void)state;
	assert_true(id > 1 && kill(id, 0) == 0);
	close(fd);
	assert_true(ends(id));
}

static void
runs_do_not_wait_for_each_other(void **state)
{
	int slow =
	    begin_for("/bin/sh -c 'echo $$; exec sleep 1000'", "/x", 999);
	pid_t id = id_of(slow);

	(void)state;
	expect("/bin/true", HELPER_DONE, "", "");
	assert_int_equal(kill(id, 0), 0);
	close(slow);
	assert_true(ends(id));
}

static void
everything_ends_with_the_helper_s_owner(void **state)
{
	int fd =
	    begin_for("/bin/sh -c 'echo $PPID; exec sleep 1000'", "/x", 99);
	pid_t id = id_of(fd); /* of the process that serves the run */

	(void)state;
	assert_true(id > 1);
	helper_stop(&helper);
	close(fd);
	assert_true(ends(id));
	assert_int_equal(set_up(NULL), 0);
}

static void
long_texts_are_refused(void **state)
{
	static char file[40000];
	const struct helper_run run = { .command = "/bin/true",
		.values = { [COMMAND_FILE] = file },
		.timeout_seconds = 1 };

	(void)state;
	memset(file, '/', sizeof(file) - 1);
	assert_int_equal(helper_run(helper, &run), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
a_helper_that_keeps_its_privileges_does_not_start(void **state)
{
	static int result = -1;
	const struct helper_options options = {
		.drop = drop, .known = known, .context = &result
	};
	char error[COMMAND_ERROR_SIZE] = "";

	(void)state;
	assert_null(helper_start(&options, error));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_succeed_and_fail),
		cmocka_unit_test(only_the_configuration_s_commands_run),
		cmocka_unit_test(names_that_are_no_paths_are_not_handed_over),
		cmocka_unit_test(what_takes_too_long_is_ended),
		cmocka_unit_test(a_run_ends_when_its_socket_is_closed),
		cmocka_unit_test(runs_do_not_wait_for_each_other),
		cmocka_unit_test(everything_ends_with_the_helper_s_owner),
		cmocka_unit_test(long_texts_are_refused),
		cmocka_unit_test(
		    a_helper_that_keeps_its_privileges_does_not_start),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
