/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of outputs that write text. */
#ifndef EXFLOW_TEXT_KINDS_H
#define EXFLOW_TEXT_KINDS_H

#include "exflow/output/kind.h"

destination_constructor csv_new;   /* csv:DIR */
destination_constructor json_new;  /* json:FILE, json:- */
destination_constructor table_new; /* table */

#endif
