/* SPDX-License-Identifier: BSD-2-Clause */
/* The kind of output that writes a page. */
#ifndef EXFLOW_PAGE_KINDS_H
#define EXFLOW_PAGE_KINDS_H

#include "exflow/output/kind.h"

destination_constructor html_new; /* html:FILE */

#endif
