/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line says. */
#ifndef EXFLOW_SRC_CONFIG_COMMAND_LINE_H
#define EXFLOW_SRC_CONFIG_COMMAND_LINE_H

#include "exflow/config/load.h"
#include "exflow/record/definitions.h"
#include "exflow/settings/setting.h"

struct command_line {
	struct settings *settings;
	const char *config;
	const char *operand; /* the first capture without -r, or NULL */
	const struct definition_format *elements; /* to print, or NULL */
	/* By setting_index: whether it is set, and its last value, in argv. */
	bool *taken;
	const char **text;
};

/*
 * Read it; settings and the arrays are the caller's.  What is printed instead
 * of a run (--help, -V, -D) has been when SETTINGS_DONE comes back.
 */
enum settings_result command_line_read(
    struct command_line *line, int argc, char **argv);

/* Log what is wrong with it, and that --help lists what there is: -1. */
__attribute__((format(printf, 1, 2))) int command_line_wrong(
    const char *format, ...);

#endif
