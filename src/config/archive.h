/* SPDX-License-Identifier: BSD-2-Clause */
/* archive "NAME" { … } of the configuration file. */
#ifndef EXFLOW_SRC_CONFIG_ARCHIVE_H
#define EXFLOW_SRC_CONFIG_ARCHIVE_H

#include <confuse.h>

#include "options.h"

#define ARCHIVE_SECTION "archive"

/* Its options for libconfuse, freed by the caller; NULL without memory. */
cfg_opt_t *archive_section_options(void);
/* Add an archive for each section; -1: a message was logged. */
int archive_sections_apply(cfg_t *cfg, struct settings *settings);
/* What --help says of them. */
void archive_help(FILE *stream);
void archive_settings_clear(struct settings *settings);

#endif
