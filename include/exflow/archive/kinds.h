/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of outputs that write IPFIX files (RFC 5655). */
#ifndef EXFLOW_ARCHIVE_KINDS_H
#define EXFLOW_ARCHIVE_KINDS_H

#include "exflow/output/kind.h"

destination_constructor ipfix_file_new;   /* ipfix:FILE, NAME.ipfix */
destination_constructor ipfix_stream_new; /* ipfix:-, ipfix:FIFO */
destination_constructor archive_new;      /* archive:PATTERN */

#endif
