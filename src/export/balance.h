/* SPDX-License-Identifier: BSD-2-Clause */
/* Load balancing: spreading exchanges over several collectors. */
#ifndef EXFLOW_SRC_EXPORT_BALANCE_H
#define EXFLOW_SRC_EXPORT_BALANCE_H

#include <stddef.h>

#include "exflow/exchange/exchange.h"

/*
 * Which of count collectors an exchange goes to, 0 … count - 1.  All records of
 * a 5-tuple go to the same one, in either direction and in every run.
 */
size_t balance_choose(const struct exchange *exchange, size_t count);

#endif
