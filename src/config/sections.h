/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections of the configuration file. */
#ifndef EXFLOW_SRC_CONFIG_SECTIONS_H
#define EXFLOW_SRC_CONFIG_SECTIONS_H

#include "exflow/settings/setting.h"

struct cfg_t;

/*
 * Add what the sections of one kind describe; after the other settings.
 * -1: a message was logged.
 */
int sections_apply(struct cfg_t *cfg, const struct setting_section *section,
    struct settings *settings);
/*
 * Mark the collectors that balance names.  replaced: -o has taken their place,
 * and balance means nothing.  -1: a message was logged.
 */
int collectors_balance(struct settings *settings, bool replaced);

#endif
