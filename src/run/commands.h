/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper that runs the commands of archives: when, and as whom. */
#ifndef EXFLOW_SRC_RUN_COMMANDS_H
#define EXFLOW_SRC_RUN_COMMANDS_H

#include <stdbool.h>

#include "exflow/command/helper.h"
#include "exflow/settings/settings.h"

/*
 * Start it, if an archive of the settings has a command.  It becomes the user
 * of the settings, if the run does (live), without any capability.  With a
 * command line it reads the configuration anew where it meets a command that
 * it does not know.  0; or -1: a message was logged.
 */
int commands_start(struct helper **helper, const struct settings *settings,
    bool live, int argc, char **argv);

/* Warn of commands that nobody runs, as the helper starts with exflow only. */
void commands_warn(const struct settings *settings);

#endif
