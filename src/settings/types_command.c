/* SPDX-License-Identifier: BSD-2-Clause */
/* The command for complete files. */
#include <config.h>

#include "types.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "exflow/base/pattern.h"
#include "exflow/command/command.h"

/*
 * Whether it could be run, as far as that is the same for all users; outputs
 * find out for the one that runs it.
 */
static int
check_program(const struct command *command, char *error)
{
	return command_check(command, error) == 0 || errno == EACCES ? 0 : -1;
}

/*
 * Its times need names that tell the day.  When the file is checked line by
 * line, these are not known yet; later nobody else names the setting.
 */
static int
check_times(
    const struct command *command, const struct settings *settings, char *error)
{
	const char *path = settings->section_spec;

	if (path == NULL || pattern_tells_day(path) ||
	    !(command_uses(command, COMMAND_TIME) ||
	        command_uses(command, COMMAND_UNIX)))
		return 0;
	snprintf(error, COMMAND_ERROR_SIZE,
	    "after: %%t and %%u need names that tell the day, expected a path "
	    "with "
	    "%%Y%%m%%d or %%F");
	return -1;
}

static int
take_command(const struct setting *setting, struct settings *settings,
    const char *text, char error[SETTING_ERROR_SIZE])
{
	char why[COMMAND_ERROR_SIZE];
	struct command *command = command_parse(text, why);
	int result = -1;

	if (command != NULL && check_program(command, why) == 0 &&
	    check_times(command, settings, why) == 0)
		result = setting_borrowed.take(setting, settings, text, error);
	else
		snprintf(error, SETTING_ERROR_SIZE, "%s", why);
	command_free(&command);
	return result;
}

const struct setting_type setting_command = { .take = take_command };
