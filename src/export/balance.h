/* SPDX-License-Identifier: BSD-2-Clause */
/* Spreading exchanges over several collectors. */
#ifndef EXFLOW_SRC_EXPORT_BALANCE_H
#define EXFLOW_SRC_EXPORT_BALANCE_H

#include <stddef.h>

#include "exflow/meter/exchange.h"

/*
 * Which of count collectors an exchange goes to: all records of one 5-tuple,
 * whichever end is the client, to the same one, in every run.
 */
size_t balance_choose(const struct exchange *exchange, size_t count);

#endif
