/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/config/load.h"
#include "exflow/daemon/privileges.h"

/* For the helper's process. */
struct commands {
	const struct settings *settings; /* those at the start */
	struct settings latest;          /* those read last */
	bool read, live;
	int argc;
	char **argv;
};

static bool
has_command(const struct settings *settings, const char *command)
{
	for (size_t i = 0; i < settings->archive_count; i++) {
		const char *after = settings->archives[i].options.after;

		if (after != NULL && strcmp(after, command) == 0)
			return true;
	}
	return false;
}

/* Also those of archives that a reload has taken away, which end now. */
static bool
known(void *context, const char *command)
{
	struct commands *commands = context;
	struct settings latest;

	if (has_command(commands->settings, command) ||
	    (commands->read && has_command(&commands->latest, command)))
		return true;
	if (commands->argv == NULL || settings_load(&latest, commands->argc,
	                                  commands->argv) != SETTINGS_RUN)
		return false;
	if (commands->read)
		settings_free(&commands->latest);
	commands->latest = latest;
	commands->read = true;
	return has_command(&commands->latest, command);
}

static int
drop(void *context, char error[COMMAND_ERROR_SIZE])
{
	const struct commands *commands = context;
	const struct privileges_options options = {
		.user = commands->settings->user,
		.group = commands->settings->group,
	};

	/* Its standard error is /dev/null now: what it logs, nobody reads. */
	(void)log_open(LOG_TARGET_STDERR);
	if (!commands->live)
		return 0;
	return privileges_drop(&options, error) == PRIVILEGES_ERROR ? -1 : 0;
}

static bool
has_commands(const struct settings *settings)
{
	for (size_t i = 0; i < settings->archive_count; i++)
		if (settings->archives[i].options.after != NULL)
			return true;
	return false;
}

int
commands_start(struct helper **helper, const struct settings *settings,
    bool live, int argc, char **argv)
{
	struct commands commands = {
		.settings = settings, .live = live, .argc = argc, .argv = argv
	};
	const struct helper_options options = {
		.drop = drop, .known = known, .context = &commands
	};
	char error[COMMAND_ERROR_SIZE];

	if (!has_commands(settings))
		return 0;
	*helper = helper_start(&options, error);
	if (*helper == NULL)
		log_error("%s", error);
	return *helper != NULL ? 0 : -1;
}

void
commands_warn(const struct settings *settings)
{
	for (size_t i = 0; i < settings->archive_count; i++)
		if (settings->archives[i].options.after != NULL)
			log_warning("reload: archive %s: after needs a "
			            "restart, since no archive had it at the "
			            "start; until then files wait for it",
			    settings->archives[i].name);
}
