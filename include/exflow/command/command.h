/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command of the setting `after`, which a complete file is handed to:
 *
 *	/usr/bin/aws s3 cp %f "s3://flows/%r"	the text
 *	│            │  │  │  │
 *	words, split once, as sh(1) does with quotes and backslashes
 *	             … then each placeholder is replaced, within its word
 *
 * There is no shell.  What stands for a placeholder is never split or read
 * again, whatever it holds, and a file's name begins with "/", so that no
 * program takes it for an option.
 */
#ifndef EXFLOW_COMMAND_COMMAND_H
#define EXFLOW_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_TEXT_MAX 4095 /* octets */
#define COMMAND_ERROR_SIZE 512
#define COMMAND_TIMEOUT_DEFAULT 600 /* seconds */
#define COMMAND_TIMEOUT_MAX 86400

/* The placeholders, in the order of their letters in COMMAND_LETTERS. */
enum command_value {
	COMMAND_FILE,     /* %f: the file's path, from "/" on */
	COMMAND_RELATIVE, /* %r: … below COMMAND_FOLDER */
	COMMAND_FOLDER,   /* %d: the folders that are the same for all files */
	COMMAND_NAME,     /* %n: the archive's name */
	COMMAND_TIME,     /* %t: YYYYmmddHHMM, when its interval began */
	COMMAND_UNIX,     /* %u: the same in seconds since 1970 */
	COMMAND_VALUES
};
#define COMMAND_LETTERS "frdntu"

struct command;

/* NULL with what is wrong, and what was expected, in error. */
struct command *command_parse(const char *text, char error[COMMAND_ERROR_SIZE]);
/* Idempotent, sets NULL. */
void command_free(struct command **command);

/* Whether this placeholder stands in it. */
bool command_uses(const struct command *command, enum command_value value);
/*
 * Whether there is the program, and we may run it.  0; or -1 with errno and a
 * message.
 */
int command_check(
    const struct command *command, char error[COMMAND_ERROR_SIZE]);
/*
 * The words with these values, for execv(3); a NULL value is empty.  Never
 * NULL: without memory glib ends the program.  The caller frees it with
 * g_strfreev.
 */
char **command_expand(
    const struct command *command, const char *const values[COMMAND_VALUES]);

#endif
