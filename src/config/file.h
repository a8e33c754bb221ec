/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file. */
#ifndef EXFLOW_SRC_CONFIG_FILE_H
#define EXFLOW_SRC_CONFIG_FILE_H

#include "exflow/settings/setting.h"

/*
 * Read a configuration file.  Every value is checked; the settings that are
 * not marked in taken (by setting_index) are applied.  -1: a message was
 * logged.
 */
int settings_read_file(
    struct settings *settings, const char *path, const bool *taken);

#endif
