/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of captures. */
#ifndef EXFLOW_SRC_CONFIG_FOLDERS_H
#define EXFLOW_SRC_CONFIG_FOLDERS_H

#include "exflow/settings/setting.h"

/*
 * Replace each folder among the inputs by its files, in the order of their
 * names.  -1: a message was logged.
 */
int captures_of_folders(struct settings *settings);

#endif
