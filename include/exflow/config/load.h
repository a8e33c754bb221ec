/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings from the command line and the configuration file. */
#ifndef EXFLOW_CONFIG_LOAD_H
#define EXFLOW_CONFIG_LOAD_H

#include "exflow/settings/settings.h"

enum settings_result {
	SETTINGS_RUN,   /* the program runs with them, or checks them (-t) */
	SETTINGS_DONE,  /* --help, -V, -D: printed, exit 0 */
	SETTINGS_ERROR, /* a message was logged; exit 2 */
};

/*
 * Read the command line and the file that it names, and set the log's level
 * by -q and -v.  On SETTINGS_RUN the caller frees with settings_free.
 */
enum settings_result settings_load(
    struct settings *settings, int argc, char **argv);
#endif
