/* SPDX-License-Identifier: BSD-2-Clause */
/* Words and placeholders of a command. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "exflow/command/command.h"

static const char *const values[COMMAND_VALUES] = {
	[COMMAND_FILE] = "/a b/%r 'x' $(y)\n.ipfix",
	[COMMAND_RELATIVE] = "x \"y\"",
	[COMMAND_FOLDER] = "/a b",
	[COMMAND_NAME] = "",
	[COMMAND_TIME] = "202311142214",
	[COMMAND_UNIX] = "1700000040",
};

/* The words of a command, with a comma behind each. */
static void
expect_words(const char *text, const char *expected)
{
	char error[COMMAND_ERROR_SIZE] = "";
	struct command *command = command_parse(text, error);
	char **words, *joined;

	assert_string_equal(error, "");
	assert_non_null(command);
	words = command_expand(command, values);
	joined = g_strjoinv("|", words);
	assert_string_equal(joined, expected);
	g_free(joined);
	g_strfreev(words);
	command_free(&command);
	assert_null(command);
	command_free(&command);
}

static void
words_are_those_of_sh_without_its_expansions(void **state)
{
	(void)state;
	expect_words("/bin/x", "/bin/x");
	expect_words("  /bin/x\ta  b ", "/bin/x|a|b");
	expect_words("/bin/x 'a b' \"c d\" e\\ f ''", "/bin/x|a b|c d|e f|");
	expect_words("/bin/x a'b c'd \"\\\"\" '\\'", "/bin/x|ab cd|\"|\\");
	expect_words(
	    "/bin/x $HOME *.c `id` a;b >c &", "/bin/x|$HOME|*.c|`id`|a;b|>c|&");
	expect_words("'/bin/a b' c", "/bin/a b|c");
}

static void
values_are_never_split_or_read_again(void **state)
{
	(void)state;
	expect_words("/bin/x %f", "/bin/x|/a b/%r 'x' $(y)\n.ipfix");
	expect_words("/bin/x s3://%r/%d", "/bin/x|s3://x \"y\"//a b");
	expect_words(
	    "/bin/x '%n' %n- %t%u", "/bin/x||-|2023111422141700000040");
	expect_words("/bin/x %% 5%%f %%%%", "/bin/x|%|5%f|%%");
}

static void
expect_refused(const char *text, const char *expected)
{
	char error[COMMAND_ERROR_SIZE] = "";

	assert_null(command_parse(text, error));
	if (strstr(error, expected) == NULL)
		fail_msg("%s: %s", text, error);
}

static void
mistakes_are_told(void **state)
{
	char *text = malloc(COMMAND_TEXT_MAX + 2);

	(void)state;
	expect_refused("", "is empty, expected a program's path from / on");
	expect_refused(" \t ", "is empty");
	expect_refused("''", "no path from / on");
	expect_refused("/bin/x 'a", "a quote or a backslash has no end");
	expect_refused("/bin/x a\\", "a quote or a backslash has no end");
	expect_refused("aws s3", "\"aws\" is no path from / on, expected");
	expect_refused("./x", "no path from / on");
	expect_refused("%f x", "no path from / on");
	expect_refused("/bin/%n x", "is no fixed name");
	expect_refused("/bin/x %q", "%q stands for nothing in a command, "
	                            "expected %f, %r, %d, %n, %t, %u or %%");
	expect_refused("/bin/x a%", "% stands for nothing");
	assert_non_null(text);
	memset(text, 'a', COMMAND_TEXT_MAX + 1);
	text[COMMAND_TEXT_MAX + 1] = '\0';
	text[0] = '/';
	expect_refused(text, "too long, expected at most 4095 octets");
	free(text);
}

static void
it_tells_which_placeholders_it_has(void **state)
{
	char error[COMMAND_ERROR_SIZE];
	struct command *command = command_parse("/bin/x %%t a%ub %f", error);

	(void)state;
	assert_true(command_uses(command, COMMAND_UNIX));
	assert_true(command_uses(command, COMMAND_FILE));
	assert_false(command_uses(command, COMMAND_TIME));
	assert_false(command_uses(command, COMMAND_NAME));
	command_free(&command);
}

static void
expect_program(const char *text, int code, const char *expected)
{
	char error[COMMAND_ERROR_SIZE] = "";
	struct command *command = command_parse(text, error);

	assert_non_null(command);
	assert_int_equal(command_check(command, error), code == 0 ? 0 : -1);
	if (code != 0)
		assert_int_equal(errno, code);
	if (strstr(error, expected) == NULL)
		fail_msg("%s: %s", text, error);
	command_free(&command);
}

static void
the_program_has_to_be_one(void **state)
{
	char path[] = "/tmp/check_command.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	expect_program("/bin/sh", 0, "");
	expect_program("/no/such x", ENOENT, "cannot run /no/such: No such");
	expect_program("/tmp x", EISDIR, "cannot run /tmp: Is a directory");
	expect_program(path, ENOEXEC, "it is no program");
	assert_int_equal(fchmod(fd, 0700), 0);
	expect_program(path, 0, "");
	close(fd);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_those_of_sh_without_its_expansions),
		cmocka_unit_test(values_are_never_split_or_read_again),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(it_tells_which_placeholders_it_has),
		cmocka_unit_test(the_program_has_to_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
