/* SPDX-License-Identifier: BSD-2-Clause */
/* The output that writes the logs of Tstat. */
#ifndef EXFLOW_TSTAT_KINDS_H
#define EXFLOW_TSTAT_KINDS_H

#include "exflow/output/kind.h"

destination_constructor tstat_new; /* tstat:DIR */

#endif
