/* SPDX-License-Identifier: BSD-2-Clause */
/* What contradicts itself on the command line of exflowdump. */
#ifndef EXFLOW_SRC_READER_OPTIONS_CHECK_H
#define EXFLOW_SRC_READER_OPTIONS_CHECK_H

#include "exflow/reader/options.h"

/* top_given: --top was.  0, or -1 when a message was logged. */
int options_check(struct reader_options *options, bool top_given);

#endif
