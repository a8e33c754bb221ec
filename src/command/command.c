/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

struct command {
	char **words; /* the first is the program's path; NULL at the end */
};

static const char letters[] = COMMAND_LETTERS;

/* The value that a letter stands for; -1: none. */
static int
value_of(char letter)
{
	const char *at = letter == '\0' ? NULL : strchr(letters, letter);

	return at == NULL ? -1 : (int)(at - letters);
}

/* --- parsing */

static int
refuse_placeholder(const char *at, char *error)
{
	snprintf(error, COMMAND_ERROR_SIZE,
	    "%%%.1s stands for nothing in a command, expected %%f, %%r, %%d, "
	    "%%n, %%t, %%u or %%%%",
	    at);
	return -1;
}

static int
check_placeholders(const char *word, char *error)
{
	for (const char *at = word; *at != '\0'; at++)
		if (*at == '%' && *++at != '%' && value_of(*at) == -1)
			return refuse_placeholder(at, error);
	return 0;
}

/* The same program for every file. */
static int
check_program(const char *program, char *error)
{
	if (program[0] == '/' && strchr(program, '%') == NULL)
		return 0;
	snprintf(error, COMMAND_ERROR_SIZE,
	    "\"%.200s\" is %s, expected a program's path from / on, such as "
	    "/usr/bin/rclone",
	    program, program[0] == '/' ? "no fixed name" : "no path from / on");
	return -1;
}

static int
check_words(char **words, char *error)
{
	if (check_program(words[0], error) != 0)
		return -1;
	for (char **word = words + 1; *word != NULL; word++)
		if (check_placeholders(*word, error) != 0)
			return -1;
	return 0;
}

static char **
split(const char *text, char *error)
{
	GError *wrong = NULL;
	char **words = NULL;
	gint count;

	if (strlen(text) > COMMAND_TEXT_MAX) {
		snprintf(error, COMMAND_ERROR_SIZE,
		    "the command is too long, expected at most %d octets",
		    COMMAND_TEXT_MAX);
		return NULL;
	}
	if (g_shell_parse_argv(text, &count, &words, &wrong))
		return words;
	if (g_error_matches(wrong, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
		snprintf(error, COMMAND_ERROR_SIZE,
		    "the command is empty, expected a program's path from / on "
		    "and its arguments");
	else
		snprintf(error, COMMAND_ERROR_SIZE,
		    "a quote or a backslash has no end, expected words as in "
		    "sh(1)");
	g_error_free(wrong);
	return NULL;
}

struct command *
command_parse(const char *text, char error[COMMAND_ERROR_SIZE])
{
	struct command *command;
	char **words = split(text, error);

	if (words == NULL)
		return NULL;
	command =
	    check_words(words, error) == 0 ? malloc(sizeof(*command)) : NULL;
	if (command == NULL) {
		g_strfreev(words);
		return NULL;
	}
	command->words = words;
	return command;
}

void
command_free(struct command **command)
{
	if (*command == NULL)
		return;
	g_strfreev((*command)->words);
	free(*command);
	*command = NULL;
}

/* --- what it needs */

static bool
word_uses(const char *word, char letter)
{
	for (const char *at = word; *at != '\0'; at++)
		if (*at == '%' && *++at == letter)
			return true;
	return false;
}

bool
command_uses(const struct command *command, enum command_value value)
{
	for (char **word = command->words + 1; *word != NULL; word++)
		if (word_uses(*word, letters[value]))
			return true;
	return false;
}

int
command_check(const struct command *command, char error[COMMAND_ERROR_SIZE])
{
	const char *program = command->words[0];
	struct stat status;
	int code;

	errno = 0;
	if (stat(program, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			errno = EISDIR;
		else if (!S_ISREG(status.st_mode) ||
		         (status.st_mode & 0111) == 0)
			errno = ENOEXEC;
		else if (access(program, X_OK) == 0)
			return 0;
	}
	code = errno;
	snprintf(error, COMMAND_ERROR_SIZE, "cannot run %.300s: %s", program,
	    code == ENOEXEC ? "it is no program" : strerror(code));
	errno = code;
	return -1;
}

/* --- the words for a file */

static char *
expand_word(const char *word, const char *const values[COMMAND_VALUES])
{
	GString *text = g_string_new(NULL);

	for (const char *at = word; *at != '\0'; at++) {
		int value = -1;

		if (*at == '%')
			value = value_of(*++at);
		if (value == -1) /* an octet of the word, or %% */
			g_string_append_c(text, *at);
		else if (values[value] != NULL)
			g_string_append(text, values[value]);
	}
	return g_string_free(text, FALSE);
}

char **
command_expand(
    const struct command *command, const char *const values[COMMAND_VALUES])
{
	size_t count = g_strv_length(command->words);
	char **words = g_new0(char *, count + 1);

	words[0] = g_strdup(command->words[0]);
	for (size_t i = 1; i < count; i++)
		words[i] = expand_word(command->words[i], values);
	return words;
}
